"""The pledge to be signed by hand: one page, its code, lines to write on, and no signature."""

import io

import pypdf
import pytest

from meetings.papers.blank_pledge import render_blank_pledge
from meetings.papers.exceptions import PaperError
from meetings.papers.gathering_blank import gather_blank_pledges
from pledges.manifest import short_code
from pledges.paper_signing import paper_form
from tests.factories import MORNING, PledgeFactory

from . import samples
from .conftest import text_of


@pytest.mark.parametrize(
    "words",
    [
        "廉政承诺书",
        "（三）学习理论业务。我将结合岗位学理论",
        "承诺人林𬸦",
        "信息技术保障中心主任",
        "见证人",
        "年月日",
        "丙级（纸面签署）",
        "不是电子签名",
        "打印时间：2026年3月5日中午12:00",
    ],
)
def test_form_says(blank_pledge_pdf, words):
    assert words in text_of(blank_pledge_pdf)


def test_form_carries_its_code_and_digest(blank_pledge_pdf):
    facts = samples.blank_pledge_facts()
    assert facts.code.replace(" ", "") in text_of(blank_pledge_pdf)
    assert facts.form_digest in text_of(blank_pledge_pdf)


def test_form_is_one_page_whatever_its_commitment():
    pdf = render_blank_pledge(samples.blank_pledge_facts("我承诺管好分管领域的每一项权力。" * 16))
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 1
    assert "五、个人承诺" in text_of(pdf)


def test_form_of_the_longest_commitment_is_one_page():
    pdf = render_blank_pledge(samples.as_long_as_can_be(samples.blank_pledge_facts()))
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 1


def test_form_beyond_a_page_is_refused():
    with pytest.raises(PaperError, match="does not fit"):
        render_blank_pledge(samples.blank_pledge_facts("我承诺管好分管领域的每一项权力。" * 400))


def test_forms_together_have_a_page_and_a_bookmark_each(blank_pledges_pdf):
    reader = pypdf.PdfReader(io.BytesIO(blank_pledges_pdf))
    assert len(reader.pages) == 3
    assert [mark.title for mark in reader.outline] == ["林𬸦", "买买提·吐尔逊·艾则孜", "王喆"]


@pytest.mark.django_db
def test_facts_of_a_form_are_those_that_its_code_is_computed_from():
    pledge = PledgeFactory(drafted=True)
    (facts,) = gather_blank_pledges([pledge], site_url="https://例.cn", printed_at=MORNING)
    text, digest = paper_form(pledge)
    assert (facts.form_digest, facts.code) == (digest, short_code(digest))
    assert facts.verify_url == f"https://例.cn/pledges/check/{digest}/"
    assert (facts.opening, facts.closing) == (text.opening, text.closing)
    assert [point.heading for point in facts.points] == [point.heading for point in text.points]
    for printed, hashed in zip(facts.points, text.points, strict=True):
        assert [clause.commitment for clause in printed.clauses] == [
            clause.commitment for clause in hashed.clauses
        ]


def test_no_forms_of_nobody():
    assert gather_blank_pledges([], site_url="", printed_at=MORNING) == []
