"""The personal commitment: which text can be kept and printed, and examples by post."""

import json
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from .exceptions import TextRefused

MAX_LENGTH = 500
MOST_EXAMPLES = 4
EXAMPLES = Path(__file__).parent / "outlines" / "examples.json"
# Control and format characters (they hide or turn text round), unassigned and private ones, and
# pictures (So beyond the basic plane): no paper font has them, and a pledge is printed.
REFUSED_CATEGORIES = {"Cc", "Cf", "Cn", "Co", "Cs"}
_CAN_PRINT: list[Callable[[str], bool]] = []


def clean_commitment(text: str) -> str:
    """`text` with one kind of line break and no blank ends.

    Raises TextRefused for what is too long or holds a character that cannot be printed.
    """
    lines = [line.strip() for line in text.replace("\t", " ").splitlines()]
    cleaned = "\n".join(lines).strip()
    if len(cleaned) > MAX_LENGTH:
        raise TextRefused(
            _("At most %(most)s characters; this has %(now)s.")
            % {"most": MAX_LENGTH, "now": len(cleaned)}
        )
    for character in cleaned:
        if character != "\n" and not _printable(character):
            name = f"U+{ord(character):04X}"
            raise TextRefused(
                _("This character cannot be printed on the pledge: %(character)s (%(name)s).")
                % {"character": character if character.isprintable() else "", "name": name}
            )
    return cleaned


def register(can_print: Callable[[str], bool]) -> None:
    """Have a question asked of each character: whether the papers, made elsewhere, can show it."""
    _CAN_PRINT.append(can_print)


def examples_for(post: str) -> list[str]:
    """Commitments that fit the risks of `post`, the closest first, then some for everyone."""
    catalogue = _catalogue()
    fitting = [text for words, text in catalogue["by_post"] if any(word in post for word in words)]
    return [*fitting, *catalogue["for_all"]][:MOST_EXAMPLES]


def _printable(character: str) -> bool:
    category = unicodedata.category(character)
    if category in REFUSED_CATEGORIES or 0xFE00 <= ord(character) <= 0xFE0F:
        return False
    if category in {"So", "Sk"} and ord(character) > 0xFFFF:
        return False
    return all(can_print(character) for can_print in _CAN_PRINT)


@cache
def _catalogue() -> dict[str, list]:  # type: ignore[type-arg]
    catalogue: dict[str, list] = json.loads(EXAMPLES.read_text())  # type: ignore[type-arg]
    return catalogue
