"""What can be wrong with a paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class PaperError(Exception):
    """A paper could not be made; its text says why in words for the secretary."""


class PaperNotClean(PaperError):
    """The typesetter warned of something, or a paper asked for a file or an address."""


class SealError(PaperError):
    """A record could not be sealed, or the seal is not set up; the text says why."""


@dataclass(frozen=True)
class SiteFontProblem:
    """An entry of PAPER_SITE_FONTS as it stands there, and in words why it cannot be used."""

    entry: str
    reason: StrOrPromise

    def __str__(self) -> str:
        return f"{self.entry}: {self.reason}"


class SiteFontUnusable(PaperError):
    """Fonts that the site has configured cannot be used; ``problems`` has all of them.

    No paper is made meanwhile: set in another font in silence, it would not be the one asked for.
    """

    def __init__(self, problems: Sequence[SiteFontProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return _("a licensed font of PAPER_SITE_FONTS cannot be used (%s)") % "; ".join(
            map(str, self.problems)
        )


@dataclass(frozen=True)
class MissingGlyph:
    """A character without a glyph, the text it stands in, and the person or part it belongs to.

    ``part`` is the field of the facts that it was found under.
    """

    character: str
    text: str
    where: StrOrPromise
    part: str = ""

    def __str__(self) -> str:
        return _(
            "no font has the character %(character)s (U+%(code)s) in “%(text)s” (%(where)s)"
        ) % {
            "character": self.character,
            "code": code_point(self.character),
            "text": self.text,
            "where": self.where,
        }


def code_point(character: str) -> str:
    """A character's code point as Unicode writes it after U+ (The Unicode Standard, appendix A)."""
    return f"{ord(character):04X}"


def with_code_points(characters: Iterable[str]) -> str:
    """Characters as a message names them, each with its code point."""
    return "、".join(f"{character} (U+{code_point(character)})" for character in characters)


# A character of the unit's name is missing once a line: nobody reads five hundred of them.
NAMED_AT_MOST = 5


class MissingGlyphs(PaperError):
    """Some characters of a paper are in none of its fonts; ``missing`` has each with its place."""

    def __init__(self, missing: tuple[MissingGlyph, ...]) -> None:
        self.missing = missing
        super().__init__(missing)

    def __str__(self) -> str:
        return "; ".join(words for _part, words in self.named(NAMED_AT_MOST))

    def named(self, at_most: int) -> list[tuple[str, str]]:
        """Part and words of each character, then (with the next one's part) how many are left."""
        named = [(found.part, str(found)) for found in self.missing[:at_most]]
        if left := self.missing[at_most:]:
            named.append((left[0].part, _("and in %d more places") % len(left)))
        return named


class NotDivisible(PaperError):
    """A paper cannot be set in parts, and has to be set as a whole."""
