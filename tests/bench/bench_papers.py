"""Every row of the papers' table of speed and memory, in one run.

    python -m tests.bench.bench_papers [--quick] [20 100 500 2000]

Prints ratios with their goals beside them, and gates nothing. What "plain" means: the same HTML,
style sheets inside, by ``HTML(string=…).write_pdf(pdf_variant="pdf/a-3b")`` with the machine's own
fonts. Where one process works, processor time is compared, which other work on the machine hardly
disturbs; where two work, or another program does, wall time: then the machine should be idle.
``--quick`` takes small sizes once, to see that everything runs.

The parts are ``record_ways.py`` (the record, beside Chromium and LibreOffice on the same content),
``bench_bulk.py`` and ``bench_seal.py``, which say more when they are run by themselves.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import record_ways

SIZES = (20, 100, 500, 2000)
QUICK = (20, 100)
# Other programs take minutes for a large record; ours is compared with itself at other sizes.
RUNS, LARGE, LARGE_RUNS_OF_OTHERS = 3, 1000, 1
PLEDGES, QUICK_PLEDGES = 1_000, 60
WITH_PNG = 500
SEALED = (20, 500)

Figures = dict[str, float]


@dataclass(frozen=True)
class Row:
    """A line of the table: what was measured, the goal that it must not pass, how it came about."""

    what: str
    figure: float | None
    goal: float | None
    how: str
    unit: str = ""

    def __str__(self) -> str:
        figure = "   none" if self.figure is None else f"{self.figure:7.2f}"
        goal = "" if self.goal is None else f"≤ {self.goal:g}"
        verdict = ""
        if self.goal is not None and self.figure is not None:
            verdict = "reached" if self.figure <= self.goal else "MISSED"
        return f"{self.what:<58} {figure} {self.unit:<3} {goal:<8} {verdict:<8} {self.how}"


@dataclass(frozen=True)
class Record:
    """One size's figures by way; ``same`` says whether two processes gave the pages of one."""

    cadres: int
    ways: dict[str, Figures | None]
    same: bool | None

    def ratio(self, way: str, other: str, figure: str) -> float | None:
        """How one way compares with another, None where one of them is missing."""
        ours, theirs = self.ways.get(way), self.ways.get(other)
        return ours[figure] / theirs[figure] if ours and theirs else None


def measured(cadres: int, folder: Path, runs: int) -> Record:
    """The record of one size by every way."""
    runs_of_others = min(runs, LARGE_RUNS_OF_OTHERS) if cadres >= LARGE else runs
    with_png = cadres == WITH_PNG
    html, png_html, docx = record_ways.write_sources(cadres, folder, with_png=with_png)
    ways: dict[str, Figures | None] = {}
    targets = {}
    for way, source in (("plain", html), ("one", html), ("two", html)):
        if way == "two" and cadres < 100:  # there is nothing to divide
            continue
        targets[way] = folder / f"{way}-{cadres}.pdf"
        ways[way] = record_ways.in_a_process(way, cadres, runs, source, targets[way])
    if with_png:
        target = folder / "png.pdf"
        ways["plain with PNG"] = record_ways.in_a_process("plain", cadres, 1, png_html, target)
    ways["Chromium"] = record_ways.chromium(html, folder, runs_of_others)
    ways["LibreOffice"] = record_ways.libreoffice(docx, folder, runs_of_others)
    same = are_same(targets["one"], targets["two"]) if "two" in targets else None
    for way, figures in ways.items():
        shown = "not installed, or gave nothing in time"
        if figures:
            computed = f"{figures['cpu']:7.2f} s CPU" if way in ("plain", "one", "two") else ""
            shown = f"{figures['wall']:7.2f} s wall {figures['bytes'] / 1e3:7.0f} kB {computed}"
        print(f"  {cadres:5} {way:<15} {shown}", flush=True)
    return Record(cadres, ways, same)


def are_same(pdf: Path, other: Path) -> bool:
    """Whether two files have the same pages, operator by operator, and the same bookmarks."""
    from tests.meetings.papers.sameness import bookmarks_of, pages_of

    logging.getLogger("pikepdf").setLevel(logging.WARNING)
    one, two = pdf.read_bytes(), other.read_bytes()
    return pages_of(one) == pages_of(two) and bookmarks_of(one) == bookmarks_of(two)


def shares(record: Record) -> str:
    """How the work of two processes is shared, which tells more than wall on a busy machine."""
    ours, theirs = record.ways["two"], record.ways["plain"]
    if not ours or not theirs:
        return ""
    own, both = ours["own"] / theirs["cpu"], ours["cpu"] / theirs["cpu"]
    return f"CPU / plain: {own:.2f} the first, {both - own:.2f} the second"


