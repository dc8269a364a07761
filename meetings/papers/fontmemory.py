"""Fonts that one process reads, subsets and compresses once instead of for every paper.

WeasyPrint copies each font's whole file (megabytes) out of HarfBuzz for every document, subsets it
anew even when the same characters are asked for, and compresses it anew: a third of the time that
a one-page pledge takes. What comes out here is byte for byte the same.

It leans on WeasyPrint's insides, hence on one exact version (``linelayout.WEASYPRINT_VERSION``).
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from weasyprint.pdf import fonts
from weasyprint.text.ffi import TO_UNITS, ffi, gobject, harfbuzz, pango
from weasyprint.text.fonts import get_pango_font_key

from .exceptions import NotDivisible

# Headings and labels are in few characters and recur; a long text's own subset is hardly ever asked
# for again, and is kept for a little while only. About 5 MB together.
_SUBSETS = 24
_COMPRESSED = 32
# Below this zlib is quicker than a look into what is remembered.
_WORTH_REMEMBERING = 2_000
# The glyphs that Latin fonts begin with, as ASCII does, down to F. Where a font is there for dates,
# times and codes, each paper has another choice of them: it gets all, a subset that is known.
_FIGURES = frozenset(range(1, 40))
# Enough for the directory of a font file's tables, whose checksums tell one file from another
# (OpenType 1.9, "Table Directory").
_DIRECTORY = 1_024

_Key = TypeVar("_Key")
_subsets: dict[tuple[object, ...], bytes] = {}
_compressed: dict[bytes, bytes] = {}
_reading = threading.local()


def install() -> None:
    """Put the memory in WeasyPrint's way. Call once, before the first paper."""
    initialise, subset, read = fonts.Font.__init__, fonts.Font.subset, fonts.get_hb_object_data

    def read_face(face: Any, *args: Any) -> bytes | None:
        data: bytes | None = _directory(face) if _is_whole() else read(face, *args)
        return data

    def initialise_lightly(font: Any, *args: Any) -> None:
        """A font that knows its file by the directory: only the subset is ever embedded."""
        _reading.whole = True
        try:
            initialise(font, *args)
        finally:
            _reading.whole = False

    def subset_once(font: Any, to_unicode: dict[int, str], hinting: bool) -> None:
        glyphs = frozenset(to_unicode)
        if len(glyphs & _FIGURES) * 2 > len(glyphs):
            glyphs |= _FIGURES
        key = (font.file_content, glyphs, hinting, tuple(font.missing))
        found = _recall(_subsets, key)
        if found is None:
            if not to_unicode:
                font.file_content = read(font.hb_face)
            subset(font, dict.fromkeys(glyphs), hinting)
            found = _keep(_subsets, key, font.file_content, _SUBSETS)
        font.file_content = found

    fonts.get_hb_object_data = read_face
    fonts.Font.__init__ = initialise_lightly
    fonts.Font.subset = subset_once


@dataclass(frozen=True)
class Drawn:
    """The glyphs of a font that pages have: their widths, and what they stand for.

    ``name`` is what the pages call the font by.
    """

    name: str
    family: str
    weight: int
    size: float
    widths: dict[int, int]
    texts: dict[int, str]


class SharedFonts(dict[int, Any]):
    """The fonts of a document whose pages become a part of a file.

    ``share`` is called once, when all its pages are drawn: with the glyphs that they have it gives
    those of the other part's pages, which are written here too; or None, when all are written
    there.
    """

    def __init__(self, font_map: Any, share: Callable[[list[Drawn]], list[Drawn] | None]) -> None:
        super().__init__()
        self._map = font_map
        self._share: Callable[[list[Drawn]], list[Drawn] | None] | None = share

    def values(self) -> Any:
        """The fonts (WeasyPrint's way to ask for all that it has to write).

        Raises:
            NotDivisible: a font of the other part's is not known here.
        """
        share, self._share = self._share, None
        if share is not None:
            here = [_drawn(font) for font in super().values()]
            more = share(here)
            if more is None:
                self.clear()
            for drawn in more or ():
                self._adopt(drawn)
        return super().values()

    def _adopt(self, drawn: Drawn) -> None:
        font = next((font for font in super().values() if font.hash == drawn.name), None)
        if font is None:
            key, font = _load(drawn, self._map)
            self[key] = font
        for known, more in ((font.widths, drawn.widths), (font.to_unicode, drawn.texts)):
            known.update(more)


def _drawn(font: Any) -> Drawn:
    return Drawn(font.hash, font.family, font.weight, font.font_size, font.widths, font.to_unicode)


def _load(drawn: Drawn, font_map: Any) -> tuple[int, Any]:
    """A font that only pages of another process have: its key, and WeasyPrint's idea of it."""
    wanted = ffi.gc(pango.pango_font_description_new(), pango.pango_font_description_free)
    family = ffi.new("char[]", drawn.family.encode())
    pango.pango_font_description_set_family(wanted, family)
    pango.pango_font_description_set_weight(wanted, drawn.weight)
    pango.pango_font_description_set_absolute_size(wanted, drawn.size * TO_UNITS)
    context = ffi.gc(pango.pango_font_map_create_context(font_map), gobject.g_object_unref)
    loaded = pango.pango_font_map_load_font(font_map, context, wanted)
    key, description, size = get_pango_font_key(loaded)
    font = fonts.Font(loaded, description, size)
    if font.hash != drawn.name:
        raise NotDivisible(f"the font {drawn.family} is not the same in two processes")
    return key, font


def compress(content: bytes) -> bytes:
    """What zlib makes of a stream at level 6; fonts and tables recur from paper to paper."""
    if len(content) < _WORTH_REMEMBERING:
        return zlib.compress(content, 6)
    key = hashlib.sha256(content).digest()
    return _recall(_compressed, key) or _keep(
        _compressed, key, zlib.compress(content, 6), _COMPRESSED
    )


def _is_whole() -> bool:
    return getattr(_reading, "whole", False)


def _directory(face: Any) -> bytes:
    blob = ffi.gc(harfbuzz.hb_face_reference_blob(face), harfbuzz.hb_blob_destroy)
    length = ffi.new("unsigned int *")
    data = harfbuzz.hb_blob_get_data(blob, length)
    return bytes(ffi.buffer(data, min(int(length[0]), _DIRECTORY)))


def _recall(memory: dict[_Key, bytes], key: _Key) -> bytes | None:
    """What is remembered; it goes to the end, so that what is asked for stays."""
    found = memory.pop(key, None)
    if found is not None:
        memory[key] = found
    return found


def _keep(memory: dict[_Key, bytes], key: _Key, value: bytes, most: int) -> bytes:
    """Remember a value, and forget what was not asked for the longest time."""
    while len(memory) >= most:
        memory.pop(next(iter(memory)), None)
    memory[key] = value
    return value
