"""The system check that the database still guards the evidence."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from . import triggers


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
