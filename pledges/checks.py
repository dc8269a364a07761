"""The system checks of evidence: the database still guards it, and the unit has its key."""

import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from . import triggers
from .ledger.notes import ledger_key


def check_triggers(
    app_configs: Sequence[AppConfig] | None,
    databases: Iterable[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    """An Error for each guard that is not in the database.

    Silent while migrations wait to be applied, because they bring the triggers. Runs with
    `check --database default`.
    """
    messages: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            continue
        messages += [
            Error(
                f"The trigger {name} is not in the database {alias!r}: evidence is unguarded.",
                hint="Find out who removed it, then run `manage.py install_triggers`.",
                id="pledges.E001",
            )
            for name in triggers.missing(connection, triggers.registered())
        ]
        if connection.vendor == "sqlite" and not _triggers_recurse(connection):
            messages.append(
                Error(
                    "recursive_triggers is off: REPLACE would delete evidence unseen.",
                    hint="Keep the pragma in DATABASES' init_command (config/settings.py).",
                    id="pledges.E002",
                )
            )
    return messages


def _triggers_recurse(connection: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers")
        (value,) = cursor.fetchone()
    return bool(value)


def check_ledger_key(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """An Error when a deployment has no key for its checkpoints, a Warning when everybody on the
    machine may read it. The trial makes its own."""
    if settings.TRIAL:
        return []
    try:
        ledger_key()
    except ImproperlyConfigured as error:
        return [
            Error(
                str(error),
                hint="Make one: openssl genpkey -algorithm ed25519 -out ledger.pem",
                id="pledges.E003",
            )
        ]
    path = Path(settings.LEDGER_KEY_FILE)
    if path.stat().st_mode & stat.S_IRWXO:
        return [
            Warning(
                f"LEDGER_KEY_FILE ({path}) is open to everybody on this machine.",
                hint=f"chmod o= {path}",
                id="pledges.W001",
            )
        ]
    return []
