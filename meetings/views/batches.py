"""Pledges in bulk: asking for a file, watching it being made, fetching it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.forms import Form
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meetings.bulk import (
    NothingToExport,
    ask_batch,
    cancel_batch,
    exportable_years,
    may_fetch,
    resume_batch,
)
from meetings.forms.batches import BatchForm, YearBatchForm
from meetings.models import Batch, BatchKind, BatchState, Meeting
from meetings.permissions import exporting_units, may_ask_batches, may_export_pledges
from pledges.access import note_export

from .request import CadreRequest

PAGE_SIZE = 20
MEDIA_TYPES = {BatchKind.ZIP: "application/zip", BatchKind.PDF: "application/pdf"}


@require_http_methods(["GET", "HEAD", "POST"])
def batches(request: CadreRequest) -> HttpResponse:
    """All that the user asked for, and the form for a unit's year."""
    if not may_ask_batches(request.user):
        raise PermissionDenied
    years = exportable_years(request.user)
    form = YearBatchForm(
        request.POST or None,
        units=exporting_units(request.user),
        years=years,
        initial={"kind": BatchKind.ZIP},
    )
    if request.method == "POST" and form.is_valid():
        asked = _ask(request, form)
        if asked is not None:
            return redirect("meetings:batch", asked.pk)
    own = Batch.objects.visible_to(request.user).select_related("meeting", "unit")
    page = Paginator(own, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "meetings/batch_list.html",
        {"form": form, "years": years, "page": page},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_batches(request: CadreRequest, pk: int) -> HttpResponse:
    """One meeting's pledges in bulk: the form, and what the user asked for before."""
    meeting = get_object_or_404(
        Meeting.objects.visible_to(request.user).select_related("unit"), pk=pk
    )
    if not may_export_pledges(request.user, meeting.unit):
        raise PermissionDenied
    form = BatchForm(request.POST or None, initial={"kind": BatchKind.ZIP})
    if request.method == "POST" and form.is_valid():
        asked = _ask(request, form, meeting)
        if asked is not None:
            return redirect("meetings:batch", asked.pk)
    return render(
        request,
        "meetings/batch_meeting.html",
        {
            "meeting": meeting,
            "form": form,
            "signed": meeting.attendances.filter(pledge__signature__isnull=False).count(),
            "batches": Batch.objects.visible_to(request.user)
            .filter(meeting=meeting)
            .select_related("meeting")[:PAGE_SIZE],
        },
        status=422 if form.errors else 200,
    )


def _ask(request: CadreRequest, form: Form, meeting: Meeting | None = None) -> Batch | None:
    try:
        return ask_batch(by=request.user, meeting=meeting, **form.cleaned_data)
    except NothingToExport as error:
        form.add_error(None, error.message)
        return None


def _fetch(request: CadreRequest, pk: str) -> Batch:
    return get_object_or_404(
        Batch.objects.visible_to(request.user).select_related("meeting__unit", "unit"), pk=pk
    )


@require_safe
def batch(request: CadreRequest, pk: str) -> HttpResponse:
    """How far a batch is; what to do next."""
    return render(request, "meetings/batch.html", {"batch": _fetch(request, pk)})


@require_safe
def batch_state(request: CadreRequest, pk: str) -> HttpResponse:
    """The part of the page that changes; it asks again while the batch is on its way."""
    return render(request, "meetings/_batch_state.html", {"batch": _fetch(request, pk)})


@require_POST
def batch_cancel(request: CadreRequest, pk: str) -> HttpResponse:
    """Stops a batch that is not finished."""
    stopped = cancel_batch(by=request.user, batch=_fetch(request, pk))
    if stopped.state == BatchState.CANCELLED:
        messages.success(request, _("The export is cancelled, and nothing of it is kept."))
    return redirect("meetings:batch", pk)


@require_POST
def batch_resume(request: CadreRequest, pk: str) -> HttpResponse:
    """Goes on with a batch that failed or was left."""
    resumed = resume_batch(by=request.user, batch=_fetch(request, pk))
    return redirect("meetings:batch", resumed.pk)


@require_safe
def batch_file(request: CadreRequest, pk: str) -> HttpResponseBase:
    """The finished file, for as long as it is kept and the user may have it."""
    found = _fetch(request, pk)
    if not may_fetch(request.user, found):
        raise PermissionDenied
    if not found.is_fetchable:
        raise Http404
    try:
        file = found.path.open("rb")
    except FileNotFoundError:  # restored without its files, or tidied away by hand
        raise Http404 from None
    note_export(request, f"batch:{found.pk}", sha256=found.sha256)
    return FileResponse(
        file,
        as_attachment=True,
        filename=found.scope_name + " " + _("pledges") + f".{found.kind}",
        content_type=MEDIA_TYPES[BatchKind(found.kind)],
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"},
    )
