"""The screen in the meeting room: where to sign, and how many have. Never who has not."""

from typing import Any

import segno
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from meetings.models import Meeting, State

from .request import CadreRequest
from .schedule import fetch_managed


@require_safe
def screen(request: CadreRequest, pk: int) -> HttpResponse:
    """The full-screen page for the projector."""
    meeting = fetch_managed(request, pk)
    return render(request, "meetings/screen.html", _facts(meeting) | _invitation(meeting))


@require_safe
def screen_count(request: CadreRequest, pk: int) -> HttpResponse:
    """For htmx: the count alone; the whole page again when the meeting moved on from `state`."""
    meeting = fetch_managed(request, pk)
    response = render(request, "meetings/_screen_count.html", _facts(meeting))
    if request.GET.get("state") != meeting.state:
        response["HX-Refresh"] = "true"
    return response


def _facts(meeting: Meeting) -> dict[str, Any]:
    """The meeting, whether it is open for signing, and how many of those asked have signed."""
    asked = meeting.attendances.filter(pledge__isnull=False)
    return {
        "meeting": meeting,
        "is_open": meeting.state == State.SIGNING,
        "asked": asked.count(),
        "signed": asked.signed().count(),
    }


def _invitation(meeting: Meeting) -> dict[str, str]:
    """The address to sign at, and its QR code as an image's address; empty before it opens."""
    if meeting.state != State.SIGNING or meeting.occasion_id is None:
        return {"url": "", "qr": ""}
    url = settings.SITE_URL + reverse("pledges:enter", args=[meeting.occasion_id])
    # Level Q still reads when somebody's head hides a quarter of it.
    code = segno.make_qr(url, error="q")
    return {"url": url, "qr": code.svg_data_uri(border=4, omitsize=True, dark="#1f2329")}
