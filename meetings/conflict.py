"""The page for a step that the meeting's state no longer allows."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from meetings.exceptions import MeetingError
from meetings.models import Meeting


def show_conflict(request: HttpRequest, meeting: Meeting, error: MeetingError) -> HttpResponse:
    """What stands in the way, and the way to the meeting as it is now."""
    return conflict_page(request, error, meeting.pk)


def conflict_page(
    request: HttpRequest, error: MeetingError, meeting_id: int | None
) -> HttpResponse:
    """The same where only the meeting's id is known; without one, the way is to the list."""
    back_url = (
        reverse("meetings:meeting_detail", args=[meeting_id])
        if meeting_id
        else reverse("meetings:meeting_list")
    )
    context = {"message": error.message, "back_url": back_url}
    return render(request, "meetings/conflict.html", context, status=409)
