"""The report on a package (四性检测报告): the findings as JSON, and as a paper."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from meetings.papers.render import Paper, render_pdf
from meetings.papers.typography import UNRECORDED, title_lines

from .findings import FAILED, HEADS, PASSED, UNCHECKED, Finding

STANDARD = "DA/T 70—2018"


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line of the report."""

    head: str
    item: str
    result: str
    note: str


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What the report says; `archive_number` is None until the archive has given one."""

    number: str
    title: str
    unit: str
    archive_number: str | None
    retention: str | None
    files: int
    made_at: datetime
    rows: tuple[ReportRow, ...]

    def count(self, result: str) -> int:
        """How many lines have this result."""
        return sum(row.result == result for row in self.rows)


def report_rows(findings: Sequence[Finding]) -> tuple[ReportRow, ...]:
    """The findings as lines of the report."""
    return tuple(ReportRow(f.head, f.item, f.result, f.note) for f in findings)


def report_json(facts: ReportFacts, findings: Sequence[Finding]) -> bytes:
    """The report for programs."""
    report = {
        "type": "liantan-archive-report",
        "version": 1,
        "standard": STANDARD,
        "number": facts.number,
        "title": facts.title,
        "archive_number": facts.archive_number,
        "made_at": facts.made_at.isoformat(timespec="seconds"),
        "passed": facts.count(PASSED),
        "failed": facts.count(FAILED),
        "unchecked": facts.count(UNCHECKED),
        "findings": [finding.to_json() for finding in findings],
    }
    return (json.dumps(report, ensure_ascii=False, indent=1) + "\n").encode()


def render_report(facts: ReportFacts) -> bytes:
    """The report as PDF/A-3a.

    Raises:
        MissingGlyphs: a name or text has a character that no font has.
        PaperError: the report could not be set.
    """
    return render_pdf(report_paper(facts), facts)


def report_paper(facts: ReportFacts) -> Paper:
    """The report's template, style sheets and context."""
    lines = list(enumerate(facts.rows, start=1))
    return Paper(
        template="papers/archive_report.html",
        styles=("gbt9704.css", "sheets.css", "archive_report.css"),
        title=f"{facts.title}电子档案检测报告（{facts.number}）",
        author=facts.unit,
        made_at=facts.made_at,
        context={
            "facts": facts,
            "title": f"{facts.title}电子档案检测报告",
            "title_lines": [*title_lines(facts.title), "电子档案检测报告"],
            "standard": STANDARD,
            "heading": [
                ("编号", facts.number),
                ("档号", facts.archive_number or "未编"),
                ("保管期限", facts.retention or UNRECORDED),
                ("立档单位", facts.unit),
                ("文件数", str(facts.files)),
            ],
            "groups": [
                (head, [(number, row) for number, row in lines if row.head == head])
                for head in HEADS
            ],
            "passed": facts.count(PASSED),
            "failed": facts.count(FAILED),
            "unchecked": facts.count(UNCHECKED),
        },
    )
