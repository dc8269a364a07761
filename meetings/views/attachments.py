"""The files kept with a meeting."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meetings.conflict import show_conflict
from meetings.exceptions import AttachmentRefused, MeetingError
from meetings.forms.attachments import AttachmentForm
from meetings.holding import OPEN_STATES, attach_file, remove_attachment
from meetings.models import Attachment, Meeting
from meetings.permissions import may_manage
from pledges.access import note_export

from .request import CadreRequest
from .schedule import fetch_managed


@require_http_methods(["GET", "HEAD", "POST"])
def attachments(request: CadreRequest, pk: int) -> HttpResponse:
    """The list, for whoever may see the meeting; its secretary adds files until it is closed."""
    if request.method == "POST":
        meeting = fetch_managed(request, pk)
    else:
        meeting = get_object_or_404(
            Meeting.objects.visible_to(request.user).select_related("unit"), pk=pk
        )
    form = AttachmentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            attachment = attach_file(
                by=request.user,
                meeting=meeting,
                upload=form.cleaned_data["file"],
                kind=form.cleaned_data["kind"],
            )
        except AttachmentRefused as error:
            form.add_error("file", str(error))
        except MeetingError as error:
            return show_conflict(request, meeting, error)
        else:
            messages.success(request, _("“%s” is kept with the meeting.") % attachment.name)
            return redirect("meetings:attachments", pk)
    return render(
        request,
        "meetings/attachments.html",
        {
            "meeting": meeting,
            "form": form,
            "attachments": meeting.attachments.select_related("uploaded_by"),
            "editable": meeting.state in OPEN_STATES and may_manage(request.user, meeting),
        },
        status=422 if form.errors else 200,
    )


@require_safe
def attachment(request: CadreRequest, pk: int) -> HttpResponseBase:
    """The file itself, always as a download: nothing uploaded is ever shown as a page of ours."""
    found = get_object_or_404(
        Attachment.objects.filter(meeting__in=Meeting.objects.visible_to(request.user)), pk=pk
    )
    note_export(request, f"attachment:{found.pk}")
    return FileResponse(
        found.file.open("rb"),
        as_attachment=True,
        filename=found.name,
        content_type=found.media_type,
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"},
    )


@require_POST
def attachment_remove(request: CadreRequest, pk: int, file: int) -> HttpResponse:
    """Removes a file from a meeting that is not closed."""
    meeting = fetch_managed(request, pk)
    found = get_object_or_404(meeting.attachments, pk=file)
    try:
        remove_attachment(by=request.user, attachment=found)
    except MeetingError as error:
        return show_conflict(request, meeting, error)
    messages.success(request, _("“%s” was removed.") % found.name)
    return redirect("meetings:attachments", pk)
