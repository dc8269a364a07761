"""The attendance desk: the whole roll on one screen, marked by as many secretaries as sit there.

Each row is a form of its own. htmx swaps the row and the counts; without JavaScript the same
post leads back to the row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Max, Q
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from meetings.attendance import (
    MARKING_STATES,
    count_attendance,
    mark_attendance,
    mark_rest_present,
)
from meetings.conflict import show_conflict
from meetings.exceptions import AttendanceConflict, MeetingError, StateConflict
from meetings.forms.desk import USUAL_REASONS, MarkForm, RollFilterForm
from meetings.models import Attendance, AttendanceChange, AttendanceRole, Meeting

from .request import CadreRequest
from .schedule import fetch_managed

# What htmx takes as "stop polling".
STOP_POLLING = 286


@dataclass(frozen=True)
class Line:
    """A row of the roll as it is shown: the person as marked now, and what was not kept."""

    row: Attendance
    problem: str = ""
    wanted: Mapping[str, Any] | None = None
    theirs: AttendanceChange | None = None


@require_safe
def desk(request: CadreRequest, pk: int) -> HttpResponse:
    """The roll in official order, with the filter (`q`, `show`) that works without JavaScript."""
    meeting = fetch_managed(request, pk)
    if meeting.is_draft:
        return _no_roll_yet(request, meeting)
    since = _newest_change(meeting)  # before the rows: a mark in between is shown twice, not never
    form = RollFilterForm(request.GET)
    rows = _filter(meeting, form.cleaned_data if form.is_valid() else {})
    return render(
        request,
        "meetings/desk.html",
        {
            "meeting": meeting,
            "form": form,
            "lines": [Line(row) for row in rows],
            "excluded": meeting.attendances.filter(role=AttendanceRole.EXCLUDED),
            "counts": count_attendance(meeting),
            "markable": meeting.state in MARKING_STATES,
            "query": _query(request),
            "since": since,
            "reasons": USUAL_REASONS,
            "oob": False,
        },
    )


def _no_roll_yet(request: CadreRequest, meeting: Meeting) -> HttpResponse:
    error = StateConflict(_("The roll stands once the meeting is announced."))
    return show_conflict(request, meeting, error)


def _filter(meeting: Meeting, wanted: Mapping[str, str]) -> list[Attendance]:
    rows = meeting.attendances.markable()
    for word in wanted.get("q", "").split():
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(unit_name__icontains=word)
            | Q(post__icontains=word)
            | Q(staff_number__icontains=word)
        )
    if wanted.get("show"):
        rows = rows.filter(state=wanted["show"])
    return list(rows)


def _query(request: CadreRequest) -> str:
    """The filter that was chosen without JavaScript, to come back to it after a mark."""
    return f"?{request.GET.urlencode()}" if request.GET else ""


def _newest_change(meeting: Meeting) -> int:
    """The key of the newest mark. Marks of one meeting wait for each other, so keys are in order
    of commit."""
    newest = AttendanceChange.objects.filter(attendance__meeting=meeting).aggregate(Max("pk"))
    return newest["pk__max"] or 0


@require_safe
def desk_changes(request: CadreRequest, pk: int) -> HttpResponse:
    """For htmx: the rows marked after the change `since`, and the counts; 204 when none was."""
    meeting = fetch_managed(request, pk)
    since = request.GET.get("since", "")
    if not since.isdecimal() or len(since) > 18:
        return HttpResponseBadRequest(_("The address is not complete."))
    if meeting.state not in MARKING_STATES:
        return HttpResponse(status=STOP_POLLING)
    newest = _newest_change(meeting)
    if newest <= int(since):
        return HttpResponse(status=204)
    rows = meeting.attendances.markable().filter(changes__pk__gt=int(since)).distinct()
    return render(
        request,
        "meetings/_desk_changes.html",
        {
            "meeting": meeting,
            "lines": [Line(row) for row in rows],
            "counts": count_attendance(meeting),
            "markable": True,
            "query": "",
            "since": newest,
            "oob": True,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def desk_row(request: CadreRequest, pk: int, person: int) -> HttpResponse:
    """One person of the roll: their row and every mark so far; posting marks them.

    A mark that could not be kept is shown with what was wanted, so that nothing is typed twice.
    """
    meeting = fetch_managed(request, pk)
    row = get_object_or_404(meeting.attendances.markable(), pk=person)
    if meeting.is_draft:
        return _no_roll_yet(request, meeting)
    if request.method != "POST":
        return _show(request, meeting, Line(row))
    form = MarkForm(request.POST)
    if not form.is_valid():
        problem = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return _show(request, meeting, Line(row, problem=problem), status=422)
    try:
        row = mark_attendance(by=request.user, attendance=row, **form.cleaned_data)
    except AttendanceConflict:
        row.refresh_from_db()
        theirs = row.changes.select_related("changed_by").first()
        line = Line(row, wanted=form.cleaned_data, theirs=theirs)
        return _show(request, meeting, line, status=409)
    except MeetingError as error:
        row.refresh_from_db()
        line = Line(row, problem=str(error), wanted=form.cleaned_data)
        return _show(request, meeting, line, status=409)
    except ValidationError as error:
        row.refresh_from_db()
        return _show(request, meeting, Line(row, problem=" ".join(error.messages)), status=422)
    if request.htmx:
        return _show(request, meeting, Line(row))
    return redirect(f"{reverse('meetings:desk', args=[pk])}{_query(request)}#p{row.pk}")


def _show(request: CadreRequest, meeting: Meeting, line: Line, status: int = 200) -> HttpResponse:
    """The row with the counts for htmx, else the person's own page with the history."""
    context = {
        "meeting": meeting,
        "line": line,
        "markable": meeting.state in MARKING_STATES,
        "query": _query(request),
    }
    if request.htmx:
        context |= {"counts": count_attendance(meeting), "oob": True}
        return render(request, "meetings/_desk_marked.html", context, status=status)
    context |= {
        "changes": line.row.changes.select_related("changed_by"),
        "reasons": USUAL_REASONS,
        "oob": False,
    }
    return render(request, "meetings/desk_row.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def desk_rest(request: CadreRequest, pk: int) -> HttpResponse:
    """Everyone who is not marked yet, to be marked as present in one go; asks first."""
    meeting = fetch_managed(request, pk)
    if meeting.is_draft:
        return _no_roll_yet(request, meeting)
    if request.method == "POST":
        try:
            marked = mark_rest_present(by=request.user, meeting=meeting)
        except MeetingError as error:
            return show_conflict(request, meeting, error)
        messages.success(
            request,
            ngettext(
                "%d person was marked as present.", "%d people were marked as present.", marked
            )
            % marked,
        )
        return redirect("meetings:desk", pk)
    return render(
        request,
        "meetings/desk_rest.html",
        {"meeting": meeting, "rows": meeting.attendances.unmarked()},
    )
