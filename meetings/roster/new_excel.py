"""A look into an .xlsx before it is read: bounds, formulas, what is hidden.

The zip's own directory is not believed: every part is unpacked against its stated length and
check sum first (zipfile stops at the length), so that a part cannot grow later.
"""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable
from xml.parsers import expat

from django.utils.translation import gettext as _

from .bounds import (
    MAX_ELEMENTS,
    MAX_MERGED,
    MAX_PARTS,
    MAX_RATIO,
    MAX_UNPACKED,
    SheetScan,
    damaged,
    too_large,
)
from .exceptions import RosterFileRefused

Attributes = dict[str, str]
WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
CHUNK = 64 * 1024


def scan(data: bytes) -> list[SheetScan]:
    """What the structure of each sheet tells, in the workbook's order.

    Raises RosterFileRefused when it is a bomb, broken, or no .xlsx.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_bounds(archive)
            _check_parts(archive)
            return [
                _scan_sheet(archive.read(part)) if part else SheetScan()
                for part in _sheet_parts(archive)
            ]
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        EOFError,
        KeyError,
        NotImplementedError,
        RuntimeError,
        OSError,
        ValueError,
    ) as error:
        raise damaged() from error


def _check_bounds(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED:
        raise too_large()
    if any(
        part.file_size > 1024 * 1024 and part.file_size > MAX_RATIO * max(part.compress_size, 1)
        for part in parts
    ):
        raise too_large()
    names = {_slashed(part.filename).lower() for part in parts}
    if "xl/workbook.bin" in names:
        raise RosterFileRefused(_("This is an .xlsb workbook. Save it as .xlsx and send that."))
    if WORKBOOK not in names:
        raise RosterFileRefused(
            _("This is not an Excel workbook. Save the roster as .xlsx and send that.")
        )


def _check_parts(archive: zipfile.ZipFile) -> None:
    for part in archive.infolist():
        with archive.open(part) as stream:
            while stream.read(CHUNK):
                pass


def _slashed(name: str) -> str:
    return name.replace("\\", "/").lstrip("/")


def _parse(data: bytes, start: Callable[[str, Attributes], None]) -> None:
    """Calls `start` with each element's local name and attributes. Refuses a DTD outright."""

    def on_start(tag: str, attributes: Attributes) -> None:
        start(tag.rpartition(":")[2], attributes)

    def on_doctype(*_args: object) -> None:
        raise damaged()

    parser = expat.ParserCreate()
    parser.StartElementHandler = on_start
    parser.StartDoctypeDeclHandler = on_doctype
    parser.Parse(data, True)


def _sheet_parts(archive: zipfile.ZipFile) -> list[str]:
    """The name of each sheet's part, or "" where there is none, in the workbook's order."""
    names = {_slashed(name).lower(): name for name in archive.namelist()}
    targets: dict[str, str] = {}
    identifiers: list[str] = []

    def on_relation(tag: str, attributes: Attributes) -> None:
        if tag == "Relationship":
            target = _slashed(attributes.get("Target", ""))
            path = target if target.startswith("xl/") else posixpath.normpath(f"xl/{target}")
            targets[attributes.get("Id", "")] = names.get(path.lower(), "")

    def on_sheet(tag: str, attributes: Attributes) -> None:
        if tag == "sheet":
            # The prefix of the relation's namespace is the writer's own choice.
            found = [value for key, value in attributes.items() if key.endswith(":id")]
            identifiers.append(found[0] if found else "")

    _parse(archive.read(names[RELATIONS]), on_relation)
    _parse(archive.read(names[WORKBOOK]), on_sheet)
    return [targets.get(identifier, "") for identifier in identifiers]


class _SheetReader:
    """Follows the elements of a worksheet, and where in it they stand."""

    def __init__(self) -> None:
        self.scan = SheetScan()
        self.row = self.column = -1
        self.elements = self.merged = 0

    def start(self, tag: str, attributes: Attributes) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise too_large()
        if tag == "c":
            reference = attributes.get("r", "")
            self.column = _column_of(reference) if reference else self.column + 1
        elif tag in {"v", "is"}:
            self.scan.touch(self.row, self.column)
        elif tag == "f":
            self.scan.touch(self.row, self.column)
            self.scan.formulas.add((self.row, self.column))
        elif tag == "row":
            self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
            self.column = -1
            if _is_true(attributes.get("hidden")):
                self.scan.hidden_rows.add(self.row)
        elif tag == "col" and _is_true(attributes.get("hidden")):
            self.scan.hide_columns(int(attributes["min"]) - 1, int(attributes["max"]) - 1)
        elif tag == "mergeCell":
            self.merged += 1
            if self.merged > MAX_MERGED:
                raise too_large()


def _is_true(value: str | None) -> bool:
    return value in {"1", "true"}


def _column_of(reference: str) -> int:
    """The column of a reference such as "AB12", counted from 0."""
    column = 0
    for letter in reference:
        if not letter.isalpha():
            break
        column = column * 26 + ord(letter.upper()) - 64
    return column - 1


def _scan_sheet(data: bytes) -> SheetScan:
    reader = _SheetReader()
    _parse(data, reader.start)
    return reader.scan
