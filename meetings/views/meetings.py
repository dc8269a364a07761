"""The list of meetings, and one meeting's page with its next step."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from meetings.attendance import Counts, count_attendance
from meetings.forms.meetings import MeetingFilterForm
from meetings.models import Meeting, State, Unit
from meetings.permissions import is_secretary, may_manage
from meetings.roster.ordering import in_official_order
from meetings.scheduling import list_what_is_missing
from meetings.sealing import list_unsealed

from .request import CadreRequest

PAGE_SIZE = 20


@require_safe
def meeting_list(request: CadreRequest) -> HttpResponse:
    """All meetings the user may see, searched and filtered, each with its progress."""
    visible = Meeting.objects.visible_to(request.user)
    years = [
        moment.year
        for moment in visible.exclude(starts_at=None)
        .order_by()
        .datetimes("starts_at", "year", "DESC")
    ]
    units = Unit.objects.filter(meetings__in=visible).distinct()
    form = MeetingFilterForm(request.GET or None, years=years, units=units)
    meetings = visible
    if form.is_bound and form.is_valid():
        meetings = _filter(meetings, form.cleaned_data)
    page = Paginator(
        meetings.with_progress().select_related("unit", "speaker"), PAGE_SIZE
    ).get_page(request.GET.get("page"))
    return render(
        request,
        "meetings/meeting_list.html",
        {
            "form": form,
            "page": page,
            "may_schedule": is_secretary(request.user),
            "unsealed": list_unsealed(request.user),
        },
    )


def _filter(meetings: Any, wanted: dict[str, Any]) -> Any:
    if wanted["q"]:
        meetings = meetings.filter(
            Q(title__icontains=wanted["q"]) | Q(number__icontains=wanted["q"])
        )
    if wanted["state"]:
        meetings = meetings.filter(state=wanted["state"])
    if wanted["kind"]:
        meetings = meetings.filter(kind=wanted["kind"])
    if wanted["unit"]:
        meetings = meetings.filter(unit__path__startswith=wanted["unit"].path)
    if wanted["year"]:
        meetings = meetings.filter(starts_at__year=wanted["year"])
    return meetings


@require_safe
def meeting_detail(request: CadreRequest, pk: int) -> HttpResponse:
    """One meeting: where it stands, what to do next, and everything kept about it."""
    meeting = get_object_or_404(
        Meeting.objects.visible_to(request.user).select_related(
            "unit", "chair", "speaker", "recorder", "outline", "occasion"
        ),
        pk=pk,
    )
    roll = list(
        meeting.attendances.select_related(
            "cadre__unit", "pledge__signature", "pledge__revocation"
        ).defer("pledge__signature__manifest", "pledge__signature_image")
    )
    if meeting.is_draft:  # announcing puts the order into the rows
        place = {c.pk: n for n, c in enumerate(in_official_order(row.cadre for row in roll))}
        roll.sort(key=lambda row: place[row.cadre_id])
    manages = may_manage(request.user, meeting)
    counts = count_attendance(meeting)
    return render(
        request,
        "meetings/meeting_detail.html",
        {
            "meeting": meeting,
            "manages": manages,
            "next_step": _next_step(meeting, counts) if manages else None,
            "counts": counts,
            "agenda": meeting.agenda_items.all(),
            "post_changes": meeting.post_changes.select_related("cadre"),
            "points": meeting.outline.points.prefetch_related("clauses"),
            "roll": roll,
            "statements": meeting.statements.select_related("attendance"),
            "attachments": meeting.attachments.all(),
            "records": meeting.records.without_bytes().defer("facts").select_related("made_by"),
            "history": _history(meeting),
        },
    )


def _next_step(meeting: Meeting, counts: Counts) -> dict[str, Any]:
    """The one thing to do next: its name and address, what its button says, whether that posts."""
    if meeting.is_draft:
        ready = not list_what_is_missing(meeting)
        name, label = (
            ("meeting_announce", _("Check and announce"))
            if ready
            else ("meeting_edit", _("Go on with the draft"))
        )
    elif meeting.state == State.SIGNING and meeting.attendances.unsigned().exists():
        name, label = "unsigned", _("See who has not signed")
    else:
        name, label = {
            State.ANNOUNCED: ("meeting_hold", _("The meeting takes place")),
            State.HELD: ("open_signing", _("Open the pledges for signing")),
            State.SIGNING: ("meeting_close", _("Check and close")),
            State.CLOSED: ("record", _("Read the record")),
        }[State(meeting.state)]
    return {
        "name": name,
        "href": reverse(f"meetings:{name}", args=[meeting.pk]),
        "label": label,
        "posts": name == "open_signing",
    }


def _history(meeting: Meeting) -> list[dict[str, Any]]:
    """Who moved the meeting on, and when; newest first."""
    steps = [
        (_("Drafted"), meeting.created_at, meeting.created_by),
        (_("Announced"), meeting.announced_at, meeting.announced_by),
        (_("Held"), meeting.held_at, meeting.held_by),
        (_("Opened for signing"), meeting.signing_at, meeting.signing_by),
        (_("Closed"), meeting.closed_at, meeting.closed_by),
    ]
    return [{"what": what, "at": at, "by": by} for what, at, by in reversed(steps) if at]
