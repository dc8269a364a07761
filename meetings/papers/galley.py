"""A paper whose boxes are made, to be broken into pages from one row of a table to another.

WeasyPrint lays a document out from its first page to its last. A long table's rows can also be
given to several documents: each goes on where the one before it ended a page, with the page's
number, side and counters, and so gives the pages that one document of them all would have.

It leans on WeasyPrint's insides, hence on one exact version (``linelayout.WEASYPRINT_VERSION``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from weasyprint import DEFAULT_OPTIONS, HTML
from weasyprint.css.counters import CounterStyle
from weasyprint.document import Document, DocumentMetadata, Page
from weasyprint.formatting_structure import boxes
from weasyprint.formatting_structure.build import build_formatting_structure
from weasyprint.html import get_html_metadata
from weasyprint.layout import initialize_page_maker, layout_backgrounds
from weasyprint.layout.page import make_margin_boxes, remake_page

from .exceptions import NotDivisible

# Where WeasyPrint goes on: for each box the place of the one in it that was broken, to a None.
Resume = dict[int, Any] | None


@dataclass(frozen=True)
class Break:
    """The end of a page between two rows: the row after it, the pages up to it.

    ``state`` is what WeasyPrint knows of the next page: kind of break, side, counters.
    """

    row: int
    pages: int
    state: tuple[Any, ...]


class Galley:
    """A text whose long table, of the class ``table``, holds the rows from ``first`` on.

    ``settings`` are what ``HTML.render`` takes. Papers count pages in their margins only, so each
    page is laid out once; they have no notes and nothing fixed to all pages.

    Raises:
        NotDivisible: there is no such table.
    """

    def __init__(self, source: HTML, table: str, first: int, settings: dict[str, Any]) -> None:
        options = {**DEFAULT_OPTIONS, **settings}
        fonts, colours = options.pop("font_config"), options.pop("color_profiles")
        counters = CounterStyle()
        self._source, self._first = source, first
        self._context = Document._build_layout_context(source, fonts, counters, colours, options)
        self._context.rendered_notes = []
        self._root = build_formatting_structure(
            source.etree_element,
            self._context.style_for,
            self._context.get_image_from_uri,
            source.base_url,
            self._context.target_collector,
            counters,
            self._context.footnotes,
        )
        self._way = next(_ways_to_rows(self._root, table), ())
        if not self._way:
            raise NotDivisible(f"no table of the class {table}")
        metadata = DocumentMetadata(**get_html_metadata(source))
        self._empty = Document([], metadata, source.url_fetcher, fonts, colours, "")

    def bind(self, pages: list[Page]) -> Document:
        """Pages, of this galley and of others, as one document with this one's metadata."""
        return self._empty.copy(pages)

    def lay_out(self, start: Break | None, until: int | None) -> tuple[list[Page], Break | None]:
        """The pages from the beginning, or a break, to the first break at the row ``until`` or
        after it, or to the end; and that break, or None at the end.
        """
        context = self._context
        initialize_page_maker(context, self._root)
        number = first = start.pages if start else 0
        if start:
            fresh = context.page_maker[0]
            here = (self._resume(start.row), *start.state, fresh[-1])
            context.page_maker = [fresh] * first + [here]
        laid_out, end = [], None
        while end is None:
            page, resume_at = remake_page(number, context, self._root, self._source)
            laid_out.append(page)
            number += 1
            row = self._row(resume_at)
            if resume_at is None:
                break
            if until is not None and row is not None and row >= until:
                end = Break(row, number, context.page_maker[number][1:4])
        return [self._finish(page, at) for at, page in enumerate(laid_out, first + 1)], end

    def _finish(self, page: Any, number: int) -> Page:
        """Give a page its margins and backgrounds, as ``layout_document`` does."""
        context = self._context
        context.current_page = number
        state = context.page_maker[number][3]
        page.children = (page.children[0], *make_margin_boxes(context, page, state))
        layout_backgrounds(page, context.get_image_from_uri)
        return Page(page)

    def _resume(self, row: int) -> Resume:
        resume_at: Resume = {row - self._first: None}
        for place in reversed(self._way):
            resume_at = {place: resume_at}
        return resume_at

    def _row(self, resume_at: Resume) -> int | None:
        """The row that the next page begins with, None when it begins with anything else."""
        for place in self._way:
            if not resume_at or place not in resume_at:
                return None
            resume_at = resume_at[place]
        ((row, within),) = (resume_at or {0: {}}).items()
        return self._first + row if within is None else None


def _ways_to_rows(box: Any, table: str) -> Iterator[tuple[int, ...]]:
    """The places, box in box, that lead to the rows of the table with this class."""
    for place, child in enumerate(getattr(box, "children", ())):
        if isinstance(child, boxes.TableBox) and table in child.element.get("class", "").split():
            groups = child.children
            yield place, next(at for at, group in enumerate(groups) if not group.is_header)
        else:
            for way in _ways_to_rows(child, table):
                yield place, *way
