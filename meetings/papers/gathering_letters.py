"""From frozen rows to the facts of the letters."""

from __future__ import annotations

import re
from datetime import datetime

from django.utils import timezone, translation

from meetings.models import Attendance, AttendanceRole, AttendanceState, Cadre, Gender, Meeting

from .facts import Person, RecordFacts
from .gathering import (
    STATE_NAMES,
    facts_of,
    gather_agenda,
    gather_points,
    gather_record,
    person_of,
)
from .letter_facts import Contact, MakeUpFacts, NoticeFacts, OutlineFacts
from .sheet_facts import SheetRow

HAN = {"", "汉", "汉族"}
# Mobile numbers of the mainland, as people write them: with or without +86.
_MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")


def gather_outline(meeting: Meeting) -> OutlineFacts:
    """The outline of an announced meeting, as the first attachment of its notice."""
    return OutlineFacts(
        title=meeting.outline.title,
        unit=meeting.unit.name,
        number=meeting.number or "",
        attachment=1,
        issued_at=_issued_at(meeting),
        points=gather_points(meeting.outline),
    )


def gather_notice(meeting: Meeting) -> NoticeFacts:
    """The notice of an announced meeting, as its rows were frozen then."""
    # The database has made sure of these when it was announced.
    assert meeting.starts_at is not None
    assert meeting.ends_at is not None
    rows = list(meeting.attendances.exclude(role=AttendanceRole.EXCLUDED).order_by("order", "id"))
    with translation.override("zh-hans"):
        agenda = gather_agenda(meeting)
        kind = str(meeting.get_kind_display())
    return NoticeFacts(
        number=meeting.number or "",
        title=meeting.title,
        kind=kind,
        unit=meeting.unit.name,
        issued_at=_issued_at(meeting),
        starts_at=timezone.localtime(meeting.starts_at),
        ends_at=timezone.localtime(meeting.ends_at),
        place=meeting.place,
        outline=gather_outline(meeting),
        called=tuple(_invited(row) for row in rows if row.role == AttendanceRole.CALLED),
        observing=tuple(_invited(row) for row in rows if row.role == AttendanceRole.OBSERVING),
        addressees=_addressees(meeting, rows),
        basis=meeting.basis or None,
        chair=person_of(meeting.chair, rows),
        speaker=person_of(meeting.speaker, rows),
        agenda=agenda,
        study_list=tuple(meeting.study_items),
        reminders=tuple(line.strip() for line in meeting.reminders.splitlines() if line.strip()),
        pledge_due_on=meeting.pledge_due_on,
        contact=_contact(meeting.announced_by),
    )


def gather_minutes(meeting: Meeting) -> RecordFacts:
    """What the minutes say: the newest record's own facts, or before closing the rows as they are.

    A correction is gone into the facts; that there was one is the record's to say.
    """
    kept = meeting.records.without_bytes().first()
    if kept is not None:
        return facts_of(kept)
    # It is held, so the database has made sure of these.
    assert meeting.held_at is not None
    assert meeting.held_by is not None
    return gather_record(meeting, made_at=meeting.held_at, made_by=meeting.held_by)


def gather_make_up_forms(meeting: Meeting, *, made_at: datetime) -> dict[int, MakeUpFacts]:
    """The make-up records to fill in, of all who missed a held meeting: by the key of their rows,
    in the roll's order."""
    points = gather_points(meeting.outline)
    return {
        row.pk: MakeUpFacts(
            meeting_number=meeting.number or "",
            meeting_title=meeting.title,
            meeting_held_at=meeting.started_at or meeting.starts_at,
            unit=meeting.unit.name,
            person=Person(row.name, row.unit_name or None, row.post or None),
            missed=STATE_NAMES[AttendanceState(row.state)],
            reason=_reason(row),
            starts_at=None,
            ends_at=None,
            place=None,
            speaker=None,
            recorder=None,
            points=points,
            made_at=timezone.localtime(made_at),
            to_fill=True,
        )
        for row in meeting.attendances.missed().order_by("order", "id")
    }


def _reason(row: Attendance) -> str | None:
    """Why somebody did not come, and who approved it; None where nobody recorded why."""
    if not row.reason:
        return None
    return f"{row.reason}，{row.approved_by}批准" if row.approved_by else row.reason


def _issued_at(meeting: Meeting) -> datetime:
    assert meeting.announced_at is not None
    return timezone.localtime(meeting.announced_at)


def _invited(row: Attendance) -> SheetRow:
    """One person of the list, without what became known after the notice went out."""
    observing = row.role == AttendanceRole.OBSERVING
    return SheetRow(
        name=row.name,
        unit=row.unit_name or None,
        post=row.post or None,
        gender_mark=Gender.FEMALE.value if row.gender == Gender.FEMALE else "",
        ethnicity_mark="" if row.ethnicity in HAN else row.ethnicity,
        remark="列席" if observing else "新任职" if row.newly_placed else "",
    )


def _addressees(meeting: Meeting, rows: list[Attendance]) -> tuple[str, ...]:
    """The units of those called, in the roll's order; the issuer does not write to itself."""
    units = dict.fromkeys(row.unit_name for row in rows if row.role == AttendanceRole.CALLED)
    return tuple(unit for unit in units if unit and unit != meeting.unit.name)


def _contact(secretary: Cadre | None) -> Contact | None:
    return Contact(secretary.name, office_phone(secretary.phone)) if secretary else None


def office_phone(number: str) -> str | None:
    """A number that may stand on a paper for many: None for a mobile one, which is a person's own.

    See docs/decisions/contact-on-the-notice.md.
    """
    plain = re.sub(r"[\s()（）-]", "", number)
    return None if not plain or _MOBILE.fullmatch(plain) else number
