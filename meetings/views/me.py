"""What waits for the person who is logged in, and the notices sent to them."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from meetings.calendar import meeting_calendar
from meetings.models import Attendance, Meeting, State
from meetings.permissions import is_secretary
from meetings.sealing import list_unsealed
from pledges.models import Pledge
from pledges.passkeys import recent_changes

from .request import CadreRequest


@require_safe
def me(request: CadreRequest) -> HttpResponse:
    """What waits for me, what is coming, what I signed; a secretary's meetings in hand."""
    pledges = (
        Pledge.objects.visible_to(request.user)
        .select_related("occasion", "signature", "revocation")
        .defer("signature__manifest", "signature_image")
        .order_by("-requested_at")
    )
    coming = (
        Attendance.objects.announced_to(request.user)
        .exclude(role="excluded")
        .filter(meeting__ends_at__gte=timezone.now(), meeting__state=State.ANNOUNCED)
        .select_related("meeting__unit", "meeting__speaker")
        .order_by("meeting__starts_at")
    )
    in_hand = Meeting.objects.none()
    if is_secretary(request.user):
        in_hand = (
            Meeting.objects.managed_by(request.user)
            .exclude(state=State.CLOSED)
            .with_progress()
            .select_related("unit")[:10]
        )
    return render(
        request,
        "meetings/me.html",
        {
            "waiting": [p for p in pledges if not p.is_signed and p.occasion.is_open],
            "signed": [p for p in pledges if p.is_signed],
            "coming": coming,
            "in_hand": in_hand,
            "key_changes": recent_changes(request.user),
            "unsealed": list_unsealed(request.user),
        },
    )


@require_safe
def notice(request: CadreRequest, pk: int) -> HttpResponse:
    """The notice of a meeting, for one of those called or observing."""
    attendance = get_object_or_404(
        Attendance.objects.announced_to(request.user)
        .exclude(role="excluded")
        .select_related(
            "meeting__unit", "meeting__chair", "meeting__speaker", "meeting__outline", "pledge"
        ),
        pk=pk,
    )
    meeting = attendance.meeting
    return render(
        request,
        "meetings/notice.html",
        {
            "attendance": attendance,
            "meeting": meeting,
            "agenda": meeting.agenda_items.all(),
            "points": meeting.outline.points.prefetch_related("clauses"),
        },
    )


@require_safe
def notice_ics(request: CadreRequest, pk: int) -> HttpResponse:
    """The notice's .ics file."""
    attendance = get_object_or_404(
        Attendance.objects.announced_to(request.user)
        .exclude(role="excluded")
        .select_related("meeting"),
        pk=pk,
    )
    return HttpResponse(
        meeting_calendar(attendance.meeting),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="meeting.ics"'},
    )
