"""manage.py import_roster FILE [--apply] [--unit NAME]: the import for the operator's shell."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from meetings.models import Unit
from meetings.roster.exceptions import ImportOutdated, RosterFileRefused
from meetings.roster.importing import apply_plan, read_roster
from meetings.roster.preview import Plan, PlannedRow, RowState, Scope, make_plan
from meetings.roster.unit_names import UnitNames
from meetings.roster.units import create_unit


class Command(BaseCommand):
    help = "Shows what a roster (.xlsx, .xls) would do row by row; --apply does it, all or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the roster")
        parser.add_argument("--apply", action="store_true", help="write it; else only show")
        parser.add_argument(
            "--unit",
            metavar="NAME",
            help="whose roster it is: unknown units are created below it, and it itself as a root "
            "if it is not known. Not needed where there is one root",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            table = read_roster(options["file"].read_bytes())
        except OSError as error:
            raise CommandError(str(error)) from error
        except RosterFileRefused as refused:
            raise CommandError(str(refused.message)) from refused
        # One transaction for both ways: the preview makes the base unit too, and takes it back.
        with transaction.atomic():
            base = self._base(options["unit"])
            scope = Scope(base=base, paths=(base.path,))
            plan = make_plan(rows=table.rows, scope=scope, lock=True)
            if plan.unknown_units:
                plan = make_plan(
                    rows=table.rows, scope=scope, accepted_units=plan.unknown_units, lock=True
                )
            self._show(plan, table.sheet)
            if options["apply"] and plan.is_clean:
                self._apply(plan, base)
            else:
                transaction.set_rollback(True)
        if not plan.is_clean:
            raise CommandError(_("Some rows are wrong; nothing was changed."))

    def _base(self, name: str | None) -> Unit:
        units = Unit.objects.all()
        if not name:
            roots = list(units.filter(parent=None)[:2])
            if len(roots) != 1:
                raise CommandError(_("Say with --unit whose roster this is."))
            return roots[0]
        found = UnitNames(units, ("/",)).find(name)
        if len(found) > 1:
            raise CommandError(_("Several units are called %s: write it as 上级/下级.") % name)
        return found[0] if found else create_unit(by=None, parent=None, name=name)

    def _apply(self, plan: Plan, base: Unit) -> None:
        try:
            applied = apply_plan(by=None, plan=plan, base=base)
        except ImportOutdated as error:
            raise CommandError(str(error.message)) from error
        self.stdout.write(
            self.style.SUCCESS(
                _("The roster is applied: %(new)s new, %(changed)s changed, %(same)s unchanged.")
                % {
                    "new": len(applied.new),
                    "changed": len(applied.changed),
                    "same": applied.unchanged,
                }
            )
        )

    def _show(self, plan: Plan, sheet: str) -> None:
        self.stdout.write(_("Sheet “%s”") % sheet)
        for row in plan.rows:
            self.stdout.write(
                f"{row.line:>6}  {row.state.label}  {row.number}  {row.name}  {row.unit_name}  "
                f"{row.post}  {_what(row)}".rstrip()
            )
        counts = plan.counts
        self.stdout.write("")
        for state in RowState:
            self.stdout.write(f"{counts[state.value]:>6}  {state.label}")
        if plan.new_units:
            self.stdout.write(_("Units to be created: %s") % "、".join(plan.new_units))
        if plan.missing:
            self.stdout.write(_("In the roster and not in the file: %s") % len(plan.missing))


def _what(row: PlannedRow) -> str:
    told = [f"{head} “{cell}”: {reason}" for head, cell, reason in row.problems + row.doubts]
    told += [f"{c.header}: {c.before or '—'} → {c.after or '—'}" for c in row.changes]
    return "; ".join(told)
