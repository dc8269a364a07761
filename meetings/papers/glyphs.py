"""Refuses a character that no font has, before it becomes an empty box on a paper.

PDF/A forbids .notdef (ISO 19005-3, 6.2.11.8), and a name with a hole in it is a wrong name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import fields, is_dataclass

from .exceptions import MissingGlyph, MissingGlyphs

# What lays text out and is never drawn.
LAYOUT_CHARACTERS = frozenset(map(ord, "\n"))


def check_glyphs(facts: object, characters: Collection[int]) -> None:
    """Check every text of the facts (a dataclass) against the characters that fonts hold.

    Raises:
        MissingGlyphs: naming each character, its text, and the person or the part of the paper.
    """
    missing = []
    for where, text in _texts(facts, ""):
        for character in dict.fromkeys(text):
            code = ord(character)
            if code not in characters and code not in LAYOUT_CHARACTERS:
                missing.append(MissingGlyph(character, _excerpt(text, character), where))
    if missing:
        raise MissingGlyphs(tuple(missing))


def _texts(value: object, where: str) -> Iterator[tuple[str, str]]:
    """Each text of the facts with where it belongs: the nearest name, else the field."""
    if isinstance(value, tuple):
        for item in value:
            yield from _texts(item, where)
    elif isinstance(value, str):
        yield where, value
    elif is_dataclass(value):
        owner = getattr(value, "name", None)
        for field in fields(value):
            if field.name != "svg":
                yield from _texts(getattr(value, field.name), owner or where or field.name)


def _excerpt(text: str, character: str, reach: int = 12) -> str:
    at = text.index(character)
    return text[max(0, at - reach) : at + reach + 1]
