"""Closing, the record in the page and as a file, corrections, one's own pledge on paper."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meetings.closing import (
    Corrections,
    close_meeting,
    correct_record,
    list_checks,
    retry_record,
)
from meetings.exceptions import MeetingError, MeetingIncomplete
from meetings.forms.meetings import CorrectionForm, MarkFormSet, TextFormSet
from meetings.models import Meeting, Record, RecordState
from meetings.papers.exceptions import PaperError
from meetings.papers.gathering import facts_of, gather_pledge
from meetings.papers.pledge import render_pledge
from meetings.permissions import may_manage
from meetings.sealing import retry_seal
from pledges.access import note_export, note_view
from pledges.models import Pledge

from .files import paper_file
from .request import CadreRequest
from .schedule import fetch_managed


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_close(request: CadreRequest, pk: int) -> HttpResponse:
    """The checklist, each line with a link to mend it; then closing."""
    meeting = fetch_managed(request, pk)
    if meeting.is_closed:
        return redirect("meetings:record", meeting.pk)
    if request.method == "POST":
        try:
            close_meeting(by=request.user, meeting=meeting)
        except MeetingIncomplete as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("The meeting is closed, and its record is being made."))
            return redirect("meetings:record", meeting.pk)
    checks = list_checks(meeting)
    return render(
        request,
        "meetings/meeting_close.html",
        {
            "meeting": meeting,
            "checks": [
                (
                    check,
                    reverse(f"meetings:{check.url_name}", args=[meeting.pk])
                    if check.url_name
                    else "",
                )
                for check in checks
            ],
            "blocked": any(check.blocking and not check.done for check in checks),
        },
    )


def _fetch_records(request: CadreRequest, pk: int) -> tuple[Meeting, list[Record]]:
    meeting = get_object_or_404(
        Meeting.objects.visible_to(request.user).select_related("unit"), pk=pk
    )
    records = list(meeting.records.without_bytes().select_related("made_by"))
    if not records:
        raise Http404
    return meeting, records


@require_safe
def record(request: CadreRequest, pk: int, revision: int | None = None) -> HttpResponse:
    """The talk record in the page: the newest revision, or the one asked for."""
    meeting, records = _fetch_records(request, pk)
    shown = next((r for r in records if r.revision == (revision or records[0].revision)), None)
    if shown is None:
        raise Http404
    note_view(request, f"record:{meeting.number}/{shown.revision}")
    return render(
        request,
        "meetings/record.html",
        {
            "meeting": meeting,
            "records": records,
            "record": shown,
            "facts": facts_of(shown),
            "manages": may_manage(request.user, meeting),
        },
    )


@require_safe
def record_state(request: CadreRequest, pk: int, revision: int) -> HttpResponse:
    """The box that says whether the PDF is there and sealed; the page asks while it is not."""
    meeting, records = _fetch_records(request, pk)
    shown = next((r for r in records if r.revision == revision), None)
    if shown is None:
        raise Http404
    return render(
        request,
        "meetings/_record_state.html",
        {"meeting": meeting, "record": shown, "manages": may_manage(request.user, meeting)},
    )


@require_safe
def record_pdf(request: CadreRequest, pk: int, revision: int) -> HttpResponse:
    """A revision's PDF: the sealed one, and until there is one the unsealed, named as such."""
    meeting = get_object_or_404(Meeting.objects.visible_to(request.user), pk=pk)
    kept = get_object_or_404(meeting.records, revision=revision, state=RecordState.READY)
    note_export(request, f"record:{meeting.number}/{revision}")
    name = f"{meeting.number} " + _("talk record")
    if revision > 1:
        name += " " + _("correction") + f" {revision - 1}"
    if not kept.is_sealed:
        name += " " + _("(unsealed)")
    return paper_file(kept.best_pdf, f"{name}.pdf", download="download" in request.GET)


@require_POST
def record_retry(request: CadreRequest, pk: int, revision: int) -> HttpResponse:
    """Has a failed record made once more."""
    meeting = fetch_managed(request, pk)
    retry_record(by=request.user, record=get_object_or_404(meeting.records, revision=revision))
    return redirect("meetings:record", pk)


