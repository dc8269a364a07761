"""Whether two files show the same: operator by operator, bookmark by bookmark, tag by tag."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf


def pages_of(pdf: bytes) -> list[bytes]:
    """Every page's content: its text, places, lines, pictures."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return [page.Contents.read_bytes() for page in opened.pages]


def bookmarks_of(pdf: bytes) -> list[tuple[str, int, float]]:
    """Every bookmark: its words, its page, its height there."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        numbers = _numbers(opened)

        def walk(items: Any) -> Iterator[tuple[str, int, float]]:
            for item in items:
                page, height = item.destination[0], item.destination[3]
                yield item.title, numbers[page.objgen], round(float(height), 4)
                yield from walk(item.children)

        with opened.open_outline() as outline:
            return list(walk(outline.root))


def tags_of(pdf: bytes) -> list[Any]:
    """Every structure element: what it is, its page, its alternative text, its kids."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        numbers = _numbers(opened)

        def walk(kid: Any) -> Any:
            if isinstance(kid, int):
                return kid
            kids = [walk(inner) for inner in kid.K]
            return str(kid.S), numbers[kid.Pg.objgen], str(kid.get("/Alt", "")), kids

        return [walk(kid) for kid in opened.Root.StructTreeRoot.K[0].K]


def _numbers(opened: pikepdf.Pdf) -> dict[tuple[int, int], int]:
    return {page.objgen: number for number, page in enumerate(opened.pages)}
