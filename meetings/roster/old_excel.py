"""A look into an .xls (BIFF8, also WPS's .et) before it is read: bounds, formulas, what is hidden.

Record numbers and layouts: Microsoft's [MS-XLS], section 2.4. olefile opens the compound file.
"""

import struct
from collections.abc import Iterator

import olefile
from django.utils.translation import gettext as _

from .bounds import MAX_MERGED, SheetScan, damaged, encrypted, too_large
from .exceptions import RosterFileRefused

BOF, EOF, BOUND_SHEET, FILE_PASS = 0x809, 0x0A, 0x85, 0x2F
FORMULA, ROW, COLUMN_INFO, MERGED_CELLS = 0x06, 0x208, 0x7D, 0xE5
MULTIPLE_NUMBERS = 0xBD
# Number, shared string, RK number, own string, Boolean or error, rich string.
VALUES = {0x203, 0xFD, 0x27E, 0x204, 0x205, 0xD6}
ROW_HIDDEN = 0x20
BIFF8 = 0x0600

Record = tuple[int, bytes]


def scan(data: bytes) -> list[SheetScan]:
    """What the structure of each sheet tells, in the workbook's order.

    Raises RosterFileRefused when it is encrypted, broken, too large, or no workbook.
    """
    try:
        stream = _workbook_stream(data)
        offsets = _sheet_offsets(stream)
        return [_scan_sheet(stream, offset) for offset in offsets]
    except (OSError, struct.error, IndexError, ValueError) as error:
        raise damaged() from error


def _workbook_stream(data: bytes) -> bytes:
    with olefile.OleFileIO(data) as container:
        if container.exists("EncryptedPackage"):
            raise encrypted()
        for name in ("Workbook", "Book"):
            if container.exists(name):
                return bytes(container.openstream(name).read())
    raise RosterFileRefused(
        _("This is not an Excel workbook. Save the roster as .xlsx and send that.")
    )


def _records(stream: bytes, offset: int) -> Iterator[Record]:
    """The records of one substream, from its BOF to its EOF, those of charts inside it apart."""
    depth = 0
    while offset + 4 <= len(stream):
        number, length = struct.unpack_from("<HH", stream, offset)
        body = stream[offset + 4 : offset + 4 + length]
        offset += 4 + length
        if number == BOF:
            depth += 1
        elif number == EOF:
            depth -= 1
            if depth == 0:
                return
        if depth == 1:
            yield number, body
    raise damaged()


def _sheet_offsets(stream: bytes) -> list[int]:
    offsets = []
    for number, body in _records(stream, 0):
        if number == BOF and struct.unpack_from("<H", body)[0] != BIFF8:
            raise RosterFileRefused(
                _("This is an Excel file from before 1997. Save it as .xlsx and send that.")
            )
        if number == FILE_PASS:
            raise encrypted()
        if number == BOUND_SHEET:
            offsets.append(struct.unpack_from("<I", body)[0])
    return offsets


def _scan_sheet(stream: bytes, offset: int) -> SheetScan:
    scan = SheetScan()
    merged = 0
    for number, body in _records(stream, offset):
        if number in VALUES:
            scan.touch(*struct.unpack_from("<HH", body))
        elif number == MULTIPLE_NUMBERS:
            scan.touch(struct.unpack_from("<H", body)[0], struct.unpack("<H", body[-2:])[0])
        elif number == FORMULA:
            row, column = struct.unpack_from("<HH", body)
            scan.touch(row, column)
            scan.formulas.add((row, column))
        elif number == ROW and struct.unpack_from("<H", body, 12)[0] & ROW_HIDDEN:
            scan.hidden_rows.add(struct.unpack_from("<H", body)[0])
        elif number == COLUMN_INFO:
            first, last, _width, _format, options = struct.unpack_from("<5H", body)
            if options & 1:
                scan.hide_columns(first, last)
        elif number == MERGED_CELLS:
            merged += struct.unpack_from("<H", body)[0]
            if merged > MAX_MERGED:
                raise too_large()
    return scan
