"""Runs the whole line once, on a database of its own, and writes the papers that come out."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from meetings.exceptions import MeetingError
from meetings.models import Cadre, Kind, Record, RecordState
from meetings.papers.gathering import facts_of, gather_pledge
from meetings.papers.pledge import render_pledge
from meetings.papers.seal_keys import configured_seal, root_pem
from meetings.rehearsal.line import (
    activate_accounts,
    hold_whole_meeting,
    schedule_meeting,
    set_up_office,
)
from meetings.rehearsal.office import invent_people, write_roster
from meetings.roster.ordering import in_official_order
from pledges.models import Pledge

MARK = "LIANTAN_REHEARSAL"


class Command(BaseCommand):
    help = "Rehearses one meeting from the roster to the record, and writes its papers to --out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--roster", type=Path, help="a roster file; without it, an invented one"
        )
        parser.add_argument(
            "--cadres", type=int, default=60, help="how many take part (13 or more)"
        )
        parser.add_argument("--out", type=Path, required=True, help="the directory to write to")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cadres"] < 13:
            raise CommandError("A rehearsal takes at least 13 cadres.")
        options["out"].mkdir(parents=True, exist_ok=True)
        if os.environ.get(MARK):
            try:
                self._rehearse(options["roster"], options["cadres"], options["out"])
            except MeetingError as error:
                raise CommandError(error.message) from error
        else:
            self._start_apart(options)

    def _start_apart(self, options: dict[str, Any]) -> None:
        """Starts this command again in a process whose database is new and thrown away after."""
        with tempfile.TemporaryDirectory() as directory:
            environment = {
                **os.environ,
                MARK: "1",
                "TRIAL": "1",
                "TASKS_IMMEDIATE": "1",
                "VAR_DIR": directory,
                "DATABASE_URL": f"sqlite:///{directory}/rehearsal.sqlite3",
                "PAPER_FONT_DIR": str(settings.PAPER_FONT_DIR),
                "EMAIL_HOST": "",
                # Keys of its own: the unit's never touch what is invented.
                "KEY_DIR": f"{directory}/keys",
                **{name: "" for name in os.environ if name.startswith(("SEAL_", "LEDGER_"))},
            }
            command = [
                sys.executable, str(settings.BASE_DIR / "manage.py"), "rehearse",
                "--cadres", str(options["cadres"]), "--out", str(options["out"].resolve()),
            ]  # fmt: skip
            if options["roster"]:
                command += ["--roster", str(options["roster"].resolve())]
            if subprocess.run(command, env=environment, check=False).returncode:  # noqa: S603
                raise CommandError("The rehearsal did not come to its end.")

    def _rehearse(self, roster: Path | None, cadres: int, out: Path) -> None:
        call_command("migrate", verbosity=0)
        call_command("createcachetable")
        if roster is None:
            roster = Path(settings.VAR_DIR) / "roster.xlsx"
            write_roster(invent_people(cadres), roster)
        office = set_up_office(roster, report=self.stdout.write)
        people = in_official_order(
            Cadre.objects.in_office().within(office.unit).select_related("unit")
        )[:cadres]
        if len(people) < cadres:
            self.stdout.write(f"花名册只有 {len(people)} 人，全部参加")
        activate_accounts(
            office, people, lambda cadre: f"Aa1-{secrets.token_urlsafe(9)}", self.stdout.write
        )
        at = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0)
        meeting = schedule_meeting(
            office,
            title="中层以上领导干部集体廉政谈话会",
            kind=Kind.COLLECTIVE,
            starts_at=at - timedelta(days=1),
            cadres=people,
        )
        record = hold_whole_meeting(
            office, meeting, started_at=at - timedelta(days=1), report=self.stdout.write
        )
        self._write(Record.objects.get(pk=record.pk), out)

    def _write(self, record: Record, out: Path) -> None:
        if record.state != RecordState.READY:
            raise CommandError(f"The record was not made: {record.error or record.state}")
        if not record.is_sealed:
            raise CommandError(f"The record was not sealed: {record.seal_error}")
        (out / "record.pdf").write_bytes(record.best_pdf)
        (out / "root.pem").write_bytes(root_pem(configured_seal()))
        pledges = (
            Pledge.objects.signed()
            .filter(occasion=record.meeting.occasion)
            .select_related("signature", "occasion__outline")
            .order_by("attendance__order")
        )
        for pledge in pledges[:3]:
            pdf = render_pledge(gather_pledge(pledge, site_url=settings.SITE_URL))
            (out / f"pledge-{pledge.staff_number}.pdf").write_bytes(pdf)
        (out / "facts.json").write_text(
            json.dumps(facts_of(record).to_json(), ensure_ascii=False, indent=2), encoding="utf-8"
        )
        self.stdout.write(
            f"已写入 {out}：record.pdf（已加盖试用印章）、root.pem、承诺书 3 份、facts.json"
        )
