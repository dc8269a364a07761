"""The settings of every test: those of the trial mode, made fast and strict."""

import os
import tempfile

os.environ.setdefault("TRIAL", "1")
os.environ.setdefault("TASKS_IMMEDIATE", "1")

from config.settings import *  # noqa: F403
from config.settings import DATABASES, STORAGES, TEMPLATES
from tests.strict import RaisingString

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in earnest: one in memory would make threads share a connection.
    DATABASES["default"]["TEST"] = {
        "NAME": f"{tempfile.gettempdir()}/liantan-test-{os.getpid()}.sqlite3"
    }
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = RaisingString()
WHITENOISE_AUTOREFRESH = True
