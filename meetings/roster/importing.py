"""Importing a roster: upload, look, mend, apply all or nothing."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from meetings.models import Cadre, RosterImport, Unit
from meetings.permissions import may_manage_unit

from .columns import HEADERS, RawRow, Table, find_table
from .exceptions import ImportHasMistakes, ImportOutdated
from .preview import Plan, PlannedRow, RowState, Scope, make_plan
from .units import create_units
from .workbook import Cell, Formula, read_sheets

FORGOTTEN_AFTER = dt.timedelta(days=1)
# The fields of a cadre that a roster fills; 单位及职务 becomes unit and post.
WRITTEN = [name for name in HEADERS if name not in {"staff_number", "unit_post"}]


@dataclass(frozen=True)
class Applied:
    """What an import did."""

    new: list[Cadre]
    changed: list[Cadre]
    unchanged: int


def read_roster(data: bytes) -> Table:
    """The roster in the bytes of a workbook. Raises RosterFileRefused, with the reason."""
    return find_table(read_sheets(data))


def scope_of(by: Cadre, base: Unit) -> Scope:
    """How far an import of `by` reaches: every unit that they serve as the secretary."""
    return Scope(base=base, paths=by.served_paths())


@transaction.atomic
def start_import(*, by: Cadre, unit: Unit, file_name: str, data: bytes) -> RosterImport:
    """Reads an upload and keeps its rows for the preview; forgets what `by` uploaded before.

    New units will go below `unit`. Raises PermissionDenied unless `by` is its secretary, and
    RosterFileRefused.
    """
    if not may_manage_unit(by, unit):
        raise PermissionDenied
    table = read_roster(data)
    now = timezone.now()
    RosterImport.objects.filter(uploaded_by=by).delete()
    RosterImport.objects.filter(uploaded_at__lt=now - FORGOTTEN_AFTER).delete()
    return RosterImport.objects.create(
        uploaded_by=by,
        uploaded_at=now,
        unit=unit,
        file_name=file_name[-255:],
        table=_packed(table),
    )


def table_of(kept: RosterImport) -> Table:
    """The table of an import as it is now, mended rows included."""
    stored = dict(kept.table)
    rows = [
        RawRow(line, {name: _unpacked_cell(cell) for name, cell in cells.items()})
        for line, cells in stored.pop("rows")
    ]
    skipped = [(line, text) for line, text in stored.pop("skipped")]
    return Table(rows=rows, skipped=skipped, **stored)


def plan_of(kept: RosterImport, table: Table | None = None, *, lock: bool = False) -> Plan:
    """What applying the import would do now."""
    return make_plan(
        rows=(table or table_of(kept)).rows,
        scope=scope_of(kept.uploaded_by, kept.unit),
        accepted_units=kept.accepted_units,
        lock=lock,
    )


@transaction.atomic
def mend_row(
    *, by: Cadre, kept: RosterImport, line: int, cells: Mapping[str, str]
) -> PlannedRow | None:
    """Puts new words into the cells of one row, and says what it would do now.

    Cells whose words are the same stay as they were read: a number stays a number. None when the
    import has no such row. Raises PermissionDenied for anyone but who uploaded it.
    """
    kept = _lock(by, kept)
    table = table_of(kept)
    place = next((place for place, row in enumerate(table.rows) if row.line == line), None)
    if place is None:
        return None
    row = table.rows[place]
    before = {name: PlannedRow(line, row.cells).text(name) for name in row.cells}
    changed: dict[str, Cell] = {
        name: text
        for name, text in cells.items()
        if name in row.cells and text.strip() != before[name].strip()
    }
    table.rows[place] = replace(row, cells={**row.cells, **changed})
    kept.table = _packed(table)
    kept.save(update_fields=["table"])
    return plan_of(kept, table).rows[place]


@transaction.atomic
def accept_units(*, by: Cadre, kept: RosterImport, names: Iterable[str]) -> RosterImport:
    """Agrees to create these of the units that the file names and nobody knows.

    Names that the file does not have are left out. Raises PermissionDenied for anyone but who
    uploaded it.
    """
    kept = _lock(by, kept)
    wanted = set(names)
    kept.accepted_units = [name for name in plan_of(kept).unknown_units if name in wanted]
    kept.save(update_fields=["accepted_units"])
    return kept


@transaction.atomic
def apply_import(*, by: Cadre, kept: RosterImport, digest: str) -> Applied:
    """Applies an import as it was shown: all rows or none, checked once more.

    `digest` is that of the plan that was shown. Raises ImportHasMistakes while rows are wrong,
    ImportOutdated when the roster has changed since, PermissionDenied for anyone but who
    uploaded it or once they are no longer the unit's secretary.
    """
    kept = _lock(by, kept)
    if not may_manage_unit(by, kept.unit):
        raise PermissionDenied
    plan = plan_of(kept, lock=True)
    if plan.digest() != digest:
        raise ImportOutdated(
            _("The roster has changed since this was shown. Look at it again, then apply it.")
        )
    applied = apply_plan(by=by, plan=plan, base=kept.unit)
    kept.delete()
    return applied


@transaction.atomic
def discard_import(*, by: Cadre, kept: RosterImport) -> None:
    """Throws an upload away. Raises PermissionDenied for anyone but who uploaded it."""
    _lock(by, kept).delete()


@transaction.atomic
def apply_plan(*, by: Cadre | None, plan: Plan, base: Unit) -> Applied:
    """Writes a plan that was made (with `lock`) in the same transaction.

    Raises ImportHasMistakes while a row is wrong, ImportOutdated when another process has just
    given away one of the staff numbers.
    """
    if not plan.is_clean:
        raise ImportHasMistakes(_("Some rows are still wrong. An import is all or nothing."))
    units = {}
    if plan.new_units:
        created = create_units(by=by, parent=base, names=plan.new_units)
        units = {unit.name: unit for unit in created}
    new = [_filled(Cadre(password=make_password(None)), row, units) for row in plan.rows
           if row.state is RowState.NEW]  # fmt: skip
    changed = [_filled(row.cadre, row, units) for row in plan.rows
               if row.state is RowState.CHANGED and row.cadre is not None]  # fmt: skip
    try:
        with transaction.atomic():
            Cadre.objects.bulk_create(new)
            # One statement a batch: an upsert on the key is far cheaper than bulk_update's CASEs.
            Cadre.objects.bulk_create(
                changed, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN
            )
    except IntegrityError as error:
        raise ImportOutdated(
            _("The roster has changed since this was shown. Look at it again, then apply it.")
        ) from error
    return Applied(new, changed, len(plan.rows) - len(new) - len(changed))


def _filled(cadre: Cadre, row: PlannedRow, units: dict[str, Unit]) -> Cadre:
    for name, value in row.values.items():
        setattr(cadre, name, units[value] if name == "unit" and isinstance(value, str) else value)
    # The readers have checked every cell; this is the last guard before a bulk write.
    cadre.clean_fields(exclude=["unit", "password"])
    return cadre


def _lock(by: Cadre, kept: RosterImport) -> RosterImport:
    if kept.uploaded_by_id != by.pk:
        raise PermissionDenied
    try:
        return (
            RosterImport.objects.select_for_update(of=("self",))
            .select_related("unit", "uploaded_by")
            .get(pk=kept.pk)
        )
    except RosterImport.DoesNotExist:
        raise ImportOutdated(
            _("This upload was applied or thrown away meanwhile. Upload the file again.")
        ) from None


def _packed(table: Table) -> dict[str, Any]:
    """A table as JSON. Dates and formulas become one-key objects; numbers stay numbers."""
    rows = [
        [row.line, {name: _packed_cell(cell) for name, cell in row.cells.items()}]
        for row in table.rows
    ]
    return {**vars(table), "rows": rows}


def _packed_cell(cell: Cell) -> Any:
    if isinstance(cell, Formula):
        return {"formula": cell.shown}
    if isinstance(cell, dt.date):
        return {"date": cell.isoformat()}
    return cell


def _unpacked_cell(cell: Any) -> Cell:
    if isinstance(cell, dict):
        if "date" in cell:
            return dt.date.fromisoformat(cell["date"])
        return Formula(cell["formula"])
    value: Cell = cell
    return value
