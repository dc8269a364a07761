"""All papers of a meeting in one list, each with its preview in the page and its file."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from meetings.attendance import count_attendance
from meetings.models import Meeting
from meetings.papers.catalogue import MAKE_UP_FORMS, MadePaper, find_paper, listed_papers
from meetings.papers.exceptions import PaperError
from meetings.papers.make_up_record import render_make_up_record
from meetings.permissions import may_export_pledges
from pledges.access import note_export

from .files import PDF, paper_file
from .request import CadreRequest

MEDIA_TYPES = {
    "pdf": PDF,
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def _fetch_meeting(request: CadreRequest, pk: int) -> Meeting:
    return get_object_or_404(
        Meeting.objects.visible_to(request.user).select_related(
            "unit",
            "outline",
            "chair__unit",
            "speaker__unit",
            "recorder__unit",
            "announced_by",
            "held_by",
        ),
        pk=pk,
    )


@require_safe
def papers(request: CadreRequest, pk: int) -> HttpResponse:
    """The list: what is kept, what is made afresh, what is not there yet; `show` previews one."""
    meeting = _fetch_meeting(request, pk)
    shown = find_paper(request.GET.get("show", ""))
    if shown is not None and not shown.is_there(meeting):
        shown = None
    return render(
        request,
        "meetings/papers.html",
        {
            "meeting": meeting,
            "records": meeting.records.without_bytes().defer("facts").select_related("made_by"),
            "papers": listed_papers(meeting),
            "counts": count_attendance(meeting),
            "exports_pledges": may_export_pledges(request.user, meeting.unit),
            "shown": shown,
            "preview": shown.preview(shown.gather(meeting)) if shown else {},
        },
    )


@require_safe
def paper(request: CadreRequest, pk: int, paper: str, kind: str) -> HttpResponse:
    """One paper as a file, made now from the rows as they are; taking it out is noted."""
    meeting = _fetch_meeting(request, pk)
    made = find_paper(paper)
    if made is None or kind not in made.render or not made.is_there(meeting):
        raise Http404
    try:
        data = made.render[kind](made.gather(meeting))
    except PaperError as error:
        return _refuse(request, error, meeting, made)
    note_export(request, f"paper:{meeting.number}/{made.slug}.{kind}")
    name = f"{meeting.number} {made.title}.{kind}"
    download = "download" in request.GET or kind != "pdf"
    return paper_file(data, name, MEDIA_TYPES[kind], download=download)


@require_safe
def make_up_form(request: CadreRequest, pk: int, person: int) -> HttpResponse:
    """The make-up record to fill in of one person who missed the meeting; taking it is noted."""
    meeting = _fetch_meeting(request, pk)
    made = MAKE_UP_FORMS
    facts = made.gather(meeting).get(person) if made.is_there(meeting) else None
    if facts is None:
        raise Http404
    try:
        data = render_make_up_record(facts)
    except PaperError as error:
        return _refuse(request, error, meeting, made)
    note_export(request, f"paper:{meeting.number}/{made.slug}.pdf", attendance=person)
    name = f"{meeting.number} {made.title} {facts.person.name}.pdf"
    return paper_file(data, name, download="download" in request.GET)


def _refuse(
    request: CadreRequest, error: PaperError, meeting: Meeting, made: MadePaper
) -> HttpResponse:
    words = _("“%(paper)s” could not be made: %(why)s")
    messages.error(request, words % {"paper": made.title, "why": error})
    return redirect("meetings:papers", meeting.pk)
