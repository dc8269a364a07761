"""The archive number of a closed meeting, and how its package is made."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from meetings.archive.numbering import set_archive_number
from meetings.exceptions import MeetingError, StateConflict
from meetings.forms.archive import ArchiveNumberForm

from .request import CadreRequest
from .schedule import fetch_managed


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_archive(request: CadreRequest, pk: int) -> HttpResponse:
    """The form for the number; a meeting that is open has none yet."""
    meeting = fetch_managed(request, pk)
    if not meeting.is_closed:
        return redirect("meetings:meeting_detail", pk)
    form = ArchiveNumberForm(request.POST or None, initial={"number": meeting.archive_number})
    if request.method == "POST" and form.is_valid():
        try:
            set_archive_number(by=request.user, meeting=meeting, number=form.cleaned_data["number"])
        except StateConflict:
            raise
        except MeetingError as error:
            form.add_error("number", error.message)
        else:
            messages.success(request, _("The archive number is kept."))
            return redirect("meetings:meeting_detail", pk)
    return render(
        request,
        "meetings/meeting_archive.html",
        {"meeting": meeting, "form": form},
        status=422 if form.is_bound else 200,
    )
