"""The settings of a deployment: complete, safe, and refused where something is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.checks import run_checks

from tests.meetings.papers.authorities import Authority, new_key, write_pkcs12, write_roots

ROOT = Path(__file__).resolve().parent.parent
DEPLOYMENT = {
    "SECRET_KEY": "a-key-for-this-test-alone-0123456789-ABCDEFGHIJ-abcdefghij-!@#$%",
    "ALLOWED_HOSTS": "liantan.example",
    "DATABASE_URL": "postgres://liantan:secret@localhost/liantan",
    "BEHIND_PROXY": "1",
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py with nothing of this process's settings in the environment."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def keys(tmp_path_factory):
    """The settings that name the keys which a deployment brings along."""
    ledger = tmp_path_factory.mktemp("keys") / "ledger.pem"
    ledger.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
    )
    ledger.chmod(0o600)
    root, key, folder = Authority(), new_key(), ledger.parent
    return {
        "LEDGER_KEY_FILE": str(ledger),
        **write_pkcs12(folder, key, root.issue("青禾县农业农村局", key)),
        "SEAL_ROOTS": ",".join(write_roots(folder / "root.pem", root.certificate)),
    }


def test_check_under_deployment_settings_is_clean(tmp_path, keys):
    environment = {"VAR_DIR": str(tmp_path), **DEPLOYMENT, **keys}
    done = manage("check", "--deploy", "--fail-level", "WARNING", **environment)
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"])
def test_start_without_a_needed_setting_is_refused(name, tmp_path):
    environment = {key: value for key, value in DEPLOYMENT.items() if key != name}
    done = manage("check", VAR_DIR=str(tmp_path), **environment)
    assert done.returncode != 0
    assert f"{name} is not set" in done.stderr
    assert not list(tmp_path.iterdir()), "a deployment makes no key of its own"


def test_check_without_the_ledgers_key_says_how_to_make_one(tmp_path):
    done = manage("check", VAR_DIR=str(tmp_path), **DEPLOYMENT)
    assert done.returncode != 0
    assert "pledges.E003" in done.stderr
    assert "openssl genpkey -algorithm ed25519" in done.stderr
    assert not list(tmp_path.iterdir()), "a deployment makes no key of its own"


def test_models_and_migrations_agree(tmp_path):
    done = manage("makemigrations", "--check", "--dry-run", TRIAL="1", VAR_DIR=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.django_db
def test_checks_of_the_database_find_nothing():
    """Among them: every constraint is one that this database really makes."""
    assert run_checks(databases=["default"]) == []
