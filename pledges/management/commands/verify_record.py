"""Verifies a talk record or a receipt by what this site believes."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pledges.verify import MAX_FILE, text_lines
from pledges.verifying import verify_here


class Command(BaseCommand):
    help = (
        "Verifies a talk record (PDF) or a pledge receipt (JSON) by this site's roots and ledger "
        "key. Ends with 0 for a good one alone, 1 for a bad one, 2 when it cannot be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the record or receipt")
        parser.add_argument("--older", type=Path, help="an older record of the same ledger")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--english", action="store_true", help="print the report in English")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = _read(options["file"])
            older = _read(options["older"]) if options["older"] else None
            report = verify_here(data, older=older)
        except (OSError, ValueError) as error:
            raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(report.to_json(), ensure_ascii=False, indent=1))
        else:
            self.stdout.write("\n".join(text_lines(report, english=options["english"])))
        if not report.good:
            raise SystemExit(1)


def _read(path: Path) -> bytes:
    """The file's bytes; ValueError when it is larger than any record may be."""
    if path.stat().st_size > MAX_FILE:
        raise ValueError(f"{path} is larger than {MAX_FILE} bytes")
    return path.read_bytes()
