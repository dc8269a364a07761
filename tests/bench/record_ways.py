"""One record, made by us, by plain WeasyPrint, by Chromium and by LibreOffice, each timed.

Every way is taken in a process of its own, warm where it has a process to keep: imports, fonts and
a record of 20 people come before the clock starts. Of several runs the fastest counts, since
whatever else the machine does only adds.
"""

from __future__ import annotations

import io
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.plain import PAD, plain_html, png

ROOT = Path(__file__).resolve().parent.parent.parent
WARM_UP = 20
# Whoever takes longer than this for one record has lost.
PATIENCE = 900.0

Figures = dict[str, float]


def cpu_seconds() -> tuple[float, float]:
    """What this process, and those that it saw end, have computed so far."""
    own, others = (
        sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own, others


def clocked(act: Callable[[], Any], runs: int) -> tuple[Figures, Any]:
    """The fastest of some runs, in wall and in processor time, and what the last one gave.

    "own" is what this process computed, "cpu" that and what others did for it.
    """
    taken, result = [], None
    for _ in range(runs):
        start, before = time.perf_counter(), cpu_seconds()
        result = act()
        own, others = (now - then for now, then in zip(cpu_seconds(), before, strict=True))
        taken.append((time.perf_counter() - start, own + others, own))
    fastest = map(min, zip(*taken, strict=True))
    return dict(zip(("wall", "cpu", "own"), fastest, strict=True)), result


def worker(way: str, cadres: int, runs: int, source: str, target: str) -> Figures:
    """Make the record in this process, and leave it at ``target``."""
    make = _plain(source) if way == "plain" else _ours(way, cadres)
    figures, pdf = clocked(make, runs)
    Path(target).write_bytes(pdf)
    return figures | {"bytes": len(pdf)}


def _ours(way: str, cadres: int) -> Callable[[], bytes]:
    """The record by one process or by two."""
    import django

    django.setup()
    from meetings.papers.division import render_divided, second_process
    from meetings.papers.record import record_paper
    from meetings.papers.render import render_pdf
    from tests.meetings.papers.samples import record_facts

    def alone(facts: Any) -> bytes:
        return render_pdf(record_paper(facts), facts)

    def divided(facts: Any) -> bytes:
        with second_process() as second:
            return render_divided(record_paper(facts), facts, "roll", second)

    alone(record_facts(WARM_UP))
    facts = record_facts(cadres)
    return lambda: alone(facts) if way == "one" else divided(facts)


def _plain(source: str) -> Callable[[], bytes]:
    from weasyprint import HTML

    def made(html: str) -> bytes:
        return bytes(HTML(string=html).write_pdf(pdf_variant="pdf/a-3b"))

    html = Path(source).read_text(encoding="utf-8")
    made(Path(source).with_name("warm.html").read_text(encoding="utf-8"))
    return lambda: made(html)


def in_a_process(way: str, cadres: int, runs: int, source: Path, target: Path) -> Figures:
    """The figures of one way, from a new process."""
    arguments = [way, str(cadres), str(runs), str(source), str(target)]
    result = subprocess.run(
        [sys.executable, "-m", "tests.bench.record_ways", *arguments],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        # Set by our typesetter, and inherited, it would give plain WeasyPrint our fonts.
        env={name: value for name, value in os.environ.items() if name != "FONTCONFIG_FILE"},
    )
    figures: Figures = json.loads(result.stdout.splitlines()[-1])
    return figures


def program(command: list[str | Path], target: Path, runs: int) -> Figures | None:
    """The figures of a program that writes ``target``; None when it gives nothing in time."""

    def run() -> None:
        target.unlink(missing_ok=True)
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)

    try:
        figures, _ = clocked(run, runs)
        return figures | {"bytes": target.stat().st_size}
    except (subprocess.SubprocessError, FileNotFoundError):
        return None


def chromium(html: Path, folder: Path, runs: int) -> Figures | None:
    """Chromium printing the HTML; it has no process to keep."""
    browser, target = shutil.which("chromium"), folder / "chromium.pdf"
    if browser is None:
        return None
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")
    profile = f"--user-data-dir={folder / 'chromium'}"
    wanted = f"--print-to-pdf={target}"
    return program([browser, *flags, profile, wanted, html.as_uri()], target, runs)


def libreoffice(docx: Path, folder: Path, runs: int) -> Figures | None:
    """LibreOffice turning the .docx into a PDF; it has no process to keep."""
    office = shutil.which("soffice")
    if office is None:
        return None
    profile = f"-env:UserInstallation=file://{folder / 'office'}"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", folder, docx]
    return program(command, folder / f"{docx.stem}.pdf", runs)


