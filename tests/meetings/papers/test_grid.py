"""The measures of GB/T 9704-2012, taken from the PDF."""

import random
import re
import subprocess
from itertools import pairwise

import pytest
from PIL import Image

from .conftest import lines_of, open_pdf, record_with_notes

MM = 72 / 25.4
BLOCK_TOP, BLOCK_HEIGHT, BLOCK_WIDTH = 37.0, 225.0, 156.0
# Left edge of the block: the binding side is left on odd pages, right on even ones.
LEFT = {2: 26.0, 3: 28.0}
DPI = 300
CLOSING = "，。、；：！？）》”’…"
OPENING = "（《“‘"


@pytest.fixture(scope="module")
def text_pages(grid_pdf):
    with open_pdf(grid_pdf) as document:
        yield {number: document.pages[number - 1] for number in (2, 3)}


@pytest.fixture(scope="module")
def pictures(grid_pdf, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    (folder / "grid.pdf").write_bytes(grid_pdf)
    subprocess.run(
        ["pdftoppm", "-r", str(DPI), "-f", "2", "-l", "3", "-gray", "grid.pdf", "page"],
        cwd=folder,
        check=True,
    )
    opened = {}
    for number, file in zip((2, 3), sorted(folder.glob("page*.pgm")), strict=True):
        with Image.open(file) as picture:
            opened[number] = picture.copy()
    return opened


def ink(picture, top=0.0, bottom=297.0):
    """The box of what is printed between two heights, in millimetres: left, top, right, bottom."""
    scale = DPI / 25.4
    strip = picture.crop((0, round(top * scale), picture.width, round(bottom * scale)))
    box = strip.point(lambda grey: 255 if grey < 128 else 0).getbbox()
    left, upper, right, lower = (edge / scale for edge in box)
    return left, upper + top, right, lower + top


@pytest.mark.parametrize("number", [2, 3])
def test_page_has_22_lines_of_28_characters(text_pages, number):
    lines = lines_of(text_pages[number])
    assert [len(chars) for chars in lines.values()] == [28] * 22


@pytest.mark.parametrize("number", [2, 3])
def test_lines_keep_their_pitch_with_characters_of_another_font(text_pages, number):
    fonts = {char["fontname"].split("+")[1] for char in text_pages[number].chars}
    assert {"Liantan-Fang", "Liantan-Rare"} <= fonts
    baselines = list(lines_of(text_pages[number]))
    gaps = [below - above for above, below in pairwise(baselines)]
    assert gaps == pytest.approx([29.609] * 21, abs=0.05)


@pytest.mark.parametrize("number", [2, 3])
def test_ink_fills_the_block(pictures, number):
    left, top, right, bottom = ink(pictures[number], bottom=264)
    assert right - left == pytest.approx(BLOCK_WIDTH, abs=1)
    assert bottom - top == pytest.approx(BLOCK_HEIGHT, abs=1)
    assert left == pytest.approx(LEFT[number], abs=1)
    assert top == pytest.approx(BLOCK_TOP, abs=1)


@pytest.mark.parametrize("number", [2, 3])
def test_page_number_dash_is_7_mm_below_the_block(pictures, number):
    # Only the left dash: figures reach higher.
    left, _top, _right, _bottom = ink(pictures[number], top=265)
    scale = DPI / 25.4
    dash = pictures[number].crop(
        (0, 0, round((left + 2) * scale), pictures[number].height)
    )  # fmt: skip
    _left, top, _right, bottom = ink(dash, top=265)
    assert bottom - top < 0.6
    assert (top + bottom) / 2 - (BLOCK_TOP + BLOCK_HEIGHT) == pytest.approx(7, abs=0.3)


def test_page_number_is_one_character_in_from_the_outer_edge(text_pages):
    one = 14 / MM
    for number, page in text_pages.items():
        chars = [char for char in page.chars if page.height - char["matrix"][5] > 265 * MM]
        assert "".join(char["text"] for char in chars) == f"— {number} —"
        assert {char["fontname"].split("+")[1] for char in chars} == {"Liantan-Song"}
        assert {round(char["size"], 2) for char in chars} == {14.0}
    even = min(char["x0"] for char in text_pages[2].chars if char["top"] > 265 * MM) / MM
    odd = max(char["x1"] for char in text_pages[3].chars if char["top"] > 265 * MM) / MM
    assert even == pytest.approx(LEFT[2] + one, abs=0.3)
    assert odd == pytest.approx(LEFT[3] + BLOCK_WIDTH - one, abs=0.3)


@pytest.fixture(scope="module")
def mixed_lines(tmp_path_factory):
    """Full lines in which punctuation, figures and letters fall anywhere: text, left, right.

    Measured by Poppler: pdfplumber leaves out the spacing between two fonts.
    """
    draw = random.Random(7)  # noqa: S311 - text, not a secret
    words = ("纪律", "监督", "《条例》", "“四风”", "2026年", "（一）", "，", "。", "、", "RFC 8785")
    pdf = tmp_path_factory.mktemp("mixed") / "mixed.pdf"
    pdf.write_bytes(record_with_notes("".join(draw.choice(words) for _ in range(900))))
    found = subprocess.run(
        ["pdftotext", "-f", "2", "-l", "2", "-bbox", pdf, "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines: dict[float, tuple[str, float, float]] = {}
    for word in re.finditer(r'xMin="(.*?)" yMin="(.*?)" xMax="(.*?)".*?>(.*?)</word>', found):
        left, top, right = (float(number) / MM for number in word.groups()[:3])
        if top < BLOCK_TOP + BLOCK_HEIGHT:
            before = lines.get(top, ("", left, right))
            lines[top] = (before[0] + word.group(4), min(before[1], left), max(before[2], right))
    return list(lines.values())


def test_no_line_starts_with_closing_or_ends_with_opening_punctuation(mixed_lines):
    assert len(mixed_lines) == 22
    assert not [text for text, _left, _right in mixed_lines if text[0] in CLOSING]
    assert not [text for text, _left, _right in mixed_lines if text[-1] in OPENING]


def test_lines_reach_from_edge_to_edge(mixed_lines):
    for _text, left, right in mixed_lines:
        assert left == pytest.approx(LEFT[2], abs=0.1)
        assert right == pytest.approx(LEFT[2] + BLOCK_WIDTH, abs=0.1)


def test_lines_are_not_full_by_themselves(mixed_lines):
    """The edge is reached by spacing: lines hold different numbers of characters."""
    assert len({len(text) for text, _left, _right in mixed_lines}) > 3
