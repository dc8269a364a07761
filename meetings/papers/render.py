"""A paper's facts through its template to PDF/A: the way for every paper.

What comes out depends on the facts alone: no network and no files are read, the machine's fonts
and clock play no part, and anything the typesetter warns of stops the paper.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.template import Context, Engine

from .exceptions import PaperError
from .fonts import prepared_fonts
from .glyphs import check_glyphs
from .ink import Pictures

if TYPE_CHECKING:
    from .typesetting import Typesetter

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"

# Typesetting makes millions of objects that live until the paper is done: looking through them for
# garbage again and again costs a fifth of the time.
COLLECT_AFTER = 200_000


@dataclass(frozen=True)
class Paper:
    """What ``render_pdf`` needs to know of one paper.

    ``sizes`` are tried in turn, as a class of the html element, until the paper fits
    ``most_pages``; without a limit only the first is used. ``made_at`` becomes the PDF's date.
    """

    template: str
    styles: tuple[str, ...]
    title: str
    author: str
    made_at: datetime | None
    context: Mapping[str, object]
    pictures: Pictures = field(default_factory=Pictures)
    sizes: tuple[str, ...] = ("",)
    most_pages: int | None = None


class _Undefined(str):
    """Makes a template fail on a name that its context lacks."""

    def __contains__(self, item: object) -> bool:
        return item == "%s"

    def __mod__(self, name: object) -> str:
        raise LookupError(f"a paper's template asks for {name!r}, which its context lacks")


@cache
def _templates() -> Engine:
    return Engine(
        dirs=[str(TEMPLATES)],
        builtins=["meetings.papers.typography"],
        string_if_invalid=_Undefined("%s"),
    )


@cache
def _typesetter() -> Typesetter:
    # Fontconfig reads this when WeasyPrint first asks it for fonts.
    os.environ["FONTCONFIG_FILE"] = str(prepared_fonts().fontconfig_file)
    from .typesetting import Typesetter

    return Typesetter(TEMPLATES / "papers")


@contextmanager
def _rare_collection() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(max(COLLECT_AFTER, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def render_html(paper: Paper, size: str = "") -> str:
    """The paper's HTML, as it goes to the typesetter."""
    context = {
        **paper.context,
        "paper_title": paper.title,
        "paper_author": paper.author,
        "paper_made_at": paper.made_at.isoformat(timespec="seconds") if paper.made_at else "",
        "size": size,
    }
    return str(_templates().get_template(paper.template).render(Context(context, use_l10n=False)))


def render_pdf(paper: Paper, facts: object) -> bytes:
    """The paper as PDF/A-3a, byte for byte the same whenever and wherever it is made.

    Raises:
        MissingGlyphs: a text of the facts has a character that no font has.
        PaperError: the typesetter is not content, or the paper does not fit its pages.
    """
    check_glyphs(facts, prepared_fonts().characters)
    with _rare_collection():
        for size in paper.sizes:
            html = render_html(paper, size)
            pdf = _typesetter().typeset(html, paper.styles, paper.pictures, paper.most_pages)
            if pdf is not None:
                return pdf
    raise PaperError(f"“{paper.title}” does not fit on {paper.most_pages} page")
