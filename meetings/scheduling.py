"""Scheduling: from a draft to an announced meeting with a frozen roll and a number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pledges import ledger
from pledges.models import EntryKind, Outline, Pledge

from .exceptions import MeetingIncomplete, StateConflict
from .models import (
    AgendaItem,
    Attendance,
    AttendanceRole,
    Block,
    Cadre,
    Kind,
    Meeting,
    NoticeKind,
    PostChange,
    State,
    Unit,
)
from .notices import send_notices
from .papers.draft import find_unprintable
from .permissions import may_manage_unit
from .roster.ordering import in_official_order

# The usual course of a talk, in minutes; every line can be changed or left out.
USUAL_AGENDA = (
    (Block.OPENING, 5),
    (Block.STUDY, 20),
    (Block.TALK, 40),
    (Block.STATEMENTS, 15),
    (Block.SIGNING, 10),
    (Block.SUMMARY, 10),
)


def lock_meeting(meeting: Meeting, *states: State) -> Meeting:
    """The meeting's row, locked and fresh, in one of `states`.

    Every service locks the meeting first, then its attendances, then their pledges. Raises
    StateConflict when the meeting is in another state by now.
    """
    locked = (
        Meeting.objects.select_for_update(of=("self",)).select_related("unit").get(pk=meeting.pk)
    )
    if states and locked.state not in states:
        raise StateConflict(
            _("This meeting is now “%(state)s”, so this step is no longer possible.")
            % {"state": locked.get_state_display()},
            locked.pk,
        )
    return locked


def require_secretary(by: Cadre, unit: Unit) -> None:
    """Raises PermissionDenied unless `by` is the secretary of `unit` or of one above."""
    if not may_manage_unit(by, unit):
        raise PermissionDenied


@transaction.atomic
def draft_meeting(
    *, by: Cadre, unit: Unit, title: str = "", kind: str = Kind.COLLECTIVE
) -> Meeting:
    """A new draft with the newest outline and the usual agenda.

    Raises PermissionDenied for anyone but the unit's secretary.
    """
    require_secretary(by, unit)
    meeting = Meeting(
        unit=unit,
        kind=kind,
        title=title,
        outline=Outline.objects.newest(),
        recorder=by,
        created_at=timezone.now(),
        created_by=by,
    )
    meeting.full_clean()
    meeting.save()
    AgendaItem.objects.bulk_create(
        AgendaItem(meeting=meeting, order=order, block=block, minutes=minutes)
        for order, (block, minutes) in enumerate(USUAL_AGENDA, start=1)
    )
    return meeting


@transaction.atomic
def copy_meeting(*, by: Cadre, meeting: Meeting) -> Meeting:
    """A new draft with the kind, people, agenda and texts of `meeting`, but no date.

    Those who left office since are not called again; the outline is the newest. Raises
    PermissionDenied for anyone but the unit's secretary.
    """
    require_secretary(by, meeting.unit)
    copy = Meeting(
        unit=meeting.unit,
        kind=meeting.kind,
        title=meeting.title,
        basis=meeting.basis,
        place=meeting.place,
        chair=meeting.chair,
        speaker=meeting.speaker,
        recorder=meeting.recorder,
        reminders=meeting.reminders,
        study_list=meeting.study_list,
        retention=meeting.retention,
        outline=Outline.objects.newest(),
        created_at=timezone.now(),
        created_by=by,
    )
    copy.full_clean()
    copy.save()
    AgendaItem.objects.bulk_create(
        AgendaItem(
            meeting=copy, order=item.order, block=item.block, title=item.title, minutes=item.minutes
        )
        for item in meeting.agenda_items.all()
    )
    Attendance.objects.bulk_create(
        Attendance(
            meeting=copy,
            cadre_id=row.cadre_id,
            role=row.role,
            exclusion_reason=row.exclusion_reason,
            order=row.order,
        )
        for row in meeting.attendances.filter(cadre__is_active=True)
    )
    return copy


@transaction.atomic
def save_draft(
    *,
    by: Cadre,
    meeting: Meeting,
    values: dict[str, Any],
    agenda: Sequence[dict[str, Any]],
    post_changes: Sequence[dict[str, Any]],
) -> Meeting:
    """Saves the whole of a draft: its fields, its agenda in the given order, its post changes.

    `values` are Meeting fields; `agenda` items have block, title, minutes; `post_changes` have
    cadre, from_post, to_post, document, newly_placed. Raises StateConflict once announced,
    PermissionDenied for others than the secretary, ValidationError for values that do not fit.
    """
    draft = lock_meeting(meeting, State.DRAFT)
    require_secretary(by, draft.unit)
    for field, value in values.items():
        setattr(draft, field, plain_lines(value) if isinstance(value, str) else value)
    draft.full_clean()
    draft.save()
    draft.agenda_items.all().delete()
    for order, item in enumerate(agenda, start=1):
        row = AgendaItem(meeting=draft, order=order, **item)
        row.full_clean()
        row.save()
    draft.post_changes.all().delete()
    for change in post_changes:
        moved = PostChange(meeting=draft, **change)
        moved.full_clean()
        moved.save()
    return draft


def plain_lines(text: str) -> str:
    """`text` with one LF a line: browsers send CR LF, and a CR has no glyph on paper."""
    return "\n".join(text.splitlines())


@transaction.atomic
def discard_draft(*, by: Cadre, meeting: Meeting) -> None:
    """Deletes a draft and everything in it. Raises StateConflict once announced."""
    draft = lock_meeting(meeting, State.DRAFT)
    require_secretary(by, draft.unit)
    draft.delete()


@transaction.atomic
def call_cadres(
    *,
    by: Cadre,
    meeting: Meeting,
    cadres: Iterable[Cadre],
    role: str = AttendanceRole.CALLED,
    exclusion_reason: str = "",
) -> int:
    """Puts `cadres` on the draft's roll in `role`, or changes the role of those on it.

    Gives the number of people concerned. Those excluded need a reason (ValidationError).
    """
    draft = lock_meeting(meeting, State.DRAFT)
    require_secretary(by, draft.unit)
    reason = exclusion_reason if role == AttendanceRole.EXCLUDED else ""
    wanted = {cadre.pk: cadre for cadre in cadres if cadre.is_active}
    there = draft.attendances.filter(cadre__in=wanted)
    if wanted:
        # The rule is the same for all of them, so that one row stands for a thousand.
        Attendance(role=role, exclusion_reason=reason).full_clean(
            exclude=["meeting", "cadre"], validate_unique=False
        )
    known = set(there.values_list("cadre_id", flat=True))
    there.update(role=role, exclusion_reason=reason)
    Attendance.objects.bulk_create(
        Attendance(meeting=draft, cadre=cadre, role=role, exclusion_reason=reason)
        for pk, cadre in wanted.items()
        if pk not in known
    )
    return len(wanted)


@transaction.atomic
def dismiss_cadres(*, by: Cadre, meeting: Meeting, cadres: Iterable[Cadre]) -> int:
    """Takes `cadres` off the draft's roll; gives how many were on it."""
    draft = lock_meeting(meeting, State.DRAFT)
    require_secretary(by, draft.unit)
    deleted, _rows = draft.attendances.filter(cadre__in=list(cadres)).delete()
    return deleted


