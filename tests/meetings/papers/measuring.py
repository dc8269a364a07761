"""The measures of a printed page: its glyphs, lines, rules and ink, read from the PDF by PDFium.

Lengths are in points from the top left corner of the page, as GB/T 9704-2012 counts.
"""

import ctypes
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from itertools import groupby, pairwise
from typing import NamedTuple

import pypdfium2
from PIL import Image
from pypdfium2 import raw

MM = 72 / 25.4
PAGE_HEIGHT = 297 * MM
# 5.1 and 5.2.1: the block's edges; its left one is on the binding side of odd pages.
TOP, BOTTOM, WIDTH = 37 * MM, 262 * MM, 156 * MM
PITCH = 29.609
CHARACTER = 15.79
INK_DPI = 120
# Punctuation that no line starts with, and that none ends with; the dot inside a name is both.
CLOSING = "，、。；：！？…）》」』〉】〕”’％%·"
OPENING = "（《「『〈【〔“‘·"
# A rule across a table, drawn in as many pieces as the table has columns.
ACROSS = 150 * MM
# 16 pt and title, 12 pt on the page of evidence; in tables there is other.
TEXT_SIZES = {12, 16, 22}


class Glyph(NamedTuple):
    """A character, where it starts and ends, its baseline, its size and its font."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    font: str


class Line:
    """Glyphs on one baseline, from left to right."""

    def __init__(self, page: "Page", glyphs: list[Glyph]) -> None:
        self.page = page
        self.glyphs = glyphs
        self.text = "".join(glyph.text for glyph in glyphs)
        self.left, self.right = glyphs[0].left - page.left, glyphs[-1].right - page.left
        self.baseline = glyphs[0].baseline
        self.font = glyphs[0].font

    def __repr__(self) -> str:
        return f"page {self.page.number}, {self.baseline:.1f} pt: {self.text}"


class Page:
    """One page's measures; ``left`` is its block's left edge."""

    def __init__(self, number: int, page: pypdfium2.PdfPage) -> None:
        self.number = number
        self.left = (28 if number % 2 else 26) * MM
        self._page = page
        glyphs = list(_glyphs(page))
        self.glyphs = [glyph for glyph in glyphs if glyph.baseline < BOTTOM + 6]
        self.foot = [glyph for glyph in glyphs if glyph.baseline >= BOTTOM + 6]

    @cached_property
    def text(self) -> str:
        return "".join(glyph.text for glyph in self.glyphs)

    @cached_property
    def lines(self) -> list[Line]:
        """The lines of 16 pt text (5.2.2), from the top."""
        return [line for line in self.text_lines if round(line.glyphs[-1].size) == 16]

    @cached_property
    def text_lines(self) -> list[Line]:
        """All lines outside tables, from the top."""
        groups = groupby(
            sorted(self.glyphs, key=lambda glyph: (round(glyph.baseline, 1), glyph.left)),
            lambda glyph: round(glyph.baseline, 1),
        )
        lines = [list(glyphs) for _at, glyphs in groups]
        return [Line(self, line) for line in lines if not TEXT_SIZES.isdisjoint(map(_size, line))]

    @cached_property
    def is_text(self) -> bool:
        """Nothing but 16 pt text stands on the page."""
        return len(self.glyphs) == sum(len(line.glyphs) for line in self.lines) > 0

    @cached_property
    def rules(self) -> list[float]:
        """Where rules run across the whole block: the borders of table rows."""
        drawn: dict[float, float] = defaultdict(float)
        for path in self._page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH]):
            for at, length in _strokes_across(path):
                drawn[round(at, 1)] += length
        rules: list[float] = []
        for at in sorted(at for at, length in drawn.items() if length > ACROSS):
            # The two edges of one rule are one rule.
            if not rules or at - rules[-1] > 3:
                rules.append(at)
        return rules

    @cached_property
    def rows(self) -> list[str]:
        """The text of each row, in the order it is drawn in: what two rules hold between them."""
        between = [
            [glyph for glyph in self.glyphs if above < glyph.baseline < below]
            for above, below in pairwise(self.rules)
        ]
        return [
            "".join(glyph.text for glyph in row)
            for row in between
            # Between two tables there may be text.
            if row and TEXT_SIZES.isdisjoint(map(_size, row))
        ]

    @cached_property
    def cell_lines(self) -> list[str]:
        """Lines in cells of tables: glyphs that follow each other closely on one baseline."""
        runs: list[list[Glyph]] = []
        text = {glyph for line in self.text_lines for glyph in line.glyphs}
        for glyph in self.glyphs:
            if glyph in text:
                continue
            last = runs[-1][-1] if runs else None
            if last and last.baseline == glyph.baseline and abs(glyph.left - last.right) < 3:
                runs[-1].append(glyph)
            else:
                runs.append([glyph])
        return ["".join(glyph.text for glyph in run) for run in runs]

    def dash(self) -> tuple[float, float]:
        """The upper and the lower edge of the dash before the page number."""
        scale, below = 300 / 72, BOTTOM + 6
        first = self.foot[0]
        crop = (first.left, 0, self._page.get_width() - first.right, below)
        picture = self._page.render(scale=scale, crop=crop, grayscale=True).to_pil()
        box = picture.point(lambda grey: 255 if grey < 128 else 0).getbbox()
        return below + box[1] / scale, below + box[3] / scale

    def ink(self, above: float = 0, below: float = PAGE_HEIGHT) -> tuple[float, ...]:
        """The box around what is printed between two heights: left, top, right, bottom."""
        scale = INK_DPI / 72
        first, last = round(above * scale), round(below * scale)
        box = self._inked.crop((0, first, self._inked.width, last)).getbbox()
        left, top, right, bottom = box
        return tuple(edge / scale for edge in (left, top + first, right, bottom + first))

    @cached_property
    def _inked(self) -> Image.Image:
        picture = self._page.render(scale=INK_DPI / 72, grayscale=True).to_pil()
        return picture.point(lambda grey: 255 if grey < 160 else 0)


def read_pages(pdf: bytes) -> list[Page]:
    """The pages of a PDF, each with its glyphs."""
    document = pypdfium2.PdfDocument(pdf)
    return [Page(number, page) for number, page in enumerate(document, start=1)]


def _strokes_across(path: pypdfium2.PdfObject) -> Iterator[tuple[float, float]]:
    """The horizontal strokes of a path that may belong to a table: height and length."""
    left, bottom, right, top = path.get_bounds()
    if top - bottom < 2.5:
        yield PAGE_HEIGHT - (top + bottom) / 2, right - left
    elif right - left > ACROSS:
        matrix, before = path.get_matrix(), (0.0, 0.0)
        x, y = ctypes.c_float(), ctypes.c_float()
        for at in range(raw.FPDFPath_CountSegments(path)):
            segment = raw.FPDFPath_GetPathSegment(path, at)
            raw.FPDFPathSegment_GetPoint(segment, x, y)
            here = matrix.on_point(x.value, y.value)
            if (
                raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_LINETO
                and abs(here[1] - before[1]) < 0.05
            ):
                yield PAGE_HEIGHT - here[1], abs(here[0] - before[0])
            before = here


def _size(glyph: Glyph) -> int:
    return round(glyph.size)


def _glyphs(page: pypdfium2.PdfPage) -> Iterator[Glyph]:
    text = page.get_textpage()
    x, y, box = ctypes.c_double(), ctypes.c_double(), raw.FS_RECTF()
    name = ctypes.create_string_buffer(64)
    half = ""
    for at in range(raw.FPDFText_CountChars(text)):
        if raw.FPDFText_IsGenerated(text, at) == 1:
            continue
        raw.FPDFText_GetCharOrigin(text, at, x, y)
        raw.FPDFText_GetLooseCharBox(text, at, box)
        raw.FPDFText_GetFontInfo(text, at, name, 64, None)
        character = chr(raw.FPDFText_GetUnicode(text, at))
        if "\ud800" <= character < "\udc00":  # half of a character beyond U+FFFF
            half = character
            continue
        if half:
            character = (half + character).encode("utf-16", "surrogatepass").decode("utf-16")
            half = ""
        # PDFium gives the size before WeasyPrint's scale of pixels.
        size = raw.FPDFText_GetFontSize(text, at) * 0.75
        font = name.value.decode().partition("Liantan-")[2]
        yield Glyph(character, x.value, box.right, PAGE_HEIGHT - y.value, size, font)
    text.close()
