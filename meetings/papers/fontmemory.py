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
from typing import Any, TypeVar

from weasyprint.pdf import fonts
from weasyprint.text.ffi import ffi, harfbuzz

# Headings and labels are in few characters and recur; a long text's own subset is hardly ever asked
# for again, and is kept for a little while only. About 5 MB together.
_SUBSETS = 24
_COMPRESSED = 32
# Below this zlib is quicker than a look into what is remembered.
_WORTH_REMEMBERING = 2_000
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
        key = (font.file_content, frozenset(to_unicode), hinting, tuple(font.missing))
        found = _recall(_subsets, key)
        if found is None:
            if not to_unicode:
                font.file_content = read(font.hb_face)
            subset(font, to_unicode, hinting)
            found = _keep(_subsets, key, font.file_content, _SUBSETS)
        font.file_content = found

    fonts.get_hb_object_data = read_face
    fonts.Font.__init__ = initialise_lightly
    fonts.Font.subset = subset_once


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
