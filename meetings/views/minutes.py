"""The minutes on one page: notes by agenda item, saved as one types, and the statements made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from meetings.conflict import show_conflict
from meetings.exceptions import MeetingError, NotesConflict
from meetings.forms.minutes import NotesForm, StatementForm
from meetings.holding import (
    OPEN_STATES,
    add_statement,
    fingerprint,
    note_agenda_item,
    remove_statement,
)
from meetings.models import Meeting
from meetings.permissions import may_take_minutes

from .request import CadreRequest


@dataclass(frozen=True)
class Theirs:
    """What somebody else wrote meanwhile, and its fingerprint for the button to overwrite it."""

    notes: str

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.notes)


@require_http_methods(["GET", "HEAD", "POST"])
def minutes(request: CadreRequest, pk: int) -> HttpResponse:
    """The page, for whoever may see the meeting; posting saves all notes that were changed.

    Notes that somebody else changed meanwhile are shown beside what was typed, never overwritten.
    """
    if request.method != "POST":
        meeting = get_object_or_404(
            Meeting.objects.visible_to(request.user).select_related("unit", "outline"), pk=pk
        )
        return _show(request, meeting)
    meeting = _fetch_for_writing(request, pk)
    forms = NotesForm.all_of(meeting.agenda_items.all(), request.POST)
    theirs: dict[int, Theirs] = {}
    problem = ""
    for form in forms:
        try:
            _keep(request, form)
        except NotesConflict:
            form.item.refresh_from_db()
            theirs[form.item.pk] = Theirs(form.item.notes)
        except MeetingError as error:
            problem = str(error)
    if problem:
        meeting.refresh_from_db()
    if problem or theirs or any(form.errors for form in forms):
        status = 409 if problem or theirs else 422
        return _show(request, meeting, forms, theirs=theirs, problem=problem, status=status)
    messages.success(request, _("The notes are saved."))
    return redirect("meetings:minutes", pk)


def _fetch_for_writing(request: CadreRequest, pk: int) -> Meeting:
    meeting = get_object_or_404(
        Meeting.objects.visible_to(request.user).select_related("unit", "outline"), pk=pk
    )
    if not may_take_minutes(request.user, meeting):
        raise PermissionDenied
    return meeting


def _keep(request: CadreRequest, form: NotesForm) -> None:
    """Saves one item's notes, unless this person left them as they were shown."""
    if not form.is_valid():
        return
    notes, seen = form.cleaned_data["notes"], form.cleaned_data["seen"]
    # A button to overwrite names the version that it was shown beside.
    seen = request.POST.get(f"over-{form.item.pk}") or seen
    if fingerprint("\n".join(notes.strip().splitlines())) != seen:
        form.item = note_agenda_item(by=request.user, item=form.item, notes=notes, seen=seen)


@require_POST
def minutes_item(request: CadreRequest, pk: int, item: int) -> HttpResponse:
    """For htmx: saves one item's notes and says so, or shows what somebody else wrote.

    Whatever is not saved is answered with 422: the reason stands beneath the text, and a 409 would
    also tell the writer to load the page again.
    """
    meeting = _fetch_for_writing(request, pk)
    found = get_object_or_404(meeting.agenda_items.select_related("meeting"), pk=item)
    form = NotesForm(request.POST, item=found)
    context: dict[str, Any] = {
        "meeting": meeting,
        "theirs": None,
        "problem": "",
        "now": timezone.now(),
    }
    try:
        _keep(request, form)
    except NotesConflict:
        found.refresh_from_db()
        context["theirs"] = Theirs(found.notes)
    except MeetingError as error:
        context["problem"] = str(error)
    if form.errors:
        context["problem"] = " ".join(str(e) for errors in form.errors.values() for e in errors)
    saved = not (context["theirs"] or context["problem"])
    context |= {"item": form.item, "seen": fingerprint(form.item.notes), "oob": saved}
    return render(request, "meetings/_minutes_saved.html", context, status=200 if saved else 422)


@require_POST
def statement_add(request: CadreRequest, pk: int) -> HttpResponse:
    """Adds a statement of somebody present, after those there."""
    meeting = _fetch_for_writing(request, pk)
    form = StatementForm(request.POST, meeting=meeting)
    if not form.is_valid():
        return _show(request, meeting, statement_form=form, status=422)
    try:
        add_statement(by=request.user, meeting=meeting, **form.cleaned_data)
    except MeetingError as error:
        meeting.refresh_from_db()
        return _show(request, meeting, statement_form=form, problem=str(error), status=409)
    messages.success(request, _("The statement is noted."))
    return redirect("meetings:minutes", pk)


@require_POST
def statement_remove(request: CadreRequest, pk: int, statement: int) -> HttpResponse:
    """Takes a statement out again."""
    meeting = _fetch_for_writing(request, pk)
    found = get_object_or_404(meeting.statements, pk=statement)
    try:
        remove_statement(by=request.user, statement=found)
    except MeetingError as error:
        return show_conflict(request, meeting, error)
    messages.success(request, _("The statement was removed."))
    return redirect("meetings:minutes", pk)


def _show(
    request: CadreRequest,
    meeting: Meeting,
    forms: Sequence[NotesForm] | None = None,
    *,
    theirs: Mapping[int, Theirs] | None = None,
    problem: str = "",
    statement_form: StatementForm | None = None,
    status: int = 200,
) -> HttpResponse:
    writes = may_take_minutes(request.user, meeting)
    forms = NotesForm.all_of(meeting.agenda_items.all()) if forms is None else forms
    theirs = theirs or {}
    context = {
        "meeting": meeting,
        "entries": [(form, theirs.get(form.item.pk)) for form in forms],
        "points": meeting.outline.points.prefetch_related("clauses"),
        "statements": meeting.statements.select_related("attendance"),
        "statement_form": statement_form or StatementForm(meeting=meeting),
        "problem": problem,
        "editable": writes and meeting.state in OPEN_STATES,
    }
    return render(request, "meetings/minutes.html", context, status=status)
