"""The database refuses to change evidence, whoever asks; on whichever database runs."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from pledges import triggers
from pledges.checks import check_triggers
from pledges.models import (
    Clause,
    Occasion,
    Outline,
    Pledge,
    Point,
    PointConfirmation,
    Signature,
)
from tests.factories import OutlineFactory, PledgeFactory

pytestmark = pytest.mark.django_db


def refuses(write) -> bool:
    """Whether the database itself refuses, by a trigger and nothing else."""
    try:
        with transaction.atomic():
            write()
    except IntegrityError as error:
        return "refused" in str(error)
    return False


@pytest.fixture
def signed():
    return PledgeFactory(signed=True)


@pytest.fixture
def drafted():
    return PledgeFactory(drafted=True)


def raw(sql: str, *params) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


@pytest.mark.parametrize("model", [Outline, Point, Clause, PointConfirmation, Signature])
def test_row_that_is_insert_only_neither_changes_nor_goes(model, signed):
    table = model._meta.db_table
    assert refuses(lambda: raw(f"UPDATE {table} SET id = id"))  # noqa: S608
    assert refuses(lambda: raw(f"DELETE FROM {table}"))  # noqa: S608


@pytest.mark.parametrize(
    "field",
    [field.column for field in Signature._meta.concrete_fields if not field.primary_key],
)
def test_signature_refuses_a_change_of(field, signed):
    assert refuses(lambda: raw(f"UPDATE pledges_signature SET {field} = {field}"))  # noqa: S608


PLEDGE_IDENTITY = {
    "id": "00000000000000000000000000000009",
    "occasion_id": 999,
    "signer_id": 999,
    "staff_number": "X",
    "name": "旁人",
    "unit_name": "别处",
    "post": "别职",
    "nonce": "other",
    "requested_at": "2020-01-01 00:00:00+00:00",
}


@pytest.mark.parametrize(("column", "value"), PLEDGE_IDENTITY.items())
def test_pledge_refuses_another_identity_even_as_a_draft(column, value, drafted):
    assert refuses(lambda: raw(f"UPDATE pledges_pledge SET {column} = %s", value))  # noqa: S608


def test_pledge_as_a_draft_takes_what_is_written(drafted):
    assert not refuses(lambda: Pledge.objects.update(personal_commitment="不说情。"))


def test_pledge_opened_keeps_its_time_of_opening(drafted):
    assert refuses(lambda: Pledge.objects.update(opened_at=timezone.now()))


def test_pledge_not_opened_can_be_opened_and_can_go():
    pledge = PledgeFactory()
    assert not refuses(lambda: Pledge.objects.update(opened_at=timezone.now()))
    other = PledgeFactory()
    assert not refuses(other.delete)
    assert refuses(pledge.delete)


def test_pledge_signed_refuses_every_change(signed):
    assert refuses(lambda: Pledge.objects.update(personal_commitment="加一条。"))
    assert refuses(lambda: Pledge.objects.update(signature_text="旁人"))
    assert refuses(lambda: Pledge.objects.filter(pk=signed.pk).update(post=signed.post))


def test_pledge_signed_refuses_to_go(signed):
    assert refuses(lambda: raw("DELETE FROM pledges_pledge"))


def test_confirmation_after_signing_is_refused(signed):
    point = OutlineFactory().points.first()
    assert refuses(
        lambda: PointConfirmation.objects.create(
            pledge=signed, point=point, confirmed_at=timezone.now()
        )
    )


OCCASION_FACTS = {
    "id": 999_999,
    "number": "别号",
    "kind": "别类",
    "title": "别题",
    "held_at": "2020-01-01 00:00:00+00:00",
    "place": "别处",
    "speaker": "旁人",
    "outline_id": 999,
    "opened_at": "2020-01-01 00:00:00+00:00",
}


@pytest.mark.parametrize(("column", "value"), OCCASION_FACTS.items())
def test_occasion_refuses_other_facts(column, value, drafted):
    assert refuses(lambda: raw(f"UPDATE pledges_occasion SET {column} = %s", value))  # noqa: S608


def test_occasion_closes_once_and_does_not_go(drafted):
    closed_at = timezone.now()
    assert not refuses(lambda: Occasion.objects.update(due_on=closed_at.date()))
    assert not refuses(lambda: Occasion.objects.update(closed_at=closed_at))
    assert refuses(lambda: Occasion.objects.update(closed_at=None))
    assert refuses(lambda: Occasion.objects.update(closed_at=closed_at + timedelta(1)))
    assert refuses(lambda: raw("DELETE FROM pledges_occasion"))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="REPLACE is SQLite's")
def test_replace_does_not_get_round_the_refusal(signed):
    columns = "id, pledge_id, level, manifest, digest, signed_at, address, browser"
    assert refuses(
        lambda: raw(
            f"REPLACE INTO pledges_signature ({columns}) SELECT {columns} FROM pledges_signature"  # noqa: S608
        )
    )


@pytest.mark.skipif(connection.vendor != "postgresql", reason="TRUNCATE is PostgreSQL's")
@pytest.mark.parametrize("table", sorted({guard.table for guard in triggers.registered()}))
def test_truncate_is_refused(table):
    assert refuses(lambda: raw(f"TRUNCATE {table} CASCADE"))


def test_check_finds_every_trigger_in_place():
    assert check_triggers(None, databases=["default"]) == []
    assert check_triggers(None) == []


def test_check_names_a_trigger_that_is_missing():
    guard = triggers.GUARDS[0]
    triggers.uninstall(connection, [guard])
    messages = check_triggers(None, databases=["default"])
    assert {message.id for message in messages} == {"pledges.E001"}
    assert any(guard.name in message.msg for message in messages)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite switches none off")
def test_check_names_a_trigger_that_is_switched_off():
    guard = triggers.GUARDS[0]
    raw(f'ALTER TABLE {guard.table} DISABLE TRIGGER "{guard.name}"')
    assert triggers.missing(connection, [guard]) == [guard.name]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the pragma is SQLite's")
def test_check_names_triggers_that_replace_would_pass():
    raw("PRAGMA recursive_triggers = OFF")
    try:
        messages = check_triggers(None, databases=["default"])
    finally:
        raw("PRAGMA recursive_triggers = ON")
    assert [message.id for message in messages] == ["pledges.E002"]


def test_check_is_silent_while_migrations_wait(monkeypatch):
    triggers.uninstall(connection, triggers.registered())
    monkeypatch.setattr(
        "pledges.checks.MigrationExecutor.migration_plan", lambda self, targets: [object()]
    )
    assert check_triggers(None, databases=["default"]) == []


def test_command_puts_back_what_is_missing(capsys):
    triggers.uninstall(connection, triggers.GUARDS[:2])
    call_command("install_triggers")
    said = capsys.readouterr().out
    assert triggers.GUARDS[0].name in said
    assert check_triggers(None, databases=["default"]) == []
