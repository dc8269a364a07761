"""Scheduling: a new draft, the draft's form, who is called, announcing."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from meetings.exceptions import MeetingError, MeetingIncomplete, StateConflict
from meetings.forms.schedule import (
    AgendaFormSet,
    MeetingForm,
    NewMeetingForm,
    PeopleFilterForm,
    PostChangeFormSet,
    RoleForm,
    agenda_initial,
    agenda_values,
    post_change_initial,
    post_change_values,
)
from meetings.models import Cadre, Meeting, PostChange, Unit
from meetings.papers.draft import FONTS, find_unprintable
from meetings.permissions import may_manage
from meetings.roster.ordering import in_official_order
from meetings.scheduling import (
    announce_meeting,
    call_cadres,
    copy_meeting,
    count_similar_pledges,
    discard_draft,
    dismiss_cadres,
    draft_meeting,
    find_gaps,
    find_overlaps,
    save_draft,
    suggest_due_date,
)

from .request import CadreRequest

PEOPLE_PAGE_SIZE = 50


def served_units(user: Cadre) -> "QuerySet[Unit]":
    """The units that `user` is the secretary of, and those below them."""
    scope = Q(pk__in=[])
    for path in user.served_paths():
        scope |= Q(path__startswith=path)
    return Unit.objects.filter(scope).order_by("path")


def fetch_managed(request: CadreRequest, pk: int) -> Meeting:
    """The meeting, for its secretary: 404 when invisible, 403 when only visible."""
    meeting = get_object_or_404(
        Meeting.objects.visible_to(request.user).select_related(
            "unit", "chair", "speaker", "recorder", "outline"
        ),
        pk=pk,
    )
    if not may_manage(request.user, meeting):
        raise PermissionDenied
    return meeting


def fetch_draft(request: CadreRequest, pk: int) -> Meeting:
    """The secretary's draft. Raises StateConflict (a page of its own) once it is announced."""
    meeting = fetch_managed(request, pk)
    if not meeting.is_draft:
        raise StateConflict(_("This meeting is announced, and its schedule stands."), meeting.pk)
    return meeting


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_create(request: CadreRequest) -> HttpResponse:
    """A new draft, empty or copied from an earlier meeting."""
    units = served_units(request.user)
    if not units:
        raise PermissionDenied
    form = NewMeetingForm(request.POST or None, units=units)
    if request.method == "POST" and form.is_valid():
        meeting = draft_meeting(by=request.user, **form.cleaned_data)
        return redirect("meetings:meeting_edit", meeting.pk)
    earlier = Meeting.objects.managed_by(request.user).select_related("unit")[:8]
    return render(
        request,
        "meetings/meeting_create.html",
        {"form": form, "earlier": earlier},
        status=422 if form.errors else 200,
    )


