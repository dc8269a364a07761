"""How long sealing takes, at 20, 500 and 2,000 pledges, beside what is done around it.

    python -m tests.bench.bench_seal [20 500 2000]

Every figure of a line is processor time taken in one run in one process, the median of warm ones:

* seal: the evidence embedded and the whole signed (RSA 3072, SHA-256): ``embed_and_seal``;
* verify: the strangers' verifier over the sealed file, which has to pass before it counts;
* both: the two, what the job does beside the database;
* stamp: the seal with a time stamp from a server in this process, over HTTP;
* hash: SHA-256 over the sealed file, the least that any seal must do;
* pack: the evidence compressed, what its size alone costs the seal.

The evidence is good: the verifier holds all of it. Everybody signs with a key of their own, and
draws their name. The pages are those of ``render_record``.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from tests.pledges.verify import builder

SIZES = (20, 500, 2000)
RUNS = 7
BEFORE = 1_000  # entries that the ledger has from other meetings


@dataclass(frozen=True)
class File:
    """One file to embed."""

    name: str
    media_type: str
    description: str
    data: bytes


class QuickTree(builder.Tree):
    """The tree of the tests, which works out a hash once."""

    def root(self, size: int | None = None) -> bytes:
        return self._between(0, len(self.leaves) if size is None else size)

    def _path(self, number: int, leaves: list[bytes]) -> list[bytes]:
        low, high, path = 0, len(leaves), []
        while high - low > 1:
            middle = low + builder.split(high - low)
            if number < middle:
                path.append(self._between(middle, high))
                high = middle
            else:
                path.append(self._between(low, middle))
                low = middle
        return path[::-1]

    @cache  # noqa: B019 - the tree lives as long as its bench
    def _between(self, low: int, high: int) -> bytes:
        if high - low == 1:
            return hashlib.sha256(b"\0" + self.leaves[low]).digest()
        middle = low + builder.split(high - low)
        halves = self._between(low, middle) + self._between(middle, high)
        return hashlib.sha256(b"\1" + halves).digest()


class LongLedger(builder.Ledger):
    """The ledger of an office that has held meetings before."""

    @cached_property
    def tree(self) -> QuickTree:  # asked for when all is entered
        return QuickTree([entry["payload"].encode() for entry in self.entries])


class Hall(builder.Office):
    """A talk with many people, each of whom has a key and signs with it."""

    def __init__(self, people: int, certificate: str) -> None:
        from tests.meetings.papers import samples

        super().__init__(ledger=LongLedger())
        rows = (samples.roll_row(number) for number in range(1, people + 1))
        self.people = [builder.Person(f"H{row.number}", row.name, "key") for row in rows]
        self.certificate = certificate
        self.drawn = {person.staff_number: samples.hand(n) for n, person in enumerate(self.people)}

    def write(self, *, to_the_end: bool = True) -> Hall:
        for number in range(BEFORE):
            self.ledger.append("login_failed", "", {}, "", number / BEFORE)
        for person in self.people:
            self.enrol(person, person.staff_number, 2)
        for person in self.people:
            self.sign(person, 10, by=person.staff_number)
        return self

    def mark(self, person: builder.Person, promise: builder.Json) -> builder.Json:
        svg = self.drawn[person.staff_number].encode()
        return {"method": "drawn", "media_type": "image/svg+xml", "sha256": builder.sha256(svg)}

    def told(self, order: int) -> builder.Json:
        return super().told(order) | {"svg": self.drawn[self.people[order].staff_number]}

    def facts(self, level: str = "B-B") -> builder.Json:
        facts = super().facts(level)
        called = {"called": len(facts["roll"]), "present": len(self.people)}
        facts["counts"] |= called
        facts["seal"]["certificate"] = self.certificate
        return facts


def good_evidence(people: int, certificate: str, level: str) -> list[File]:
    """The files of a record with so many pledges, as ``gather_evidence`` gives them."""
    from tests.meetings.papers import samples

    # As much text as the outline has; the tests' own is a line.
    builder.CLAUSES = tuple(
        (point.heading, "；".join(clause.heading + clause.commitment for clause in point.clauses))
        for point in samples.POINTS
    )
    parts = builder.as_files(Hall(people, certificate).write().parts(level=level))
    kinds = {".json": "application/json", ".txt": "text/plain"}
    return [File(name, kinds[Path(name).suffix], name, data) for name, data in parts.items()]


def median(act: Callable[[], object]) -> float:
    """Milliseconds of processor time of one call, after one to warm up."""
    act()
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        act()
        times.append((time.process_time() - start) * 1000)
    return statistics.median(times)


def figures(people: int) -> dict[str, float]:
    """Print one line, and give the seal's share of it."""
    import django

    django.setup()
    from meetings.papers import seal
    from meetings.papers.record import render_record
    from meetings.papers.seal_keys import configured_seal, root_pem
    from pledges.verify import verify_record
    from tests.meetings.papers import samples
    from tests.meetings.papers.authorities import Authority, TimeStampAuthority, serve

    setup = configured_seal()
    told = seal.describe_seal(setup)
    pdf = render_record(replace(samples.record_facts(people), seal=told))
    files = good_evidence(people, told.certificate, "B-B")
    at = datetime.now(UTC)

    def made(level: str = "B-B", there: Any = setup) -> bytes:
        with seal.open_sealer(there) as sealer:
            return seal.embed_and_seal(pdf, files=files, sealer=sealer, level=level, at=at)

    def verified() -> None:
        report = verify_record(sealed, roots=[root_pem(setup)])
        if not report.good:
            raise RuntimeError(report.to_json())

    sealed = made()
    sealing, verifying = median(made), median(verified)
    stamps = Authority("bench")
    stamper = TimeStampAuthority(stamps)
    with serve(lambda request: (200, stamper.answer(request))) as url:
        there = replace(setup, tsa_url=url, tsa_roots=(stamps.certificate,))
        stamped = median(lambda: made("B-T", there))
    hashing = median(lambda: hashlib.sha256(sealed).digest())
    packing = median(lambda: [zlib.compress(file.data, seal.PACKING) for file in files])
    print(
        f"{people:7} {len(pdf) / 1e6:7.2f} {len(sealed) / 1e6:8.2f} {sealing:8.1f}"
        f" {verifying:9.1f} {sealing + verifying:8.1f} {stamped:8.1f} {hashing:7.1f}"
        f" {packing:7.1f} {sealing / hashing:10.1f}",
        flush=True,
    )
    return {"seal": sealing}


def main() -> None:
    """Measure every size and print a table."""
    print("pledges  PDF MB sealed MB  seal ms verify ms  both ms stamp ms hash ms pack ms"
          "  seal/hash")  # fmt: skip
    for pledges in [int(argument) for argument in sys.argv[1:]] or SIZES:
        figures(pledges)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        os.environ["TRIAL"] = "1"
        os.environ["KEY_DIR"] = str(Path(folder) / "keys")
        main()
