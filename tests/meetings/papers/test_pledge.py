"""The pledge: one page, everything on it."""

import io
from dataclasses import replace

import pypdf
import pytest

from meetings.papers.exceptions import PaperError
from meetings.papers.facts import Key, Person
from meetings.papers.pledge import render_pledge
from pledges.forms.outlines import COMMITMENT_LENGTH, PARAGRAPH_LENGTH, PLEDGE_TITLE_LENGTH
from pledges.personal import MAX_LENGTH

from . import samples
from .conftest import open_pdf, text_of


def test_pledge_is_one_page(pledge_pdf):
    assert len(pypdf.PdfReader(io.BytesIO(pledge_pdf)).pages) == 1


@pytest.mark.parametrize(
    "words",
    [
        "廉政承诺书",
        "承诺人林𬸦签名",
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


def test_longest_commitment_that_can_be_signed_prints_on_one_page():
    """With the outline every installation starts with, in as many lines as can be, and with the
    longest name, unit and post that the database holds."""
    longest = samples.as_long_as_can_be(samples.pledge_facts())
    pdf = render_pledge(replace(longest, signature=samples.signature(3, typed="阿" * 60)))
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 1
    assert text_of(pdf).count("廉") > 250


def test_longest_outline_that_can_be_edited_prints_on_one_page():
    """With everything as long as its form takes it, and the longest commitment beside it."""
    base = samples.pledge_facts("廉" * MAX_LENGTH)
    longest = replace(
        base,
        title="廉" * PLEDGE_TITLE_LENGTH,
        opening="廉" * PARAGRAPH_LENGTH,
        closing="廉" * PARAGRAPH_LENGTH,
        points=tuple(
            replace(
                point,
                clauses=tuple(
                    replace(clause, commitment="廉" * COMMITMENT_LENGTH) for clause in point.clauses
                ),
            )
            for point in base.points
        ),
        signer=Person("阿" * 30, "科" * 60, "长" * 60),
    )
    pdf = render_pledge(longest)
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 1
    assert text_of(pdf).count("廉") > MAX_LENGTH + 13 * COMMITMENT_LENGTH


def test_pledge_beyond_a_page_is_refused():
    with pytest.raises(PaperError, match="does not fit"):
        render_pledge(samples.pledge_facts("我承诺管好分管领域的每一项权力。" * 400))


def test_unrecorded_time_is_printed_as_such():
    facts = samples.pledge_facts()
    facts = replace(facts, signature=replace(facts.signature, signed_at=None))
    assert "未记录" in text_of(render_pledge(facts))


def paper_of(**changes):
    facts = samples.pledge_facts()
    return text_of(render_pledge(replace(facts, **changes)))


def test_signature_on_paper_is_never_shown_as_digital():
    signed = samples.on_paper(samples.pledge_facts().signature)
    text = paper_of(signature=signed)
    assert "丙级·纸面签署，周守正见证，许立新录入" in text
    assert "（在纸面签名，见扫描件）" in text
    assert "2026年3月6日（纸面所写）" in text


def test_signature_by_key_alone_does_not_speak_of_paper():
    signed = replace(samples.pledge_facts().signature, level="甲", svg=None, how="本人密钥签署")
    text = paper_of(signature=signed)
    assert "（密钥签署，未另签名）" in text
    assert "纸面" not in text


def test_paper_without_a_date_says_not_recorded():
    assert "日期未记录" in paper_of(signature=samples.on_paper(samples.signature(11), None))


def test_disowned_signature_says_so_on_its_paper():
    signed = replace(samples.pledge_facts().signature, disowned=True)
    assert "本人声明：此签名非本人所签。" in paper_of(signature=signed)


def test_every_key_enrolled_until_then_is_listed():
    keys = (
        Key("AB12 CD34 EF56 7890", samples.HELD),
        Key("0A1B 2C3D 4E5F 6071", samples.HELD, samples.HELD),
    )
    text = paper_of(keys=keys)
    assert "AB12CD34EF567890（2026年3月5日登记）" in text
    assert "0A1B2C3D4E5F6071（2026年3月5日登记，2026年3月5日停用）" in text
    assert "没有登记过密钥" in paper_of()
