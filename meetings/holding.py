"""Holding a meeting: that it took place, what was said, what is kept with it, signing."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from pledges.occasions import open_occasion

from .attendance import ask_for_pledges
from .exceptions import AttachmentRefused, MeetingError, NotesConflict
from .models import (
    AgendaItem,
    Attachment,
    Attendance,
    AttendanceState,
    Cadre,
    Meeting,
    State,
    Statement,
)
from .permissions import may_take_minutes
from .scheduling import lock_meeting, plain_lines, require_secretary
from .uploads import recognise

ATTACHMENT_LIMIT = 20 * 1024 * 1024
OPEN_STATES = (State.ANNOUNCED, State.HELD, State.SIGNING)


@transaction.atomic
def hold_meeting(
    *, by: Cadre, meeting: Meeting, started_at: datetime, ended_at: datetime | None
) -> Meeting:
    """Notes that the meeting took place, and when; the end may be noted later, before closing.

    Raises StateConflict before announcing and after closing, ValidationError for an end before
    the beginning, MeetingError for another beginning than the one the pledges state.
    """
    locked = lock_meeting(meeting, *OPEN_STATES)
    require_secretary(by, locked.unit)
    if locked.occasion is not None and started_at != locked.started_at:
        raise MeetingError(_("The pledges state already when the meeting started."))
    locked.started_at, locked.ended_at = started_at, ended_at
    if locked.state == State.ANNOUNCED:
        locked.state = State.HELD
        locked.held_at, locked.held_by = timezone.now(), by
    locked.full_clean()
    locked.save()
    return locked


def _in_chinese(label: Callable[[], object]) -> str:
    """A label as the office's papers have it, whatever the language of the page."""
    with translation.override("zh-hans"):
        return str(label())


@transaction.atomic
def open_signing(*, by: Cadre, meeting: Meeting) -> Meeting:
    """Opens the pledges for those present; opening twice changes nothing.

    Raises StateConflict before the meeting is held, MeetingError while nobody is present.
    """
    locked = lock_meeting(meeting, State.HELD, State.SIGNING)
    require_secretary(by, locked.unit)
    if locked.state == State.SIGNING:
        return locked
    present = list(locked.attendances.present().select_for_update(of=("self",)))
    if not present:
        raise MeetingError(_("Nobody is marked as present yet, so there is nobody to sign."))
    now = timezone.now()
    # It is announced and held, so the database has made sure of these.
    assert locked.number is not None
    assert locked.started_at is not None
    assert locked.speaker is not None
    locked.occasion = open_occasion(
        number=locked.number,
        kind=_in_chinese(locked.get_kind_display),
        title=locked.title,
        held_at=locked.started_at,
        place=locked.place,
        speaker=locked.speaker.name,
        outline=locked.outline,
        due_on=locked.pledge_due_on,
        opened_at=now,
    )
    locked.state = State.SIGNING
    locked.signing_at, locked.signing_by = now, by
    locked.full_clean()
    locked.save()
    ask_for_pledges(by=by, meeting=locked, attendances=present)
    return locked


def fingerprint(notes: str) -> str:
    """What stands for `notes` in a page, to tell later whether they are still the same."""
    return hashlib.sha256(notes.encode()).hexdigest()[:16]


def _require_minute_taker(by: Cadre, meeting: Meeting) -> None:
    if not may_take_minutes(by, meeting):
        raise PermissionDenied


@transaction.atomic
def note_agenda_item(
    *, by: Cadre, item: AgendaItem, notes: str, seen: str | None = None
) -> AgendaItem:
    """Keeps what was said under an agenda item.

    With `seen`, the fingerprint of the notes that the writer started from, notes that somebody
    else wrote meanwhile are not overwritten: NotesConflict, unless both wrote the same. Raises
    StateConflict after closing.
    """
    locked = lock_meeting(item.meeting, *OPEN_STATES)
    _require_minute_taker(by, locked)
    fresh = locked.agenda_items.get(pk=item.pk)
    text = plain_lines(notes.strip())
    if text == fresh.notes:
        return fresh
    if seen is not None and seen != fingerprint(fresh.notes):
        raise NotesConflict(_("Somebody else changed the notes on “%s” meanwhile.") % fresh)
    fresh.notes = text
    fresh.full_clean(exclude=["meeting"])
    fresh.save(update_fields=["notes"])
    return fresh


@transaction.atomic
def add_statement(
    *, by: Cadre, meeting: Meeting, attendance: Attendance, summary: str
) -> Statement:
    """Adds a cadre's statement, in summary, after those there.

    Raises MeetingError for somebody who is not on this meeting's roll or not marked as present,
    StateConflict after closing.
    """
    locked = lock_meeting(meeting, *OPEN_STATES)
    _require_minute_taker(by, locked)
    if attendance.meeting_id != locked.pk:
        raise MeetingError(_("This person is not on the roll of this meeting."))
    # Read again behind the lock: the desk may have marked the person meanwhile.
    person = locked.attendances.get(pk=attendance.pk)
    if person.state != AttendanceState.PRESENT:
        raise MeetingError(_("%s is not marked as present.") % person.name)
    last = locked.statements.order_by("order").last()
    statement = Statement(
        meeting=locked,
        attendance=person,
        order=last.order + 1 if last else 1,
        summary=plain_lines(summary.strip()),
    )
    statement.full_clean()
    statement.save()
    return statement


@transaction.atomic
def remove_statement(*, by: Cadre, statement: Statement) -> None:
    """Takes a statement back. Raises StateConflict after closing."""
    locked = lock_meeting(statement.meeting, *OPEN_STATES)
    _require_minute_taker(by, locked)
    statement.delete()


@transaction.atomic
def attach_file(
    *, by: Cadre, meeting: Meeting, upload: "UploadedFile[Any]", kind: str
) -> Attachment:
    """Keeps an uploaded file with the meeting. The same bytes twice are kept once.

    Raises AttachmentRefused for a file that is empty, larger than 20 MB, or of another type than
    its name and our list say; StateConflict after closing.
    """
    locked = lock_meeting(meeting, *OPEN_STATES)
    require_secretary(by, locked.unit)
    name = PurePath(upload.name or "").name[-200:]
    media_type = _check_upload(upload)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    there = locked.attachments.filter(sha256=digest.hexdigest()).first()
    if there:
        return there
    attachment = Attachment(
        meeting=locked,
        kind=kind,
        file=upload,
        name=name,
        media_type=media_type,
        size=upload.size or 0,
        sha256=digest.hexdigest(),
        uploaded_at=timezone.now(),
        uploaded_by=by,
    )
    attachment.full_clean()
    attachment.save()
    return attachment


def _check_upload(upload: "UploadedFile[Any]") -> str:
    if not upload.size:
        raise AttachmentRefused(_("This file is empty."))
    if upload.size > ATTACHMENT_LIMIT:
        raise AttachmentRefused(_("This file is larger than 20 MB."))
    media_type = recognise(upload)
    if media_type is None:
        raise AttachmentRefused(
            _(
                "Only PDF, Word, Excel, PowerPoint, JPEG and PNG files are kept, "
                "each under its own kind of name."
            )
        )
    return media_type


@transaction.atomic
def remove_attachment(*, by: Cadre, attachment: Attachment) -> None:
    """Removes an attachment before closing; its file goes after the commit."""
    locked = lock_meeting(attachment.meeting, *OPEN_STATES)
    require_secretary(by, locked.unit)
    storage, path = attachment.file.storage, attachment.file.name
    attachment.delete()
    if path:
        transaction.on_commit(lambda: storage.delete(path))
