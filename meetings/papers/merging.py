"""Sheaves of pages joined into one PDF/A-3a, their tags and bookmarks with them.

WeasyPrint makes a file of one document in memory: a thousand pages at once would take gigabytes.
So pages come in sheaves (``sheaf.py``), and pikepdf joins those; see docs/decisions/bulk-papers.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from pikepdf import (
    Array,
    Dictionary,
    Name,
    ObjectStreamMode,
    OutlineItem,
    Pdf,
    StreamDecodeLevel,
)


def join_sheaves(sheaves: Sequence[Path], target: Path) -> None:
    """Write the pages of the sheaves, in order, as one PDF/A-3a; title and date are the first's.

    The same sheaves give the same bytes. Their page numbers (StructParents) and the names in
    their tags must not overlap.
    """
    with ExitStack() as opened:
        whole = opened.enter_context(Pdf.open(sheaves[0]))
        parts = [_Part(whole, whole)]
        for path in sheaves[1:]:
            source = opened.enter_context(Pdf.open(path))
            whole.pages.extend(source.pages)
            parts.append(_Part(source, whole))
        _bind_tags(whole, parts)
        _write_bookmarks(whole, [mark for part in parts for mark in part.bookmarks])
        # A sheet a person: the dialogue offers it, and may be told otherwise (ISO 32000-1, 12.2).
        whole.Root.ViewerPreferences.Duplex = Name.Simplex
        whole.save(
            target,
            deterministic_id=True,
            # As it is: the XMP packet stays readable, fonts are compressed already.
            compress_streams=False,
            stream_decode_level=StreamDecodeLevel.none,
            object_stream_mode=ObjectStreamMode.disable,
            fix_metadata_version=False,
        )


class _Part:
    """What a sheaf brings along beside its pages, as objects of the whole."""

    def __init__(self, source: Pdf, whole: Pdf) -> None:
        tree = source.Root.StructTreeRoot
        numbers = tree.ParentTree
        self.bookmarks = list(_bookmarks(source))
        self.first, self.last = int(numbers.Nums[0]), int(numbers.Nums[-2])
        own = source is whole
        self.element = tree.K[0] if own else whole.copy_foreign(tree.K[0])
        self.numbers = numbers if own else whole.copy_foreign(numbers)


def _bookmarks(source: Pdf) -> Iterator[tuple[str, float]]:
    """Each page's bookmark: its words, and its height on the page."""
    with source.open_outline() as outline:
        for item in outline.root:
            assert isinstance(item.destination, Array)  # each leads to its page
            yield item.title, float(item.destination[3])


def _bind_tags(whole: Pdf, parts: Sequence[_Part]) -> None:
    """One structure tree over all: a Document whose parts are the sheaves' (ISO 32000-1, 14.7)."""
    root = whole.Root.StructTreeRoot
    document = whole.make_indirect(
        Dictionary(
            Type=Name.StructElem,
            S=Name.Document,
            P=root,
            K=Array([part.element for part in parts]),
        )
    )
    for part in parts:
        part.element.P = document
        # A number tree of two levels (ISO 32000-1, 7.9.7).
        part.numbers.Limits = Array([part.first, part.last])
    root.K = Array([document])
    root.ParentTree = whole.make_indirect(Dictionary(Kids=Array([part.numbers for part in parts])))


def _write_bookmarks(whole: Pdf, bookmarks: Sequence[tuple[str, float]]) -> None:
    with whole.open_outline() as outline:
        outline.root[:] = [
            OutlineItem(title, page, "XYZ", left=0, top=top, zoom=0)
            for page, (title, top) in enumerate(bookmarks)
        ]
