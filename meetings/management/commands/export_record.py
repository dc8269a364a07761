"""Writes a closed meeting's sealed talk record to a file."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from meetings.models import Meeting, RecordState
from pledges import ledger
from pledges.models import EntryKind


class Command(BaseCommand):
    help = "Writes the sealed record of the meeting NUMBER as PDF: the newest revision, or another."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", help="the meeting's number, such as 青农廉谈〔2026〕1号")
        parser.add_argument("--out", type=Path, required=True, help="the file to write")
        parser.add_argument("--revision", type=int, help="1 is the record as it was closed")

    def handle(self, *args: Any, **options: Any) -> None:
        meeting = Meeting.objects.filter(number=options["number"]).first()
        if meeting is None:
            raise CommandError(f"No meeting has the number {options['number']}.")
        records = meeting.records.order_by("-revision")
        if options["revision"]:
            records = records.filter(revision=options["revision"])
        record = records.first()
        if record is None:
            raise CommandError("This meeting has no such record: it is not closed yet.")
        if record.state != RecordState.READY:
            raise CommandError(f"The record is {record.get_state_display()}. {record.error}")
        if not record.is_sealed:
            raise CommandError(
                f"The record is not sealed: {record.get_seal_state_display()}. {record.seal_error}"
            )
        with transaction.atomic():
            ledger.append(
                kind=EntryKind.EXPORTED,
                by=None,
                subject=f"record:{meeting.number}/{record.revision}",
                private={"command": "export_record", "uid": os.getuid()},
            )
        options["out"].write_bytes(record.best_pdf)
        self.stdout.write(f"{options['out']}  sha256 {record.sealed_sha256}")