@require_POST
def record_seal(request: CadreRequest, pk: int, revision: int) -> HttpResponse:
    """Has sealing tried once more."""
    meeting = fetch_managed(request, pk)
    retry_seal(by=request.user, record=get_object_or_404(meeting.records, revision=revision))
    return redirect("meetings:record_revision", pk, revision)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: CadreRequest, pk: int) -> HttpResponse:
    """A correction of a closed meeting's record: the reason, and what should stand there."""
    meeting = fetch_managed(request, pk)
    if not meeting.is_closed:
        return redirect("meetings:meeting_detail", pk)
    forms = _correction_forms(request, meeting)
    valid = [form.is_valid() for form in forms.values()]  # all of them, to show every error
    if request.method == "POST" and all(valid):
        try:
            made = correct_record(
                by=request.user,
                meeting=meeting,
                reason=forms["form"].cleaned_data["reason"],
                corrections=_corrections(forms),
            )
        except (MeetingError, ValidationError) as error:
            forms["form"].add_error(None, getattr(error, "message", None) or error)
        else:
            messages.success(
                request,
                _("The correction is kept as revision %d, beside the old record.") % made.revision,
            )
            return redirect("meetings:record", pk)
    return render(
        request,
        "meetings/correct.html",
        {"meeting": meeting, **forms},
        status=422 if request.method == "POST" else 200,
    )


def _correction_forms(request: CadreRequest, meeting: Meeting) -> dict[str, Any]:
    data = request.POST or None
    return {
        "form": CorrectionForm(
            data,
            initial={
                "place": meeting.place,
                "started_at": meeting.started_at,
                "ended_at": meeting.ended_at,
            },
        ),
        "notes": TextFormSet(
            data,
            prefix="notes",
            initial=[
                {"pk": item.pk, "text": item.notes, "label": str(item)}
                for item in meeting.agenda_items.all()
            ],
        ),
        "statements": TextFormSet(
            data,
            prefix="statements",
            initial=[
                {"pk": s.pk, "text": s.summary, "label": s.attendance.name}
                for s in meeting.statements.select_related("attendance")
            ],
        ),
        "marks": MarkFormSet(
            data,
            prefix="marks",
            form_kwargs={"roll": meeting.attendances.called().order_by("order")},
        ),
    }


def _corrections(forms: dict[str, Any]) -> Corrections:
    own = {k: v for k, v in forms["form"].cleaned_data.items() if k != "reason"}
    marks = {
        form.cleaned_data["attendance"].pk: {
            "state": form.cleaned_data["state"],
            "reason": form.cleaned_data["reason"],
            "approved_by": form.cleaned_data["approved_by"]
            if form.cleaned_data["state"] == "leave"
            else "",
            "late": False,
            "left_early": False,
        }
        for form in forms["marks"]
        if form.cleaned_data.get("attendance")
    }
    return Corrections(
        meeting=own,
        notes={f.cleaned_data["pk"]: f.cleaned_data["text"] for f in forms["notes"]},
        statements={f.cleaned_data["pk"]: f.cleaned_data["text"] for f in forms["statements"]},
        marks=marks,
    )


@require_safe
def pledge_pdf(request: CadreRequest, pk: str) -> HttpResponse:
    """The signer's own pledge, on one page."""
    pledge = get_object_or_404(
        Pledge.objects.visible_to(request.user)
        .signed()
        .select_related("signature", "occasion__outline"),
        pk=pk,
    )
    try:
        pdf = render_pledge(gather_pledge(pledge, site_url=settings.SITE_URL))
    except PaperError as error:
        messages.error(request, _("The paper could not be made: %s") % error)
        return redirect("pledges:receipt", pledge.pk)
    note_export(request, f"pledge:{pledge.pk}")
    name = f"{pledge.occasion.outline.pledge_title} {pledge.name}.pdf"
    return paper_file(pdf, name, download="download" in request.GET)
