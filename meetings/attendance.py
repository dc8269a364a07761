"""The attendance desk: marking who came, with every mark kept."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pledges import ledger
from pledges.exceptions import PledgeError
from pledges.models import EntryKind
from pledges.occasions import request_pledges, withdraw_pledge

from .exceptions import AttendanceConflict, MeetingError
from .models import (
    Attendance,
    AttendanceChange,
    AttendanceRole,
    AttendanceState,
    Cadre,
    Meeting,
    State,
)
from .permissions import may_manage
from .scheduling import lock_meeting

# Attendance is recorded once the roll is frozen and until the meeting is closed.
MARKING_STATES = (State.ANNOUNCED, State.HELD, State.SIGNING)
MARKED_FIELDS = ("role", "state", "late", "left_early", "reason", "approved_by")


@dataclass(frozen=True)
class Counts:
    """The balance of a roll: called = present + on_leave + absent + unmarked."""

    called: int
    present: int
    on_leave: int
    absent: int
    unmarked: int
    late: int
    left_early: int
    observing: int
    excluded: int
    undecided_leave: int
    signed: int

    @property
    def balances(self) -> bool:
        return self.called == self.present + self.on_leave + self.absent


def count_attendance(meeting: Meeting) -> Counts:
    """Counts the meeting's roll in one query."""
    rows = list(
        meeting.attendances.values_list(
            "role",
            "state",
            "late",
            "left_early",
            "reason",
            "approved_by",
            "pledge__signature",
            "pledge__revocation",
        )
    )
    called = [row for row in rows if row[0] == AttendanceRole.CALLED]
    states = Counter(row[1] for row in called)
    roles = Counter(row[0] for row in rows)
    return Counts(
        called=len(called),
        present=states[AttendanceState.PRESENT],
        on_leave=states[AttendanceState.LEAVE],
        absent=states[AttendanceState.ABSENT],
        unmarked=states[AttendanceState.UNMARKED],
        late=sum(row[2] for row in called),
        left_early=sum(row[3] for row in called),
        observing=roles[AttendanceRole.OBSERVING],
        excluded=roles[AttendanceRole.EXCLUDED],
        undecided_leave=sum(
            row[1] == AttendanceState.LEAVE and not (row[4] and row[5]) for row in called
        ),
        signed=sum(row[6] is not None and row[7] is None for row in rows),
    )


@transaction.atomic
def mark_attendance(
    *,
    by: Cadre,
    attendance: Attendance,
    version: int,
    state: str,
    late: bool = False,
    left_early: bool = False,
    reason: str = "",
    approved_by: str = "",
) -> Attendance:
    """Marks one person, if nobody else has marked them since `version` was shown.

    The same mark again changes nothing, whatever the version. Raises AttendanceConflict when the
    person was marked otherwise meanwhile, MeetingError when a pledge or a statement shows that they
    were there, StateConflict outside the time of marking, ValidationError for a mark that does not
    fit.
    """
    meeting = lock_meeting(attendance.meeting, *MARKING_STATES)
    if not may_manage(by, meeting):
        raise PermissionDenied
    row = Attendance.objects.select_for_update(of=("self",)).get(pk=attendance.pk)
    before = mark_of(row)
    row.state, row.late, row.left_early = state, late, left_early
    row.reason, row.approved_by = reason.strip(), approved_by.strip()
    if mark_of(row) == before:
        return row
    if row.version != version:
        row.refresh_from_db()
        raise AttendanceConflict(
            _("%(name)s was marked “%(state)s” by somebody else meanwhile. Look again, then mark.")
            % {"name": row.name, "state": row.get_state_display()}
        )
    if row.state != AttendanceState.PRESENT and row.statements.exists():
        raise MeetingError(_("%s has made a statement, so was present.") % row.name)
    _withdraw_untouched_pledge(by, row)
    save_mark(by=by, row=row, before=before)
    _ask_latecomers(by, meeting, [row])
    first = before["state"] == AttendanceState.UNMARKED
    kind = EntryKind.ATTENDANCE_RECORDED if first else EntryKind.ATTENDANCE_CHANGED
    _tell(kind, by, meeting, [(row, before)])
    return row


