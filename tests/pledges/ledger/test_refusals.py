"""The database refuses to change the ledger, even when the owner of its tables asks."""

import pytest
from django.db import IntegrityError, connection, transaction

from pledges import ledger
from pledges.models import EntryKind, LedgerEntry
from tests.pledges.test_triggers import raw, refuses

from .conftest import LEDGER, append_some

pytestmark = pytest.mark.django_db

COLUMNS = [
    (model._meta.db_table, field.column)
    for model in LEDGER
    for field in model._meta.concrete_fields
]
TABLES = [model._meta.db_table for model in LEDGER]


@pytest.fixture(autouse=True)
def some_entries():
    append_some(3)
    ledger.make_checkpoint()


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_no_column_can_be_changed(table, column):
    assert refuses(lambda: raw(f"UPDATE {table} SET {column} = {column}"))  # noqa: S608


@pytest.mark.parametrize("table", TABLES)
def test_no_row_can_go(table):
    assert refuses(lambda: raw(f"DELETE FROM {table}"))  # noqa: S608


@pytest.mark.skipif(connection.vendor != "postgresql", reason="TRUNCATE is PostgreSQL's")
@pytest.mark.parametrize("table", TABLES)
def test_no_table_can_be_emptied(table):
    assert refuses(lambda: raw(f"TRUNCATE {table}"))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="REPLACE is SQLite's")
@pytest.mark.parametrize("table", TABLES)
def test_no_row_can_be_replaced(table):
    assert refuses(lambda: raw(f"REPLACE INTO {table} SELECT * FROM {table}"))  # noqa: S608


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's is REPLACE")
def test_no_row_can_be_replaced_by_a_conflict():
    # In sequence for the guard on INSERT, so that the guard on UPDATE is asked.
    assert refuses(
        lambda: raw(
            "INSERT INTO pledges_ledgernode SELECT * FROM pledges_ledgernode"
            " ON CONFLICT (position) DO UPDATE SET hash = excluded.hash"
        )
    )


@pytest.mark.parametrize("number", [0, 2, 100])
def test_entry_out_of_sequence_is_refused(number):
    columns = {
        field.attname: getattr(LedgerEntry.objects.get(number=1), field.attname)
        for field in LedgerEntry._meta.concrete_fields
    }
    assert refuses(lambda: LedgerEntry.objects.create(**{**columns, "number": number}))


def test_entry_of_no_known_kind_is_refused():
    last = LedgerEntry.objects.latest("number")
    last.number, last.kind = last.number + 1, "nonsense"
    with pytest.raises(IntegrityError), transaction.atomic():
        last.save(force_insert=True)


def test_next_entry_is_taken():
    before = ledger.size()
    ledger.append(kind=EntryKind.LOGIN, by=None)
    assert ledger.size() == before + 1