@dataclass(frozen=True)
class Overlap:
    """Somebody wanted in two places at once."""

    name: str
    meeting: Meeting


def find_overlaps(meeting: Meeting) -> list[Overlap]:
    """The people of `meeting` who have another announced meeting at the same time."""
    if not (meeting.starts_at and meeting.ends_at):
        return []
    others = Meeting.objects.exclude(pk=meeting.pk).filter(
        state__in=[State.ANNOUNCED, State.HELD],
        starts_at__lt=meeting.ends_at,
        ends_at__gt=meeting.starts_at,
    )
    wanted = set(meeting.attendances.exclude(role="excluded").values_list("cadre_id", flat=True))
    wanted |= {
        pk for pk in (meeting.chair_id, meeting.speaker_id, meeting.recorder_id) if pk is not None
    }
    busy = Attendance.objects.filter(meeting__in=others, cadre_id__in=wanted).exclude(
        role="excluded"
    )
    return [Overlap(row.cadre.name, row.meeting) for row in busy.select_related("cadre", "meeting")]


def count_similar_pledges(meeting: Meeting) -> int:
    """How many of those called signed a pledge of the same kind of talk in the meeting's year.

    Pledges in their dozens are what people complain of, so the secretary is told beforehand.
    """
    started = timezone.localtime(meeting.starts_at) if meeting.starts_at else timezone.localtime()
    return (
        Pledge.objects.signed()
        .filter(
            signer__in=meeting.attendances.filter(role="called").values("cadre"),
            attendance__meeting__kind=meeting.kind,
            attendance__meeting__year=started.year,
        )
        .exclude(attendance__meeting=meeting)
        .values("signer")
        .distinct()
        .count()
    )


def list_what_is_missing(meeting: Meeting) -> list[str]:
    """Everything that a draft still needs before it can be announced, in words."""
    return list(find_gaps(meeting).values())


