"""What is one person's alone on a paper, embedded in fonts of its own.

A thousand pledges share their text but for a name, a post and perhaps some words. In one subset
with those, each pledge's font would be another, to be subset and compressed anew: a sixth of the
time that it takes. Apart from them, the text's own is the same in all, and known
(``fontmemory.py``). A style sheet says what is somebody's own, by ``--own``.

It leans on WeasyPrint's insides, hence on one exact version (``linelayout.WEASYPRINT_VERSION``).
"""

from __future__ import annotations

import codecs
from typing import Any

from weasyprint import draw
from weasyprint.pdf.fonts import Font
from weasyprint.pdf.stream import Stream
from weasyprint.text.fonts import get_pango_font_key


def install() -> None:
    """Have what is somebody's own embedded apart. Call once, before the first paper."""
    draw_text, add_font = draw.draw_text, Stream.add_font

    def draw_text_apart(stream: Any, box: Any, *args: Any) -> None:
        """Draw a text, noting whose it is."""
        stream.is_own = bool(box.style["__own"])
        draw_text(stream, box, *args)

    def add_font_apart(stream: Any, pango_font: Any) -> tuple[Any, float]:
        """The document's font for what is drawn now, and its size."""
        if not getattr(stream, "is_own", False):
            found: tuple[Any, float] = add_font(stream, pango_font)
            return found
        key, description, size = get_pango_font_key(pango_font)
        if ~key not in stream._fonts:
            stream._fonts[~key] = _renamed(Font(pango_font, description, size))
        return stream._fonts[~key], size

    draw.draw_text = draw_text_apart
    Stream.add_font = add_font_apart


def _renamed(font: Any) -> Any:
    """Give a font the tag of another subset (ISO 32000-1, 9.6.4), which follows from its own."""
    tag = codecs.encode(font.hash, "rot13")
    font.name = font.name.replace(font.hash.encode(), tag.encode(), 1)
    font.hash = tag
    return font
