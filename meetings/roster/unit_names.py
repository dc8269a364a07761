"""Which unit a roster means by a name."""

import re
from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext as _

from meetings.models import Unit

from .cells import CellRefused, bounded_text, plain_text, shown
from .workbook import Cell, Formula

SEPARATOR = "/"


def read_unit_name(cell: Cell) -> str:
    """The name of a unit as a roster writes it, not yet held against the known ones."""
    return plain_text(cell)


class UnitNames:
    """The known units by every name that means them: own name, or with those above before it."""

    def __init__(self, units: Iterable[Unit], paths: tuple[str, ...]) -> None:
        self._by_pk = {unit.pk: unit for unit in units}
        self._within: dict[str, list[Unit]] = defaultdict(list)
        self._outside: dict[str, list[Unit]] = defaultdict(list)
        for unit in self._by_pk.values():
            table = self._within if unit.path.startswith(paths) else self._outside
            for name in self._names_of(unit):
                table[name].append(unit)
        self._longest_first = sorted(self._within, key=len, reverse=True)

    def _names_of(self, unit: Unit) -> set[str]:
        chain = self._chain(unit)
        tails = [chain[start:] for start in range(len(chain))]
        return {SEPARATOR.join(tail) for tail in tails} | {"".join(tail) for tail in tails}

    def _chain(self, unit: Unit) -> list[str]:
        keys = [int(part) for part in unit.path.strip("/").split("/")]
        return [self._by_pk[key].name for key in keys]

    def full_name(self, unit: Unit) -> str:
        """The unit's name with those of all units above it."""
        return SEPARATOR.join(self._chain(unit))

    def find(self, name: str) -> list[Unit]:
        """The units within reach that `name` can mean."""
        return self._within.get(name, [])

    def is_foreign(self, name: str, base: Unit) -> bool:
        """Whether `name` means a unit of the same office that is out of reach."""
        root = f"/{base.path.split('/')[1]}/"
        return any(unit.path.startswith(root) for unit in self._outside.get(name, []))

    def longest_prefix(self, text: str) -> str:
        """The longest known name that `text` begins with, or ""."""
        return next((name for name in self._longest_first if text.startswith(name)), "")


def split_unit_and_post(cell: Cell, names: UnitNames) -> tuple[str, str]:
    """Unit and post out of one cell (单位及职务).

    A space or line break parts them where the first part is no known unit; else the longest known
    unit that the text begins with is the unit. Raises CellRefused when neither helps.
    """
    if isinstance(cell, Formula):
        plain_text(cell)
    text = plain_text(cell)
    if not text:
        return "", ""
    prefix = names.longest_prefix(text)
    if prefix:
        unit, post = prefix, text.removeprefix(prefix).lstrip(SEPARATOR + "，、,")
    else:
        parts = [plain_text(part) for part in re.split(r"\s+", shown(cell).strip(), maxsplit=1)]
        if len(parts) < 2:
            raise CellRefused(
                _("No known unit at its beginning. Put a space between unit and post.")
            )
        unit, post = parts
    return unit, bounded_text("post")(post)
