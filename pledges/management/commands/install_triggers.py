"""Puts back the triggers that guard evidence, after a check has found them missing."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from pledges import triggers


class Command(BaseCommand):
    help = "Installs the triggers by which the database refuses to change evidence."
    # The very check that sends an operator here would stop the command.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        guards = triggers.registered()
        absent = triggers.missing(connection, guards)
        with transaction.atomic():
            triggers.install(connection, guards)
        for name in absent:
            self.stdout.write(name)
        self.stdout.write(f"{len(absent)} triggers were missing; all are in place now.")
