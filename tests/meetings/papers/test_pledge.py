"""The pledge: one page, everything on it."""

import io
from dataclasses import replace

import pypdf
import pytest

from meetings.papers.exceptions import PaperError
from meetings.papers.pledge import render_pledge

from . import samples
from .conftest import open_pdf, text_of


def test_pledge_is_one_page(pledge_pdf):
    assert len(pypdf.PdfReader(io.BytesIO(pledge_pdf)).pages) == 1


@pytest.mark.parametrize(
    "words",
    [
        "廉政承诺书",
        "一、勤奋学习",
        "（三）学习理论业务。我将结合岗位学理论",
        "五、个人承诺",
        "不私下接触申请人",
        "信息技术保障中心主任",
        "2026年3月5日上午10:18",
        "乙级",
        "证明签署时使用了本人账号",
    ],
)
def test_pledge_says(pledge_pdf, words):
    assert words in text_of(pledge_pdf)


def test_pledge_carries_code_and_digest(pledge_pdf):
    text = text_of(pledge_pdf)
    signature = samples.pledge_facts().signature
    assert signature.short_code.replace(" ", "") in text
    assert signature.digest in text


def test_typed_signature_is_printed():
    facts = replace(samples.pledge_facts(), signature=samples.signature(11, typed="林𬸦"))
    assert "林𬸦" in text_of(render_pledge(facts))


def test_without_address_no_code_is_drawn(pledge_pdf):
    plain = render_pledge(replace(samples.pledge_facts(), verify_url=None))
    assert "扫码核验" in text_of(pledge_pdf)
    assert "扫码核验" not in text_of(plain)


def test_long_personal_commitment_makes_the_text_smaller(pledge_pdf):
    long = render_pledge(samples.pledge_facts("我承诺管好分管领域的每一项权力。" * 16))
    sizes = []
    for pdf in (pledge_pdf, long):
        with open_pdf(pdf) as document:
            (page,) = document.pages
            sizes.append(next(char["size"] for char in page.chars if char["text"] == "将"))
    assert sizes[1] < sizes[0]


def test_pledge_beyond_a_page_is_refused():
    with pytest.raises(PaperError, match="does not fit"):
        render_pledge(samples.pledge_facts("我承诺管好分管领域的每一项权力。" * 400))


def test_unrecorded_time_is_printed_as_such():
    facts = samples.pledge_facts()
    facts = replace(facts, signature=replace(facts.signature, signed_at=None))
    assert "未记录" in text_of(render_pledge(facts))
