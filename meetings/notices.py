"""Notices: kept in the app for everyone, sent by mail where an address is known."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .exceptions import MeetingError, StateConflict
from .models import Attendance, Cadre, Meeting, Notice, NoticeKind, State
from .permissions import may_manage
from .tasks import mail_notices


class AlreadyReminded(MeetingError):
    """Everyone who has not signed was reminded before; a second time wants a word of assent."""


@transaction.atomic
def send_notices(*, by: Cadre, attendances: Iterable[Attendance], kind: str) -> list[Notice]:
    """Records one notice for each attendance and mails it after the commit.

    The mail goes out in the background: a slow mail server keeps nobody waiting, and a rolled
    back announcement sends nothing.
    """
    now = timezone.now()
    notices = Notice.objects.bulk_create(
        Notice(attendance=row, kind=kind, sent_at=now, sent_by=by) for row in attendances
    )
    if notices:
        ids = [notice.pk for notice in notices]
        transaction.on_commit(lambda: mail_notices.enqueue(ids))
    return notices


@transaction.atomic
def remind_unsigned(*, by: Cadre, meeting: Meeting, again: bool = False) -> int:
    """One gentle reminder to everyone whose pledge waits; gives how many it went to.

    Those reminded before are left in peace unless `again`. Raises AlreadyReminded when there is
    nobody else to remind, StateConflict when signing is not open, MeetingError for others than
    the secretary.
    """
    locked = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if not may_manage(by, locked):
        raise MeetingError(_("Only the secretary of the unit sends reminders."))
    if locked.state != State.SIGNING:
        raise StateConflict(_("Pledges of this meeting are not open for signing."))
    waiting = locked.attendances.unsigned()
    if not again:
        fresh = waiting.exclude(notices__kind=NoticeKind.REMINDER)
        if waiting.exists() and not fresh.exists():
            raise AlreadyReminded(
                _("Everyone who has not signed was reminded before. Remind them a second time?")
            )
        waiting = fresh
    return len(send_notices(by=by, attendances=waiting, kind=NoticeKind.REMINDER))
