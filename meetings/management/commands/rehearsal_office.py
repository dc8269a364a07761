"""Loads the rehearsal office: something to try in the trial mode, and nowhere else."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from meetings.attendance import mark_rest_present
from meetings.holding import hold_meeting, open_signing
from meetings.models import Cadre, Kind, Role
from meetings.rehearsal.line import (
    Office,
    activate_accounts,
    hold_whole_meeting,
    schedule_meeting,
    set_up_office,
    sign_all,
)
from meetings.rehearsal.office import invent_people, write_roster
from meetings.roster.ordering import in_official_order
from meetings.scheduling import announce_meeting
from pledges.models import Pledge

# Everybody in the rehearsal office has it. It never exists outside the trial mode.
PASSWORD = "Liantan-2026"  # noqa: S105
PEOPLE = 61


class Command(BaseCommand):
    help = "Loads the rehearsal office into an empty trial database, and prints its accounts."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.TRIAL:
            raise CommandError("The rehearsal office belongs to the trial mode (TRIAL=1) alone.")
        if not Cadre.objects.exists():
            self._load()
        self._print_accounts()

    def _load(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            roster = Path(directory) / "roster.xlsx"
            write_roster(invent_people(PEOPLE), roster)
            office = set_up_office(roster, report=self.stdout.write)
        cadres = in_official_order(
            Cadre.objects.in_office().within(office.unit).select_related("unit")
        )
        activate_accounts(office, cadres, lambda cadre: PASSWORD, self.stdout.write)
        morning = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0)
        self._closed(office, cadres, morning - timedelta(days=1))
        self._signing(office, cadres, morning)
        self._announced(office, cadres, morning + timedelta(days=9))

    def _closed(self, office: Office, cadres: list[Cadre], at: datetime) -> None:
        meeting = schedule_meeting(
            office,
            title="中层以上领导干部集体廉政谈话会",
            kind=Kind.COLLECTIVE,
            starts_at=at,
            cadres=cadres,
        )
        hold_whole_meeting(office, meeting, started_at=at, report=self.stdout.write)

    def _signing(self, office: Office, cadres: list[Cadre], at: datetime) -> None:
        meeting = schedule_meeting(
            office,
            title="农业项目管理专项集体廉政谈话会",
            kind=Kind.SPECIAL,
            starts_at=at,
            cadres=cadres[:31],
        )
        announce_meeting(by=office.secretary, meeting=meeting)
        hold_meeting(by=office.secretary, meeting=meeting, started_at=at, ended_at=None)
        mark_rest_present(by=office.secretary, meeting=meeting)
        opened = open_signing(by=office.secretary, meeting=meeting)
        pledges = Pledge.objects.filter(occasion=opened.occasion).order_by("attendance__order")
        sign_all(office, pledges[10:22], self.stdout.write)

    def _announced(self, office: Office, cadres: list[Cadre], at: datetime) -> None:
        meeting = schedule_meeting(
            office,
            title="元旦春节前集体廉政谈话会",
            kind=Kind.PRE_HOLIDAY,
            starts_at=at,
            cadres=cadres,
        )
        announce_meeting(by=office.secretary, meeting=meeting)

    def _print_accounts(self) -> None:
        self.stdout.write("Accounts to try (password of all: " + PASSWORD + ")")
        holders = {
            role: Cadre.objects.filter(role_assignments__role=role, is_active=True).first()
            for role in Role.values
        }
        waiting = Pledge.objects.waiting().order_by("staff_number").first()
        for label, cadre in (
            ("secretary 秘书", holders[Role.SECRETARY]),
            ("cadre 干部", waiting.signer if waiting else None),
            ("speaker 谈话人", holders[Role.SPEAKER]),
            ("inspector 纪检人员", holders[Role.INSPECTOR]),
        ):
            if isinstance(cadre, Cadre):
                self.stdout.write(f"  {label}: {cadre.staff_number} {cadre.name}")
