"""The measures of GB/T 9704-2012, taken from the PDF: a record of 8 pages and one of 180."""

import re
from itertools import chain, pairwise

import pytest

from . import samples
from .measuring import BOTTOM, CHARACTER, CLOSING, MM, OPENING, PITCH, TOP, WIDTH, read_pages

# Where the text of the organisation block hangs: after its label and colon.
HANGING = 80.29
MOVES = "姓名原任职务现任职务依据文件"
ROLL = "序号姓名单位及职务出席情况签名等级签署时间短码"
DIGESTS = "序号姓名签署方式承诺书摘要（SHA-256）"
ATTACHMENTS = "序号附件文件摘要（SHA-256）"


@pytest.fixture(scope="session", params=["short", "long"])
def record(request):
    """A record: its pages and the facts it was made from."""
    if request.param == "short":
        return read_pages(request.getfixturevalue("record_pdf")), samples.record_facts(36)
    pdf = request.getfixturevalue("long_record_pdf")
    return read_pages(pdf), samples.long_record_facts()


@pytest.fixture(scope="session")
def pages(record):
    return record[0]


@pytest.fixture(scope="session")
def lines(pages):
    """All lines of 16 pt text but the labels that are signed behind."""
    found = chain.from_iterable(page.lines for page in pages)
    return [line for line in found if line.text != "主持人：谈话人：记录人："]


@pytest.fixture(scope="session")
def body(lines):
    """The lines from the first heading to 散会."""
    texts = [line.text for line in lines]
    return lines[texts.index("一、议程与内容") : texts.index("散会。") + 1]


@pytest.fixture(scope="session")
def turned_over(lines, body):
    """Each line whose paragraph goes on, with the line that it goes on in."""
    block = lines[: lines.index(body[0])]
    return [
        (line, following)
        for part, start in ((block, HANGING), (body, 0))
        for line, following in pairwise(part)
        if abs(following.left - start) < 1
    ]


@pytest.fixture(scope="session")
def full_pages(pages, body):
    """Pages with nothing but lines of the body, from the first to the last."""
    inside = {line.page for line in body} - {body[0].page, body[-1].page}
    return [page for page in pages if page in inside and page.is_text]


def is_heading(line):
    """A heading that text belongs to: in Heiti, or in Kaiti behind a number of its own."""
    second = line.font == "Kai" and re.match("（[一二三四五六七八九十]+）", line.text)
    return line.font == "Hei" or (second and not line.text.endswith("没有记录"))


def test_record_has_pages_of_text_on_both_sides(record, full_pages):
    pages, facts = record
    assert len(pages) in (range(8, 11) if len(facts.roll) < 100 else range(175, 195))
    assert {page.number % 2 for page in full_pages} == {0, 1}
    assert len(full_pages) > (1 if len(facts.roll) < 100 else 90)


def test_full_page_of_text_has_22_lines(pages, full_pages):
    for page in full_pages:
        following = pages[page.number]
        # Headings go overleaf with their text; with a table, so does its first row.
        moved = [line for line in following.lines[:3] if is_heading(line)]
        room = len(moved) + (2 if moved and following.rules else 0)
        assert 22 - room <= len(page.lines) <= 22, page.lines[-1]


def test_line_of_full_width_has_28_characters(turned_over):
    """5.2.3; fewer only where the line could not end at the 28th."""
    full = 0
    for line, following in turned_over:
        wide = all(glyph.right - glyph.left > 15 for glyph in line.glyphs + following.glyphs)
        if not wide or following.left > 1:
            continue
        missing = 28 - round(line.left / CHARACTER) - len(line.text)
        assert 0 <= missing <= 3, line
        full += not missing
        if missing:
            assert not may_end(following.text, missing), (line, following)
    assert full > 10


def may_end(text, at):
    """Whether a line may end before a text's character (UAX #14, and two that close together)."""
    before, after = text[at - 1 : at + 1]
    last = len(re.findall(r"\w", text)) <= 2
    dotted = "·" in text[max(at - 2, 0) : at + 2]
    pair = before in "”—…" and after in "—…"
    return not (last or dotted or pair or after in CLOSING or before in OPENING)


def test_baselines_are_one_pitch_apart_on_every_page(lines, full_pages):
    for above, below in pairwise(lines):
        page = above.page
        if below.page is not page or any(above.baseline < at < below.baseline for at in page.rules):
            continue
        gap = below.baseline - above.baseline
        count = 1 if page in full_pages else max(1, round(gap / PITCH))
        assert gap == pytest.approx(count * PITCH, abs=0.05), below


def test_pitch_is_measured_with_characters_of_other_fonts(full_pages):
    fonts = {glyph.font for page in full_pages for glyph in page.glyphs}
    assert {"Fang", "Kai", "Rare"} <= fonts


