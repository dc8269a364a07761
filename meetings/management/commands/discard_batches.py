"""Removes the files of bulk exports that ended more than a week ago."""

from typing import Any

from django.core.management.base import BaseCommand

from meetings.bulk import discard_outdated


class Command(BaseCommand):
    help = (
        "Removes the files of bulk exports that ended more than a week ago. Every export does so "
        "by itself; a timer keeps the promise where none is asked for."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{discard_outdated()} removed")
