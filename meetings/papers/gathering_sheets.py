"""From frozen rows to the facts of the table papers.

Facts are in Chinese whatever the language of the page: the papers are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from meetings.models import (
    ActivationCode,
    Attendance,
    AttendanceRole,
    AttendanceState,
    Cadre,
    Gender,
    Meeting,
)

from .exceptions import PaperError
from .facts import Counts, Person
from .gathering import DISOWNED, gather_counts, signature_of
from .sheet_facts import (
    BookRow,
    RosterFacts,
    RosterLine,
    SheetOccasion,
    SheetRow,
    SignatureBookFacts,
    SignInFacts,
    Slip,
    SlipsFacts,
)

HAN = {"", "汉", "汉族"}
# Lines for people who come unexpected: one for twenty, within reason.
FEWEST_BLANK, MOST_BLANK, PEOPLE_PER_BLANK = 3, 10, 20
# Of a phone number the last four figures are shown, and never more than three before them.
SHOWN_LAST, SHOWN_FIRST, FEWEST_HIDDEN = 4, 3, 4


def gather_sign_in_sheet(meeting: Meeting, *, made_at: datetime) -> SignInFacts:
    """The facts of `meeting`'s sign-in sheet: before the talk empty, after it with what is known.

    Raises PaperError for a draft, whose roll is not frozen yet.
    """
    rows = _frozen_rows(meeting)
    called = _of_role(rows, AttendanceRole.CALLED)
    return SignInFacts(
        occasion=_occasion(meeting, rows),
        called=tuple(_sheet_row(row) for row in called),
        observing=tuple(_sheet_row(row) for row in _of_role(rows, AttendanceRole.OBSERVING)),
        excluded=tuple(_sheet_row(row) for row in _of_role(rows, AttendanceRole.EXCLUDED)),
        counts=_counts(meeting, rows),
        blank_lines=blank_lines(len(called)),
        made_at=timezone.localtime(made_at),
    )


def gather_signature_book(meeting: Meeting, *, made_at: datetime) -> SignatureBookFacts:
    """The facts of `meeting`'s signature book: everyone called, the signatures made up to now.

    Raises PaperError for a draft, whose roll is not frozen yet.
    """
    rows = _frozen_rows(meeting)
    called = _of_role(rows, AttendanceRole.CALLED)
    return SignatureBookFacts(
        occasion=_occasion(meeting, rows),
        pledge_title=meeting.outline.pledge_title,
        outline_title=meeting.outline.title,
        outline_version=meeting.outline.version,
        rows=tuple(_book_row(row) for row in called),
        blank_lines=blank_lines(len(called)),
        made_at=timezone.localtime(made_at),
    )


def gather_slips(
    issued: Sequence[tuple[Cadre, str]], *, issuer: str, address: str, made_at: datetime
) -> SlipsFacts:
    """The facts of slips just issued, as `issue_codes` returned them, in the order given."""
    expiries = dict(
        ActivationCode.objects.filter(cadre__in=[cadre for cadre, _code in issued]).values_list(
            "cadre_id", "expires_at"
        )
    )
    return SlipsFacts(
        issuer=issuer,
        address=address,
        slips=tuple(
            Slip(
                name=cadre.name,
                unit=cadre.unit.name if cadre.unit else None,
                staff_number=cadre.staff_number,
                code=code,
                expires_at=timezone.localtime(expiries[cadre.pk]),
            )
            for cadre, code in issued
        ),
        made_at=timezone.localtime(made_at),
    )


def gather_roster(
    cadres: Iterable[Cadre], *, unit: str, scope: str, made_at: datetime, made_by: Cadre
) -> RosterFacts:
    """The facts of the roster of these cadres, in the order given; their units are loaded."""
    return RosterFacts(
        unit=unit,
        scope=scope,
        lines=tuple(
            RosterLine(
                staff_number=cadre.staff_number,
                name=cadre.name,
                gender=cadre.gender,
                ethnicity=cadre.ethnicity,
                birth_month=cadre.birth_month.replace("-", "."),
                political_status=cadre.political_status,
                unit=cadre.unit.name if cadre.unit else "",
                post=cadre.post,
                rank=cadre.rank,
                post_since=cadre.post_since.replace("-", "."),
                phone=masked(cadre.phone),
                note=cadre.note,
            )
            for cadre in cadres
        ),
        made_at=timezone.localtime(made_at),
        made_by=made_by.name,
    )


def masked(phone: str) -> str:
    """A phone number by which its owner knows it, and nobody can call: 139****0000."""
    if len(phone) < SHOWN_LAST + FEWEST_HIDDEN:
        return "*" * len(phone)
    first = min(SHOWN_FIRST, len(phone) - SHOWN_LAST - FEWEST_HIDDEN)
    return phone[:first] + "*" * (len(phone) - first - SHOWN_LAST) + phone[-SHOWN_LAST:]


def blank_lines(people: int) -> int:
    """How many empty lines a sheet for this many people ends with."""
    return min(MOST_BLANK, FEWEST_BLANK + people // PEOPLE_PER_BLANK)


def _frozen_rows(meeting: Meeting) -> list[Attendance]:
    if meeting.is_draft:
        raise PaperError(_("The roll is frozen on announcing. Announce the meeting first."))
    return list(
        meeting.attendances.select_related("pledge__signature", "pledge__revocation").order_by(
            "order", "id"
        )
    )


def _of_role(rows: Iterable[Attendance], role: str) -> list[Attendance]:
    return [row for row in rows if row.role == role]


def _occasion(meeting: Meeting, rows: Iterable[Attendance]) -> SheetOccasion:
    frozen = {
        row.cadre_id: Person(row.name, row.unit_name or None, row.post or None) for row in rows
    }

    def person(cadre: Cadre | None) -> Person | None:
        """As frozen in the roll when called, else as they are."""
        if cadre is None:
            return None
        unit = cadre.unit.name if cadre.unit else None
        return frozen.get(cadre.pk) or Person(cadre.name, unit, cadre.post or None)

    starts_at = meeting.started_at or meeting.starts_at
    ends_at = meeting.ended_at if meeting.started_at else meeting.ends_at
    return SheetOccasion(
        number=meeting.number or "",
        title=meeting.title,
        unit=meeting.unit.name,
        starts_at=timezone.localtime(starts_at) if starts_at else None,
        ends_at=timezone.localtime(ends_at) if ends_at else None,
        place=meeting.place or None,
        chair=person(meeting.chair),
        speaker=person(meeting.speaker),
        recorder=person(meeting.recorder),
    )


def _counts(meeting: Meeting, rows: Iterable[Attendance]) -> Counts | None:
    """The figures of the sheet's foot, once there is nobody left to mark."""
    if any(
        row.state == AttendanceState.UNMARKED for row in rows if row.role != AttendanceRole.EXCLUDED
    ):
        return None
    return gather_counts(meeting)


