"""The table papers as files and as pages: sheets, book, slips, roster, statistics."""

import hashlib
import io
import re
from dataclasses import replace
from itertools import pairwise

import page
import pypdf
import pytest

from meetings.papers.exceptions import MissingGlyphs
from meetings.papers.facts import Person
from meetings.papers.roster_book import render_roster
from meetings.papers.sign_in_sheet import render_sign_in_sheet
from meetings.papers.signature_book import render_signature_book
from meetings.papers.slips import check_slips, render_slips
from meetings.papers.statistics import percentage, render_statistics

from . import samples
from . import sheet_samples as sheets
from .conftest import complaints_of_qpdf, open_pdf, run_elsewhere

MM = 72 / 25.4
# Upper and lower edge of the text block, by odd and even pages, upright and across.
UPRIGHT = {1: (37, 262), 0: (37, 262)}
ACROSS = {1: (28, 184), 0: (26, 182)}
MAKERS = {
    "sign_in": lambda: render_sign_in_sheet(sheets.sign_in_facts(40, held=True)),
    "sign_in_short": lambda: render_sign_in_sheet(sheets.sign_in_facts(8)),
    "book": lambda: render_signature_book(sheets.book_facts(40)),
    "slips": lambda: render_slips(sheets.slips_facts(19)),
    "roster": lambda: render_roster(sheets.roster_facts(40)),
    "roster_narrow": lambda: render_roster(sheets.narrow_roster_facts(30)),
    "statistics": lambda: render_statistics(sheets.statistics_facts(45)),
}
TABLES = {
    "sign_in": ("序号姓名单位及职务签名备注", UPRIGHT),
    "book": ("序号姓名单位及职务签名等级签署时间短码备注", UPRIGHT),
    "roster": ("序号工号姓名性别民族出生年月政治面貌单位职务", ACROSS),
    "roster_narrow": ("序号工号姓名单位职务联系电话", UPRIGHT),
}


@pytest.fixture(scope="session")
def made():
    """Each paper, made once."""
    pdfs = {}

    def make(name):
        if name not in pdfs:
            pdfs[name] = MAKERS[name]()
        return pdfs[name]

    return make


def page_texts(pdf):
    """Each page's text as it is drawn, without the spaces that pad and part."""
    with open_pdf(pdf) as document:
        return [
            "".join(char["text"] for char in drawn.chars).replace("\u3000", "").replace(" ", "")
            for drawn in document.pages
        ]


def rules(drawn):
    """The heights at which a page has ruled lines, in millimetres."""
    return sorted({round(edge / MM, 2) for line in drawn.rects + drawn.lines
                   for edge in (float(line["top"]), float(line["bottom"]))})  # fmt: skip


@pytest.mark.parametrize("profile", ["pdfa-3a", "pdfua-1"])
@pytest.mark.parametrize("name", MAKERS)
def test_sheet_passes_the_referee(made, name, profile):
    report = page.validate_pdf_bytes(made(name), profile=profile)
    assert [(failure.rule_id, failure.message) for failure in report.failures] == []
    assert report.is_compliant


@pytest.mark.parametrize("name", MAKERS)
def test_sheet_is_sound_to_qpdf(made, name, tmp_path):
    assert complaints_of_qpdf(made(name), tmp_path) == ""


def test_same_facts_give_the_same_bytes_in_another_process(made):
    script = (
        "import hashlib\n"
        "import django\n"
        "django.setup()\n"
        "from tests.meetings.papers.test_sheets import MAKERS\n"
        "for name in sorted(MAKERS):\n"
        "    print(name, hashlib.sha256(MAKERS[name]()).hexdigest())\n"
    )
    other = run_elsewhere(script)
    here = [f"{name} {hashlib.sha256(made(name)).hexdigest()}" for name in sorted(MAKERS)]
    assert other.splitlines() == here


@pytest.mark.parametrize("name", TABLES)
def test_header_stands_on_every_page(made, name):
    header, _block = TABLES[name]
    texts = page_texts(made(name))
    assert len(texts) > 1
    assert all(text.count(header) == 1 for text in texts)


@pytest.mark.parametrize("name", TABLES)
def test_table_keeps_to_the_block(made, name):
    with open_pdf(made(name)) as document:
        for drawn in document.pages:
            upper, lower = TABLES[name][1][drawn.page_number % 2]
            heights = rules(drawn)
            assert heights[-1] <= lower + 0.2
            if drawn.page_number > 1:
                assert heights[0] == pytest.approx(upper, abs=0.2)


