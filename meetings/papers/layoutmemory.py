"""What layout finds for a style once, instead of for every box that has it.

A roll of 500 names is 4,000 cells of a dozen styles. WeasyPrint copies a style for every cell,
resolves its percentages and looks for its background box by box, and draws the borders of every
cell by themselves. What comes out looks the same, and a file is smaller by a tenth.

It leans on WeasyPrint's insides, hence on one exact version (``linelayout.WEASYPRINT_VERSION``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pydyf
from weasyprint import draw
from weasyprint.css import ComputedStyle
from weasyprint.formatting_structure.boxes import Box, PageBox
from weasyprint.layout import absolute, background, block, float, inline, page, table

_SIDES = ("top", "right", "bottom", "left")
_BORDERS = tuple(f"border_{side}_width" for side in _SIDES)
# All that resolving a box's percentages sets.
_SIZES = (
    *(f"{part}_{side}" for part in ("margin", "padding") for side in _SIDES),
    *(f"{limit}{axis}" for limit in ("", "min_", "max_") for axis in ("width", "height")),
    *_BORDERS,
)
# A style has few: as many as there are widths of what its boxes stand in.
_MOST_SIZES = 64
_CORNERS = ("top_left", "top_right", "bottom_right", "bottom_left")
_WITHOUT_BACKGROUND = {
    "background": None,
    **{f"border_{corner}_radius": (0, 0) for corner in _CORNERS},
}
# Ends of lines that lie nearer to each other than this many pixels meet.
_NEAR = 1e-6


def install() -> None:
    """Put the memory in WeasyPrint's way. Call once, before the first paper."""
    _copy_styles_once()
    _resolve_percentages_once()
    _find_backgrounds_once()
    _draw_borders_joined()
    _number_pages_once()


def _copy_styles_once() -> None:
    copy = ComputedStyle.copy

    def copy_once(style: Any) -> Any:
        """A copy; of a cell's style always the same, since layout copies it to one end only."""
        if style["display"] != ("table-cell",):
            return copy(style)
        if not hasattr(style, "paper_copy"):
            style.paper_copy = copy(style)
        return style.paper_copy

    ComputedStyle.copy = copy_once


def _resolve_percentages_once() -> None:
    resolve = table.resolve_percentages

    def resolve_once(box: Any, containing_block: Any) -> None:
        """Set a box's sizes as those of another box of its style in a block of the same size."""
        if isinstance(box, PageBox):
            resolve(box, containing_block)
            return
        around = containing_block
        size = (around.width, around.height) if isinstance(around, Box) else tuple(around)
        given = box.__dict__
        key = (*size, *map(given.get, _BORDERS))
        style = box.style
        known: dict[tuple[Any, ...], dict[str, Any]] = style.__dict__.setdefault("paper_sizes", {})
        found = known.get(key)
        if found is not None:
            given.update(found)
            return
        resolve(box, containing_block)
        if len(known) < _MOST_SIZES:
            known[key] = {name: given[name] for name in _SIZES}

    for module in (absolute, block, float, inline, page, table):
        module.resolve_percentages = resolve_once


def _find_backgrounds_once() -> None:
    lay_out = background.layout_box_backgrounds

    def lay_out_once(
        page: Any, box: Any, images: Any, children: bool = True, style: Any = None
    ) -> None:
        """Find a box's background, unless its style is known to give none."""
        if style is not None or box is page:
            lay_out(page, box, images, children, style)
            return
        if isinstance(box, absolute.AbsolutePlaceholder):
            box = box._box
        own = box.style
        if not hasattr(own, "paper_bare"):
            lay_out(page, box, images, False)
            own.paper_bare = _is_bare(box)
        elif own.paper_bare:
            box.__dict__.update(_WITHOUT_BACKGROUND)
        else:
            lay_out(page, box, images, False)
        if children:
            for child in box.all_children():
                lay_out_once(page, child, images)

    background.layout_box_backgrounds = lay_out_once


def _is_bare(box: Any) -> bool:
    return (
        "border_image" not in box.__dict__
        and "mask_border_image" not in box.__dict__
        and all(box.__dict__[name] == value for name, value in _WITHOUT_BACKGROUND.items())
    )


class _Lines:
    """Stands where a stream is expected, and takes the lines that are to be drawn."""

    def __init__(self) -> None:
        self.lines: list[tuple[Any, ...]] = []

    @contextmanager
    def artifact(self) -> Iterator[None]:
        """Nothing is marked yet."""
        yield

    stacked = artifact


def _draw_borders_joined() -> None:
    draw_borders, draw_line = draw.draw_collapsed_borders, draw.draw_line

    def take_line(stream: Any, *line: Any, **more: Any) -> None:
        if isinstance(stream, _Lines):
            stream.lines.append(line)
        else:
            draw_line(stream, *line, **more)

    def draw_joined(stream: Any, table: Any) -> None:
        """Draw a table's borders, each line in one where WeasyPrint draws it cell by cell."""
        taken = _Lines()
        draw_borders(taken, table)
        if _are_plain(taken.lines):
            _draw_lines(stream, taken.lines)
        else:
            draw_borders(stream, table)

    draw.draw_line, draw.draw_collapsed_borders = take_line, draw_joined


def _are_plain(lines: list[tuple[Any, ...]]) -> bool:
    """Whether it does not matter which of the lines are drawn over which."""
    return all(style == "solid" for *_, style, _color in lines) and (
        len({str(line[-1]) for line in lines}) == 1
    )


def _draw_lines(stream: Any, lines: list[tuple[Any, ...]]) -> None:
    """Draw lines (x, y, x, y, thickness, style, colour), those of a thickness as one path."""
    pieces: dict[tuple[float, bool, float], list[tuple[float, float]]] = {}
    for x1, y1, x2, y2, thickness, _style, _color in lines:
        upright = x1 == x2
        place, start, end = (x1, y1, y2) if upright else (y1, x1, x2)
        pieces.setdefault((thickness, upright, place), []).append((start, end))
    paths: dict[float, list[tuple[float, float, float, float]]] = {}
    for (thickness, upright, place), parts in pieces.items():
        for start, end in _joined(parts):
            line = (place, start, place, end) if upright else (start, place, end, place)
            paths.setdefault(thickness, []).append(line)
    with stream.artifact(), stream.stacked():
        stream.set_color(lines[0][-1], stroke=True)
        for thickness, path in paths.items():
            stream.set_line_width(thickness)
            for x1, y1, x2, y2 in path:
                stream.move_to(x1, y1)
                stream.line_to(x2, y2)
            stream.stroke()


def _joined(parts: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Pieces of one line, those that meet as one."""
    parts.sort()
    first, last = parts[0]
    for start, end in parts[1:]:
        if start > last + _NEAR:
            yield first, last
            first, last = start, end
        else:
            last = max(last, end)
    yield first, last


def _number_pages_once() -> None:
    references = pydyf.PDF.page_references.fget

    def known_references(pdf: Any) -> tuple[bytes, ...]:
        """The pages' references, which every tag asks for."""
        count = len(pdf.pages["Kids"])
        known: tuple[int, tuple[bytes, ...]] = getattr(pdf, "paper_pages", (0, ()))
        if known[0] != count:
            known = pdf.paper_pages = (count, references(pdf))
        return known[1]

    pydyf.PDF.page_references = property(known_references)
