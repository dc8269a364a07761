"""The settings of a deployment: complete, safe, and refused where something is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks

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


def test_check_under_deployment_settings_is_clean(tmp_path):
    done = manage(
        "check", "--deploy", "--fail-level", "WARNING", VAR_DIR=str(tmp_path), **DEPLOYMENT
    )
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"])
def test_start_without_a_needed_setting_is_refused(name, tmp_path):
    environment = {key: value for key, value in DEPLOYMENT.items() if key != name}
    done = manage("check", VAR_DIR=str(tmp_path), **environment)
    assert done.returncode != 0
    assert f"{name} is not set" in done.stderr
    assert not list(tmp_path.iterdir()), "a deployment makes no key of its own"


def test_models_and_migrations_agree(tmp_path):
    done = manage("makemigrations", "--check", "--dry-run", TRIAL="1", VAR_DIR=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.django_db
def test_checks_of_the_database_find_nothing():
    """Among them: every constraint is one that this database really makes."""
    assert run_checks(databases=["default"]) == []
