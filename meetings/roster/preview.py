"""What an import would do, row by row, before anything is done. Reads the database, never writes.

The same function makes the preview and, inside the transaction that applies it, makes it again.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from meetings.models import Cadre, Unit
from meetings.papers.exceptions import with_code_points
from meetings.papers.glyphs import without_glyph

from .cells import (
    CellRefused,
    bounded_text,
    read_email,
    read_ethnicity,
    read_gender,
    read_month,
    read_name,
    read_order,
    read_phone,
    read_staff_number,
    shown,
)
from .columns import HEADERS, RawRow
from .unit_names import UnitNames, read_unit_name, split_unit_and_post
from .workbook import Cell

READERS: dict[str, Callable[[Cell], Any]] = {
    "order": read_order,
    "staff_number": read_staff_number,
    "name": read_name,
    "gender": read_gender,
    "ethnicity": read_ethnicity,
    "birth_month": read_month,
    "political_status": bounded_text("political_status"),
    "unit": read_unit_name,
    "post": bounded_text("post"),
    "rank": bounded_text("rank"),
    "post_since": read_month,
    "phone": read_phone,
    "email": read_email,
    "note": bounded_text("note"),
}
# What papers print of a person.
PRINTED = ("name", "unit", "post", "rank")
# Below this nobody holds a post (Civil Servants Law 2018, article 13: 18 years of age).
YEARS_BEFORE_A_POST = 18


class RowState(models.TextChoices):
    NEW = "new", gettext_lazy("new")
    CHANGED = "changed", gettext_lazy("changed")
    UNCHANGED = "unchanged", gettext_lazy("unchanged")
    WRONG = "wrong", gettext_lazy("wrong")


@dataclass(frozen=True)
class Scope:
    """Where an import may reach: `base` takes new units, `paths` are all units within reach."""

    base: Unit
    paths: tuple[str, ...]

    def holds(self, unit: Unit | None) -> bool:
        return unit is not None and unit.path.startswith(self.paths)


@dataclass(frozen=True)
class Change:
    """One field of a known cadre that the file changes."""

    field: str
    before: str
    after: str

    @property
    def header(self) -> str:
        return HEADERS[self.field][0]


@dataclass
class PlannedRow:
    """One row: what it says (`values`, clean), what it would do, and what is wrong with it.

    `errors` maps a field to its reason, and so do `warnings`, which keep nobody from applying it.
    A unit that is agreed to be created is its name alone.
    """

    line: int
    raw: dict[str, Cell]
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    cadre: Cadre | None = None
    state: RowState = RowState.UNCHANGED
    unit_is_unknown: bool = False

    def text(self, name: str) -> str:
        """A cell as it stands in the file."""
        return shown(self.raw.get(name, ""))

    @property
    def number(self) -> str:
        return str(self.values.get("staff_number") or self.text("staff_number"))

    @property
    def name(self) -> str:
        return str(self.values.get("name") or self.text("name"))

    @property
    def unit_name(self) -> str:
        return str(self.values.get("unit") or self.text("unit") or self.text("unit_post"))

    @property
    def post(self) -> str:
        return str(self.values.get("post") or self.text("post"))

    @property
    def waits_for_unit_alone(self) -> bool:
        """Whether nothing is wrong but that its unit has not been agreed to yet."""
        return self.unit_is_unknown and len(self.errors) == 1

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """Header, cell and reason of everything that is wrong."""
        return [(HEADERS[name][0], self.text(name), why) for name, why in self.errors.items()]

    @property
    def doubts(self) -> list[tuple[str, str, str]]:
        """Header, value and reason of everything that there is a warning of."""
        return [(HEADERS[name][0], str(self.values[name]), w) for name, w in self.warnings.items()]


@dataclass
class Plan:
    """All rows of an import, and what else its reader should know."""

    rows: list[PlannedRow]
    # Units that the file names and nobody knows, with the number of their rows.
    unknown_units: dict[str, int]
    new_units: list[str]
    # In the roster and not in the file: for information only, never removed.
    missing: list[Cadre]

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(row.state for row in self.rows)
        return {state.value: found[state] for state in RowState}

    @property
    def is_clean(self) -> bool:
        return not any(row.state is RowState.WRONG for row in self.rows)

    @property
    def doubtful(self) -> list[PlannedRow]:
        """The rows with a warning."""
        return [row for row in self.rows if row.warnings]

    @property
    def does_nothing(self) -> bool:
        return all(row.state is RowState.UNCHANGED for row in self.rows)

    @property
    def waits_for_units(self) -> bool:
        """Whether the file names unknown units that nobody has agreed to create yet."""
        return len(self.unknown_units) > len(self.new_units)

    def digest(self) -> str:
        """Tells one plan from another: what was shown against what would be done now."""
        facts = [
            [row.line, row.state, sorted(row.errors)]
            + [str(row.values.get("staff_number", "")), str(row.values.get("unit", ""))]
            + [[change.field, change.before, change.after] for change in row.changes]
            for row in self.rows
        ]
        data = json.dumps([facts, self.new_units], ensure_ascii=False)
        return hashlib.sha256(data.encode()).hexdigest()


def make_plan(
    *, rows: Sequence[RawRow], scope: Scope, accepted_units: Iterable[str] = (), lock: bool = False
) -> Plan:
    """What importing `rows` within `scope` would do now. Three queries, however many rows.

    `accepted_units` may be created; other unknown units make their rows wrong. With `lock`, for
    use in a transaction, the known cadres are locked until its end.
    """
    accepted = set(accepted_units)
    names = UnitNames(Unit.objects.order_by("order", "pk"), scope.paths)
    planned = [_read_row(raw, names) for raw in rows]
    _refuse_duplicates(planned)
    known = _known_cadres(planned, lock)
    unknown: Counter[str] = Counter()
    for row in planned:
        row.cadre = known.get(row.values.get("staff_number", ""))
        _settle_unit(row, names, scope, accepted, unknown)
        _check_person(row, scope)
        _settle_state(row)
    _warn_of_glyphs(planned)
    used = {row.values["unit"] for row in planned if isinstance(row.values.get("unit"), str)}
    numbers = {row.values.get("staff_number", "") for row in planned}
    return Plan(
        rows=planned,
        unknown_units=dict(unknown),
        new_units=[name for name in dict.fromkeys(accepted_units) if name in used],
        missing=[
            cadre
            for cadre in Cadre.objects.within(scope.base).in_office().select_related("unit")
            if cadre.staff_number not in numbers
        ],
    )


def _read_row(raw: RawRow, names: UnitNames) -> PlannedRow:
    row = PlannedRow(line=raw.line, raw=raw.cells)
    for name, cell in raw.cells.items():
        try:
            if name == "unit_post":
                row.values["unit"], row.values["post"] = split_unit_and_post(cell, names)
            else:
                row.values[name] = READERS[name](cell)
        except CellRefused as refused:
            row.errors[name] = refused.reason
    return row


def _refuse_duplicates(rows: list[PlannedRow]) -> None:
    """Marks every row whose staff number another row of the file has too."""
    lines = defaultdict(list)
    for row in rows:
        lines[row.values.get("staff_number")].append(row)
    for number, same in lines.items():
        if number is None or len(same) == 1:
            continue
        for row in same:
            others = "、".join(str(other.line) for other in same if other is not row)
            row.errors["staff_number"] = _("Row %s has this staff number too.") % others


def _known_cadres(rows: list[PlannedRow], lock: bool) -> dict[str, Cadre]:
    numbers = [row.values["staff_number"] for row in rows if "staff_number" in row.values]
    found = Cadre.objects.filter(staff_number__in=numbers).select_related("unit").order_by("pk")
    if lock:
        found = found.select_for_update(of=("self",))
    return {cadre.staff_number: cadre for cadre in found}


def _settle_unit(
    row: PlannedRow, names: UnitNames, scope: Scope, accepted: set[str], unknown: Counter[str]
) -> None:
    """Turns the name of a unit into the unit, or into a reason; counts the unknown ones.

    In a file without a column for it, new people belong to the base; an empty cell leaves known
    people where they are.
    """
    column = "unit" if "unit" in row.raw else "unit_post" if "unit_post" in row.raw else ""
    if column in row.errors:
        return
    name = row.values.pop("unit", "")
    if not name:
        if row.cadre is None and not column:
            row.values["unit"] = scope.base
        elif row.cadre is None:
            row.errors[column] = _("Which unit? The cell is empty.")
        return
    found = names.find(name)
    if len(found) == 1:
        row.values["unit"] = found[0]
    elif found:
        row.errors[column] = _("Several units have this name. Write it with the unit above: %s") % (
            "、".join(names.full_name(unit) for unit in found)
        )
    elif names.is_foreign(name, scope.base):
        row.errors[column] = _("This unit is not one of yours.")
    elif len(name) > 100:
        row.errors[column] = _("Longer than %s characters.") % 100
    else:
        unknown[name] += 1
        if name in accepted:
            row.values["unit"] = name
        else:
            row.errors[column] = _("This unit is not known. Agree to create it, or mend the name.")
            row.unit_is_unknown = True


def _check_person(row: PlannedRow, scope: Scope) -> None:
    """What only shows when the cells are held against each other and against the database."""
    born, since = row.values.get("birth_month"), row.values.get("post_since")
    if born and since and int(since[:4]) - int(born[:4]) < YEARS_BEFORE_A_POST:
        row.errors["post_since"] = _("In post before the age of %s.") % YEARS_BEFORE_A_POST
    cadre = row.cadre
    if cadre is None:
        return
    if not scope.holds(cadre.unit):
        row.errors["staff_number"] = _("This staff number belongs to somebody outside your units.")
    elif not cadre.is_active:
        row.errors["staff_number"] = _(
            "This staff number belongs to somebody who has left. An administrator can bring them "
            "back."
        )
    elif (
        row.values.get("name") not in (None, cadre.name)
        and born
        and cadre.birth_month not in ("", born)
    ):
        row.errors["staff_number"] = _(
            "Name and month of birth differ from %(name)s, whose staff number this is: is this "
            "another person?"
        ) % {"name": cadre.name}


def _settle_state(row: PlannedRow) -> None:
    if row.errors:
        row.state = RowState.WRONG
    elif row.cadre is None:
        row.state = RowState.NEW
    else:
        row.changes = _changes(row.cadre, row.values)
        row.state = RowState.CHANGED if row.changes else RowState.UNCHANGED


def _warn_of_glyphs(rows: list[PlannedRow]) -> None:
    """Warns of each text with a character that no font has: no paper could be made with it."""
    texts = [
        (row, name, str(row.values[name])) for row in rows for name in PRINTED if name in row.values
    ]
    missing = without_glyph(text for _row, _name, text in texts)
    for row, name, text in texts:
        if found := [c for c in dict.fromkeys(text) if c in missing]:
            row.warnings[name] = _("No font has the character %s.") % with_code_points(found)


def _changes(cadre: Cadre, values: dict[str, Any]) -> list[Change]:
    return [
        Change(name, _said(getattr(cadre, name)), _said(values[name]))
        for name in HEADERS
        if name in values and getattr(cadre, name) != values[name]
    ]


def _said(value: object) -> str:
    return "" if value is None else str(value)
