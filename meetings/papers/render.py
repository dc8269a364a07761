"""A paper's facts through its template to PDF/A: the way for every paper.

What comes out depends on the facts alone: no network and no files are read, the machine's fonts
and clock play no part, and anything the typesetter warns of stops the paper.
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from django.template import Context, Engine

from .exceptions import PaperError
from .fonts import prepared_fonts
from .glyphs import check_printable
from .ink import Pictures

if TYPE_CHECKING:
    from .typesetting import Beginning, Finish, LaidOut, Typesetter

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"

# Typesetting makes millions of objects that live until the paper is done: looking through them for
# garbage again and again costs a fifth of the time.
COLLECT_AFTER = 2_000_000
# Where a block of a paper's body ends that cannot stand inside another.
_BLOCK_END = re.compile("</(?:h1|h2|h3|p)>")


@dataclass(frozen=True)
class Paper:
    """What ``render_pdf`` needs to know of one paper.

    ``sizes`` are tried in turn, as a class of the html element, until the paper fits
    ``most_pages``; without a limit only the first is used. Where none fits, a paper that
    ``may_grow`` takes the last size, on more pages. ``made_at`` becomes the PDF's date.
    ``common`` has what the paper shares with others that are made before and after it.
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
    may_grow: bool = False
    common: CommonText | None = None


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
def typesetter() -> Typesetter:
    """This process's typesetter, made when it is first asked for."""
    # Fontconfig reads this when WeasyPrint first asks it for fonts.
    os.environ["FONTCONFIG_FILE"] = str(prepared_fonts().fontconfig_file)
    from .typesetting import Typesetter

    return Typesetter(TEMPLATES / "papers")


@contextmanager
def rare_collection() -> Iterator[None]:
    """Has garbage looked for seldom while a paper is made."""
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
    with rare_collection():
        return typesetter().write(lay_out_paper(paper, facts))


def checked_html(paper: Paper, facts: object) -> str:
    """The HTML of a paper of one size, all of whose characters can be printed.

    Raises MissingGlyphs.
    """
    check_printable(facts)
    return render_html(paper, paper.sizes[0])


def render_together(
    papers: Iterable[tuple[Paper, object, str]], *, title: str, author: str, finish: Finish
) -> bytes:
    """Several papers as one PDF/A-3a: each (paper, facts, bookmark) as it is set by itself.

    ``title`` and ``author`` are the whole file's, its date is the first paper's; ``finish`` has a
    last look at its objects. Raises what ``render_pdf`` raises.
    """
    with rare_collection():
        gathered: list[LaidOut] = []
        for paper, facts, bookmark in papers:
            laid_out = lay_out_paper(paper, facts)
            laid_out.set_bookmark(bookmark)
            gathered.append(laid_out)
        return typesetter().write(typesetter().join(gathered, title, author), finish)


def fits(paper: Paper, size: str) -> bool:
    """Whether the paper keeps to its pages at this size. Raises PaperNotClean."""
    return _lay_out(paper, size) is not None


class CommonText:
    """What many papers begin with, as some that have nothing else in common show it.

    It is laid out once a size. A paper that begins otherwise is laid out as a whole.
    """

    def __init__(self, *bare: Paper) -> None:
        self._bare = bare
        self._beginnings: dict[str, Beginning] = {}

    def lay_out(self, paper: Paper, size: str, html: str) -> LaidOut | None:
        """The pages of the paper, or None when there are too many."""
        known = self._beginnings.get(size)
        if known is not None and not html.partition("<body>")[2].startswith(known.html):
            known = None
        laid_out = typesetter().lay_out(html, paper.styles, paper.pictures, paper.most_pages, known)
        if laid_out is not None and size not in self._beginnings:
            self._remember(laid_out, size, html)
        return laid_out

    def _remember(self, laid_out: LaidOut, size: str, html: str) -> None:
        from .typesetting import Beginning

        texts = [html, *(render_html(bare, size) for bare in self._bare)]
        bodies = [text.partition("<body>")[2] for text in texts]
        same = takewhile(lambda column: len(set(column)) == 1, zip(*bodies, strict=False))
        common = "".join(column[0] for column in same).partition("<table")[0]
        blocks = list(_BLOCK_END.finditer(common))
        if blocks:
            self._beginnings[size] = Beginning.of(laid_out, common[: blocks[-1].end()], len(blocks))


def _lay_out(paper: Paper, size: str) -> LaidOut | None:
    html = render_html(paper, size)
    if paper.common is not None:
        return paper.common.lay_out(paper, size, html)
    return typesetter().lay_out(html, paper.styles, paper.pictures, paper.most_pages)


def lay_out_paper(paper: Paper, facts: object) -> LaidOut:
    """The pages of a paper, in the largest of its sizes at which they are few enough.

    Raises:
        MissingGlyphs: a text of the facts has a character that no font has.
        PaperError: the typesetter is not content, or the paper does not fit its pages.
    """
    check_printable(facts)
    for size in paper.sizes:
        laid_out = _lay_out(paper, size)
        if laid_out is not None:
            return laid_out
    if paper.may_grow:
        grown = _lay_out(replace(paper, most_pages=None), paper.sizes[-1])
        assert grown is not None  # without a limit there are never too many pages
        return grown
    raise PaperError(f"“{paper.title}” does not fit on {paper.most_pages} page")
