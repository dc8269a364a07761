"""What an entry is, and that it comes whole or not at all."""

import hashlib
import json

import pytest
import rfc8785
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from pledges import ledger
from pledges.models import EntryKind
from tests.factories import CadreFactory

from .conftest import append_some, clear_ledger

pytestmark = pytest.mark.django_db


def salted(domain, entry, value):
    return hashlib.sha256(domain + bytes.fromhex(entry.salt) + value).hexdigest()


def test_entry_says_what_happened_and_hides_whom_it_concerns():
    actor = CadreFactory(staff_number="G00417")
    entry = ledger.append(
        kind=EntryKind.KEY_ENROLLED,
        by=actor,
        subject="key:ab",
        data={"synced": True, "rp_id": "localhost"},
        private={"address": "192.0.2.7"},
    )
    entry.refresh_from_db()
    payload = bytes(entry.payload)
    assert json.loads(payload) == {
        "version": 1,
        "number": entry.number,
        "at": json.loads(payload)["at"],
        "kind": "key_enrolled",
        "subject": "key:ab",
        "data": {"synced": True, "rp_id": "localhost"},
        "actor": salted(b"liantan-actor-v1\n", entry, b"G00417"),
        "private": salted(b"liantan-private-v1\n", entry, b'{"address":"192.0.2.7"}'),
    }
    assert payload == rfc8785.dumps(json.loads(payload))
    assert entry.leaf == hashlib.sha256(b"\0" + payload).hexdigest()
    assert entry.actor == "G00417"
    assert b"G00417" not in payload
    assert b"192.0.2.7" not in payload


def test_entry_gives_its_time_in_the_zone_of_the_manifests():
    entry = ledger.append(kind=EntryKind.LOGIN, by=None)
    at = json.loads(entry.payload)["at"]
    assert at.endswith("+08:00")
    assert len(at) == len("2026-03-05T09:00:00.000000+08:00")


def test_entry_of_nobody_with_nothing_private_has_no_hashes():
    told = json.loads(ledger.append(kind=EntryKind.LOGIN_FAILED, by=None).payload)
    assert told["actor"] == told["private"] == ""


def test_same_thing_twice_hashes_differently():
    entries = [ledger.append(kind=EntryKind.LOGIN, by=CadreFactory.build()) for _ in range(2)]
    first, second = (json.loads(entry.payload) for entry in entries)
    assert first["actor"] != second["actor"]


def test_numbers_go_up_by_one():
    before = ledger.size()
    numbers = [ledger.append(kind=EntryKind.LOGIN, by=None).number for _ in range(3)]
    assert numbers == [before, before + 1, before + 2]


@pytest.mark.django_db(transaction=True)
def test_append_outside_a_transaction_is_refused():
    with pytest.raises(TransactionManagementError):
        ledger.append(kind=EntryKind.LOGIN, by=None)


def test_entry_goes_with_the_transaction_that_failed():
    @transaction.atomic
    def fail_after_all():
        ledger.append(kind=EntryKind.LOGIN, by=None)
        raise ZeroDivisionError

    before = ledger.size()
    with pytest.raises(ZeroDivisionError):
        fail_after_all()
    assert ledger.size() == before
    assert ledger.append(kind=EntryKind.LOGIN, by=None).number == before


@pytest.mark.parametrize(
    ("subject", "data", "error"),
    [
        ("x" * 151, {}, ValidationError),
        ("x", {"share": float("nan")}, rfc8785.CanonicalizationError),
        ("x", {"when": object()}, rfc8785.CanonicalizationError),
    ],
)
def test_what_no_entry_can_hold_is_refused(subject, data, error):
    before = ledger.size()
    with pytest.raises(error):
        ledger.append(kind=EntryKind.LOGIN, by=None, subject=subject, data=data)
    assert ledger.size() == before


def test_append_takes_few_queries_however_long_the_ledger_is():
    """The head, the entry; every second time its nodes; every fourth time their siblings."""
    clear_ledger()
    counts = []
    for _ in range(64):
        with CaptureQueriesContext(connection) as queries:
            append_some(1)
        counts.append(sum("SAVEPOINT" not in query["sql"] for query in queries.captured_queries))
    assert counts == [2, 3, 2, 4] * 16
