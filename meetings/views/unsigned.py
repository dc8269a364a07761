"""Who was present and has not signed yet, and the one gentle reminder."""

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from meetings.conflict import show_conflict
from meetings.exceptions import MeetingError
from meetings.models import Meeting, Notice, NoticeKind, State
from meetings.notices import AlreadyReminded, remind_unsigned
from pledges.models import Signature

from .paper_pledges import MOST_FORMS
from .request import CadreRequest
from .schedule import fetch_managed


@require_safe
def unsigned(request: CadreRequest, pk: int) -> HttpResponse:
    """Those who have not signed, in official order; `again` asks before a second reminder."""
    meeting = fetch_managed(request, pk)
    reminders = Notice.objects.filter(kind=NoticeKind.REMINDER).order_by("sent_at")
    waiting = list(
        meeting.attendances.unsigned()
        .select_related("pledge")
        .prefetch_related(Prefetch("notices", reminders))
    )
    fresh = sum(not row.notices.all() for row in waiting)
    signatures = _signatures(meeting)
    return render(
        request,
        "meetings/unsigned.html",
        {
            "meeting": meeting,
            "waiting": waiting,
            "fresh": fresh,
            "signatures": signatures,
            "disowned": sum(signature.pledge.is_disowned for signature in signatures),
            "forms": min(len(waiting), MOST_FORMS),
            "is_open": meeting.state == State.SIGNING,
            "asks_again": "again" in request.GET
            and meeting.state == State.SIGNING
            and bool(waiting)
            and not fresh,
        },
    )


def _signatures(meeting: Meeting) -> "list[Signature]":
    """The signatures of this meeting in official order, without the bytes that were signed."""
    return list(
        Signature.objects.filter(pledge__attendance__meeting=meeting)
        .select_related("pledge__revocation", "paper__witness", "paper__entered_by")
        .defer("manifest", "pledge__signature_image", "paper__scan")
        .order_by("pledge__attendance__order", "pk")
    )


@require_POST
def remind(request: CadreRequest, pk: int) -> HttpResponse:
    """Reminds those who have not signed and were not reminded; with `again`, all of them."""
    meeting = fetch_managed(request, pk)
    page = reverse("meetings:unsigned", args=[pk])
    try:
        sent = remind_unsigned(by=request.user, meeting=meeting, again="again" in request.POST)
    except AlreadyReminded:
        return redirect(f"{page}?again=1")
    except MeetingError as error:
        return show_conflict(request, meeting, error)
    if sent:
        words = ngettext("%d person was reminded.", "%d people were reminded.", sent) % sent
        messages.success(request, words)
    else:
        messages.info(request, _("Everyone present has signed; nobody was reminded."))
    return redirect(page)
