"""The .ics of a meeting's notice (RFC 5545)."""

from datetime import UTC

from django.conf import settings
from icalendar import Calendar, Event

from .models import Meeting


def meeting_calendar(meeting: Meeting) -> bytes:
    """The announced `meeting` as an iCalendar file with one event, its UID the meeting's number."""
    event = Event()
    event.add("uid", f"meeting-{meeting.pk}@{settings.SITE_URL.split('://')[-1].split(':')[0]}")
    event.add("summary", meeting.title)
    assert meeting.starts_at  # an announced meeting has all three
    assert meeting.ends_at
    assert meeting.announced_at
    event.add("dtstamp", meeting.announced_at.astimezone(UTC))
    event.add("dtstart", meeting.starts_at.astimezone(UTC))
    event.add("dtend", meeting.ends_at.astimezone(UTC))
    event.add("location", meeting.place)
    if meeting.reminders:
        event.add("description", meeting.reminders)
    calendar = Calendar()
    calendar.add("prodid", "-//Liantan//Collective integrity talks//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
