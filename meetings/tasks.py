"""Work done outside the request, by the task worker."""

import logging

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import translation
from django_tasks import task

from .calendar import meeting_calendar
from .models import Notice, Record

logger = logging.getLogger(__name__)


@task()
def mail_notices(notice_ids: list[int]) -> int:
    """Mails the notices whose people have an address; gives how many went out.

    A notice that was mailed is not mailed again, so that a retried task sends nothing twice.
    """
    notices = Notice.objects.filter(pk__in=notice_ids, mailed=False).exclude(
        attendance__cadre__email=""
    )
    sent = 0
    with get_connection() as connection, translation.override(settings.LANGUAGE_CODE):
        for notice in notices.select_related("attendance__meeting", "attendance__cadre"):
            _mail(notice, connection)
            Notice.objects.filter(pk=notice.pk).update(mailed=True)
            sent += 1
    return sent


def _mail(notice: Notice, connection: BaseEmailBackend) -> None:
    meeting = notice.attendance.meeting
    context = {"notice": notice, "meeting": meeting, "site_url": settings.SITE_URL}
    message = EmailMessage(
        subject=render_to_string(f"meetings/mail_{notice.kind}_subject.txt", context).strip(),
        body=render_to_string(f"meetings/mail_{notice.kind}.txt", context),
        to=[notice.attendance.cadre.email],
        connection=connection,
    )
    if notice.kind == "announcement":
        message.attach("meeting.ics", meeting_calendar(meeting), "text/calendar")
    message.send()


@task()
def make_record(record_id: int) -> str:
    """Renders the PDF of a pending record; gives its state afterwards."""
    from .closing import render_pending_record

    return render_pending_record(Record.objects.get(pk=record_id)).state
