"""Every setting, from the environment, in one file.

TRIAL=1 is the mode of `script/server` and of the tests: SQLite under var/, a key made on first
run, plain HTTP on this machine. Outside it the app refuses to start without the settings that
only the site can know.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var")


def flag(name: str, default: bool = False) -> bool:
    """Whether the environment switches `name` on (1, true, yes, on)."""
    value = os.environ.get(name, "")
    return value.lower() in {"1", "true", "yes", "on"} if value else default


def words(name: str) -> list[str]:
    """The comma-separated words of an environment variable."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def required(name: str) -> str:
    """The value of an environment variable that a deployment must set.

    Raises ImproperlyConfigured when it is missing.
    """
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. Set it (docs/operating.md lists the settings), "
            "or set TRIAL=1 to try the app on this machine alone."
        )
    return value


def trial_secret_key() -> str:
    """A key for the trial mode, made once and kept under var/ for the user alone."""
    path = VAR_DIR / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(get_random_secret_key())
        except FileExistsError:
            pass  # another process made it at the same moment
    return path.read_text()


TRIAL = flag("TRIAL")
DEBUG = False

if TRIAL:
    SECRET_KEY = os.environ.get("SECRET_KEY") or trial_secret_key()
    ALLOWED_HOSTS = words("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
    DATABASE_URL = os.environ.get("DATABASE_URL") or f"sqlite:///{VAR_DIR / 'liantan.sqlite3'}"
else:
    SECRET_KEY = required("SECRET_KEY")
    ALLOWED_HOSTS = [host.strip() for host in required("ALLOWED_HOSTS").split(",")]
    DATABASE_URL = required("DATABASE_URL")

CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")
# The address that stands in notices and QR codes, since mail has no request to take it from.
SITE_URL = os.environ.get("SITE_URL") or (
    f"http://localhost:{os.environ.get('PORT', '8000')}"
    if TRIAL
    else f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
)
_site = urlsplit(SITE_URL)
# Keys that the trial makes by itself; in a deployment each has a setting of its own.
KEY_DIR = Path(os.environ.get("KEY_DIR") or VAR_DIR / "keys")
# Signing keys are bound to this host name for ever (WebAuthn's RP ID), and to these addresses.
RP_ID = os.environ.get("RP_ID") or _site.hostname or ""
SIGNING_ORIGINS = [f"{_site.scheme}://{_site.netloc}", *words("SIGNING_ORIGINS")]
# The ledger's name in its checkpoints, and the unit's Ed25519 key that signs them (PEM, PKCS#8).
LEDGER_NAME = os.environ.get("LEDGER_NAME") or f"{_site.hostname}/ledger"
LEDGER_KEY_FILE = Path(
    os.environ.get("LEDGER_KEY_FILE") or (KEY_DIR / "ledger.pem" if TRIAL else "")
)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "meetings",
    "pledges",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.ChosenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.LoggedOutFragmentMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "config.middleware.IdleSessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.ConflictPageMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "meetings.context_processors.page",
            ],
        },
    },
]

# Data -----------------------------------------------------------------------------------------

DATABASES = {"default": dj_database_url.parse(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # FULL, because NORMAL loses acknowledged signatures in a power cut; recursive_triggers,
    # because REPLACE would otherwise get round the delete triggers of evidence rows.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;"
        ),
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 600
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

CACHES = {
    # In the database, so that the lock-out counts of all worker processes are one count.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "liantan_cache",
        # Django's default of 300 would throw lock-out counts away as soon as 300 are kept.
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    }
}
TASKS = {
    "default": {
        "BACKEND": "django_tasks.backends.immediate.ImmediateBackend"
        if flag("TASKS_IMMEDIATE")
        else "django_tasks_db.DatabaseBackend",
    }
}

# Uploads are private: no URL leads here but through a view that checks who asks.
MEDIA_ROOT = VAR_DIR / "media"
# Fonts that the site has licensed, by role: PAPER_SITE_FONTS=fang=/fonts/a.ttf,title=/fonts/b.ttf
PAPER_SITE_FONTS = dict(pair.partition("=")[::2] for pair in words("PAPER_SITE_FONTS"))
PAPER_FONT_DIR = Path(os.environ.get("PAPER_FONT_DIR") or VAR_DIR / "fonts")

# Sign-in --------------------------------------------------------------------------------------

AUTH_USER_MODEL = "meetings.Cadre"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "meetings.role_permissions.RolePermissionBackend",
]
PASSWORD_HASHERS = [
    "pledges.hashers.Argon2Hasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["staff_number", "email", "phone"]},
    },
    {"NAME": "meetings.passwords.CharacterClassValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "meetings:me"
ACCOUNT_ADAPTER = "meetings.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "meetings.forms.accounts.LoginForm",
    "change_password": "meetings.forms.accounts.ChangePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "staff_number"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_SESSION_REMEMBER = False
# Per account, never per address: a hall of 500 signs in from behind one address.
# Five failures lock the account for 30 minutes (GB/T 22239-2019, 8.1.4.1 b).
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": "5/30m/key", "change_password": "5/m/user"}

SESSION_IDLE_MINUTES = int(os.environ.get("SESSION_IDLE_MINUTES", "30"))
SESSION_COOKIE_AGE = SESSION_IDLE_MINUTES * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# Web ------------------------------------------------------------------------------------------

HTTPS = flag("HTTPS", default=not TRIAL)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# Addresses come from X-Forwarded-For only where a proxy of ours is known to set it.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if flag("BEHIND_PROXY") else 0
if flag("BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # Bootstrap's own stylesheet draws its check marks and arrows from data: images.
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Seal -----------------------------------------------------------------------------------------

# The unit's seal: a PKCS#12 file with its password, or a certificate on a PKCS#11 token. Without
# either, the trial mode makes a seal of its own in KEY_DIR, which says what it is.
SEAL_PKCS12 = os.environ.get("SEAL_PKCS12", "")
SEAL_PASSWORD_FILE = os.environ.get("SEAL_PASSWORD_FILE", "")
SEAL_PKCS11_MODULE = os.environ.get("SEAL_PKCS11_MODULE", "")
SEAL_PKCS11_TOKEN = os.environ.get("SEAL_PKCS11_TOKEN", "")
SEAL_PKCS11_PIN_FILE = os.environ.get("SEAL_PKCS11_PIN_FILE", "")
SEAL_PKCS11_CERT = os.environ.get("SEAL_PKCS11_CERT", "")
# PEM files of the authorities that are believed: for the seal, and for its time stamps.
SEAL_ROOTS = words("SEAL_ROOTS")
SEAL_TSA_URL = os.environ.get("SEAL_TSA_URL", "")
SEAL_TSA_ROOTS = words("SEAL_TSA_ROOTS")
# Who is mailed when a record could not be sealed.
ALERT_EMAILS = words("ALERT_EMAILS")

# Language and time ----------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = USE_TZ = True
# Names in the order of surname strokes: whether the gap of a two-character name comes first.
ROSTER_BLANK_FIRST = flag("ROSTER_BLANK_FIRST", default=True)

# Mail and logs --------------------------------------------------------------------------------

EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "465"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_USE_TLS = EMAIL_PORT == 587
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "liantan@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Both tell each of their steps at INFO.
        "fontTools": {"level": "WARNING"},
        "weasyprint.progress": {"level": "WARNING"},
    },
}
