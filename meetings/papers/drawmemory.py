"""Boxes that many pages share, drawn once instead of on every page.

WeasyPrint asks Pango for the glyphs of every line it draws: a tenth of the time that a one-page
pledge takes goes into the lines that all pledges begin with. What comes out is the same.

It leans on WeasyPrint's insides, hence on one exact version (``linelayout.WEASYPRINT_VERSION``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from typing import Any

import pydyf
from weasyprint import draw

# WeasyPrint carries no types: its boxes, streams and fonts are Any here.
Box = Any
Stream = Any

# What a stream remembers of what it has set, to set nothing twice.
_SET = (
    "_current_color",
    "_current_color_stroke",
    "_current_alpha",
    "_current_alpha_stroke",
    "_current_font",
    "_current_font_size",
    "_old_font",
    "_old_font_size",
)


class SharedDrawing:
    """What the first blocks of a page put on it: operators, tags, fonts and graphics states."""

    def __init__(self, blocks: Iterable[Box]) -> None:
        self._drawn: Stream = None
        for block in blocks:
            block.shared_drawing = self  # the copies that are made to draw a box keep it

    def draw(self, stream: Stream, draw_blocks: Callable[[Stream], None]) -> None:
        """Draw the blocks, which ``draw_blocks`` can, on a page that nothing is drawn on yet."""
        if any(getattr(stream, name) is not None for name in _SET) or stream._tags:
            draw_blocks(stream)
            return
        if self._drawn is None:
            self._drawn = _blank(stream)
            draw_blocks(self._drawn)
            *operators, last = self._drawn.stream
            # The last one stays by itself: whatever follows goes on in its text object.
            self._drawn.stream = [b"\n".join(map(pydyf._to_bytes, operators)), last]
        drawn = self._drawn
        stream.stream += drawn.stream
        stream._tags.update(drawn._tags)
        for key, state in drawn._resources["ExtGState"].items():
            stream._resources["ExtGState"].setdefault(key, state)
        for key, font in drawn._fonts.items():
            _add_font(stream._fonts, key, font)
        for name in _SET:
            setattr(stream, name, getattr(drawn, name))


def install() -> None:
    """Have shared blocks drawn from memory. Call once, before the first paper."""
    draw_block_level = draw.draw_block_level

    def draw_shared_first(page: Any, stream: Stream, blocks: dict[Box, Any]) -> None:
        """Draw blocks; those that are shared come before the others on a page."""
        shared = {block: blocks[block] for block in blocks if hasattr(block, "shared_drawing")}
        if shared:
            drawing: SharedDrawing = next(iter(shared)).shared_drawing
            drawing.draw(stream, lambda onto: draw_block_level(page, onto, shared))
            blocks = {block: blocks[block] for block in blocks if block not in shared}
        draw_block_level(page, stream, blocks)

    draw.draw_block_level = draw_shared_first


def _blank(stream: Stream) -> Stream:
    """A stream for the same page, with nothing in it."""
    resources = pydyf.Dictionary({**stream._resources, "ExtGState": pydyf.Dictionary()})
    return stream.clone(fonts={}, resources=resources, tags={})


def _add_font(fonts: dict[int, Any], key: int, font: Any) -> None:
    """Add a font's glyphs to the document's own, as if they were drawn now."""
    if key not in fonts:
        own = fonts[key] = copy(font)
        own.widths, own.to_unicode, own.missing = {}, {}, {}
    for glyph, text in font.to_unicode.items():
        fonts[key].to_unicode.setdefault(glyph, text)
    for glyph, width in font.widths.items():
        fonts[key].widths.setdefault(glyph, width)