def test_ink_of_a_full_page_fills_the_block(full_pages):
    """5.2.1: 156 mm by 225 mm, 37 mm from the top, the binding side mirrored."""
    for page in full_pages:
        left, top, right, bottom = page.ink(below=BOTTOM + 6)
        assert top / MM == pytest.approx(37, abs=1), page.number
        if sum(line.left < 1 for line in page.lines) > 5:  # not headings alone
            assert left / MM == pytest.approx(page.left / MM, abs=1), page.number
            assert (right - left) / MM == pytest.approx(156, abs=1), page.number
        if len(page.lines) == 22:
            assert (bottom - top) / MM == pytest.approx(225, abs=1), page.number


def test_ink_of_every_page_stays_in_the_block(pages):
    for page in pages:
        left, top, right, bottom = page.ink(below=BOTTOM + 12)
        assert left > page.left - MM, page.number
        assert right < page.left + WIDTH + MM, page.number
        assert top == pytest.approx(TOP, abs=MM), page.number
        assert bottom < BOTTOM + MM, page.number


def test_page_number_stands_7_mm_below_the_block_at_the_outer_corner(pages):
    """7.5: 14 pt Song between dashes, one character in from the outer edge."""
    for page in pages:
        assert "".join(glyph.text for glyph in page.foot) == f"— {page.number} —"
        assert {glyph.font for glyph in page.foot} == {"Song"}
        assert {round(glyph.size, 1) for glyph in page.foot} == {14}
        upper, lower = page.dash()
        assert ((upper + lower) / 2 - BOTTOM) / MM == pytest.approx(7, abs=0.3), page.number
        if page.number % 2:
            edge, wanted = page.foot[-1].right, page.left + WIDTH - 14
        else:
            edge, wanted = page.foot[0].left, page.left + 14
        assert edge / MM == pytest.approx(wanted / MM, abs=0.3), page.number


def test_no_line_starts_with_closing_or_ends_with_opening_punctuation(pages):
    """In no paragraph, and in no cell of a table."""
    for page in pages:
        for line in [line.text for line in page.text_lines] + page.cell_lines:
            assert line[0] not in CLOSING, (page.number, line)
            assert line[-1] not in OPENING, (page.number, line)


def test_no_line_ends_inside_a_word_a_number_or_a_dash(turned_over):
    source = "".join(samples.SENTENCES)
    for line, following in turned_over:
        assert line.text[-1] + following.text[0] not in ("——", "……"), line
        word = re.search(r"[\w.,%-]*$", line.text, re.ASCII).group()
        rest = re.match(r"[\w.,%-]*", following.text, re.ASCII).group()
        assert not word or not rest or word + rest not in source, line


def test_line_of_a_paragraph_reaches_from_edge_to_edge(turned_over):
    assert len({len(line.text) for line, _following in turned_over}) > 3
    for line, _following in turned_over:
        assert line.right / MM == pytest.approx(WIDTH / MM, abs=0.5), line


def test_no_paragraph_ends_in_one_character_alone(turned_over):
    goes_on = {line for line, _following in turned_over}
    for _line, last in turned_over:
        if last not in goes_on:
            assert len(re.findall(r"[\w%]", last.text)) > 1, last


def test_table_begins_with_its_header_on_every_page(pages):
    tabled = [page for page in pages if page.rules]
    assert len(tabled) >= 4
    for page in tabled:
        assert page.rows[0] in (MOVES, ROLL, DIGESTS, ATTACHMENTS), page.number


def test_no_row_is_split(record):
    """All that belongs to a row stands between the same two rules."""
    pages, facts = record
    found = {MOVES: [], ROLL: [], DIGESTS: [], ATTACHMENTS: []}
    for row in chain.from_iterable(page.rows for page in pages):
        if row in found:
            table = found[row]
        else:
            table.append(re.sub(r"\s", "", row))
    wanted = {
        MOVES: [(move.name, move.to_post) for move in facts.post_changes],
        ROLL: [
            (f"{number}{row.name}", row.unit + row.post, row.attendance)
            + ((row.pledge.level, row.pledge.short_code.replace(" ", "")) if row.pledge else ("—",))
            for number, row in enumerate(facts.roll, start=1)
        ],
        DIGESTS: [
            (f"{number}{row.name}", row.pledge.how.replace(" ", ""), row.pledge.digest)
            for number, row in enumerate(facts.signed, start=1)
        ],
        ATTACHMENTS: [(kept.title, kept.file_name) for kept in facts.attachments],
    }
    for header, rows in wanted.items():
        for row, parts in zip(found[header], rows, strict=True):
            assert row.startswith(parts[0]) or header == ATTACHMENTS
            assert all(part in row for part in parts), (row, parts)


def test_no_row_stands_alone_on_the_last_page_of_a_table(pages):
    for page, following in pairwise(pages):
        if page.rows and following.rows[:1] == page.rows[:1]:
            assert len(following.rows) > 2, following.number


def test_number_of_a_row_stands_on_one_line(record):
    pages, facts = record
    cells = {text for page in pages if ROLL in page.rows for text in page.cell_lines}
    assert {str(number) for number in range(1, len(facts.roll) + 1)} <= cells


def test_no_heading_ends_a_page(pages):
    for page in pages:
        if page.lines and (not page.rules or page.lines[-1].baseline > page.rules[-1]):
            assert not is_heading(page.lines[-1]), page.lines[-1]
