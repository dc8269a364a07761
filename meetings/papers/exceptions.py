"""What can be wrong with a paper."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _


class PaperError(Exception):
    """A paper could not be made; its text says why in words for the secretary."""


class PaperNotClean(PaperError):
    """The typesetter warned of something, or a paper asked for a file or an address."""


class SealError(PaperError):
    """A record could not be sealed, or the seal is not set up; the text says why."""


@dataclass(frozen=True)
class MissingGlyph:
    """A character without a glyph, the text it stands in, and the person or part it belongs to."""

    character: str
    text: str
    where: str


class MissingGlyphs(PaperError):
    """Some characters of a paper are in none of its fonts; ``missing`` has each with its place."""

    def __init__(self, missing: tuple[MissingGlyph, ...]) -> None:
        self.missing = missing
        super().__init__(missing)

    def __str__(self) -> str:
        return "; ".join(
            _("no font has the character %(character)s (U+%(code)s) in “%(text)s” (%(where)s)")
            % {
                "character": found.character,
                "code": f"{ord(found.character):04X}",
                "text": found.text,
                "where": found.where,
            }
            for found in self.missing
        )
