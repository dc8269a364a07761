"""Gives the app's own role on PostgreSQL no more than it needs: no UPDATE of evidence, no DELETE,
nothing owned, so that it can switch no trigger off."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from pledges import triggers

READ_ONLY = {MigrationRecorder.Migration._meta.db_table}


class Command(BaseCommand):
    help = (
        "Gives the database role ROLE, under which the app is to run, its rights, and takes all "
        "others from it. Run it as the owner of the tables, after every `migrate`. PostgreSQL only."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", help="an existing role that owns nothing and is no superuser")

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Only PostgreSQL has roles. On SQLite the triggers stand alone.")
        with transaction.atomic():
            _require_plain(options["role"])
            guarded = insert_only_tables()
            _grant(sql.Identifier(options["role"]), guarded)
            _require_no_tables_of_its_own(options["role"])
        if options["verbosity"]:
            self.stdout.write(
                f"{options['role']} may only read and add in: {', '.join(sorted(guarded))}"
            )


def insert_only_tables() -> set[str]:
    """The tables of which a guard refuses every UPDATE and another every DELETE."""
    refused = {
        event: {
            guard.table
            for guard in triggers.registered()
            if guard.event == event and not guard.when("")
        }
        for event in ("UPDATE", "DELETE")
    }
    return refused["UPDATE"] & refused["DELETE"]


def _require_plain(role: str) -> None:
    """Raises CommandError for a role that rights cannot bind."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s", [role])
        found = cursor.fetchone()
        if found is None:
            raise CommandError(f"There is no role {role}. Make it first: CREATE ROLE … LOGIN")
        if found[0]:
            raise CommandError(f"{role} is a superuser, whom no right binds.")
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
            " AND pg_has_role(%s, tableowner, 'MEMBER')",
            [role],
        )
        if cursor.fetchone()[0]:
            raise CommandError(f"{role} owns tables, or belongs to a role that does.")


def _require_no_tables_of_its_own(role: str) -> None:
    """Raises CommandError when the role could still make tables: one under the name of a guarded
    table, or of one that a guard looks at, would be found first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_schema_privilege(%s, current_schema(), 'CREATE')"
            " OR has_database_privilege(%s, current_database(), 'TEMPORARY')",
            [role, role],
        )
        if cursor.fetchone()[0]:
            raise CommandError(
                f"{role} could still make tables. Run this as the owner of the database."
            )


def _grant(role: sql.Identifier, guarded: set[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema(), current_database()")
        schema, database = map(sql.Identifier, cursor.fetchone())

        def run(statement: str, **names: sql.Composable) -> None:
            cursor.execute(
                sql.SQL(statement).format(role=role, schema=schema, database=database, **names)
            )

        run("REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}")
        run("REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {role}")
        run("REVOKE ALL ON SCHEMA {schema} FROM {role}")
        run("REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC")
        run("REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {role}")
        run("GRANT USAGE ON SCHEMA {schema} TO {role}")
        run("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}")
        for table in connection.introspection.table_names(cursor):
            rights = "SELECT, INSERT, UPDATE, DELETE"
            if table in guarded:
                rights = "SELECT, INSERT"
            elif table in READ_ONLY:
                rights = "SELECT"
            run(f"GRANT {rights} ON {{table}} TO {{role}}", table=sql.Identifier(table))
