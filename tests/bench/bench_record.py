"""How long a talk record takes, beside plain WeasyPrint and beside Chromium.

    python -m tests.bench.bench_record [20 100 500]

Every figure of a line is taken in one run, each way in a process of its own:

* record: ``render_record``, PDF/A-3a with tags, our fonts and line layout;
* plain: ``HTML(string=…).write_pdf(pdf_variant="pdf/a-3b")`` of the same HTML and style sheets
  with the machine's own fonts;
* Chromium: the same HTML printed by ``chromium --headless``.

Cold counts a new process from its start to the PDF; warm is the median of later ones in it.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SIZES = (20, 100, 500)
WARM_RUNS = 3

# The machine's fonts in the place of ours, for those who know only those.
PLAIN_FAMILIES = {
    "Paper fang": "Noto Serif CJK SC",
    "Paper kai": "Noto Serif CJK SC",
    "Paper song": "Noto Serif CJK SC",
    "Paper title": "Noto Serif CJK SC",
    "Paper hei": "Noto Sans CJK SC",
}


def plain_html(cadres: int) -> str:
    """The record's HTML with its style sheets inside and the machine's fonts."""
    from meetings.papers.ink import data_address
    from meetings.papers.record import record_paper
    from meetings.papers.render import TEMPLATES, render_html
    from tests.meetings.papers.samples import record_facts

    paper = record_paper(record_facts(cadres))
    css = "\n".join((TEMPLATES / "papers" / name).read_text() for name in paper.styles)
    for ours, theirs in PLAIN_FAMILIES.items():
        css = css.replace(ours, theirs)
    html = render_html(paper).replace("</head>", f"<style>{css}</style></head>")
    for address, svg in paper.pictures.sources.items():
        html = html.replace(f'"{address}"', f'"{data_address(svg)}"')
    return html


def worker(way: str, cadres: int, html_file: str) -> None:
    """Make the record in this process, first cold and then warm; print the seconds as JSON."""
    if way == "record":
        from meetings.papers.record import render_record
        from tests.meetings.papers.samples import record_facts

        facts = record_facts(cadres)

        def make() -> bytes:
            return render_record(facts)
    else:
        from weasyprint import HTML

        html = Path(html_file).read_text(encoding="utf-8")

        def make() -> bytes:
            return bytes(HTML(string=html).write_pdf(pdf_variant="pdf/a-3b"))

    pdf = make()
    cold_done = time.time()
    times = []
    for _ in range(WARM_RUNS):
        start = time.perf_counter()
        make()
        times.append(time.perf_counter() - start)
    print(json.dumps({"end": cold_done, "warm": statistics.median(times), "bytes": len(pdf)}))


def measured(way: str, cadres: int, html_file: Path) -> dict[str, float]:
    """Cold and warm seconds and the PDF's size, from a new process."""
    start = time.time()
    result = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_record", "--worker", way, str(cadres), html_file],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    figures: dict[str, float] = json.loads(result.stdout.splitlines()[-1])
    figures["cold"] = figures.pop("end") - start
    return figures


def chromium(html_file: Path, folder: Path) -> dict[str, float]:
    """Seconds Chromium takes to print the file; it has no warm process to keep."""
    target = folder / "chromium.pdf"
    browser = shutil.which("chromium") or "chromium"
    start = time.time()
    subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder / 'profile'}",
            "--no-pdf-header-footer",
            f"--print-to-pdf={target}",
            html_file.as_uri(),
        ],
        check=True,
        capture_output=True,
    )
    return {"cold": time.time() - start, "bytes": target.stat().st_size}


def main() -> None:
    """Measure every size and print a table."""
    sizes = [int(argument) for argument in sys.argv[1:]] or SIZES
    print("cadres |  record cold  warm     KB |  plain cold  warm     KB | Chromium     KB |"
          " warm/plain cold/plain cold/Chromium size/plain")  # fmt: skip
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for cadres in sizes:
            html_file = folder / f"record-{cadres}.html"
            html_file.write_text(plain_html(cadres), encoding="utf-8")
            ours = measured("record", cadres, html_file)
            plain = measured("plain", cadres, html_file)
            browser = chromium(html_file, folder)
            print(
                f"{cadres:6}"
                f" | {ours['cold']:10.2f}s {ours['warm']:5.2f}s {ours['bytes'] / 1e3:6.0f}"
                f" | {plain['cold']:9.2f}s {plain['warm']:5.2f}s {plain['bytes'] / 1e3:6.0f}"
                f" | {browser['cold']:6.2f}s {browser['bytes'] / 1e3:6.0f}"
                f" | {ours['warm'] / plain['warm']:10.2f} {ours['cold'] / plain['cold']:10.2f}"
                f" {ours['cold'] / browser['cold']:13.2f} {ours['bytes'] / plain['bytes']:10.2f}",
                flush=True,
            )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("TRIAL", "1")
    if sys.argv[1:2] == ["--worker"]:
        worker(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        main()
