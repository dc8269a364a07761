"""Papers made once for all tests: they are the same bytes every time anyway."""

import fcntl
import io
import os
import subprocess
import sys
from pathlib import Path

import pdfplumber
import pytest

from meetings.papers.blank_pledge import render_blank_pledge, render_blank_pledges
from meetings.papers.pledge import render_pledge
from meetings.papers.record import render_record

from . import samples

BLOCK_END = (37 + 225) / 25.4 * 72


def open_pdf(pdf: bytes) -> pdfplumber.PDF:
    return pdfplumber.open(io.BytesIO(pdf))


def complaints_of_qpdf(pdf: bytes, folder: Path) -> str:
    """What `qpdf --check` has against a file; empty when nothing."""
    (folder / "paper.pdf").write_bytes(pdf)
    checked = subprocess.run(
        ["qpdf", "--check", folder / "paper.pdf"], capture_output=True, text=True
    )
    said = checked.stdout + checked.stderr
    return said if checked.returncode or "WARNING" in said else ""


def run_elsewhere(script: str) -> str:
    """What a script prints in another process, with another hash seed, zone and language."""
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONHASHSEED": "4711", "TZ": "America/Lima", "LANG": "C"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def text_of(pdf: bytes) -> str:
    """The text blocks' text in the order it is drawn in, without the spaces that pad and part."""
    with open_pdf(pdf) as document:
        text = "".join(
            char["text"]
            for page in document.pages
            for char in page.chars
            if char["top"] < BLOCK_END
        )
    return text.replace("\u3000", "").replace(" ", "")


def lines_of(page: pdfplumber.page.Page) -> dict[float, list[dict]]:
    """The characters of the text block by baseline (points from the top), left to right."""
    lines: dict[float, list[dict]] = {}
    for char in page.chars:
        lines.setdefault(round(page.height - char["matrix"][5], 3), []).append(char)
    return {
        baseline: sorted(chars, key=lambda char: char["x0"])
        for baseline, chars in sorted(lines.items())
        if baseline < BLOCK_END
    }


@pytest.fixture(scope="session")
def record_pdf() -> bytes:
    return render_record(samples.record_facts(36))


@pytest.fixture(scope="session")
def long_record_pdf(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> bytes:
    """180 pages, made by one worker for all."""
    folder = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        folder = folder.parent  # where each worker has its own folder
    with (folder / "long-record.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder / "long-record.pdf"
        if not made.exists():
            made.write_bytes(render_record(samples.long_record_facts()))
    return made.read_bytes()


@pytest.fixture(scope="session")
def correction_pdf() -> bytes:
    return render_record(samples.correction_facts(20))


@pytest.fixture(scope="session")
def levels_pdf() -> bytes:
    return render_record(samples.levels_facts())


@pytest.fixture(scope="session")
def minimal_pdf() -> bytes:
    return render_record(samples.minimal_record_facts())


@pytest.fixture(scope="session")
def pledge_pdf() -> bytes:
    return render_pledge(samples.pledge_facts())


@pytest.fixture(scope="session")
def blank_pledge_pdf() -> bytes:
    return render_blank_pledge(samples.blank_pledge_facts())


@pytest.fixture(scope="session")
def blank_pledges_pdf() -> bytes:
    """Three forms in one file, one of them with a long personal commitment."""
    long = "我承诺管好分管领域的每一项权力。" * 16
    forms = [
        samples.blank_pledge_facts(),
        samples.blank_pledge_facts(long, "买买提·吐尔逊·艾则孜"),
        samples.blank_pledge_facts(name="王喆"),
    ]
    return render_blank_pledges(forms, title="廉政承诺书（纸面签署用）", author="云岭县")
