"""Writes a closed meeting's archive package, or checks one (which needs no database)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from meetings.archive.checking import check_package, lines_of, read_roots
from meetings.archive.collecting import NotPackable
from meetings.archive.packing import pack
from meetings.models import Meeting
from meetings.papers.exceptions import PaperError


class Command(BaseCommand):
    help = (
        "Writes the archive package of the meeting NUMBER to a new folder, with a report under the "
        "four heads of DA/T 70-2018; or checks a package with --check, without the database."
    )
    # A package is checked where there may be no database: manage.py does not even come here then.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "number", nargs="?", help="the meeting's number, such as 青农廉谈〔2026〕1号"
        )
        parser.add_argument("--out", type=Path, help="the folder to write, not there yet or empty")
        parser.add_argument("--check", type=Path, metavar="DIR", help="the package to check")
        for option in ("--root", "--tsa-root"):
            parser.add_argument(
                option,
                action="append",
                default=[],
                type=Path,
                metavar="CERT",
                help="with --check: a root certificate that you have from elsewhere, PEM",
            )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            self._check(options["check"], options["root"], options["tsa_root"])
        elif options["number"] and options["out"]:
            self._pack(options["number"], options["out"])
        else:
            raise CommandError("Give NUMBER and --out DIR, or --check DIR.")

    def _check(self, folder: Path, roots: list[Path], stamps: list[Path]) -> None:
        try:
            outcome = check_package(folder, read_roots(roots, stamps))
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("\n".join(lines_of(outcome)))
        if not outcome.good:
            raise CommandError("The package is not sound.")

    def _pack(self, number: str, out: Path) -> None:
        meeting = (
            Meeting.objects.filter(number=number)
            .select_related(
                "unit", "outline", "chair__unit", "speaker__unit", "recorder__unit",
                "announced_by", "held_by", "signing_by", "closed_by",
            )
            .first()
        )  # fmt: skip
        if meeting is None:
            raise CommandError(f"No meeting has the number {number}.")
        try:
            packed = pack(meeting, out)
        except (NotPackable, PaperError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{packed.folder}  SHA256SUMS sha256 {packed.sha256}")
        if packed.failures:
            lines = [f"{found.head}·{found.item}: {found.note}" for found in packed.failures]
            raise CommandError(
                "The package is written, and its report says that not all is well:\n"
                + "\n".join(lines)
            )
