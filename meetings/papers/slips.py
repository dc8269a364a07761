"""Activation slips (账号激活单): eight to a page, with marks to cut along."""

from __future__ import annotations

from collections.abc import Iterable

from .facts import Person
from .glyphs import check_printable
from .ink import Pictures
from .qr import Code
from .render import Paper, render_pdf
from .sheet_facts import Slip, SlipsFacts

PER_PAGE = 8
PER_ROW = 2


def render_slips(facts: SlipsFacts) -> bytes:
    """The slips as PDF/A-3a. The codes stand in it in clear: hand it over, never keep it.

    Raises:
        MissingGlyphs: a name or text has a character that no font has.
        PaperError: the slips could not be set.
    """
    return render_pdf(slips_paper(facts), facts)


def check_slips(people: Iterable[Person]) -> None:
    """Whether slips for these people can be printed, asked before a code is issued.

    Raises:
        MissingGlyphs: a name or unit has a character that no font has.
    """
    check_printable(tuple(people))


def slips_paper(facts: SlipsFacts) -> Paper:
    """The slips' template, style sheets and context."""
    pictures = Pictures()
    return Paper(
        template="papers/slips.html",
        styles=("gbt9704.css", "slips.css"),
        title=f"{facts.issuer}账号激活单（{len(facts.slips)}张）",
        author=facts.issuer,
        made_at=facts.made_at,
        pictures=pictures,
        context={
            "facts": facts,
            "pages": pages(facts.slips),
            "code": pictures.add(Code(facts.address), facts.address),
        },
    )


def pages(slips: tuple[Slip, ...]) -> list[list[tuple[Slip, ...]]]:
    """The slips as pages of rows, the last page and row as full as they come."""
    rows = [slips[at : at + PER_ROW] for at in range(0, len(slips), PER_ROW)]
    per_page = PER_PAGE // PER_ROW
    return [rows[at : at + per_page] for at in range(0, len(rows), per_page)]