def write_sources(cadres: int, folder: Path, *, with_png: bool) -> tuple[Path, Path, Path]:
    """The record as HTML with SVG signatures, as HTML with PNG ones if asked for, and as .docx."""
    from meetings.papers.record import record_paper
    from tests.meetings.papers.samples import record_facts

    facts = record_facts(cadres)
    warm = plain_html(record_paper(record_facts(WARM_UP)))
    (folder / "warm.html").write_text(warm, encoding="utf-8")
    paper = record_paper(facts)
    paths = (folder / f"{cadres}.html", folder / f"{cadres}-png.html", folder / f"{cadres}.docx")
    paths[0].write_text(plain_html(paper), encoding="utf-8")
    if with_png:
        paths[1].write_text(plain_html(paper, as_png=True), encoding="utf-8")
    paths[2].write_bytes(record_docx(facts))
    return paths


def _picture(document: Any, data: bytes, number: int) -> Any:
    """A PNG as wide as a signature's cell; python-docx would compare it with all before it."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.oxml.shape import CT_Inline
    from docx.parts.image import ImagePart
    from docx.shared import Pt

    part = ImagePart(PackURI(f"/word/media/signature{number}.png"), "image/png", data)
    name = f"drawn{number}"
    document.part.rels.add_relationship(RELATIONSHIP_TYPE.IMAGE, part, name)
    width, height = Pt(58), Pt(58 * PAD[1] / PAD[0])
    return CT_Inline.new_pic_inline(number, name, f"{number}.png", width, height)


def record_docx(facts: Any) -> bytes:
    """What the record says as .docx: the minutes, the commitments, the roll, the digests."""
    from docx import Document

    from meetings.papers.minutes_docx import render_minutes
    from meetings.papers.typography import moment, office

    document = Document(io.BytesIO(render_minutes(facts)))
    for point in facts.points:
        for clause in point.clauses:
            document.add_paragraph(f"承诺：{clause.commitment}", style="Body Text")
    rows: list[list[Any]] = [["序号", "姓名", "单位及职务", "出席", "签名", "等级", "时间"]]
    for number, row in enumerate(facts.roll, start=1):
        pledge = row.pledge
        drawn = png(pledge.svg) if pledge and pledge.svg else (pledge and pledge.typed) or "—"
        signed = f"{moment(pledge.signed_at)} {pledge.short_code}" if pledge else "未签署"
        level = pledge.level if pledge else "—"
        person = [row.name, office(row.unit, row.post), row.attendance or "", drawn, level, signed]
        rows.append([str(number), *person])
    _add_table(document, rows, (26, 60, 112, 40, 64, 26, 114), 21)
    digests = [["序号", "姓名", "签署方式", "摘要"]]
    for number, row in enumerate(facts.signed, start=1):
        digests.append([str(number), row.name, row.pledge.how or "", row.pledge.digest])
    _add_table(document, digests, (27, 52, 104, 259), 14)
    saved = io.BytesIO()
    document.save(saved)
    return saved.getvalue()


def _add_table(
    document: Any, rows: list[list[Any]], widths: tuple[int, ...], half_points: int
) -> None:
    """A table of texts and pictures, written as XML: python-docx looks for every cell anew."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls
    from docx.oxml.parser import OxmlElement
    from docx.shared import Pt

    table = document.add_table(rows=0, cols=len(widths), style="Table Grid")
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Pt(width)
    for place, row in enumerate(rows):
        line = OxmlElement("w:tr")
        if place == 0:
            line.append(parse_xml(f"<w:trPr {nsdecls('w')}><w:tblHeader/></w:trPr>"))
        for content, width in zip(row, widths, strict=True):
            cell = parse_xml(
                f'<w:tc {nsdecls("w")}><w:tcPr><w:tcW w:w="{width * 20}" w:type="dxa"/></w:tcPr>'
                '<w:p><w:pPr><w:snapToGrid w:val="0"/></w:pPr>'
                f'<w:r><w:rPr><w:sz w:val="{half_points}"/></w:rPr></w:r></w:p></w:tc>'
            )
            run = cell.find(".//{*}r")
            if isinstance(content, bytes):
                run.append(OxmlElement("w:drawing"))
                run[-1].append(_picture(document, content, 1_000 + place))
            else:
                run.append(OxmlElement("w:t"))
                run[-1].text = content
            line.append(cell)
        table._tbl.append(line)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("TRIAL", "1")
    asked, people, times, html_file, pdf_file = sys.argv[1:]
    print(json.dumps(worker(asked, int(people), int(times), html_file, pdf_file)))
