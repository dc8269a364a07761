"""Workbooks (.xlsx) beside the papers that are tables: same title, columns and order, to work with.

They print as an office expects: A4, landscape when wide, the margins of GB/T 9704-2012, headers on
every page, page numbers outside.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.worksheet import Worksheet

from meetings.roster.sheets import neutral

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A share (present, called): printed as a percentage, empty where nobody was called.
Ratio = tuple[int, int]
Value = int | str | Ratio

# The names under which offices have the faces of GB/T 9704-2012, 7.
FANG, HEI, SONG, TITLE = "仿宋", "黑体", "宋体", "方正小标宋简体"
# Wider than this many characters and a sheet lies across the page.
UPRIGHT_WIDTH = 88
TITLE_ROW, NOTE_ROW, HEADER_ROW = 1, 2, 3
INCH = 25.4
# Of 11 pt: a line's height in points, what a row has above and below, and a figure's width in the
# unit that columns are measured in, which takes a rest off them.
LINE, AROUND_LINES, FIGURE, CELL_REST = 14.5, 7.5, 1.06, 0.8
_LINE = Side(style="thin", color="000000")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)


@dataclass(frozen=True)
class Column:
    """A column: its heading, its width in characters."""

    heading: str
    width: int
    centred: bool = False


@dataclass(frozen=True)
class Sheet:
    """One sheet: title, a note below it, a table, notes at the foot."""

    name: str
    title: str
    note: str
    columns: tuple[Column, ...]
    rows: tuple[Sequence[Value], ...]
    footnotes: tuple[str, ...] = ()


def make_workbook(sheets: Sequence[Sheet], *, author: str, made_at: datetime) -> bytes:
    """The sheets as .xlsx. Texts are text cells whatever they begin with: there are no formulas."""
    book = Workbook()
    book.properties.creator = neutral(author)
    book.properties.created = made_at.replace(tzinfo=None)
    for worksheet, sheet in zip(_worksheets(book, sheets), sheets, strict=True):
        _head(worksheet, sheet)
        for number, row in enumerate(sheet.rows, start=HEADER_ROW + 1):
            for index, value in enumerate(row, start=1):
                _fill(worksheet.cell(number, index), value, sheet.columns[index - 1])
            _set_height(worksheet, number, row, [column.width for column in sheet.columns])
        _foot(worksheet, sheet)
        _set_up_page(worksheet, sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _worksheets(book: Workbook, sheets: Sequence[Sheet]) -> Iterator[Worksheet]:
    """A worksheet for each; the one that a new workbook has is the first."""
    for index, sheet in enumerate(sheets):
        worksheet = book.worksheets[0] if index == 0 else book.create_sheet()
        worksheet.title = sheet.name
        yield worksheet


def _head(worksheet: Worksheet, sheet: Sheet) -> None:
    for row, text, font, horizontal in (
        (TITLE_ROW, sheet.title, Font(name=TITLE, size=18), "center"),
        (NOTE_ROW, sheet.note, Font(name=FANG, size=11), "left"),
    ):
        cell = worksheet.cell(row, 1)
        _set_text(cell, text)
        cell.font, cell.alignment = font, Alignment(horizontal=horizontal, vertical="center")
        worksheet.merge_cells(
            start_row=row, end_row=row, start_column=1, end_column=len(sheet.columns)
        )
    worksheet.row_dimensions[TITLE_ROW].height = 36
    for index, column in enumerate(sheet.columns, start=1):
        worksheet.column_dimensions[get_column_letter(index)].width = column.width
        cell = worksheet.cell(HEADER_ROW, index)
        _set_text(cell, column.heading)
        cell.font, cell.border = Font(name=HEI, size=11), _BOX
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    headings = [column.heading for column in sheet.columns]
    _set_height(worksheet, HEADER_ROW, headings, [column.width for column in sheet.columns])


def _set_height(
    worksheet: Worksheet, row: int, values: Sequence[Value], widths: Sequence[float]
) -> None:
    """Room for the lines that the texts of a row take: not every program finds it by itself."""
    most = max(
        (
            sum(_lines(line, width) for line in value.splitlines())
            for value, width in zip(values, widths, strict=True)
            if isinstance(value, str)
        ),
        default=1,
    )
    worksheet.row_dimensions[row].height = max(1, most) * LINE + AROUND_LINES


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a cell, a Chinese character being two figures wide."""
    figures = sum(1 if east_asian_width(character) in ("H", "N", "Na") else 2 for character in text)
    return math.ceil(figures * FIGURE / (width - CELL_REST))


def _fill(cell: Cell, value: Value, column: Column) -> None:
    if isinstance(value, str):
        _set_text(cell, value)
    elif isinstance(value, int):
        cell.value = value
    elif value[1]:
        # Never rounded up: 100 % means everybody.
        cell.value = 1000 * value[0] // value[1] / 1000
        cell.number_format = "0.0%"
    cell.font, cell.border = Font(name=FANG, size=11), _BOX
    cell.alignment = Alignment(
        horizontal="center" if column.centred else "left", vertical="center", wrap_text=True
    )


def _set_text(cell: Cell, text: str) -> None:
    """Text that stays what was typed: no formula, no date out of 1975.10."""
    cell.value = neutral(text)
    cell.data_type = "s"
    cell.number_format = "@"


def _foot(worksheet: Worksheet, sheet: Sheet) -> None:
    first = HEADER_ROW + len(sheet.rows) + 1
    for row, text in enumerate(sheet.footnotes, start=first):
        cell = worksheet.cell(row, 1)
        _set_text(cell, text)
        cell.font = Font(name=FANG, size=10)
        cell.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True)
        worksheet.merge_cells(
            start_row=row, end_row=row, start_column=1, end_column=len(sheet.columns)
        )
        _set_height(worksheet, row, [text], [sum(column.width for column in sheet.columns)])


def _set_up_page(worksheet: Worksheet, sheet: Sheet) -> None:
    """A4 and the standard's margins (5.2.1); across, they turn with the page (8)."""
    across = sum(column.width for column in sheet.columns) > UPRIGHT_WIDTH
    left, top, right, bottom = (35, 28, 37, 26) if across else (28, 37, 26, 35)
    worksheet.page_margins = PageMargins(
        left=left / INCH, right=right / INCH, top=top / INCH, bottom=bottom / INCH,
        header=top / INCH / 2, footer=bottom / INCH / 2,
    )  # fmt: skip
    worksheet.page_setup.paperSize = worksheet.PAPERSIZE_A4
    worksheet.page_setup.orientation = "landscape" if across else "portrait"
    worksheet.page_setup.fitToWidth, worksheet.page_setup.fitToHeight = 1, 0
    worksheet.sheet_properties.pageSetUpPr.fitToPage = True
    worksheet.print_options.horizontalCentered = True
    worksheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    worksheet.freeze_panes = worksheet.cell(HEADER_ROW + 1, 1)
    for part in (worksheet.oddFooter.right, worksheet.evenFooter.left):
        part.text, part.font, part.size = "— &P —", SONG, 14
    worksheet.HeaderFooter.differentOddEven = True
