"""Activation slips (账号激活单): eight to a page, with marks to cut along."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import segno

from .facts import Person
from .fonts import prepared_fonts
from .glyphs import check_glyphs
from .ink import Pictures
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
    check_glyphs(tuple(people), prepared_fonts().characters)


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
            "code": pictures.address(stroked_code(facts.address)),
        },
    )


def stroked_code(address: str) -> str:
    """The address as a QR code (error correction M) in SVG: one stroke for each dark run.

    Strokes alone are drawn the short way (ink.py), and a slip each would else take a third longer.
    """
    code = segno.make(address, error="m", micro=False)
    strokes = []
    for y, modules in enumerate(code.matrix):
        x = 0
        for dark, run in groupby(modules):
            length = len(list(run))
            if dark:
                strokes.append(f"M{x} {y}.5l{length} 0")
            x += length
    size = len(code.matrix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">'
        f'<path d="{"".join(strokes)}" fill="none" stroke="#000000" stroke-width="1"/></svg>'
    )


def pages(slips: tuple[Slip, ...]) -> list[list[tuple[Slip, ...]]]:
    """The slips as pages of rows, the last page and row as full as they come."""
    rows = [slips[at : at + PER_ROW] for at in range(0, len(slips), PER_ROW)]
    per_page = PER_PAGE // PER_ROW
    return [rows[at : at + per_page] for at in range(0, len(rows), per_page)]
