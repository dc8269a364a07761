"""A batch of 1,000 pledges: as a ZIP and as one PDF, in two processes, beside plain WeasyPrint.

    python -m tests.bench.bench_bulk [PLEDGES]

Everything is taken in one run and gates nothing:

* plain: ``HTML(string=…).write_pdf(pdf_variant="pdf/a-3b")`` of the same pledges at the same size,
  style sheets inside, with the machine's own fonts; CPU time of one process, warm;
* one: ``render_one`` in one warm process, and what that process grows by over all pledges;
* ZIP, PDF: a whole batch from the rows of the database to the finished file: wall time, CPU time of
  the process that leads it and of the others, and the memory that the leading one takes. On a
  machine with nothing else to do, wall time is about half of the others' CPU time.

Works in a database of its own on the engine of DATABASE_URL.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django

PLEDGES = 1_000
PLAIN_RUNS = 20
WARM_RUNS = 20


def facts_of(number: int) -> list[Any]:
    """Pledges of one meeting, with drawn signatures and some words of their own."""
    from dataclasses import replace

    from meetings.papers.facts import Person
    from tests.meetings.papers import samples

    base = samples.pledge_facts("")
    rows = [samples.roll_row(at + 1) for at in range(number)]
    return [
        replace(
            base,
            signer=Person(row.name, row.unit, row.post),
            signature=samples.signature(at, typed=row.name if at % 11 == 0 else None),
            personal_commitment="本人分管行政审批，承诺不越权打招呼。" if at % 3 == 0 else "",
            verify_url=f"https://liantan.example.cn/check/{at:064}",
        )
        for at, row in enumerate(rows)
    ]


def plain_worker(file: str) -> dict[str, float]:
    from weasyprint import HTML

    pages = json.loads(Path(file).read_text(encoding="utf-8"))
    HTML(string=pages[0]).write_pdf(pdf_variant="pdf/a-3b")
    start = time.process_time()
    for html in pages:
        HTML(string=html).write_pdf(pdf_variant="pdf/a-3b")
    return {"cpu": (time.process_time() - start) / len(pages)}


def one_worker(number: str) -> dict[str, float]:
    from meetings.papers.pool import _memory
    from meetings.papers.sheaf import render_one

    pledges = facts_of(int(number))
    for facts in pledges[:WARM_RUNS]:
        render_one(facts)
    before, start = _memory(), time.process_time()
    size = sum(len(render_one(facts)) for facts in pledges)
    cpu = (time.process_time() - start) / len(pledges)
    return {"cpu": cpu, "grown": (_memory() - before) / 1e6, "bytes": size / len(pledges)}


def in_a_process(way: str, argument: str) -> dict[str, float]:
    result = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_bulk", "--worker", way, argument],
        check=True,
        capture_output=True,
        text=True,
        # Set by our typesetter, and inherited, it would give plain WeasyPrint our fonts.
        env={name: value for name, value in os.environ.items() if name != "FONTCONFIG_FILE"},
    )
    figures: dict[str, float] = json.loads(result.stdout.splitlines()[-1])
    return figures


def plain(folder: Path) -> dict[str, float]:
    """What the same pledges cost without us."""
    from meetings.papers.pledge import pledge_paper
    from meetings.papers.render import fits
    from tests.bench.plain import plain_html

    pages = []
    for facts in facts_of(PLAIN_RUNS):
        paper = pledge_paper(facts)
        size = next(size for size in paper.sizes if fits(paper, size))
        pages.append(plain_html(paper, size))
    file = folder / "plain.json"
    file.write_text(json.dumps(pages), encoding="utf-8")
    return in_a_process("plain", str(file))


def cpu_seconds() -> tuple[float, float]:
    """What this process and those that it started and saw end have computed so far."""
    return tuple(
        sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def ask(kind: str, meeting: Any, secretary: Any) -> tuple[float, Any]:
    """Seconds from asking to the finished file, and the batch."""
    from meetings.bulk import ask_batch
    from meetings.bulk_work import make_taken_batch, take_batch

    start = time.perf_counter()
    batch = take_batch(ask_batch(by=secretary, kind=kind, meeting=meeting).pk)
    assert batch is not None
    state = make_taken_batch(batch)
    seconds = time.perf_counter() - start
    batch.refresh_from_db()
    assert state == "done", batch.failure
    return seconds, batch


def bench(number: int, folder: Path) -> dict[str, float]:
    """Print what there is to say, and give the ratios to plain WeasyPrint."""
    from django.conf import settings
    from django.db import transaction

    from meetings import bulk
    from tests.factories import AttendanceFactory, MeetingFactory, RoleAssignmentFactory
    from tests.meetings.papers.samples import hand

    settings.MEDIA_ROOT = folder / "media"
    bulk.make_batch = type("Queue", (), {"enqueue": staticmethod(lambda _id: None)})
    unpractised = plain(folder)
    one = in_a_process("one", str(number))
    ratio = one["cpu"] / unpractised["cpu"]
    print(f"plain WeasyPrint       {unpractised['cpu'] * 1000:7.1f} ms CPU each")
    print(f"one, warm              {one['cpu'] * 1000:7.1f} ms CPU each   {ratio:.2f} × plain"
          f"   {one['bytes'] / 1000:.0f} kB each   grown by {one['grown']:.1f} MB"
          f" over {number}")  # fmt: skip
    secretary = RoleAssignmentFactory().cadre
    with transaction.atomic():
        meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
        for at in range(number):
            drawn = {"signature_method": "drawn", "signature_image": hand(at), "signature_text": ""}
            AttendanceFactory(
                meeting=meeting,
                signed=True,
                **{f"pledge__{name}": value for name, value in drawn.items()},
            )
    found = {"one": ratio, "grown": one["grown"]}
    for kind in ("zip", "pdf"):
        before = cpu_seconds()
        seconds, batch = ask(kind, meeting, secretary)
        leading, others = (now - then for now, then in zip(cpu_seconds(), before, strict=True))
        wall = seconds / number
        found[kind] = wall / unpractised["cpu"]
        found[f"{kind} cpu"] = (leading + others) / number / unpractised["cpu"]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{kind.upper()} of {number:<6}         {seconds:7.1f} s wall   {wall * 1000:.1f} ms"
              f" each   {wall / unpractised['cpu']:.2f} × plain   {batch.size / 1e6:.1f} MB file"
              f"   {peak:.0f} MB in the leading process"
              f"   CPU {leading:.1f} s leading, {others:.1f} s others,"
              f" {(leading + others) / number * 1000:.1f} ms each")  # fmt: skip
    return found


def figures(number: int) -> dict[str, float]:
    """What ``bench`` gives, in a database of its own."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return bench(number, Path(folder))
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
        ways = {"plain": plain_worker, "one": one_worker}
        print(json.dumps(ways[sys.argv[2]](sys.argv[3])))
    else:
        figures(int(sys.argv[1]) if len(sys.argv) > 1 else PLEDGES)
