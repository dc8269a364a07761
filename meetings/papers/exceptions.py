"""What can be wrong with a paper."""

from __future__ import annotations

from collections.abc import Sequence
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
    """A character without a glyph, the text it stands in, and the person or part it belongs to."""

    character: str
    text: str
    where: StrOrPromise


# A character of the unit's name is missing once a line: nobody reads five hundred of them.
NAMED_AT_MOST = 5


class MissingGlyphs(PaperError):
    """Some characters of a paper are in none of its fonts; ``missing`` has each with its place."""

    def __init__(self, missing: tuple[MissingGlyph, ...]) -> None:
        self.missing = missing
        super().__init__(missing)

    def __str__(self) -> str:
        named = [
            _("no font has the character %(character)s (U+%(code)s) in “%(text)s” (%(where)s)")
            % {
                "character": found.character,
                "code": f"{ord(found.character):04X}",
                "text": found.text,
                "where": found.where,
            }
            for found in self.missing[:NAMED_AT_MOST]
        ]
        if more := len(self.missing) - len(named):
            named.append(_("and in %d more places") % more)
        return "; ".join(named)


class NotDivisible(PaperError):
    """A paper cannot be set in parts, and has to be set as a whole."""
