"""Pledges on paper: forms to print, entering a signed one, its scan; the history of a pledge."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from meetings.conflict import show_conflict
from meetings.exceptions import MeetingError
from meetings.forms.paper import PaperForm
from meetings.models import Attendance, Cadre, Meeting
from meetings.papers.blank_pledge import render_blank_pledge, render_blank_pledges
from meetings.papers.exceptions import PaperError
from meetings.papers.facts import BlankPledgeFacts
from meetings.papers.gathering_blank import gather_blank_pledges
from meetings.permissions import may_open_pledges
from meetings.roster.ordering import in_official_order
from pledges.access import note_export, note_view
from pledges.exceptions import AlreadySigned, OccasionClosed, PaperRefused
from pledges.history import steps_of
from pledges.models import Level, Pledge
from pledges.paper_signing import MOST_BYTES, record_paper_signature
from pledges.scans import scan_file

from .files import paper_file
from .request import CadreRequest
from .schedule import fetch_managed

# More would take longer than a page may.
MOST_FORMS = 200


@require_safe
def paper_form(request: CadreRequest, pk: int, pledge: UUID) -> HttpResponse:
    """The printable form of one unsigned pledge."""
    meeting = fetch_managed(request, pk)
    row = _fetch_unsigned(meeting, pledge)
    (facts,) = _gather([row])
    try:
        pdf = render_blank_pledge(facts)
    except PaperError as error:
        return _refuse(request, error, pk)
    note_export(request, f"pledge:{pledge}")
    return paper_file(pdf, f"{facts.title} {row.name} " + _("for paper") + ".pdf")


@require_safe
def paper_forms(request: CadreRequest, pk: int) -> HttpResponse:
    """The forms of all who have not signed, in official order, at most MOST_FORMS."""
    meeting = fetch_managed(request, pk)
    rows = list(_unsigned(meeting).order_by("order", "id")[:MOST_FORMS])
    if not rows or meeting.is_closed:
        raise Http404
    forms = _gather(rows)
    title = f"{forms[0].title}（{meeting.number}，纸面签署用）"
    try:
        pdf = render_blank_pledges(forms, title=title, author=meeting.unit.name)
    except PaperError as error:
        return _refuse(request, error, pk)
    note_export(request, f"meeting:{meeting.number}", forms=len(forms))
    return paper_file(pdf, f"{meeting.number} " + _("pledges for paper") + ".pdf")


@require_http_methods(["GET", "HEAD", "POST"])
def paper_enter(request: CadreRequest, pk: int, pledge: UUID) -> HttpResponse:
    """Enters a pledge that was signed on paper: code, day, witness, scan."""
    meeting = fetch_managed(request, pk)
    row = get_object_or_404(meeting.attendances.select_related("pledge__occasion"), pledge=pledge)
    form = PaperForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            _enter(request.user, row, form)
        except PaperRefused as error:
            form.add_error(error.field, str(error))
        except (AlreadySigned, OccasionClosed) as error:
            return show_conflict(request, meeting, MeetingError(str(error)))
        else:
            words = _("The pledge of %(name)s is kept as signed on paper, level C.")
            messages.success(request, words % {"name": row.name})
            return redirect("meetings:unsigned", pk)
    if row.pledge is None or row.pledge.is_signed or meeting.is_closed:
        return redirect("meetings:unsigned", pk)
    context = {
        "meeting": meeting,
        "row": row,
        "form": form,
        "cadres": _witnesses(meeting),
        "file_lost": bool(request.FILES) and bool(form.errors),
    }
    status = 422 if form.errors else 200
    return render(request, "meetings/paper_enter.html", context, status=status)


@require_safe
def paper_scan(request: CadreRequest, pk: int, pledge: UUID) -> HttpResponse:
    """The scan of a pledge on paper, for the unit's secretary and inspector; logged."""
    kept = _fetch_pledge(request, pk, pledge)
    if not kept.is_signed or kept.signature.level != Level.PAPER:
        raise Http404
    note_export(request, f"pledge:{kept.pk}")
    return scan_file(kept)


@require_safe
def pledge_history(request: CadreRequest, pk: int, pledge: UUID) -> HttpResponse:
    """What happened to somebody's pledge, for the unit's secretary and inspector; logged."""
    kept = _fetch_pledge(request, pk, pledge)
    note_view(request, f"pledge:{kept.pk}")
    context = {
        "meeting": kept.attendance.meeting,
        "pledge": kept,
        "steps": steps_of(kept),
    }
    return render(request, "meetings/pledge_history.html", context)


def _fetch_pledge(request: CadreRequest, pk: int, pledge: UUID) -> Pledge:
    """A pledge of a visible meeting: 404 when that is invisible, 403 for who may not open it."""
    meeting = get_object_or_404(
        Meeting.objects.visible_to(request.user).select_related("unit"), pk=pk
    )
    if not may_open_pledges(request.user, meeting):
        raise PermissionDenied
    return get_object_or_404(
        Pledge.objects.filter(attendance__meeting=meeting).select_related(
            "signature", "revocation", "occasion", "attendance__meeting"
        ),
        pk=pledge,
    )


def _enter(by: Cadre, row: Attendance, form: PaperForm) -> None:
    assert row.pledge is not None  # the row was found by it
    given = form.cleaned_data
    upload = given["scan"]
    if upload.size > MOST_BYTES:
        raise PaperRefused("scan", _("The file is larger than 10 MB."))
    record_paper_signature(
        by=by,
        pledge=row.pledge,
        code=given["code"],
        scan=upload.read(),
        witness=given["witness"],
        signed_on=given["signed_on"],
    )


def _refuse(request: CadreRequest, error: PaperError, pk: int) -> HttpResponse:
    messages.error(request, _("The paper could not be made: %s") % error)
    return redirect("meetings:unsigned", pk)


def _unsigned(meeting: Meeting) -> "QuerySet[Attendance]":
    return meeting.attendances.unsigned().select_related("pledge__occasion__outline")


def _fetch_unsigned(meeting: Meeting, pledge: UUID) -> Attendance:
    if meeting.is_closed:
        raise Http404
    return get_object_or_404(_unsigned(meeting), pledge=pledge)


def _gather(rows: Sequence[Attendance]) -> list[BlankPledgeFacts]:
    pledges = [row.pledge for row in rows if row.pledge is not None]
    return gather_blank_pledges(pledges, site_url=settings.SITE_URL, printed_at=timezone.now())


def _witnesses(meeting: Meeting) -> list[Cadre]:
    """Who is offered to choose from: those called to the meeting, and who leads it."""
    called = Cadre.objects.in_office().filter(attendances__meeting=meeting)
    led = Cadre.objects.in_office().filter(
        pk__in=[meeting.chair_id, meeting.speaker_id, meeting.recorder_id]
    )
    return in_official_order({cadre.pk: cadre for cadre in [*led, *called]}.values())
