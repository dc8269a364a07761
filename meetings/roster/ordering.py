"""The order in which people are named, and how their names stand in lists.

Official order: the given order wins; else the higher level first, and on one level the units in
their own order; within a unit the longer in post; equals by the strokes of the surname
(按姓氏笔画为序), as formal lists of names have it.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import prefetch_related_objects

from meetings.models import Cadre, Unit

from .ranks import level_of

STROKES_DIR = Path(__file__).parent / "strokes"
# What can stand between the characters of a name, and is no character of it.
NOT_COUNTED = " \u3000·"
WIDE_SPACE = "\u3000"

CharacterKey = tuple[int, str, str]
# Sorts before every character: the gap of a two-character name.
BLANK: CharacterKey = (0, "", "")
# Latin letters, and characters whose strokes are not known, come after all that are.
UNCOUNTED = 999


@cache
def stroke_table() -> dict[str, str]:
    """Each character's strokes in order: 1 heng, 2 shu, 3 pie, 4 dian, 5 zhe."""
    table = {}
    for name in ("rare.tsv", "common.tsv"):
        for line in (STROKES_DIR / name).read_text(encoding="utf-8").splitlines():
            sequence, characters = line.split("\t")
            table.update(dict.fromkeys(characters, sequence))
    return table


def character_key(character: str) -> CharacterKey:
    """The number of strokes, their order, then the code point.

    The code point keeps the bearers of one surname together where another surname has the very
    same strokes (田 and 由).
    """
    sequence = stroke_table().get(character)
    if sequence is None:
        return (UNCOUNTED, "", character)
    return (len(sequence), sequence, character)


def stroke_key(name: str) -> tuple[CharacterKey, ...]:
    """The sorting key of `name` by strokes, from its first character to its last.

    Compound surnames count by their first character. Two schools exist for names of two
    characters: the gap between them counts as a blank that comes first (田富 before 田大利), or
    the second character is compared with the others' second. ROSTER_BLANK_FIRST chooses.
    """
    keys = [character_key(character) for character in name if character not in NOT_COUNTED]
    if len(keys) == 2 and settings.ROSTER_BLANK_FIRST:
        keys.insert(1, BLANK)
    return tuple(keys)


def official_key(cadre: Cadre, places: Mapping[int, int]) -> tuple[Any, ...]:
    """The sorting key of one cadre; `places` has each unit's place in its siblings' own order.

    Who has no given order comes after those who have, who has no known rank or time in post after
    those of the same standing who have.
    """
    path = cadre.unit.path.strip("/").split("/") if cadre.unit else []
    return (
        cadre.order is None,
        cadre.order or 0,
        level_of(cadre.rank),
        [(places.get(int(pk), 0), int(pk)) for pk in path],
        cadre.post_since or "9999-99",
        stroke_key(cadre.name),
        cadre.staff_number,
    )


def in_official_order(cadres: Iterable[Cadre]) -> list[Cadre]:
    """The cadres in official order.

    One query for the order of the units, and one more where units are not loaded yet.
    """
    people = list(cadres)
    prefetch_related_objects(people, "unit")
    places = dict(Unit.objects.values_list("pk", "order"))
    return sorted(people, key=lambda cadre: official_key(cadre, places))


def display_name(name: str) -> str:
    """A name for lists and tables: two Chinese characters are padded with one U+3000.

    Never for running text, and never to be stored.
    """
    if len(name) == 2 and all(character in stroke_table() for character in name):
        return f"{name[0]}{WIDE_SPACE}{name[1]}"
    return name


def name_marks(gender: str, ethnicity: str) -> str:
    """The marks of formal lists behind a name: （女）, （回族）, （女，回族）, or nothing."""
    marks = [mark for mark in (gender, ethnicity) if mark and mark not in {"男", "汉族"}]
    return f"（{'，'.join(marks)}）" if marks else ""
