"""How large a workbook may be, and what a look at its structure brings out.

A workbook of 1 MB can ask for 2 GB of memory: by unpacking to far more than it weighs, or by one
cell at the end of a sheet, for which a reader lays out all the empty ones before it.
"""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from .exceptions import RosterFileRefused

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 40 * 1024 * 1024
# XML of a roster packs ten to thirty times; a bomb up to a thousand times.
MAX_RATIO = 200
MAX_PARTS = 500
MAX_ROWS = 10_000
MAX_COLUMNS = 60
MAX_ELEMENTS = 1_000_000
MAX_MERGED = 10_000


@dataclass
class SheetScan:
    """What a worksheet's structure tells besides its values. Rows and columns count from 0."""

    formulas: set[tuple[int, int]] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)

    def touch(self, row: int, column: int) -> None:
        """Takes note that a cell has a value. Raises RosterFileRefused when it lies too far."""
        if row >= MAX_ROWS or column >= MAX_COLUMNS:
            raise too_large()

    def hide_columns(self, first: int, last: int) -> None:
        self.hidden_columns.update(range(first, min(last + 1, MAX_COLUMNS)))


def too_large() -> RosterFileRefused:
    """The refusal of a sheet beyond the bounds."""
    return RosterFileRefused(
        _(
            "The sheet is larger than %(rows)s rows or %(columns)s columns, or it unpacks to far "
            "more than a roster. Copy the roster alone into a new workbook."
        )
        % {"rows": MAX_ROWS, "columns": MAX_COLUMNS}
    )


def damaged() -> RosterFileRefused:
    """The refusal of a file that is not what it says, or only a part of it."""
    return RosterFileRefused(
        _("The file is damaged and cannot be read. Open it in Excel or WPS and save it anew.")
    )


def encrypted() -> RosterFileRefused:
    """The refusal of a file under a password."""
    return RosterFileRefused(
        _("The file is protected by a password. Save it without one and send it again.")
    )
