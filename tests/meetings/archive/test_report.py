"""The report as a paper: conforming, complete, whatever came of the checks."""

import io
from datetime import UTC, datetime

import page
import pdfplumber
import pytest

from meetings.archive.findings import (
    FAILED,
    ITEMS,
    NEVER_CHECKED,
    PASSED,
    UNCHECKED,
    Finding,
    failed,
    in_order,
    judged,
    unchecked,
)
from meetings.archive.report import ReportFacts, render_report, report_json, report_rows

FINDINGS = tuple(
    unchecked(code, NEVER_CHECKED[code])
    if code in NEVER_CHECKED
    else failed(code, "pledges/001 买买提·吐尔逊·艾则孜.pdf 与元数据所列大小或摘要不符；" * 4)
    if number % 3 == 0
    else Finding(code, PASSED)
    for number, code in enumerate(ITEMS)
)
FACTS = ReportFacts(
    number="青农廉谈〔2026〕1号",
    title="青禾县农业农村局中层以上领导干部集体廉政谈话",
    unit="青禾县农业农村局",
    archive_number="YL-2026-30-0017",
    retention="30年",
    files=15,
    made_at=datetime(2026, 3, 6, 1, 0, tzinfo=UTC),
    rows=report_rows(FINDINGS),
)


@pytest.fixture(scope="module")
def report():
    return render_report(FACTS)


@pytest.mark.parametrize("profile", ["pdfa-3a", "pdfua-1"])
def test_report_passes_the_referee(report, profile):
    found = page.validate_pdf_bytes(report, profile=profile)
    assert [(failure.rule_id, failure.message) for failure in found.failures] == []


def test_report_is_the_same_again(report):
    assert render_report(FACTS) == report


def test_report_prints_every_item_with_its_result(report):
    with pdfplumber.open(io.BytesIO(report)) as document:
        pages = [sheet.extract_text() for sheet in document.pages]
    text = "".join("".join(pages).split())
    assert all("检测项目" in sheet for sheet in pages)
    results = [finding.result for finding in FINDINGS]
    counted = "，".join(f"{result}{results.count(result)}项" for result in (PASSED, FAILED))
    assert counted in text
    assert text.count(UNCHECKED) > len(NEVER_CHECKED)


def test_report_for_programs_counts_alike():
    assert b'"failed": %d' % FACTS.count(FAILED) in report_json(FACTS, FINDINGS)


def test_no_finding_hides_what_is_never_checked():
    found = {f.code: f.result for f in in_order([Finding("malware", PASSED), judged("files", [])])}
    assert found["malware"] == UNCHECKED
    assert found["files"] == PASSED