@transaction.atomic
def mark_rest_present(*, by: Cadre, meeting: Meeting) -> int:
    """Marks everyone who is not marked yet as present; gives how many that were."""
    locked = lock_meeting(meeting, *MARKING_STATES)
    if not may_manage(by, locked):
        raise PermissionDenied
    rows = list(locked.attendances.unmarked().select_for_update(of=("self",)))
    marks = [(row, mark_of(row)) for row in rows]
    for row, before in marks:
        row.state = AttendanceState.PRESENT
        save_mark(by=by, row=row, before=before)
    _ask_latecomers(by, locked, rows)
    if marks:
        _tell(EntryKind.ATTENDANCE_RECORDED, by, locked, marks)
    return len(rows)


def mark_of(row: Attendance) -> dict[str, Any]:
    """What a mark says of a person, as the history keeps it."""
    return {field: getattr(row, field) for field in MARKED_FIELDS}


def save_mark(*, by: Cadre, row: Attendance, before: dict[str, Any]) -> None:
    """Saves a locked row whose mark was `before`, and the change beside it.

    Raises ValidationError for a mark that does not fit, such as an absent signer.
    """
    row.version += 1
    row.full_clean(exclude=["meeting", "cadre"], validate_unique=False)
    row.save()
    AttendanceChange.objects.create(
        attendance=row,
        changed_at=timezone.now(),
        changed_by=by,
        before=before,
        after=mark_of(row),
    )


def _tell(
    kind: EntryKind, by: Cadre, meeting: Meeting, marks: Iterable[tuple[Attendance, dict[str, Any]]]
) -> None:
    """One ledger entry for all of `marks`, each a saved row with the mark that it had before."""
    rows = [
        {"staff_number": row.staff_number, "before": before, "after": mark_of(row)}
        for row, before in marks
    ]
    ledger.append(kind=kind, by=by, subject=f"meeting:{meeting.number}", private={"rows": rows})


def _withdraw_untouched_pledge(by: Cadre, row: Attendance) -> None:
    """Takes the pledge back from somebody who turns out not to be present, if it is untouched."""
    pledge = row.pledge
    if pledge is None or row.state == AttendanceState.PRESENT:
        return
    row.pledge = None
    row.save(update_fields=["pledge"])
    try:
        withdraw_pledge(by=by, pledge=pledge)
    except PledgeError as error:
        raise MeetingError(
            _("%s has opened or signed the pledge, so was present.") % row.name
        ) from error


def _ask_latecomers(by: Cadre, meeting: Meeting, rows: Iterable[Attendance]) -> None:
    """Asks those marked as present after signing was opened; only saved marks may have a pledge."""
    late = [
        row
        for row in rows
        if row.state == AttendanceState.PRESENT
        and row.role == AttendanceRole.CALLED
        and row.pledge_id is None
    ]
    if late and meeting.state == State.SIGNING:
        ask_for_pledges(by=by, meeting=meeting, attendances=late)


def ask_for_pledges(*, by: Cadre, meeting: Meeting, attendances: list[Attendance]) -> None:
    """Asks each of `attendances`, who are present, for a pledge on the meeting's occasion."""
    assert meeting.occasion is not None  # signing is open
    pledges = request_pledges(
        by=by,
        occasion=meeting.occasion,
        signers=[
            (row.cadre_id, row.staff_number, row.name, row.unit_name, row.post)
            for row in attendances
        ],
    )
    by_signer = {pledge.signer_id: pledge for pledge in pledges}
    for row in attendances:
        row.pledge = by_signer[row.cadre_id]
    Attendance.objects.bulk_update(attendances, ["pledge"], batch_size=200)
