"""The measures of GB/T 9704-2012 for letters (10.1) and what belongs to them, from the PDF."""

import io
import subprocess
from dataclasses import replace
from itertools import pairwise

import pypdf
import pytest
from PIL import Image, ImageChops

from meetings.papers.facts import AgendaEntry
from meetings.papers.notice import render_notice
from meetings.papers.outline import render_outline

from . import letter_samples
from .conftest import lines_of, open_pdf
from .measuring import CLOSING, MM, OPENING

DPI = 300
CHARACTER = 15.79
LEFT, RIGHT = 28.0, 184.0  # of the block on odd pages


@pytest.fixture(scope="module")
def notice_pdf():
    """Its text fills the first page and ends on the second."""
    facts = letter_samples.notice_facts()
    return render_notice(replace(facts, reminders=("请妥善安排工作，准时参加会议。",) * 9))


@pytest.fixture(scope="module")
def picture(notice_pdf, tmp_path_factory):
    folder = tmp_path_factory.mktemp("letter")
    (folder / "letter.pdf").write_bytes(notice_pdf)
    subprocess.run(
        ["pdftoppm", "-r", str(DPI), "-l", "1", "-png", "letter.pdf", "page"],
        cwd=folder,
        check=True,
    )
    (file,) = folder.glob("page*.png")
    with Image.open(file) as opened:
        return opened.convert("RGB")


@pytest.fixture(scope="module")
def red(picture):
    # Red ink is bright in the red channel and dark in the green one.
    bright, dark, _blue = picture.split()
    return ImageChops.lighter(
        bright.point(lambda value: 0 if value > 150 else 255),
        dark.point(lambda value: 0 if value < 110 else 255),
    )


def ink(picture, top=0.0, bottom=297.0):
    """The box of what is printed between two heights, in millimetres: left, top, right, bottom."""
    scale = DPI / 25.4
    strip = picture.crop((0, round(top * scale), picture.width, round(bottom * scale)))
    box = strip.point(lambda grey: 255 if grey < 128 else 0).getbbox()
    left, upper, right, lower = (edge / scale for edge in box)
    return left, upper + top, right, lower + top


def test_head_stands_30_mm_from_the_top(red):
    _left, top, _right, _bottom = ink(red)
    assert top == pytest.approx(30, abs=0.5)


def test_first_double_line_is_170_mm_and_4_mm_below_the_head(red):
    _left, _top, _right, head_ends = ink(red, bottom=48.5)
    left, line_begins, right, _bottom = ink(red, top=48.5, bottom=60)
    assert right - left == pytest.approx(170, abs=0.5)
    assert left == pytest.approx(20, abs=0.3)
    assert line_begins - head_ends == pytest.approx(4, abs=0.6)


def test_second_double_line_is_20_mm_from_the_foot(red):
    left, _top, right, bottom = ink(red, top=262)
    assert right - left == pytest.approx(170, abs=0.5)
    assert 297 - bottom == pytest.approx(20, abs=0.3)


def runs_of_red(red, top, bottom):
    """The thicknesses of the lines between two heights, from above, in millimetres."""
    scale = DPI / 25.4
    column = round(100 * scale)
    dark = [
        red.getpixel((column, row)) == 0 for row in range(round(top * scale), round(bottom * scale))
    ]
    runs, length = [], 0
    for is_dark in [*dark, False]:
        if is_dark:
            length += 1
        elif length:
            runs.append(length / scale)
            length = 0
    return runs


def test_thick_line_is_outside(red):
    """10.1: the first line thick above thin, the second thin above thick."""
    above, below = runs_of_red(red, 48.9, 60)
    assert above > 2 * below
    above, below = runs_of_red(red, 265, 290)
    assert below > 2 * above


def test_first_page_is_full_and_shows_no_number(notice_pdf):
    with open_pdf(notice_pdf) as document:
        first, second = document.pages[:2]
        assert "—" not in "".join(char["text"] for char in first.chars)
        last = max(first.height - char["matrix"][5] for char in first.chars)
        # 7/8 of a character between the last line and the red one.
        line_at = first.height - 20 * MM - 4.25
        assert line_at - (last + 0.12 * 16) == pytest.approx(14, abs=1)
        assert "—2—" in "".join(char["text"] for char in second.chars).replace(" ", "")


