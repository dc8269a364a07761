"""What a finished paper really shows: every glyph, from which embedded font, and where.

Read from the PDF alone, as a reader of it would: content streams, embedded fonts, ToUnicode.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pikepdf
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont

# An entry of a ToUnicode map: glyph, text (ISO 32000-1, 9.10.3).
_ENTRY = re.compile(rb"<([0-9a-f]{4})>\s*<([0-9a-f]+)>")


@dataclass(frozen=True)
class EmbeddedFont:
    """A font that a PDF carries: the family it says it is, its file, what its glyphs stand for."""

    family: str
    program: bytes
    texts: Mapping[int, str]

    @classmethod
    def read(cls, font: pikepdf.Object) -> EmbeddedFont:
        """One entry of a page's font resources. Raises KeyError when it is not embedded."""
        descriptor = font.DescendantFonts[0].FontDescriptor
        stream = descriptor.get("/FontFile2") or descriptor["/FontFile3"]
        entries = _ENTRY.findall(font.ToUnicode.read_bytes())
        texts = {
            int(glyph, 16): bytes.fromhex(t.decode()).decode("utf-16-be") for glyph, t in entries
        }
        return cls(str(descriptor.FontFamily), stream.read_bytes(), texts)

    @cached_property
    def opened(self) -> TTFont:
        """The embedded file, to measure and to draw."""
        return TTFont(io.BytesIO(self.program), lazy=True)

    @cached_property
    def units(self) -> int:
        """Units of the font's own grid to an em."""
        return int(self.opened["head"].unitsPerEm)

    def width(self, glyph: int) -> float:
        """A glyph's advance, in ems."""
        return float(self.opened["hmtx"][self.opened.getGlyphName(glyph)][0]) / self.units

    def outline(self, glyph: int) -> str:
        """A glyph's outline as an SVG path, in the font's own units, its y upwards."""
        glyphs = self.opened.getGlyphSet()
        pen = SVGPathPen(glyphs, ntos=lambda number: str(round(number)))
        glyphs[self.opened.getGlyphName(glyph)].draw(pen)
        return str(pen.getCommands())


@dataclass(frozen=True)
class DrawnGlyph:
    """A glyph on a page: its origin and size in points, from the page's lower left corner."""

    font: EmbeddedFont
    glyph: int
    x: float
    y: float
    size: float

    @property
    def text(self) -> str:
        """What the glyph stands for; empty when the PDF does not say."""
        return self.font.texts.get(self.glyph, "")


@dataclass
class _State:
    """The part of the graphics state that text depends on (ISO 32000-1, 8.4 and 9.3)."""

    base: pikepdf.Matrix = field(default_factory=pikepdf.Matrix)
    text: pikepdf.Matrix = field(default_factory=pikepdf.Matrix)
    font: EmbeddedFont | None = None
    size: float = 0
    spacing: float = 0


def drawn_pages(pdf: bytes) -> list[list[DrawnGlyph]]:
    """The glyphs of each page, in the order in which they are drawn."""
    known: dict[tuple[int, int], EmbeddedFont] = {}
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return [list(_glyphs(page, known)) for page in opened.pages]


def _glyphs(page: pikepdf.Page, known: dict[tuple[int, int], EmbeddedFont]) -> Iterator[DrawnGlyph]:
    fonts = {}
    for name, font in page.Resources.get("/Font", {}).items():
        if font.objgen not in known:
            known[font.objgen] = EmbeddedFont.read(font)
        fonts[name] = known[font.objgen]
    state, saved = _State(), []
    for instruction in pikepdf.parse_content_stream(page):
        operands = list(instruction.operands)
        match str(instruction.operator):
            case "q":
                saved.append(replace(state))
            case "Q":
                state = saved.pop()
            case "cm":
                state.base = pikepdf.Matrix(*operands) @ state.base
            case "Tm":
                state.text = pikepdf.Matrix(*operands)
            case "Tc":
                state.spacing = float(operands[0])
            case "Tf":
                state.font, state.size = fonts[str(operands[0])], float(operands[1])
            case "Tj" | "TJ":
                yield from _shown(state, operands[0])


def _shown(state: _State, operand: Any) -> Iterator[DrawnGlyph]:
    """The glyphs of one text operator; moves the place of the next (ISO 32000-1, 9.4.4)."""
    assert state.font is not None  # text without a font is no PDF
    for part in operand if isinstance(operand, pikepdf.Array) else [operand]:
        if not isinstance(part, pikepdf.String):
            state.text = state.text.translated(-float(part) / 1000 * state.size, 0)
            continue
        codes = bytes(part)
        for at in range(0, len(codes), 2):
            glyph = int.from_bytes(codes[at : at + 2])
            place = state.text @ state.base
            size = state.size * abs(place.d)
            yield DrawnGlyph(state.font, glyph, place.e, place.f, size)
            advance = state.font.width(glyph) * state.size + state.spacing
            state.text = state.text.translated(advance, 0)


def families_of(glyphs: Sequence[DrawnGlyph]) -> dict[str, str]:
    """The families that glyphs were drawn from, each with its characters in order, once each."""
    found: dict[str, dict[str, None]] = {}
    for drawn in glyphs:
        found.setdefault(drawn.font.family, {}).update(dict.fromkeys(drawn.text))
    return {family: "".join(texts) for family, texts in found.items()}


def picture(glyphs: Sequence[DrawnGlyph], margin: float = 4) -> str:
    """The glyphs as an SVG drawing, cropped to them; their outlines are the embedded ones."""
    left = min(drawn.x for drawn in glyphs) - margin
    right = max(drawn.x + drawn.font.width(drawn.glyph) * drawn.size for drawn in glyphs) + margin
    top = max(drawn.y + drawn.size for drawn in glyphs)
    bottom = min(drawn.y - drawn.size / 2 for drawn in glyphs)
    names: dict[tuple[str, int], str] = {}
    outlines, places = [], []
    for drawn in glyphs:
        key = (drawn.font.family, drawn.glyph)
        if key not in names:
            names[key] = f"g{len(names)}"
            outlines.append(f'<path id="{names[key]}" d="{drawn.font.outline(drawn.glyph)}"/>')
        scale = f"{drawn.size / drawn.font.units:.5g}"
        places.append(
            f'<use href="#{names[key]}" '
            f'transform="matrix({scale} 0 0 -{scale} {drawn.x - left:.2f} {top - drawn.y:.2f})"/>'
        )
    box = f"0 0 {right - left:.2f} {top - bottom:.2f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" fill="#1f2329">'
        f"<defs>{''.join(outlines)}</defs>{''.join(places)}</svg>"
    )
