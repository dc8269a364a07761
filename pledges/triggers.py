"""Triggers by which the database itself refuses to change evidence, on SQLite and PostgreSQL.

A `Guard` is one refusal. Each app lists its guards, registers them when it is ready, and installs
them by a migration. A later migration that alters a guarded table must uninstall first and
install last: SQLite alters a table by making a new one, and drops its triggers silently.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db.backends.base.base import BaseDatabaseWrapper

Event = Literal["INSERT", "UPDATE", "DELETE"]

# PostgreSQL's integrity_constraint_violation, which Django raises as IntegrityError, as it does
# for SQLite's RAISE(ABORT).
INTEGRITY_VIOLATION = "23000"


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses `event` on a row of `table`, when `condition` holds (always, when it is empty).

    With `columns`, only when one of them changes as well. `condition` is SQL over OLD and NEW
    that both databases read alike.
    """

    table: str
    rule: str
    event: Event
    condition: str = ""
    columns: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"guard_{self.table}_{self.rule}"

    @property
    def message(self) -> str:
        return f"{self.table}: {self.event} refused ({self.rule})"

    def when(self, differs: str) -> str:
        """The full condition; `differs` is the database's null-safe inequality."""
        changes = [f'OLD."{column}" {differs} NEW."{column}"' for column in self.columns]
        parts = [f"({' OR '.join(changes)})"] if changes else []
        if self.condition:
            parts.append(f"({self.condition})")
        return " AND ".join(parts)


def insert_only(table: str) -> list[Guard]:
    """The guards of a table whose rows neither change nor go."""
    return [Guard(table, "no_update", "UPDATE"), Guard(table, "no_delete", "DELETE")]


def frozen_columns(table: str, *columns: str, rule: str = "frozen", condition: str = "") -> Guard:
    """The guard that refuses a change of any of `columns`."""
    return Guard(table, rule, "UPDATE", condition, columns)


SIGNED = 'EXISTS (SELECT 1 FROM "pledges_signature" WHERE "pledge_id" = {row}."{key}")'

GUARDS: list[Guard] = [
    *insert_only("pledges_outline"),
    *insert_only("pledges_point"),
    *insert_only("pledges_clause"),
    *insert_only("pledges_signature"),
    *insert_only("pledges_pointconfirmation"),
    Guard(
        "pledges_pointconfirmation",
        "none_after_signing",
        "INSERT",
        SIGNED.format(row="NEW", key="pledge_id"),
    ),
    frozen_columns(
        "pledges_pledge",
        "id",
        "occasion_id",
        "signer_id",
        "staff_number",
        "name",
        "unit_name",
        "post",
        "nonce",
        "requested_at",
    ),
    frozen_columns(
        "pledges_pledge", "opened_at", rule="opened_once", condition='OLD."opened_at" IS NOT NULL'
    ),
    Guard("pledges_pledge", "no_update_once_signed", "UPDATE", SIGNED.format(row="OLD", key="id")),
    Guard(
        "pledges_pledge",
        "no_delete_once_opened",
        "DELETE",
        f'OLD."opened_at" IS NOT NULL OR {SIGNED.format(row="OLD", key="id")}',
    ),
    frozen_columns(
        "pledges_occasion",
        "id",
        "number",
        "kind",
        "title",
        "held_at",
        "place",
        "speaker",
        "outline_id",
        "opened_at",
    ),
    frozen_columns(
        "pledges_occasion", "closed_at", rule="closed_once", condition='OLD."closed_at" IS NOT NULL'
    ),
    Guard("pledges_occasion", "no_delete", "DELETE"),
    *insert_only("pledges_ledgerentry"),
    *insert_only("pledges_ledgernode"),
    *insert_only("pledges_checkpoint"),
    # One after the other from 0: no gap, and no REPLACE of a row that is there.
    Guard(
        "pledges_ledgerentry",
        "in_sequence",
        "INSERT",
        'NEW."number" <> (SELECT COALESCE(MAX("number") + 1, 0) FROM "pledges_ledgerentry")',
    ),
    *insert_only("pledges_agreement"),
    *insert_only("pledges_agreementacceptance"),
    *insert_only("pledges_signingkey"),
    *insert_only("pledges_keyremoval"),
    *insert_only("pledges_assertion"),
    *insert_only("pledges_papersignature"),
    *insert_only("pledges_revocation"),
]

