"""A ledger to work on, and a superuser who takes the triggers away."""

import contextlib
from collections.abc import Iterator, Sequence

import pytest
from django.db import connection, transaction

from pledges import ledger, triggers
from pledges.ledger.tree import store_completed
from pledges.models import Checkpoint, EntryKind, LedgerEntry, LedgerNode
from pledges.verify import leaf_hash
from tests.factories import MORNING

LEDGER = (LedgerEntry, LedgerNode, Checkpoint)


@contextlib.contextmanager
def unguarded() -> Iterator[None]:
    """What a superuser can do: everything, with the triggers away."""
    triggers.uninstall(connection, triggers.registered())
    try:
        yield
    finally:
        triggers.install(connection, triggers.registered())


def clear_ledger() -> None:
    with unguarded():
        for model in LEDGER:
            model.objects.all().delete()


def plant(payloads: Sequence[bytes]) -> None:
    """Puts entries with these payloads, which need not be any, behind those that are there."""
    for payload in payloads:
        last = LedgerEntry.objects.order_by("number").last()
        entry = LedgerEntry.objects.create(
            number=last.number + 1 if last else 0,
            at=MORNING,
            kind=EntryKind.LOGIN,
            payload=payload,
            leaf=leaf_hash(payload).hex(),
        )
        left = bytes.fromhex(last.leaf) if last else b""
        store_completed(entry.number, bytes.fromhex(entry.leaf), left)


def append_some(count: int) -> None:
    for _ in range(count):
        with transaction.atomic():
            ledger.append(kind=EntryKind.LOGIN, by=None, private={"address": "192.0.2.7"})


@pytest.fixture
def empty_ledger(db: None) -> None:
    clear_ledger()


@pytest.fixture(autouse=True)
def own_key(settings: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A key for these tests alone, made on first use as in the trial."""
    settings.LEDGER_KEY_FILE = tmp_path_factory.getbasetemp() / "ledger-keys" / "ledger.pem"
