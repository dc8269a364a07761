"""Queues again the records whose PDF or whose seal was left behind."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from meetings.papers.exceptions import SealError
from meetings.papers.seal_keys import configured_seal
from meetings.sealing import resume_sealing


class Command(BaseCommand):
    help = "Queues every record whose PDF or seal is unfinished; the task worker does the work."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--interrupted",
            action="store_true",
            help="no worker runs now: what is being sealed was stopped in the middle",
        )
        parser.add_argument(
            "--failed", action="store_true", help="those whose sealing failed as well"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.TRIAL:
            try:
                configured_seal()  # makes the trial's seal before the first meeting is closed
            except SealError as error:
                self.stderr.write(str(error))
        queued = resume_sealing(interrupted=options["interrupted"], failed=options["failed"])
        for record in queued:
            self.stdout.write(f"{record.meeting.number} r{record.revision}: queued")
        if options["verbosity"] and not queued:
            self.stdout.write("Nothing was left behind.")