# Every app's guards by the app's label, filled when the apps are ready.
_registered: dict[str, Sequence[Guard]] = {}


def register(label: str, guards: Sequence[Guard]) -> None:
    """Makes an app's guards known to the system check and to `manage.py install_triggers`."""
    _registered[label] = guards


def registered() -> list[Guard]:
    """The guards of all apps."""
    return [guard for guards in _registered.values() for guard in guards]


def install(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> None:
    """Puts `guards` into the database; those that are there are made anew."""
    guards = list(guards)
    uninstall(connection, guards)
    with connection.cursor() as cursor:
        for guard in guards:
            for statement in _create(connection, guard):
                cursor.execute(statement)
        if connection.vendor == "postgresql":
            for table in _tables(guards):
                cursor.execute(_create_no_truncate(table))


def uninstall(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> None:
    """Takes `guards` out of the database; those that are not there are passed over."""
    guards = list(guards)
    with connection.cursor() as cursor:
        for guard in guards:
            if connection.vendor == "postgresql":
                cursor.execute(f'DROP TRIGGER IF EXISTS "{guard.name}" ON "{guard.table}"')
                cursor.execute(f'DROP FUNCTION IF EXISTS "{guard.name}"()')
            else:
                cursor.execute(f'DROP TRIGGER IF EXISTS "{guard.name}"')
        if connection.vendor == "postgresql":
            for table in _tables(guards):
                name = _no_truncate(table)
                cursor.execute(f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"')
                cursor.execute(f'DROP FUNCTION IF EXISTS "{name}"()')


def missing(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> list[str]:
    """The names of the triggers that the database lacks, or has switched off."""
    guards = list(guards)
    wanted = [guard.name for guard in guards]
    if connection.vendor == "postgresql":
        wanted += [_no_truncate(table) for table in _tables(guards)]
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        there = {name for (name,) in cursor.fetchall()}
    return [name for name in wanted if name not in there]


def _tables(guards: Iterable[Guard]) -> list[str]:
    return list(dict.fromkeys(guard.table for guard in guards))


def _no_truncate(table: str) -> str:
    return f"guard_{table}_no_truncate"


def _create(connection: BaseDatabaseWrapper, guard: Guard) -> list[str]:
    """The statements that make one trigger. Names and conditions are this code's own."""
    if connection.vendor == "sqlite":
        when = guard.when("IS NOT")
        return [
            f'CREATE TRIGGER "{guard.name}" BEFORE {guard.event} ON "{guard.table}" FOR EACH ROW '
            + (f"WHEN {when} " if when else "")
            + f"BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
        ]
    # A subquery may not stand in PostgreSQL's WHEN, so the condition goes into the function.
    row = "OLD" if guard.event == "DELETE" else "NEW"
    return [
        f'CREATE FUNCTION "{guard.name}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '
        f"IF {guard.when('IS DISTINCT FROM') or 'TRUE'} THEN "
        f"RAISE EXCEPTION '{guard.message}' USING ERRCODE = '{INTEGRITY_VIOLATION}'; "
        f"END IF; RETURN {row}; END $$",
        f'CREATE TRIGGER "{guard.name}" BEFORE {guard.event} ON "{guard.table}" '
        f'FOR EACH ROW EXECUTE FUNCTION "{guard.name}"()',
    ]


def _create_no_truncate(table: str) -> str:
    name = _no_truncate(table)
    return (
        f'CREATE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '
        f"RAISE EXCEPTION '{table}: TRUNCATE refused' "
        f"USING ERRCODE = '{INTEGRITY_VIOLATION}'; END $$; "
        f'CREATE TRIGGER "{name}" BEFORE TRUNCATE ON "{table}" '
        f'FOR EACH STATEMENT EXECUTE FUNCTION "{name}"()'
    )


def install_by_migration(guards: Sequence[Guard]) -> tuple[Any, Any]:
    """The forward and backward functions of a RunPython that installs `guards`."""

    def forward(_apps: Any, schema_editor: Any) -> None:
        install(schema_editor.connection, guards)

    def backward(_apps: Any, schema_editor: Any) -> None:
        uninstall(schema_editor.connection, guards)

    return forward, backward
