"""An upload, read into plain cells, or refused in words.

python-calamine reads the values. What it does not tell (formulas, hidden rows and columns) and
what would hurt it (bombs, a single cell at the far end of the sheet) is found beforehand by
`new_excel` and `old_excel`, which look at the file's own structure within fixed bounds.
"""

import datetime as dt
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass

import filetype
from django.utils.translation import gettext as _
from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from . import new_excel
from .bounds import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, SheetScan, damaged, too_large
from .exceptions import RosterFileRefused

ZIP_MARK = b"PK\x03\x04"
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Formula:
    """A cell that computes: its value depends on other cells, so it is never taken over."""

    shown: str


Cell = str | int | float | bool | dt.date | Formula


@dataclass(frozen=True)
class Sheet:
    """One visible worksheet. `rows[0][0]` is cell A1; merged cells repeat their value."""

    name: str
    rows: list[list[Cell]]
    hidden_rows: frozenset[int]
    hidden_columns: frozenset[int]
    # Top row, left column, bottom row, right column of each merged range, counted from 0.
    merged: tuple[tuple[int, int, int, int], ...]


def read_sheets(data: bytes) -> Iterator[Sheet]:
    """The visible worksheets of a workbook, in their order.

    Takes the bytes of an .xlsx, .xls or WPS file. Raises RosterFileRefused for anything else:
    too large, encrypted, empty, broken, or a file of another kind.
    """
    scans = _scan(data)
    book = _open(data)
    for index, meta in enumerate(book.sheets_metadata):
        if meta.typ is SheetTypeEnum.WorkSheet and meta.visible is SheetVisibleEnum.Visible:
            scan = scans[index] if index < len(scans) else SheetScan()
            yield _read_sheet(book, index, scan)


def _scan(data: bytes) -> list[SheetScan]:
    if not data:
        raise RosterFileRefused(_("The file is empty."))
    if len(data) > MAX_BYTES:
        raise RosterFileRefused(
            _("The file is larger than %(limit)s MB. Remove pictures, or split it.")
            % {"limit": MAX_BYTES // 1024 // 1024}
        )
    if data.startswith(ZIP_MARK):
        return new_excel.scan(data)
    if data.startswith(OLE_MARK):
        # Loaded only when one comes: hardly any office still sends .xls.
        from . import old_excel

        return old_excel.scan(data)
    raise RosterFileRefused(_what_it_is(data))


def _what_it_is(data: bytes) -> str:
    kind = filetype.guess(data)
    if kind is not None and kind.mime.startswith("image/"):
        return _("This is a picture, whatever its name says. Send the Excel file itself.")
    if kind is not None:
        return _("This is a file of the kind “%(kind)s”, not an Excel workbook.") % {
            "kind": kind.extension
        }
    if data.lstrip()[:1] == b"<":
        return _(
            "This is a web page under the name of an Excel file. Open it in Excel or WPS and save "
            "it as .xlsx."
        )
    return _("This is not an Excel workbook. Save the roster as .xlsx and send that.")


def _open(data: bytes) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except BaseException as error:
        raise _broken(error) from error


def _broken(error: BaseException) -> BaseException:
    """A refusal in place of whatever the reader raised. Its Rust panics are no `Exception`."""
    if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError | RosterFileRefused):
        return error
    return damaged()


def _read_sheet(book: CalamineWorkbook, index: int, scan: SheetScan) -> Sheet:
    try:
        sheet = book.get_sheet_by_index(index)
        values = sheet.to_python(skip_empty_area=False)
        merged = _merged_ranges(sheet)
    except BaseException as error:
        raise _broken(error) from error
    rows: list[list[Cell]] = [[_plain(value) for value in row] for row in values]
    for row, column in scan.formulas:
        while row >= len(rows):
            rows.append([])
        rows[row] += [""] * (column + 1 - len(rows[row]))
        rows[row][column] = Formula(str(rows[row][column]))
    for top, left, bottom, right in merged:
        _spread(rows, top, left, bottom, right)
    return Sheet(
        name=sheet.name.replace("\0", ""),
        rows=rows,
        hidden_rows=frozenset(scan.hidden_rows),
        hidden_columns=frozenset(scan.hidden_columns),
        merged=merged,
    )


def _merged_ranges(sheet: CalamineSheet) -> tuple[tuple[int, int, int, int], ...]:
    """The merged ranges, clipped to the bounds. Overlapping ones beyond all measure are hostile."""
    ranges = tuple(
        (top, left, min(bottom, MAX_ROWS), min(right, MAX_COLUMNS))
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
    )
    if sum((bottom - top + 1) * (right - left + 1) for top, left, bottom, right in ranges) > (
        MAX_ROWS * MAX_COLUMNS
    ):
        raise too_large()
    return ranges


def _spread(rows: list[list[Cell]], top: int, left: int, bottom: int, right: int) -> None:
    """Repeats the value of a merged range in all of its cells, within what was read."""
    if top >= len(rows) or left >= len(rows[top]):
        return
    value = rows[top][left]
    for row in rows[top : bottom + 1]:
        for column in range(left, min(right + 1, len(row))):
            row[column] = value


def _plain(value: object) -> Cell:
    if type(value) is str:
        # An .xls may hold NUL, which no database takes.
        return value.replace("\0", "")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, str | int | float | bool | dt.date):
        return value
    return str(value)