def test_page_of_plain_rows_fills_the_block(made):
    with open_pdf(made("book")) as document:
        assert rules(document.pages[1])[-1] == pytest.approx(262, abs=1)


@pytest.mark.parametrize("name", ["sign_in", "book", "roster"])
def test_no_row_is_split_between_pages(made, name):
    """Serial numbers run through, none twice; every row's name stands on its number's page."""
    rows = [sheets.name_of(number) for number in range(1, 41)]
    texts = page_texts(made(name))
    where = [next(at for at, text in enumerate(texts) if name in text) for name in rows]
    assert where == sorted(where)
    assert sum("".join(texts).count(name) for name in set(rows)) >= len(rows)


@pytest.mark.parametrize("name", ["sign_in", "book", "slips", "roster"])
@pytest.mark.parametrize("who", [*samples.RARE_NAMES[:4], samples.RARE_NAMES[10], sheets.LONG_NAME])
def test_hard_name_reads_back(made, name, who):
    assert who in "".join(page_texts(made(name)))


@pytest.mark.parametrize("name", TABLES)
def test_page_numbers_stand_outside(made, name):
    """At the foot of the upright page, odd right, even left (GB/T 9704-2012, 7.5 and 8)."""
    _header, block = TABLES[name]
    with open_pdf(made(name)) as document:
        for drawn in document.pages[:2]:
            odd = drawn.page_number % 2
            dashes = [char for char in drawn.chars if char["text"] == "—"]
            assert len(dashes) == 2
            if block is UPRIGHT:
                assert all(dash["top"] / MM > 262 for dash in dashes)
                outer = (max if odd else min)(dash["x1" if odd else "x0"] for dash in dashes)
                assert outer / MM == pytest.approx(184 - 4.94 if odd else 26 + 4.94, abs=0.4)
            else:
                assert all(28 - 5 < dash["x0"] / MM < 35 for dash in dashes)
                upper, lower = block[odd]
                edges = [dash["bottom" if odd else "top"] / MM for dash in dashes]
                outer = max(edges) if odd else min(edges)
                assert outer == pytest.approx(lower - 4.94 if odd else upper + 4.94, abs=0.4)


def test_long_staff_number_keeps_to_its_column():
    facts = sheets.roster_facts(1)
    line = replace(facts.lines[0], staff_number="QNJ-2026-000000123456", name="王喆")
    with open_pdf(render_roster(replace(facts, lines=(line,)))) as document:
        chars = document.pages[0].chars
        number = [char for char in chars if char["text"] in "QNJ-"]
        name = next(char for char in chars if char["text"] == "喆")
    assert len(number) >= 5
    assert len({round(char["top"]) for char in chars if char["text"] in "QNJ123456"}) > 1
    assert max(char["x1"] for char in number) < name["x0"]


def test_roster_lies_across_only_when_it_is_wide(made):
    boxes = {
        name: pypdf.PdfReader(io.BytesIO(made(name))).pages[0].mediabox
        for name in ("roster", "roster_narrow")
    }
    assert boxes["roster"].width > boxes["roster"].height
    assert boxes["roster_narrow"].width < boxes["roster_narrow"].height


def test_sign_in_sheet_leaves_room_for_the_pen(made):
    text = "".join(page_texts(made("sign_in_short")))
    assert "应到8人，实到人，请假人，缺席人；列席人。" in text
    assert "记录人（签字）：年月日" in text


def test_sign_in_sheet_of_a_held_talk_gives_its_figures(made):
    text = "".join(page_texts(made("sign_in")))
    assert "应到40人，实到37人，请假2人，缺席1人；迟到1人；列席2人。" in text
    assert "请假（公差）" in text
    assert "孔文军（办公室，借调县政府办公室）" in text
    assert "列席人员" in text


def test_sign_in_sheet_ends_with_its_blank_lines():
    facts = sheets.sign_in_facts(4)
    with open_pdf(render_sign_in_sheet(facts)) as few:
        before = len(rules(few.pages[0]))
    with open_pdf(render_sign_in_sheet(replace(facts, blank_lines=facts.blank_lines + 2))) as more:
        after = len(rules(more.pages[0]))
    assert after > before