def _sheet_row(row: Attendance, *further: str) -> SheetRow:
    return SheetRow(
        name=row.name,
        unit=row.unit_name or None,
        post=row.post or None,
        gender_mark=Gender.FEMALE.value if row.gender == Gender.FEMALE else "",
        ethnicity_mark="" if row.ethnicity in HAN else row.ethnicity,
        remark="；".join([*_remarks(row), *further]),
    )


def _remarks(row: Attendance) -> list[str]:
    """What the roll knows of somebody beyond name and post, each with its reason."""
    reason = f"（{row.reason}）" if row.reason else ""
    marks = {AttendanceState.LEAVE.value: "请假", AttendanceState.ABSENT.value: "缺席"}
    said = [f"{marks[row.state]}{reason}"] if row.state in marks else []
    late = [word for word, on in (("迟到", row.late), ("早退", row.left_early)) if on]
    said += ["、".join(late) + reason] if late else []
    if row.exclusion_reason:
        said.append(row.exclusion_reason)
    return ["新任职", *said] if row.newly_placed else said


def _book_row(row: Attendance) -> BookRow:
    if row.pledge is None or not row.pledge.is_signed:
        return BookRow(_sheet_row(row))
    signature = signature_of(row.pledge)
    disowned = [DISOWNED] if signature.disowned else []
    return BookRow(_sheet_row(row, *disowned), signature)
