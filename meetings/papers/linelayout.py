"""Chinese justification for WeasyPrint, which widens spaces only.

Three places of WeasyPrint's layout are replaced:

* a justified line spreads what is left over between all its characters (GB/T 9704-2012, 5.2.3:
  the lines fill the block), not between its spaces;
* letter-spacing is drawn by the PDF's own Tc operator, exactly, where WeasyPrint would round it
  to thousandths of an em before every glyph;
* a line keeps its pitch when a character comes from another font with taller metrics.

They lean on WeasyPrint's insides, hence on one exact version.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator
from copy import copy
from typing import Any

import weasyprint
from weasyprint import draw
from weasyprint.formatting_structure import boxes
from weasyprint.layout import inline
from weasyprint.text import line_break

WEASYPRINT_VERSION = "70.0"

# WeasyPrint carries no types: its boxes, lines and layouts are Any here.
Box = Any
Line = Any


class UnsupportedWeasyPrint(RuntimeError):
    """The installed WeasyPrint is not the version whose line layout is extended here."""


def install() -> None:
    """Put the replacements in place. Call once, before the first paper.

    Raises:
        UnsupportedWeasyPrint: another version than WEASYPRINT_VERSION is installed.
    """
    if weasyprint.VERSION != WEASYPRINT_VERSION:
        raise UnsupportedWeasyPrint(
            f"meetings/papers/linelayout.py extends WeasyPrint {WEASYPRINT_VERSION}; "
            f"{weasyprint.VERSION} is installed. Check the three places it replaces, run its "
            "tests, then change WEASYPRINT_VERSION."
        )
    split_text_box = inline.split_text_box
    draw_text = draw.draw_text
    strut = line_break.strut

    def remembered_strut(style: Any) -> tuple[float, float]:
        """A style's line height and baseline, found once: its key is dear to make."""
        found: tuple[float, float] | None = getattr(style, "paper_strut", None)
        if found is None:
            found = style.paper_strut = strut(style)
        return found

    def split_at_pitch(context: Any, box: Box, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """A text box as tall as its line's pitch, whichever fonts it took."""
        box, resume_at, preserved = split_text_box(context, box, *args, **kwargs)
        if box is not None:
            line_height, baseline = remembered_strut(box.style)
            box.margin_top = box.margin_bottom = (line_height - box.height) / 2
            box.baseline = baseline
        return box, resume_at, preserved

    def draw_spaced_text(stream: Any, box: Box, *args: Any) -> None:
        """Draw the text with its letter-spacing as character spacing (ISO 32000-1, 9.3.2)."""
        spacing = _spacing(box)
        if spacing:
            stream.stream.append(b"%.5f Tc" % spacing)
        draw_text(stream, box, *args)
        if spacing:
            stream.stream.append(b"0 Tc")

    inline.strut = remembered_strut
    inline.split_text_box = split_at_pitch
    inline.justify_line = justify_line
    draw.draw_text = draw_spaced_text
    line_break.Layout.reactivate = _reactivate_unspaced


def justify_line(context: object, line: Line, extra_width: float) -> None:
    """Spread ``extra_width`` evenly between the characters of a line, in place."""
    units = list(_units(line))
    gaps = sum(len(box.text) - _chances(box) if _is_text(box) else 1 for box in units) - 1
    if gaps < 1:
        return
    extra_width -= sum(_unspaced(box) for box in units if _is_text(box))
    last = units[-1]
    # The last character's own spacing lies outside the line.
    trailing = _letter_spacing(last) if _is_text(last) else 0
    _widen(line, (extra_width + trailing) / gaps, 0)


def _units(box: Box) -> Iterator[Box]:
    """The text boxes and atomic boxes of a line, in order."""
    for child in box.children:
        if not child.is_in_normal_flow():
            continue
        if _is_inline(child):
            yield from _units(child)
        else:
            yield child


def _widen(box: Box, spacing: float, advance: float) -> float:
    """Move a box by ``advance`` and widen it; the advance of what follows it is returned."""
    if _is_text(box):
        box.position_x += advance
        box.pango_layout = copy(box.pango_layout)
        box.pango_layout.extra_spacing = spacing
        widening = spacing * (len(box.text) - _chances(box)) + _unspaced(box)
        box.width += widening
        return advance + widening
    if _is_inline(box):
        box.position_x += advance
        start = advance
        for child in box.children:
            if child.is_in_normal_flow():
                advance = _widen(child, spacing, advance)
        box.width += advance - start
        return advance
    box.translate(advance, 0)
    return advance + spacing


def _chances(box: Box) -> int:
    """How many of a text box's characters are chances to break the line, and not drawn."""
    return int(box.text.count("\u200b"))


def _unspaced(box: Box) -> float:
    """What a text box is drawn wider than laid out: the layout spaces what is not drawn, too."""
    return -_chances(box) * _letter_spacing(box)


def _is_text(box: Box) -> bool:
    return isinstance(box, boxes.TextBox)


def _is_inline(box: Box) -> bool:
    return isinstance(box, boxes.LineBox | boxes.InlineBox)


def _letter_spacing(box: Box) -> float:
    spacing = box.style["letter_spacing"]
    return 0.0 if spacing == "normal" else float(spacing)


def _spacing(box: Box) -> float:
    return _letter_spacing(box) + float(getattr(box.pango_layout, "extra_spacing", 0.0))


def _reactivate_unspaced(layout: Any, style: Any) -> None:
    """Lay a text out again to draw it, without the spacing that Tc gives."""
    layout.setup(style)
    layout.style = ChainMap({"letter_spacing": "normal"}, style)
    layout.set_text(layout.text)