def test_number_stands_right_under_the_line_and_title_two_lines_below(notice_pdf):
    with open_pdf(notice_pdf) as document:
        page = document.pages[0]
        lines = {
            "".join(char["text"] for char in chars): (at, chars)
            for at, chars in lines_of(page).items()
        }
        number, chars = lines["廉谈〔2026〕3号"]
        assert chars[-1]["x1"] / MM == pytest.approx(RIGHT, abs=0.5)
        titles = [at for at, chars in lines.values() if round(chars[0]["size"]) == 22]
        assert titles[0] - number == pytest.approx(3 * 29.609, abs=3)


def test_text_of_the_letter_keeps_the_pitch(notice_pdf):
    with open_pdf(notice_pdf) as document:
        for page in document.pages[:2]:
            sizes = {round(char["size"]) for char in page.chars}
            assert sizes <= {14, 16, 22, 46}
            baselines = [
                at for at, chars in lines_of(page).items() if round(chars[0]["size"]) == 16
            ]
            gaps = [below - above for above, below in pairwise(baselines[1:])]
            assert all(
                gap / 29.609 == pytest.approx(round(gap / 29.609), abs=0.003) for gap in gaps
            )


def test_no_line_breaks_the_rules_of_punctuation():
    wordy = "一、请带好《条例》“读本”（2025年版），准时到会；"
    facts = replace(letter_samples.notice_facts(), reminders=(wordy * 3,) * 4)
    with open_pdf(render_notice(facts)) as document:
        for page in document.pages[:3]:
            for chars in lines_of(page).values():
                text = "".join(char["text"] for char in chars).strip()
                assert text[0] not in CLOSING
                assert text[-1] not in OPENING


def line_with(pdf, words):
    """The line that says exactly this: its left and right edge, in millimetres, and the page."""
    with open_pdf(pdf) as document:
        for number, page in enumerate(document.pages, start=1):
            for chars in lines_of(page).values():
                if "".join(char["text"] for char in chars).replace(" ", "") == words:
                    return chars[0]["x0"] / MM, chars[-1]["x1"] / MM, number
    raise AssertionError(f"no line says {words}")


def edges(number):
    return (LEFT, RIGHT) if number % 2 else (LEFT - 2, RIGHT - 2)


def test_issuer_longer_than_the_date_stands_two_characters_in(notice_pdf):
    """7.3.5.2: the date two characters right of the issuer."""
    with open_pdf(notice_pdf) as document:
        for page in document.pages[1:]:
            lines = {
                "".join(char["text"] for char in chars): chars for chars in lines_of(page).values()
            }
            if "2026年3月2日" in lines:
                issuer, issued = lines["云岭县市场监督管理局"], lines["2026年3月2日"]
                break
    block = edges(page.page_number)[1] * MM
    assert block - issuer[-1]["x1"] == pytest.approx(2 * CHARACTER, abs=1)
    assert issued[0]["x0"] - issuer[0]["x0"] == pytest.approx(2 * CHARACTER, abs=0.5)


def test_date_longer_than_the_issuer_stands_two_characters_in():
    facts = letter_samples.bare_notice_facts()
    facts = replace(facts, unit="监察室", issued_at=facts.issued_at.replace(month=12, day=28))
    pdf = render_notice(facts)
    left, right, number = line_with(pdf, "2026年12月28日")
    assert edges(number)[1] - right == pytest.approx(2 * CHARACTER / MM, abs=0.6)
    with open_pdf(pdf) as document:
        page = document.pages[number - 1]
        issuer = [
            chars
            for chars in lines_of(page).values()
            if "".join(char["text"] for char in chars) == "监察室" and round(chars[0]["size"]) == 16
        ]
    assert left - issuer[0][0]["x0"] / MM == pytest.approx(2 * CHARACTER / MM, abs=0.2)


