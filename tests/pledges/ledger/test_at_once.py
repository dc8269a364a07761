"""Many append at once, in threads and in processes: no gap, no duplicate, nothing lost."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection, transaction

from pledges import ledger
from pledges.ledger import checking
from pledges.models import Checkpoint, EntryKind, LedgerEntry
from tests.pledges.test_signing_at_once import at_once

from .conftest import append_some

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[3]


def test_threads_that_append_at_once_leave_no_gap():
    before = ledger.size()
    at_once(6, lambda _: append_some(8))
    assert list(LedgerEntry.objects.values_list("number", flat=True)) == list(range(before + 48))
    assert ledger.verify().entries == before + 48


def test_some_that_fail_at_once_with_others_leave_no_gap():
    @transaction.atomic
    def fail():
        ledger.append(kind=EntryKind.LOGIN, by=None)
        raise ZeroDivisionError

    def act(index):
        for _ in range(5):
            if index % 2:
                append_some(1)
            else:
                with pytest.raises(ZeroDivisionError):
                    fail()

    before = ledger.size()
    at_once(6, act)
    assert ledger.verify().entries == before + 15


def test_processes_that_append_at_once_leave_no_gap():
    before = ledger.size()
    processes = [start_appender(10) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda process: process.communicate("go\n"), processes))
    assert [process.returncode for process in processes] == [0, 0, 0], answers
    assert ledger.verify().entries == before + 30


def test_checkpoints_made_at_once_are_one():
    append_some(3)
    sizes = at_once(4, lambda _: ledger.make_checkpoint().size)
    assert len(set(sizes)) == 1
    assert Checkpoint.objects.count() == 1
    assert ledger.verify().checkpoints == 1


def test_checking_while_others_append_raises_no_false_alarm():
    stop = threading.Event()

    def go_on():
        try:
            while not stop.is_set():
                append_some(1)
                ledger.make_checkpoint()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        appending = [pool.submit(go_on) for _ in range(2)]
        try:
            sizes = [ledger.verify().entries for _ in range(5)]
        finally:
            stop.set()
        for done in appending:
            done.result()
    assert sizes == sorted(sizes)
    assert ledger.verify().entries >= sizes[-1]


def test_what_is_appended_in_the_middle_of_a_check_is_not_taken_for_tampering(monkeypatch):
    """The entries are read, and then come more, with nodes and a checkpoint."""
    append_some(5)
    look = checking._require_nothing_beyond

    def after_others(size):
        at_once(1, lambda _: (append_some(4), ledger.make_checkpoint()))
        look(size)

    monkeypatch.setattr(checking, "_require_nothing_beyond", after_others)
    before = ledger.size()
    assert ledger.verify().entries == before
    assert ledger.size() == before + 5


def start_appender(count: int) -> "subprocess.Popen[str]":
    """A process on this test's own database that appends once it reads a line."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.pledges.ledger.appender", str(count)],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def database_url() -> str:
    """The test database as a URL. Its connection settings have no password."""
    of = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{of['NAME']}"
    return f"postgres://{of['USER']}@{quote(of['HOST'], safe='')}:{of['PORT']}/{of['NAME']}"
