"""Refuses a character that no font has, before it becomes an empty box on a paper.

PDF/A forbids .notdef (ISO 19005-3, 6.2.11.8), and a name with a hole in it is a wrong name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields, is_dataclass

from django.utils.translation import gettext_lazy as _

from .exceptions import MissingGlyph, MissingGlyphs, SiteFontUnusable
from .fonts import prepared_fonts

# What lays text out and is never drawn.
LAYOUT_CHARACTERS = frozenset(map(ord, "\n"))

# What a paper calls its parts, by the field of its facts; others are "the paper".
_PARTS = {
    "addressees": _("addressees"),
    "agenda": _("agenda"),
    "attachments": _("attachments"),
    "basis": _("basis"),
    "correction": _("correction"),
    "issuer": _("unit"),
    "made_by": _("made by"),
    "meeting_title": _("title"),
    "notes": _("notes"),
    "number": _("number"),
    "occasion": _("occasion"),
    "outline": _("outline"),
    "outline_title": _("outline"),
    "place": _("place"),
    "pledge_title": _("outline"),
    "points": _("outline"),
    "reminders": _("reminders"),
    "study_list": _("study list"),
    "title": _("title"),
    "unit": _("unit"),
}
# Whose paper it is, and what in it are that person's own words.
_OWNERS = ("signer", "person")
_OWN_WORDS = {"personal_commitment", "reason", "signature", "statement"}


def check_glyphs(facts: object, characters: Collection[int]) -> None:
    """Check every text of the facts (a dataclass) against the characters that fonts hold.

    Raises:
        MissingGlyphs: naming each character, its text, and the person or the part of the paper.
    """
    missing = []
    for who, part, text in _texts(facts, "", ""):
        for character in dict.fromkeys(text):
            code = ord(character)
            if code not in characters and code not in LAYOUT_CHARACTERS:
                # Still to be translated: a process that only sets papers knows no languages.
                where = who or _PARTS.get(part, _("the paper"))
                missing.append(MissingGlyph(character, _excerpt(text, character), where, part))
    if missing:
        raise MissingGlyphs(tuple(missing))


def check_printable(facts: object) -> None:
    """Check every text of the facts (a dataclass, or several) against the fonts of this process.

    Raises:
        MissingGlyphs: as ``check_glyphs``.
        SiteFontUnusable: a font of PAPER_SITE_FONTS cannot be used.
    """
    check_glyphs(facts, prepared_fonts().characters)


def has_glyph(character: str) -> bool:
    """Whether the papers can show a character; True while their fonts cannot be had.

    What is typed is not at fault then, and the papers themselves say what is.
    """
    return not without_glyph((character,))


def without_glyph(texts: Iterable[str]) -> frozenset[str]:
    """The characters of all texts that no font has; none while the fonts cannot be had."""
    try:
        held = prepared_fonts().characters
    except (SiteFontUnusable, OSError):
        return frozenset()
    return frozenset(c for c in frozenset().union(*texts) if ord(c) not in held)


def _texts(value: object, who: str, part: str) -> Iterator[tuple[str, str, str]]:
    """Each text of the facts with the nearest person that it belongs to, and the part's field."""
    if isinstance(value, tuple):
        for item in value:
            yield from _texts(item, who, part)
    elif isinstance(value, str):
        yield who, part, value
    elif is_dataclass(value):
        name = getattr(value, "name", None)
        owner = next((getattr(value, o).name for o in _OWNERS if getattr(value, o, None)), "")
        for field in fields(value):
            if field.name != "svg":
                own = owner if field.name in _OWN_WORDS else ""
                inside = getattr(value, field.name)
                yield from _texts(inside, name or own or who, part or field.name)


def _excerpt(text: str, character: str, reach: int = 12) -> str:
    at = text.index(character)
    return text[max(0, at - reach) : at + reach + 1]
