"""Work done outside the request, by the task worker."""

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django_tasks import task

from .calendar import meeting_calendar
from .models import Batch, BatchState, Notice, Record
from .models.batch import SILENT_AFTER

logger = logging.getLogger(__name__)

LOOK_LATER = timedelta(seconds=5)


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
    """Renders the PDF of a pending record and has it sealed; gives its state afterwards."""
    from .closing import render_pending_record

    record = render_pending_record(Record.objects.get(pk=record_id))
    if record.is_ready and not record.is_sealed:
        seal_record.enqueue(record_id)
    return record.state


@task()
def seal_record(record_id: int) -> str:
    """Seals a finished record; gives the state of its seal afterwards."""
    from .sealing import seal_pending_record

    return seal_pending_record(record_id).seal_state


@task()
def make_batch(batch_id: str) -> str:
    """Makes a bulk export that waits or was left by a killed worker; gives its state afterwards.

    One more look at it is put into the queue before the work begins: should this worker be killed,
    the next one finds it there and goes on.
    """
    from .bulk_work import make_taken_batch, take_batch

    batch = take_batch(UUID(batch_id))
    if batch is None:
        state = Batch.objects.values_list("state", flat=True).get(pk=batch_id)
        if state == BatchState.RUNNING:  # by another worker, which may yet be killed
            _look_again(batch_id)
        return state
    _look_again(batch_id)
    return make_taken_batch(batch)


def _look_again(batch_id: str) -> None:
    if make_batch.get_backend().supports_defer:
        make_batch.using(run_after=timezone.now() + SILENT_AFTER + LOOK_LATER).enqueue(batch_id)