def find_gaps(meeting: Meeting) -> dict[str, str]:
    """What a draft still needs before it can be announced: by field (or `agenda`, `people`),
    in words.
    """
    needs = {
        "title": _("The title is missing."),
        "starts_at": _("The time at which it starts is missing."),
        "ends_at": _("The time at which it ends is missing."),
        "place": _("The place is missing."),
        "chair": _("The chair is missing."),
        "speaker": _("The speaker is missing."),
        "recorder": _("The recorder is missing."),
        "pledge_due_on": _("The day by which pledges are due is missing."),
    }
    gaps = {field: words for field, words in needs.items() if not getattr(meeting, field)}
    if not meeting.agenda_items.exists():
        gaps["agenda"] = _("The agenda is empty.")
    if not meeting.attendances.filter(role=AttendanceRole.CALLED).exists():
        gaps["people"] = _("Nobody is called yet.")
    starts_on = timezone.localdate(meeting.starts_at) if meeting.starts_at else None
    if starts_on and meeting.pledge_due_on and meeting.pledge_due_on < starts_on:
        gaps["pledge_due_on"] = _("Pledges are due before the meeting takes place.")
    return gaps


@transaction.atomic
def announce_meeting(*, by: Cadre, meeting: Meeting) -> Meeting:
    """Gives the number, freezes the roll as of now in official order, and sends the notice.

    Announcing twice changes nothing. Raises MeetingIncomplete with all that is missing or that no
    paper can show, PermissionDenied for others than the secretary.
    """
    locked = lock_meeting(meeting)
    require_secretary(by, locked.unit)
    if not locked.is_draft:
        return locked
    problems = list_what_is_missing(locked) + [words for _part, words in find_unprintable(locked)]
    if problems:
        raise MeetingIncomplete(_("The meeting cannot be announced yet."), problems)
    _give_number(locked)
    locked.state = State.ANNOUNCED
    locked.announced_at, locked.announced_by = timezone.now(), by
    locked.full_clean()
    locked.save()
    _freeze_roll(locked)
    send_notices(
        by=by,
        attendances=locked.attendances.exclude(role=AttendanceRole.EXCLUDED),
        kind=NoticeKind.ANNOUNCEMENT,
    )
    ledger.append(kind=EntryKind.MEETING_ANNOUNCED, by=by, subject=f"meeting:{locked.number}")
    return locked


def _give_number(meeting: Meeting) -> None:
    """The next number of the unit and year. The unit's row is the queue for it."""
    unit = Unit.objects.select_for_update().get(pk=meeting.unit_id)
    assert meeting.starts_at is not None  # list_what_is_missing has seen to it
    meeting.year = timezone.localtime(meeting.starts_at).year
    taken = Meeting.objects.filter(unit=unit, year=meeting.year).aggregate(
        last=models.Max("sequence")
    )
    meeting.sequence = (taken["last"] or 0) + 1
    prefix = unit.number_prefix or f"{unit.name}廉谈"
    meeting.number = f"{prefix}〔{meeting.year}〕{meeting.sequence}号"
    if Meeting.objects.filter(number=meeting.number).exists():
        raise MeetingIncomplete(
            _("The meeting cannot be announced yet."),
            [
                _("Another unit already uses the number %s: give this unit a prefix of its own.")
                % meeting.number
            ],
        )


def _freeze_roll(meeting: Meeting) -> None:
    rows = {
        row.cadre_id: row
        for row in meeting.attendances.select_for_update(of=("self",)).select_related("cadre__unit")
    }
    newly_placed = set(
        meeting.post_changes.filter(newly_placed=True).values_list("cadre_id", flat=True)
    )
    cadres = in_official_order([row.cadre for row in rows.values()])
    for order, cadre in enumerate(cadres, start=1):
        row = rows[cadre.pk]
        row.order = order
        row.staff_number, row.name = cadre.staff_number, cadre.name
        row.gender, row.ethnicity = cadre.gender, cadre.ethnicity
        row.unit_name = cadre.unit.name if cadre.unit else ""
        row.post, row.rank = cadre.post, cadre.rank
        row.newly_placed = cadre.pk in newly_placed
    Attendance.objects.bulk_update(
        rows.values(),
        [
            "order",
            "staff_number",
            "name",
            "gender",
            "ethnicity",
            "unit_name",
            "post",
            "rank",
            "newly_placed",
        ],
        batch_size=200,
    )


def suggest_due_date(starts_at: datetime) -> date:
    """Pledges are due on the day of the talk itself, unless the secretary says otherwise."""
    return timezone.localdate(starts_at)
