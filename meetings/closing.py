"""Closing a meeting, its record, and the corrections that stand beside it."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pledges import ledger
from pledges.models import EntryKind
from pledges.occasions import close_occasion

from .attendance import Counts, count_attendance, mark_of, save_mark
from .exceptions import MeetingError, MeetingIncomplete
from .models import (
    Attendance,
    AttendanceState,
    Block,
    Cadre,
    Meeting,
    Record,
    RecordState,
    State,
)
from .papers import facts
from .papers.changes import find_changes
from .papers.exceptions import PaperError, SealError
from .papers.gathering import facts_of, gather_record
from .papers.glyphs import check_printable
from .papers.record import render_record
from .papers.seal import look_at_seal
from .permissions import may_manage
from .scheduling import lock_meeting, plain_lines, require_secretary
from .tasks import make_record

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Check:
    """One line of the closing checklist: what is (not) in order, and where to mend it.

    `blocking` lines keep the meeting open; the others are said and left to the secretary.
    `url_name` is a name in this app that takes the meeting's primary key; empty where the
    secretary cannot mend it.
    """

    done: bool
    blocking: bool
    text: str
    url_name: str


def list_checks(meeting: Meeting, seal: facts.Seal | SealError | None = None) -> list[Check]:
    """The closing checklist of `meeting`, blocking lines first; `seal` if it was looked at."""
    counts = count_attendance(meeting)
    return [
        _check_marks(counts),
        _check_leaves(counts),
        _check_times(meeting),
        _check_seal(look_at_seal() if seal is None else seal),
        _check_signing(meeting),
        *_check_disowned(meeting),
        _check_absences(meeting),
        _check_talk(meeting),
        _check_statements(meeting),
    ]


def _check_marks(counts: Counts) -> Check:
    text = (
        _("Everyone called is marked: called = present + on leave + absent.")
        if counts.balances
        else ngettext(
            "%d person is not marked yet.", "%d people are not marked yet.", counts.unmarked
        )
        % counts.unmarked
    )
    return Check(counts.balances, True, text, "desk")


def _check_leaves(counts: Counts) -> Check:
    undecided = counts.undecided_leave
    text = (
        ngettext(
            "%d leave lacks its reason or who approved it.",
            "%d leaves lack their reason or who approved them.",
            undecided,
        )
        % undecided
        if undecided
        else _("Every leave has its reason and who approved it.")
    )
    return Check(not undecided, True, text, "desk")


def _check_times(meeting: Meeting) -> Check:
    noted = bool(meeting.started_at and meeting.ended_at)
    text = (
        _("The actual beginning and end are noted.")
        if noted
        else _("The actual beginning or end is not noted.")
    )
    return Check(noted, True, text, "meeting_hold")


def _check_seal(seal: facts.Seal | SealError) -> Check:
    if isinstance(seal, SealError):
        return Check(False, True, str(seal), "")
    text = (
        _("The record will get the trial's seal, which has no legal effect.")
        if seal.trial
        else _("The record will get the seal “%(name)s”.") % {"name": seal.certificate}
    )
    return Check(True, True, text, "")


def _check_signing(meeting: Meeting) -> Check:
    if meeting.occasion_id is None:
        text = _("Pledges were never opened for signing; the record will have none.")
        return Check(False, False, text, "meeting_detail")
    unsigned = meeting.attendances.unsigned().count()
    text = (
        ngettext(
            "%d person present has not signed, and cannot after closing.",
            "%d people present have not signed, and cannot after closing.",
            unsigned,
        )
        % unsigned
        if unsigned
        else _("Everyone present has signed.")
    )
    return Check(not unsigned, False, text, "unsigned")


def _check_disowned(meeting: Meeting) -> list[Check]:
    """Names the signatures that their signers disowned; no line when there are none."""
    names = list(meeting.attendances.disowned().order_by("order").values_list("name", flat=True))
    if not names:
        return []
    text = ngettext(
        "%(count)d signature is disowned by its signer (%(names)s); it does not count as signed.",
        "%(count)d signatures are disowned by their signers (%(names)s); "
        "they do not count as signed.",
        len(names),
    ) % {"count": len(names), "names": "、".join(names)}
    return [Check(False, False, text, "unsigned")]


def _check_absences(meeting: Meeting) -> Check:
    nameless = meeting.attendances.called().filter(state=AttendanceState.ABSENT, reason="").count()
    text = (
        ngettext(
            "%d absence has no reason; it will be printed as not recorded.",
            "%d absences have no reason; they will be printed as not recorded.",
            nameless,
        )
        % nameless
        if nameless
        else _("Every absence has its reason.")
    )
    return Check(not nameless, False, text, "desk")


def _check_talk(meeting: Meeting) -> Check:
    talks = meeting.agenda_items.filter(block=Block.TALK)
    noted = not talks.exists() or talks.exclude(notes="").exists()
    text = (
        _("The talk is noted.")
        if noted
        else _("Nothing is noted under the talk; the record will show the outline alone.")
    )
    return Check(noted, False, text, "minutes")


def _check_statements(meeting: Meeting) -> Check:
    expected = meeting.agenda_items.filter(block=Block.STATEMENTS).exists()
    noted = not expected or meeting.statements.exists()
    text = (
        _("The statements are noted.")
        if noted
        else _("The agenda has statements, and none is noted.")
    )
    return Check(noted, False, text, "minutes")


def close_meeting(*, by: Cadre, meeting: Meeting) -> Record:
    """Closes the meeting for good and has its record made; closing twice gives the same record.

    Raises MeetingIncomplete with the blocking lines of the checklist, or with the characters that
    the record could not be printed with; StateConflict before the meeting is held,
    PermissionDenied for others than the secretary.
    """
    return _close(by, meeting, look_at_seal())  # which may open a token: no lock is held yet


@transaction.atomic
def _close(by: Cadre, meeting: Meeting, seal: facts.Seal | SealError) -> Record:
    locked = lock_meeting(meeting, State.HELD, State.SIGNING, State.CLOSED)
    require_secretary(by, locked.unit)
    if locked.is_closed:
        return locked.records.get(revision=1)
    list(locked.attendances.select_for_update(of=("self",)).values_list("pk"))
    problems = [
        check.text for check in list_checks(locked, seal) if check.blocking and not check.done
    ]
    if problems:
        raise MeetingIncomplete(_("The meeting cannot be closed yet."), problems)
    now = timezone.now()
    if locked.occasion is not None:
        close_occasion(occasion=locked.occasion, closed_at=now)
    locked.state = State.CLOSED
    locked.closed_at, locked.closed_by = now, by
    locked.full_clean()
    locked.save()
    return _keep_record(by, locked, now, seal)


def _keep_record(
    by: Cadre,
    meeting: Meeting,
    now: datetime,
    seal: facts.Seal | SealError,
    correction: facts.Correction | None = None,
) -> Record:
    try:
        if isinstance(seal, SealError):
            raise seal
        gathered = gather_record(meeting, made_at=now, made_by=by, correction=correction, seal=seal)
        check_printable(gathered)
    except PaperError as error:  # no seal, a character that no font has: it can still be mended
        raise MeetingIncomplete(str(error), [str(error)]) from error
    record = Record(
        meeting=meeting,
        revision=correction.revision if correction else 1,
        reason=correction.reason if correction else "",
        changes=[[c.what, c.before, c.after] for c in correction.changes] if correction else [],
        facts=gathered.to_json(),
        made_at=now,
        made_by=by,
    )
    record.full_clean()
    record.save()
    transaction.on_commit(lambda: make_record.enqueue(record.pk))
    return record


def render_pending_record(record: Record) -> Record:
    """Makes the PDF of a pending record, or notes in words why it could not be made.

    A record that is ready stays as it is. Called by the task worker; raises nothing that a
    person could mend, so that the reason stands on the record's page instead of in a log alone.
    """
    if record.state == RecordState.READY:
        return record
    try:
        pdf = render_record(facts_of(record))
    except PaperError as error:
        record.state, record.error = RecordState.FAILED, str(error)
    except Exception:
        logger.exception("record %s could not be made", record)
        record.state = RecordState.FAILED
        record.error = _("An unexpected fault; the administrator finds it in the server's log.")
    else:
        record.state, record.error = RecordState.READY, ""
        record.pdf, record.sha256 = pdf, hashlib.sha256(pdf).hexdigest()
    record.save(update_fields=["state", "error", "pdf", "sha256"])
    return record


@transaction.atomic
def retry_record(*, by: Cadre, record: Record) -> Record:
    """Has a failed record made once more; anything else stays as it is."""
    locked = Record.objects.select_for_update(of=("self",)).get(pk=record.pk)
    if not may_manage(by, locked.meeting):
        raise PermissionDenied
    if locked.state == RecordState.FAILED:
        locked.state, locked.error = RecordState.PENDING, ""
        locked.save(update_fields=["state", "error"])
        transaction.on_commit(lambda: make_record.enqueue(locked.pk))
    return locked


@dataclass(frozen=True)
class Corrections:
    """What a correction changes; whatever is left out stays.

    `meeting` has place, started_at, ended_at; `notes` maps agenda item ids to notes, `statements`
    statement ids to summaries, `marks` attendance ids to the fields of a mark.
    """

    meeting: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[int, str] = field(default_factory=dict)
    statements: Mapping[int, str] = field(default_factory=dict)
    marks: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


def correct_record(*, by: Cadre, meeting: Meeting, reason: str, corrections: Corrections) -> Record:
    """Corrects a closed meeting: a new revision of the record beside the old ones.

    Raises MeetingError when nothing would change, no reason is given or there is no seal,
    StateConflict while the meeting is open, ValidationError for values that do not fit (such as an
    absent signer).
    """
    return _correct(by, meeting, reason, corrections, look_at_seal())


@transaction.atomic
def _correct(
    by: Cadre, meeting: Meeting, why: str, corrections: Corrections, seal: facts.Seal | SealError
) -> Record:
    locked = lock_meeting(meeting, State.CLOSED)
    require_secretary(by, locked.unit)
    if not why.strip():
        raise MeetingError(_("Say why the record is corrected."))
    newest = locked.records.order_by("revision").last()
    assert newest is not None  # a closed meeting has its first record
    before, now = facts_of(newest), timezone.now()
    _apply(by, locked, corrections)
    after = gather_record(locked, made_at=now, made_by=by)
    changes = find_changes(before, after)
    if not changes:
        raise MeetingError(_("Nothing is changed, so there is nothing to correct."))
    correction = facts.Correction(newest.revision + 1, why.strip(), changes)
    record = _keep_record(by, locked, now, seal, correction)
    ledger.append(
        kind=EntryKind.RECORD_CORRECTED,
        by=by,
        subject=f"record:{locked.number}/{record.revision}",
        private={"reason": record.reason, "changes": record.changes},
    )
    return record


def _apply(by: Cadre, meeting: Meeting, corrections: Corrections) -> None:
    for name, value in corrections.meeting.items():
        setattr(meeting, name, value)
    meeting.full_clean()
    meeting.save()
    for item in meeting.agenda_items.filter(pk__in=corrections.notes):
        item.notes = plain_lines(corrections.notes[item.pk].strip())
        item.save(update_fields=["notes"])
    for statement in meeting.statements.filter(pk__in=corrections.statements):
        statement.summary = plain_lines(corrections.statements[statement.pk].strip())
        statement.full_clean()
        statement.save(update_fields=["summary"])
    rows = meeting.attendances.select_for_update(of=("self",)).filter(pk__in=corrections.marks)
    for row in rows:
        _correct_mark(by, row, corrections.marks[row.pk])


def _correct_mark(by: Cadre, row: Attendance, mark: Mapping[str, Any]) -> None:
    before = mark_of(row)
    for name, value in mark.items():
        setattr(row, name, value)
    if mark_of(row) != before:
        save_mark(by=by, row=row, before=before)
