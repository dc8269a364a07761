"""The page for a step that the meeting's state no longer allows."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from meetings.exceptions import MeetingError
from meetings.models import Meeting


def show_conflict(request: HttpRequest, meeting: Meeting, error: MeetingError) -> HttpResponse:
    """What stands in the way, and the way to the meeting as it is now."""
    return render(
        request,
        "meetings/conflict.html",
        {
            "message": str(error),
            "back_url": reverse("meetings:meeting_detail", args=[meeting.pk]),
        },
        status=409,
    )