@require_POST
def meeting_copy(request: CadreRequest, pk: int) -> HttpResponse:
    """A new draft from an earlier meeting."""
    copy = copy_meeting(by=request.user, meeting=fetch_managed(request, pk))
    messages.success(request, _("Copied. Set the new date, and look through the rest."))
    return redirect("meetings:meeting_edit", copy.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_edit(request: CadreRequest, pk: int) -> HttpResponse:
    """The draft's form: occasion, people in charge, agenda, post changes, study, dates.

    htmx posts it as one types, and gets back only a line that says it is saved.
    """
    meeting = fetch_draft(request, pk)
    data = request.POST or None
    initial = MeetingForm.values_of(meeting)
    if meeting.starts_at and not meeting.pledge_due_on:
        initial["pledge_due_on"] = suggest_due_date(meeting.starts_at)
    form = MeetingForm(data, initial=initial)
    items = list(meeting.agenda_items.all())
    agenda = AgendaFormSet(data, prefix="agenda", initial=agenda_initial(items))
    moves = PostChangeFormSet(
        data,
        prefix="moves",
        initial=post_change_initial(meeting.post_changes.select_related("cadre")),
    )
    if request.method == "POST" and _save(request.user, meeting, form, agenda, moves):
        if request.htmx:
            return render(request, "meetings/_draft_saved.html", {"now": timezone.now()})
        return redirect("meetings:meeting_people", meeting.pk)
    if request.method == "POST" and request.htmx:
        return render(request, "meetings/_draft_unsaved.html", {"form": form})
    return render(
        request,
        "meetings/meeting_edit.html",
        {
            "meeting": meeting,
            "form": form,
            "agenda": agenda,
            "moves": moves,
            "cadres": _cadres_to_choose_from(meeting),
            "planned_minutes": sum(item.minutes or 0 for item in items),
            "overlong": [item for item in items if item.is_overlong],
        },
        status=422 if request.method == "POST" else 200,
    )


def _save(by: Cadre, meeting: Meeting, form: Any, agenda: Any, moves: Any) -> bool:
    if not all([form.is_valid(), agenda.is_valid(), moves.is_valid()]):
        return False
    try:
        save_draft(
            by=by,
            meeting=meeting,
            values=form.cleaned_data,
            agenda=agenda_values(agenda),
            post_changes=post_change_values(moves),
        )
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def _root_of(unit: Unit) -> Unit:
    return Unit.objects.get(pk=unit.path.strip("/").split("/")[0])


def _cadres_to_choose_from(meeting: Meeting) -> "QuerySet[Cadre]":
    """Whoever may chair, speak, record or move: all in office under the same root unit."""
    return (
        Cadre.objects.in_office()
        .within(_root_of(meeting.unit))
        .only("name", "staff_number", "post")
        .order_by("staff_number")
    )


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_people(request: CadreRequest, pk: int) -> HttpResponse:
    """Who is called: by unit, rank, newly placed or one by one, with the running count."""
    meeting = fetch_draft(request, pk)
    form, offered = _filter_people(request, meeting)
    role_form = RoleForm(request.POST or None)
    if request.method == "POST" and role_form.is_valid():
        chosen = (
            offered
            if request.POST.get("whom") == "all"
            else offered.filter(pk__in=_chosen(request))
        )
        _change_roll(request, meeting, list(chosen), role_form.cleaned_data)
        return redirect(request.get_full_path())
    ordered = in_official_order(offered.select_related("unit"))
    page = Paginator(ordered, PEOPLE_PAGE_SIZE).get_page(request.GET.get("page"))
    roll = {row.cadre_id: row for row in meeting.attendances.all()}
    rows = [(cadre, roll.get(cadre.pk)) for cadre in page]
    tally: dict[str, int] = {"called": 0, "observing": 0, "excluded": 0}
    for row in roll.values():
        tally[row.role] += 1
    return render(
        request,
        "meetings/meeting_people.html",
        {
            "meeting": meeting,
            "form": form,
            "role_form": role_form,
            "ticked": _chosen(request),
            "takes_all": request.POST.get("whom") == "all",
            "page": page,
            "rows": rows,
            "tally": tally,
            "shown": len(ordered),
        },
        status=422 if role_form.errors else 200,
    )


def _chosen(request: CadreRequest) -> list[int]:
    return [int(value) for value in request.POST.getlist("cadre") if value.isdigit()]


def _filter_people(
    request: CadreRequest, meeting: Meeting
) -> "tuple[PeopleFilterForm, QuerySet[Cadre]]":
    """The filter, and whom it leaves of all in office in the meeting's unit and below."""
    everyone = Cadre.objects.in_office().within(meeting.unit)
    ranks = sorted(set(everyone.exclude(rank="").values_list("rank", flat=True)))
    form = PeopleFilterForm(
        request.GET or None, units=Unit.objects.within(meeting.unit).order_by("path"), ranks=ranks
    )
    if not (form.is_bound and form.is_valid()):
        return form, everyone
    wanted = form.cleaned_data
    if wanted["q"]:
        everyone = everyone.filter(
            Q(name__icontains=wanted["q"].replace(" ", "")) | Q(staff_number=wanted["q"].strip())
        )
    if wanted["unit"]:
        everyone = everyone.within(wanted["unit"])
    if wanted["rank"]:
        everyone = everyone.filter(rank=wanted["rank"])
    if wanted["newly_placed"]:
        moved = PostChange.objects.filter(meeting=meeting, newly_placed=True)
        everyone = everyone.filter(pk__in=moved.values("cadre"))
    return form, everyone


def _change_roll(
    request: CadreRequest, meeting: Meeting, cadres: list[Cadre], wanted: dict[str, Any]
) -> None:
    if not cadres:
        messages.warning(request, _("Tick at least one person first."))
    elif wanted["role"] == "off":
        count = dismiss_cadres(by=request.user, meeting=meeting, cadres=cadres)
        messages.success(
            request,
            ngettext("%d person is off the roll.", "%d people are off the roll.", count) % count,
        )
    else:
        count = call_cadres(by=request.user, meeting=meeting, cadres=cadres, **wanted)
        messages.success(
            request,
            ngettext("%d person is on the roll.", "%d people are on the roll.", count) % count,
        )


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_announce(request: CadreRequest, pk: int) -> HttpResponse:
    """What will be announced, what is missing, what to think about; then announcing it."""
    meeting = fetch_managed(request, pk)
    if not meeting.is_draft:
        return redirect("meetings:meeting_detail", meeting.pk)
    if request.method == "POST":
        try:
            announced = announce_meeting(by=request.user, meeting=meeting)
        except MeetingIncomplete as error:
            messages.error(request, error.message)
        else:
            messages.success(
                request,
                _("Announced as %s. The notice is on its way to everyone on the roll.")
                % announced.number,
            )
            return redirect("meetings:meeting_detail", meeting.pk)
    agenda = meeting.agenda_items.all()
    unprintable = find_unprintable(meeting)
    return render(
        request,
        "meetings/meeting_announce.html",
        {
            "meeting": meeting,
            "problems": _where_to_mend(meeting, [*find_gaps(meeting).items(), *unprintable]),
            "lacks_glyphs": any(part != FONTS for part, _words in unprintable),
            "overlaps": find_overlaps(meeting),
            "similar": count_similar_pledges(meeting),
            "overlong": [item for item in agenda if item.is_overlong],
            "agenda": agenda,
            "roll": in_official_order(
                [
                    a.cadre
                    for a in meeting.attendances.filter(role="called").select_related("cadre__unit")
                ]
            ),
            "others": meeting.attendances.exclude(role="called").select_related("cadre"),
        },
    )


def _where_to_mend(meeting: Meeting, problems: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What keeps a draft back, each with the address of the very field that mends it."""
    draft = reverse("meetings:meeting_edit", args=[meeting.pk])
    people = reverse("meetings:meeting_people", args=[meeting.pk])
    places = {
        "agenda": f"{draft}#agenda",
        "post_changes": draft,
        "people": people,
        # The names of units, and what their numbers begin with, are no part of the draft.
        "unit": people,
        "number": people,
        FONTS: reverse("meetings:paper_fonts"),
    }
    return [(places.get(field, f"{draft}#id_{field}"), words) for field, words in problems]


@require_POST
def meeting_discard(request: CadreRequest, pk: int) -> HttpResponse:
    """Throws a draft away."""
    meeting = fetch_managed(request, pk)
    try:
        discard_draft(by=request.user, meeting=meeting)
    except MeetingError as error:
        messages.error(request, error.message)
        return redirect("meetings:meeting_detail", pk)
    messages.success(request, _("The draft is thrown away."))
    return redirect("meetings:meeting_list")
