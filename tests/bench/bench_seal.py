"""How long sealing takes, at 20, 500 and 2,000 pledges, beside what is done around it.

    python -m tests.bench.bench_seal [20 500 2000]

Every figure of a line is processor time taken in one run in one process, the median of warm ones:

* seal: the evidence embedded and the whole signed (RSA 3072, SHA-256), without the check;
* check: the seal read back and validated, as sealing does before it counts;
* embed and seal: both, the call that the job makes (``embed_and_seal``);
* with stamp: the same with a time stamp from a server in this process, over HTTP;
* hash: SHA-256 over the sealed file, the least that any seal must do.

The evidence has the size of the real one; the pages are those of ``render_record``.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

SIZES = (20, 500, 2000)
RUNS = 7
PROOF_HASHES = 17  # a ledger of 100,000 entries


@dataclass(frozen=True)
class File:
    """One file to embed."""

    name: str
    media_type: str
    description: str
    data: bytes


def invented_evidence(pledges: int, facts: bytes) -> list[File]:
    """Files as large as those of a record with so many pledges, each signed with a key."""

    def noise(size: int) -> str:
        return secrets.token_hex(size)

    def many(row: Callable[[int], object]) -> bytes:
        return json.dumps([row(number) for number in range(pledges)]).encode()

    text = "我将坚持学习党章党规党纪，每月不少于一次，把纪律要求记在心里、落到行动上。" * 45
    return [
        File("facts.json", "application/json", "谈话记录的事实", facts),
        File("policy.json", "application/json", "核验依据", b"{}"),
        File(
            "manifests.json",
            "application/json",
            "内容",
            many(lambda number: {"digest": noise(32), "manifest": noise(32) + text}),
        ),
        File("assertions.json", "application/json", "签名", many(lambda number: noise(420))),
        File("keys.json", "application/json", "公钥", many(lambda number: noise(180))),
        File("agreements.json", "application/json", "约定", text.encode()),
        File(
            "proofs.json",
            "application/json",
            "证明",
            many(lambda number: [[noise(32) for _ in range(PROOF_HASHES)] for _ in range(2)]),
        ),
        File("checkpoint.txt", "text/plain", "检查点", noise(120).encode()),
    ]


def median(act: Callable[[], object]) -> float:
    """Milliseconds of processor time of one call, after one to warm up."""
    act()
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        act()
        times.append((time.process_time() - start) * 1000)
    return statistics.median(times)


def measure(pledges: int) -> None:
    """Print one line."""
    from meetings.papers import seal
    from meetings.papers.record import render_record
    from meetings.papers.seal_keys import configured_seal
    from tests.meetings.papers import samples
    from tests.meetings.papers.authorities import Authority, TimeStampAuthority, serve

    setup, check = configured_seal(), seal.check_seal
    facts = replace(samples.record_facts(pledges), seal=seal.describe_seal(setup))
    pdf = render_record(facts)
    files = invented_evidence(pledges, json.dumps(facts.to_json()).encode())
    at = datetime.now(UTC)

    def made(level: str = "B-B", there: object = setup) -> bytes:
        with seal.open_sealer(there) as sealer:
            return seal.embed_and_seal(pdf, files=files, sealer=sealer, level=level, at=at)

    sealed = made()
    whole = median(made)
    checking = median(lambda: check(sealed, setup=setup, level="B-B"))
    seal.check_seal = lambda *arguments, **named: None
    sealing = median(made)
    seal.check_seal = check
    stamps = Authority("bench")
    stamper = TimeStampAuthority(stamps)
    with serve(lambda request: (200, stamper.answer(request))) as url:
        there = replace(setup, tsa_url=url, tsa_roots=(stamps.certificate,))
        stamped = median(lambda: made("B-T", there))
    hashing = median(lambda: hashlib.sha256(sealed).digest())
    print(
        f"{pledges:7} {len(pdf) / 1e6:7.2f} {len(sealed) / 1e6:8.2f}"
        f" {sealing:8.1f} {checking:8.1f} {whole:8.1f} {stamped:8.1f} {hashing:7.1f}"
        f" {sealing / hashing:10.1f} {whole / pledges:12.3f}",
        flush=True,
    )


def main() -> None:
    """Measure every size and print a table."""
    import django

    django.setup()
    print("pledges  PDF MB sealed MB  seal ms check ms  both ms stamp ms hash ms"
          "  seal/hash ms per pledge")  # fmt: skip
    for pledges in [int(argument) for argument in sys.argv[1:]] or SIZES:
        measure(pledges)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        os.environ["TRIAL"] = "1"
        os.environ["KEY_DIR"] = str(Path(folder) / "keys")
        main()