def test_marks_of_formal_lists_stand_behind_the_name(made):
    text = "".join(page_texts(made("sign_in")))
    assert f"{sheets.LONG_NAME}（维吾尔族）" in text
    assert "（女）" in text


def test_signature_book_draws_and_names_each_signature(made):
    facts = sheets.book_facts(40)
    text = "".join(page_texts(made("book")))
    signed = [row.signature for row in facts.rows if row.signature]
    assert all(signature.short_code.replace(" ", "") in text for signature in signed)
    assert text.count("密钥签署") >= sum(signature.level == "甲" for signature in signed)
    reader = pypdf.PdfReader(io.BytesIO(made("book")))
    content = b"".join(drawn.get_contents().get_data() for drawn in reader.pages)
    drawn = sum(signature.svg is not None for signature in signed)
    assert content.count(b"0.1216 0.1373 0.1608 RG") == drawn
    assert f"应到40人，已签署{len(signed)}份" in text


def test_widest_date_keeps_the_rows_of_the_signature_book():
    facts = sheets.book_facts(40)
    latest = samples.HELD.replace(month=12, day=31, hour=12, minute=48)
    rows = tuple(
        replace(row, signature=row.signature and replace(row.signature, signed_at=latest))
        for row in facts.rows
    )
    with open_pdf(render_signature_book(replace(facts, rows=rows))) as document:
        heights = [height * MM for height in rules(document.pages[1])]
    gaps = [below - above for above, below in pairwise(heights) if below - above > 3]
    assert max(gaps) < 41


def test_slips_are_eight_to_a_page(made):
    texts = page_texts(made("slips"))
    assert [text.count("账号激活单") for text in texts] == [8, 8, 3]
    assert "— 1 —" not in "".join(texts)


def test_slip_says_all_that_its_owner_needs(made):
    text = "".join(page_texts(made("slips")))
    for slip in sheets.slips_facts(19).slips:
        assert f"工号{slip.staff_number}激活码{slip.code}" in text
    assert text.count("有效期至2026年4月4日") == 19
    assert text.count("https://liantan.example.cn/activate/") == 19


def test_slip_keeps_within_its_cut_marks():
    """With the longest name, unit and address: nothing runs into the slip below."""
    facts = sheets.slips_facts(8)
    long = replace(facts.slips[0], name=sheets.LONG_NAME, unit="农业农村和水利综合行政执法大队" * 3)
    pdf = render_slips(
        replace(facts, slips=(long,) * 8, address="https://lianzheng.yunlingxian.example.gov.cn/a/")
    )
    with open_pdf(pdf) as document:
        assert len(document.pages) == 1
        for char in document.pages[0].chars:
            row = int((char["top"] / MM - 10) // 69.25)
            assert char["bottom"] / MM < 10 + 69.25 * (row + 1)
            assert row <= 3


def test_slip_that_no_font_can_print_is_refused_before_its_code():
    with pytest.raises(MissingGlyphs) as caught:
        check_slips([Person("张三", "办公室"), Person("李\ue000", "办公室")])
    assert caught.value.missing[0].where == "李\ue000"


def test_statistics_name_the_kind_on_every_page_of_a_long_table(made):
    texts = [text for text in page_texts(made("statistics")) if "市场监督管理所" in text]
    assert len(texts) > 2
    assert all(re.search("集体廉政谈话单位场次应到人次", text) for text in texts)


def test_statistics_say_that_people_do_not_add_up(made):
    text = "".join(page_texts(made("statistics")))
    assert "同一人多次参加的计一人" in text
    assert "一、总体情况" in text
    assert "六、承诺书签署情况" in text


def test_notes_of_the_statistics_stay_together(made):
    (text,) = [text for text in page_texts(made("statistics")) if "说明：" in text]
    assert "说明：1.本表统计" in text
    assert "经本人否认的不计入已签。" in text


def test_statistics_of_no_talk_say_so():
    facts = replace(sheets.statistics_facts(), kinds=(), breakdowns=())
    assert "没有已办结的集体廉政谈话" in "".join(page_texts(render_statistics(facts)))


@pytest.mark.parametrize(
    ("part", "whole", "printed"),
    [(0, 0, "—"), (0, 7, "0.0%"), (1, 3, "33.3%"), (35, 35, "100%"), (9999, 10000, "99.9%")],
)
def test_percentage_is_never_rounded_up(part, whole, printed):
    assert percentage(part, whole) == printed