@pytest.mark.parametrize("length", [8, 20, 25, 26, 40])
def test_issuer_of_any_length_keeps_within_the_block(length):
    facts = replace(letter_samples.bare_notice_facts(), unit="云" * length)
    with open_pdf(render_notice(facts)) as document:
        for page in document.pages[:2]:
            inside = [char["x1"] for char in page.chars if round(char["size"]) == 16]
            assert max(inside) / MM <= edges(page.page_number)[1] + 0.6
            at_16 = [
                "".join(char["text"] for char in chars)
                for chars in lines_of(page).values()
                if round(chars[0]["size"]) == 16
            ]
            # Up to 26 characters it stays on one line.
            if length <= 26 and "2026年3月2日" in at_16:
                assert "云" * length in at_16


def test_attachment_is_named_on_the_first_line_and_titled_on_the_third(notice_pdf):
    """7.3.7: 附件 in Heiti from the left edge, the title centred on the third line."""
    with open_pdf(notice_pdf) as document:
        for label, title in (("附件1", "集体廉政谈话提纲"), ("附件2", "参会人员名单")):
            page = next(
                page
                for page in document.pages
                if "".join(char["text"] for char in page.chars).startswith(label)
            )
            (first, chars), (third, heading) = list(lines_of(page).items())[:2]
            assert "".join(char["text"] for char in chars) == label
            assert {char["fontname"].split("+")[1] for char in chars} == {"Liantan-Hei"}
            left, right = edges(page.page_number)
            assert chars[0]["x0"] / MM == pytest.approx(left, abs=0.5)
            assert first - 0.88 * 16 == pytest.approx(37 * MM, abs=1)
            assert "".join(char["text"] for char in heading) == title
            assert third - first == pytest.approx(2 * 29.609, abs=3)
            middle = (heading[0]["x0"] + heading[-1]["x1"]) / 2 / MM
            assert middle == pytest.approx((left + right) / 2, abs=0.5)


def test_names_of_attachments_stand_below_each_other(notice_pdf):
    """7.3.4: 附件 two characters in, each name below the first."""
    with open_pdf(notice_pdf) as document:
        for page in document.pages:
            lines = {
                "".join(char["text"] for char in chars): chars for chars in lines_of(page).values()
            }
            if "附件：1.集体廉政谈话提纲" in lines:
                break
        else:
            raise AssertionError("no line names the attachments")
    first, second = lines["附件：1.集体廉政谈话提纲"], lines["2.参会人员名单"]
    left = edges(page.page_number)[0] * MM
    assert first[0]["x0"] - left == pytest.approx(2 * CHARACTER, abs=1)
    assert first[5]["text"] == "集"
    assert second[2]["x0"] == pytest.approx(first[5]["x0"], abs=0.3)


@pytest.mark.parametrize("blocks", range(9))
def test_signature_never_stands_without_text(blocks):
    """7.3.5.5, wherever the text happens to end: two lines of it at least."""
    agenda = tuple(AgendaEntry(f"第{number}项议程") for number in range(blocks))
    facts = replace(letter_samples.notice_facts(3), agenda=agenda)
    pages = [
        "".join(page.extract_text().split())
        for page in pypdf.PdfReader(io.BytesIO(render_notice(facts))).pages
    ]
    (signed,) = [text for text in pages if "2026年3月2日" in text]
    before = signed.partition("附件：1.")[0].partition("—")[0]
    assert len(before) > 28
    assert "联系人" in signed


def test_outline_keeps_the_grid():
    with open_pdf(render_outline(letter_samples.outline_facts())) as document:
        first = document.pages[0]
        baselines = list(lines_of(first))
        assert baselines[0] - 0.88 * 16 == pytest.approx(37 * MM, abs=1)
        assert baselines[-1] - baselines[0] == pytest.approx(21 * 29.609, abs=0.1)
        assert "—1—" in "".join(char["text"] for char in first.chars).replace(" ", "")
