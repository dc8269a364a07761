"""The ledger at 1,000, 100,000 and 1,000,000 entries: append, proofs, and the commit ceiling.

    python -m tests.bench.bench_ledger [LARGEST]

Runs on SQLite, and on a durable PostgreSQL too where its server is installed; with DATABASE_URL
set, on that engine alone. Works in a test database of its own. An append or a proof should cost
the same, or grow with the logarithm, which doubles from a thousand to a million. Gates nothing.
"""

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test.utils import setup_test_environment, teardown_test_environment  # noqa: E402
from django.utils import timezone  # noqa: E402

from pledges import ledger  # noqa: E402
from pledges.ledger.entries import columns  # noqa: E402
from pledges.ledger.shape import Frontier  # noqa: E402
from pledges.ledger.tree import position  # noqa: E402
from pledges.models import EntryKind, LedgerEntry, LedgerNode  # noqa: E402

ROOT = Path(__file__).parents[2]
SIZES = (1_000, 100_000, 1_000_000)
BATCH = 2_000
ROUNDS = 400
CLIENTS = 4


def fill(frontier: Frontier, size: int) -> None:
    """Brings the ledger to `size` entries at once, through the same entries and nodes."""
    while frontier.size < size:
        entries: list[LedgerEntry] = []
        nodes: list[LedgerNode] = []
        for _ in range(min(BATCH, size - frontier.size)):
            row = columns(
                number=frontier.size,
                at=timezone.now(),
                kind=EntryKind.LOGIN,
                actor="G00417",
                subject="",
                data={},
                private={"address": "192.0.2.7"},
            )
            entries.append(LedgerEntry(**row))
            nodes += [
                LedgerNode(position=position(node), hash=value.hex())
                for node, value in frontier.append(bytes.fromhex(row["leaf"]))
            ]
        with transaction.atomic():
            LedgerEntry.objects.bulk_create(entries)
            LedgerNode.objects.bulk_create(nodes)


def append() -> None:
    ledger.append(
        kind=EntryKind.LOGIN,
        by=None,
        subject="pledge:00000000-0000-0000-0000-000000000000",
        private={"address": "192.0.2.7"},
    )


@transaction.atomic
def append_and_commit() -> None:
    append()


@transaction.atomic
def commit_a_row() -> None:
    """What the database can do at best: one plain row, committed."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_rows (text) VALUES (%s)", ["x" * 600])


def median_ms(act: Callable[[], Any], rounds: int = ROUNDS) -> float:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def append_ms() -> float:
    """One append without its commit, over so many in one transaction."""
    with transaction.atomic():
        started = time.perf_counter()
        for _ in range(ROUNDS):
            append()
        return (time.perf_counter() - started) / ROUNDS * 1000


def rate(act: Callable[[], None], clients: int) -> float:
    """How many a second, from so many threads of one process."""

    def run(_: int) -> None:
        try:
            for _round in range(ROUNDS):
                act()
        finally:
            if clients > 1:
                connection.close()

    started = time.perf_counter()
    if clients == 1:
        run(0)
    else:
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(run, range(clients)))
    return clients * ROUNDS / (time.perf_counter() - started)


def measure(size: int) -> dict[str, float]:
    draw = random.Random(size)  # noqa: S311
    return {
        "append, ms": append_ms(),
        "append and commit, ms": median_ms(append_and_commit),
        "inclusion proof, ms": median_ms(
            lambda: ledger.prove_inclusion(draw.randrange(size), size)
        ),
        "consistency proof, ms": median_ms(
            lambda: ledger.prove_consistency(draw.randrange(1, size), size)
        ),
        "hashes in a proof": statistics.mean(
            len(ledger.prove_inclusion(draw.randrange(size), size)) for _ in range(100)
        ),
    }


def run(sizes: list[int]) -> None:
    print(f"\n── {connection.vendor}")
    with connection.cursor() as cursor:
        serial = "BIGSERIAL" if connection.vendor == "postgresql" else "INTEGER"
        cursor.execute(f"CREATE TABLE bench_rows (id {serial} PRIMARY KEY, text TEXT)")
    frontier = Frontier()
    for leaf in LedgerEntry.objects.order_by("number").values_list("leaf", flat=True):
        frontier.append(bytes.fromhex(leaf))
    found = []
    for size in sizes:
        fill(frontier, size)
        found.append(measure(size))
        if size == sizes[0]:
            print_rates()
        # What was appended while measuring belongs to the tree that goes on growing.
        for leaf in (
            LedgerEntry.objects.filter(number__gte=frontier.size)
            .order_by("number")
            .values_list("leaf", flat=True)
        ):
            frontier.append(bytes.fromhex(leaf))
        if size == 100_000:
            started = time.perf_counter()
            checked = ledger.verify().entries
            passed = time.perf_counter() - started
            print(f"verify: {checked} entries in {passed:.1f} s, {checked / passed:.0f} a second")
    print(f"{'':26}" + "".join(f"{size:>12,}" for size in sizes) + "      last : first")
    for name in found[0]:
        row = [one[name] for one in found]
        print(f"{name:26}" + "".join(f"{n:12.3f}" for n in row) + f"{row[-1] / row[0]:12.2f} ×")


def print_rates() -> None:
    for clients in (1, CLIENTS):
        ceiling, appends = rate(commit_a_row, clients), rate(append_and_commit, clients)
        print(
            f"{clients} client(s): {ceiling:.0f} plain rows a second committed, "
            f"{appends:.0f} appends: {appends / ceiling:.2f} of the ceiling"
        )


def main() -> None:
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else SIZES[-1]
    setup_test_environment()
    made = connection.creation.create_test_db(verbosity=0)
    try:
        run([size for size in SIZES if size <= largest])
    finally:
        connection.creation.destroy_test_db(made, verbosity=0)
        teardown_test_environment()
    if "DATABASE_URL" not in os.environ and any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        subprocess.run(
            [
                "script/with_postgresql", "--durable",
                sys.executable, "-m", "tests.bench.bench_ledger", str(largest),
            ],
            cwd=ROOT,
            check=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
