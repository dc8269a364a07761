"""That the meeting took place, and the opening of its pledges."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from meetings import holding
from meetings.conflict import show_conflict
from meetings.exceptions import MeetingError, StateConflict
from meetings.forms.holding import HoldForm
from meetings.holding import OPEN_STATES, hold_meeting

from .request import CadreRequest
from .schedule import fetch_managed


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_hold(request: CadreRequest, pk: int) -> HttpResponse:
    """When the meeting actually began and ended."""
    meeting = fetch_managed(request, pk)
    if meeting.state not in OPEN_STATES:
        message = _("Only an announced meeting can be noted as held, and only until it is closed.")
        return show_conflict(request, meeting, StateConflict(message))
    form = HoldForm(request.POST or None, meeting=meeting)
    if request.method == "POST" and form.is_valid():
        try:
            hold_meeting(by=request.user, meeting=meeting, **form.cleaned_data)
        except MeetingError as error:
            return show_conflict(request, meeting, error)
        messages.success(request, _("The actual time of the meeting is noted."))
        return redirect("meetings:meeting_detail", pk)
    status = 422 if form.is_bound else 200
    return render(request, "meetings/hold.html", {"meeting": meeting, "form": form}, status=status)


@require_POST
def open_signing(request: CadreRequest, pk: int) -> HttpResponse:
    """Opens the pledges for those present; leads to the desk while nobody is."""
    meeting = fetch_managed(request, pk)
    try:
        holding.open_signing(by=request.user, meeting=meeting)
    except StateConflict as error:
        return show_conflict(request, meeting, error)
    except MeetingError as error:
        messages.warning(request, str(error))
        return redirect("meetings:desk", pk)
    messages.success(request, _("The pledges are open for everyone who is present."))
    return redirect("meetings:meeting_detail", pk)
