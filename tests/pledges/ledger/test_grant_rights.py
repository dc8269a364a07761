"""The app's own role on PostgreSQL does its work, and cannot touch evidence."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from pledges import ledger
from pledges.models import Outline, Signature
from pledges.outlines.publishing import publish_outline, words_of
from tests.factories import PledgeFactory
from tests.meetings.test_scheduling import ready_draft

from .conftest import append_some
from .story import hold_whole_talk

ROLE = "liantan_app"
postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="roles are PostgreSQL's")
pytestmark = pytest.mark.django_db


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@contextlib.contextmanager
def as_the_app() -> Iterator[None]:
    """The rights of the app's role on this connection, and no more."""
    run(f"SET ROLE {ROLE}")
    try:
        yield
    finally:
        run("RESET ROLE")


@pytest.fixture
def granted():
    run(f"CREATE ROLE {ROLE}")
    call_command("grant_rights", ROLE, verbosity=0)


ATTACKS = {
    "change": "UPDATE pledges_ledgerentry SET subject = 'x'",
    "drop rows": "DELETE FROM pledges_signature",
    "empty": "TRUNCATE pledges_ledgernode",
    "overwrite": (
        "INSERT INTO pledges_ledgernode VALUES (0, 'x')"
        " ON CONFLICT (position) DO UPDATE SET hash = 'x'"
    ),
    "switch a trigger off": "ALTER TABLE pledges_signature DISABLE TRIGGER ALL",
    "drop a trigger": 'DROP TRIGGER "guard_pledges_signature_no_update" ON pledges_signature',
    "switch all triggers off": "SET session_replication_role = replica",
    "write a guard anew": (
        'CREATE OR REPLACE FUNCTION "guard_pledges_signature_no_update"() RETURNS trigger'
        " LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
    ),
    "drop the table": "DROP TABLE pledges_checkpoint",
    "rename the table": "ALTER TABLE pledges_checkpoint RENAME TO away",
    "stand in front of a table": "CREATE TEMPORARY TABLE pledges_signature (pledge_id uuid)",
    "make a table": "CREATE TABLE stray (id int)",
    "divert by a rule": "CREATE RULE no AS ON INSERT TO pledges_signature DO INSTEAD NOTHING",
    "become the owner": f"ALTER TABLE pledges_signature OWNER TO {ROLE}",
    "unsay a migration": "DELETE FROM django_migrations",
}


@postgresql
@pytest.mark.parametrize("attack", ATTACKS)
def test_role_of_the_app_is_refused_to(attack, granted):
    PledgeFactory(signed=True)
    append_some(2)
    with as_the_app(), pytest.raises(DatabaseError) as refusal, transaction.atomic():
        run(ATTACKS[attack])
    # 42501 is insufficient_privilege: refused by rights, before any trigger is asked.
    assert refusal.value.__cause__.sqlstate == "42501"


@postgresql
def test_role_of_the_app_cannot_take_rights_by_granting_them(granted):
    """GRANT by somebody without the right is an error or, for some rights, a mere warning."""
    with as_the_app(), contextlib.suppress(DatabaseError), transaction.atomic():
        run(f"GRANT ALL ON pledges_ledgerentry TO {ROLE}")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT has_table_privilege('{ROLE}', 'pledges_ledgerentry', 'UPDATE')")
        assert cursor.fetchone() == (False,)


@postgresql
def test_role_of_the_app_holds_a_whole_meeting(granted, secretary):
    """Announced, marked, opened, signed, closed, with an outline of its own: nothing is missing."""
    draft = ready_draft(secretary, people=2)
    with as_the_app():
        hold_whole_talk(secretary, draft)
        words = replace(words_of(Outline.objects.newest()), title="二〇二七年谈话提纲")
        publish_outline(by=secretary, based_on=1, words=words, note="")
    assert Signature.objects.count() == 1
    assert ledger.verify().evidence["pledge_signed"] == 1


@postgresql
def test_command_again_takes_away_what_was_given_beside_it(granted):
    run(f"GRANT ALL ON pledges_signature TO {ROLE}")
    call_command("grant_rights", ROLE, verbosity=0)
    with as_the_app(), pytest.raises(DatabaseError), transaction.atomic():
        run("DELETE FROM pledges_signature")


@postgresql
@pytest.mark.parametrize(
    ("prepare", "role", "reason"),
    [
        ("SELECT 1", "nobody_of_that_name", "no role"),
        ("CREATE ROLE mighty SUPERUSER", "mighty", "superuser"),
        ("CREATE ROLE friend IN ROLE CURRENT_USER", "friend", "superuser|owns tables"),
    ],
)
def test_command_refuses_a_role_that_rights_do_not_bind(prepare, role, reason):
    run(prepare)
    with pytest.raises(CommandError, match=reason):
        call_command("grant_rights", role)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has roles")
def test_command_says_that_sqlite_has_no_roles():
    with pytest.raises(CommandError, match="Only PostgreSQL"):
        call_command("grant_rights", ROLE)