def record_rows(records: list[Record]) -> Iterator[Row]:
    """The rows that concern the record."""
    for record in records:
        if record.cadres <= 500:
            figure = record.ratio("one", "plain", "cpu")
            yield Row(f"record, {record.cadres} attendees, warm", figure, 0.75, "CPU / plain")
    for record in records:
        if record.cadres >= LARGE:
            figure = record.ratio("two", "plain", "wall")
            same = "the same" if record.same else "OTHER"
            how = f"wall / plain; {shares(record)}; {same} pages and bookmarks as one"
            yield Row(f"record, {record.cadres} attendees, two processes", figure, 0.47, how)
            figure = record.ratio("one", "plain", "cpu")
            yield Row(
                f"record, {record.cadres} attendees, one process", figure, None, "CPU / plain"
            )
    yield from growth_rows({record.cadres: record for record in records})
    for record in records:
        if record.cadres == WITH_PNG:
            figure = record.ratio("two", "plain with PNG", "bytes")
            how = "bytes / plain with the PNG that a pad gives"
            yield Row("size at 500 with SVG signatures", figure, 0.35, how)
            figure = record.ratio("two", "plain", "bytes")
            how = "bytes / plain with the same SVG, without tags"
            yield Row("size at 500, plain with SVG as well", figure, None, how)


def growth_rows(records: dict[int, Record]) -> Iterator[Row]:
    """How time grows from 500 attendees to 2,000."""
    if not {500, 2000} <= records.keys():
        return
    for way, figure, how in (("one", "cpu", "CPU, one process"), ("two", "wall", "wall, two")):
        small, large = (records[cadres].ways[way] for cadres in (500, 2000))
        if small and large:
            yield Row("growth, time(2000)/time(500)", large[figure] / small[figure], 4.0, how)


def others_rows(records: list[Record]) -> Iterator[Row]:
    """The record as it is made, beside other programs."""
    from meetings.papers.division import DIVIDED_FROM

    for other in ("Chromium", "LibreOffice"):
        for record in records:
            way = "two" if record.cadres >= DIVIDED_FROM else "one"
            figure = record.ratio(way, other, "wall")
            how = f"wall / {other}; one process"
            if way == "two":
                how = f"wall / {other}; two processes, {shares(record)}"
            yield Row(f"record, {record.cadres} attendees, beside {other}", figure, 1.0, how)
            figure = record.ratio(other, "plain", "wall")
            yield Row(f"   {other} itself", figure, None, "wall / plain")


def bulk_rows(pledges: int) -> Iterator[Row]:
    """The rows that concern pledges by the hundred."""
    found = in_a_process("bulk", pledges)
    yield Row("one-page pledges, each, warm", found["one"], 0.37, "CPU / plain")
    for kind in ("zip", "pdf"):
        what = f"the same on two processes, each ({kind.upper()} of {pledges})"
        how = (
            f"wall / plain's CPU; CPU of all {found[f'{kind} cpu']:.2f}, halved on an idle machine"
        )
        yield Row(what, found[kind], 0.19, how)
    yield Row(f"growth of a worker over {pledges} pledges", found["grown"], 12, "memory", "MB")


def seal_rows(cadres: int) -> Iterator[Row]:
    """The row that concerns the seal."""
    found = in_a_process("seal", cadres)
    yield Row(f"sealing, {cadres} attendees", found["seal"], 25, "CPU, key loaded once", "ms")


def in_a_process(part: str, number: int) -> Figures:
    """The figures of another bench, which prints more of its own on the way."""
    result = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_papers", "--part", part, str(number)],
        cwd=record_ways.ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    *lines, last = result.stdout.splitlines()
    for line in lines:
        print("  " + line, flush=True)
    figures: Figures = json.loads(last)
    return figures


def part(name: str, number: int) -> Figures:
    """One of the other benches, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["KEY_DIR"] = str(Path(folder) / "keys")
        if name == "bulk":
            from tests.bench import bench_bulk

            return bench_bulk.figures(number)
        from tests.bench import bench_seal

        return bench_seal.figures(number)


def main(arguments: list[str]) -> None:
    """Measure everything and print the table."""
    import django

    django.setup()
    quick = "--quick" in arguments
    asked = [int(argument) for argument in arguments if argument.isdigit()]
    sizes = asked or (QUICK if quick else SIZES)
    load = os.getloadavg()[0]
    others = f"of {LARGE_RUNS_OF_OTHERS} for other programs from {LARGE} attendees on"
    print(f"{os.cpu_count()} processors, {load:.1f} busy before; fastest of {RUNS} runs, {others}")
    with tempfile.TemporaryDirectory() as temporary:
        records = []
        for cadres in sizes:
            runs = 1 if quick else RUNS
            records.append(measured(cadres, Path(temporary), runs))
    rows = [*record_rows(records)]
    rows += bulk_rows(QUICK_PLEDGES if quick else PLEDGES)
    for cadres in QUICK[:1] if quick else SEALED:
        rows += seal_rows(cadres)
    rows += others_rows(records)
    print(*rows, sep="\n")


if __name__ == "__main__":
    os.environ.setdefault("TRIAL", "1")
    if sys.argv[1:2] == ["--part"]:
        bulk = sys.argv[2] == "bulk"
        settings = "tests.settings" if bulk else "config.settings"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)
        print(json.dumps(part(sys.argv[2], int(sys.argv[3]))))
    else:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        main(sys.argv[1:])
