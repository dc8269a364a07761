"""The papers that are tables: the roster and the statistics to take along, slips to cut."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from meetings.forms.roster import RosterSearchForm, SlipsForm
from meetings.forms.statistics import StatisticsForm
from meetings.models import Cadre, Kind, Meeting, Role, State, Unit
from meetings.papers.exceptions import PaperError
from meetings.papers.facts import Person
from meetings.papers.gathering_sheets import gather_roster, gather_slips
from meetings.papers.gathering_statistics import gather_statistics
from meetings.papers.roster_book import render_roster, roster_workbook
from meetings.papers.sheet_facts import Breakdown, RosterFacts, StatisticsFacts
from meetings.papers.slips import check_slips, render_slips
from meetings.papers.statistics import (
    attendance,
    pledges,
    printed,
    render_statistics,
    statistics_workbook,
)
from meetings.papers.workbooks import CONTENT_TYPE
from meetings.roster.activation import issue_codes
from meetings.roster.ordering import in_official_order
from pledges.access import note_export

from .files import paper_file
from .request import CadreRequest
from .roster import find_cadres, require_units, waiting, without_slip

# What the paper's own words are called in the page.
BREAKDOWNS = {
    "按季度": (gettext_lazy("By quarter"), gettext_lazy("Quarter")),
    "按职务层次、职级": (gettext_lazy("By rank"), gettext_lazy("Rank")),
    "按单位": (gettext_lazy("By unit"), gettext_lazy("Unit")),
    "按谈话人": (gettext_lazy("By speaker"), gettext_lazy("Speaker")),
}
LABELS = {
    "第一季度": gettext_lazy("First quarter"),
    "第二季度": gettext_lazy("Second quarter"),
    "第三季度": gettext_lazy("Third quarter"),
    "第四季度": gettext_lazy("Fourth quarter"),
    "未填": gettext_lazy("Not filled in"),
}
_Line = tuple[str, list[str]]
# More would keep a worker busy for longer than a browser waits.
MOST_PEOPLE, MOST_SLIPS = 1_000, 500


@require_safe
def roster_pdf(request: CadreRequest) -> HttpResponse:
    """The roster as the page shows it, as a paper; taking it out is noted."""
    facts = _roster_facts(request)
    back = f"{reverse('meetings:roster')}?{request.GET.urlencode()}"
    if len(facts.lines) > MOST_PEOPLE:
        messages.error(
            request,
            _("%(count)s people are too many for one PDF. Choose a unit, or take the workbook.")
            % {"count": len(facts.lines)},
        )
        return redirect(back)
    try:
        pdf = render_roster(facts)
    except PaperError as error:
        return _refuse(request, error, back)
    note_export(request, "roster.pdf", people=len(facts.lines), unit=facts.unit)
    return paper_file(pdf, _("Roster") + ".pdf", download="download" in request.GET)


@require_safe
def roster_xlsx(request: CadreRequest) -> HttpResponse:
    """The roster as the page shows it, as a workbook; taking it out is noted."""
    facts = _roster_facts(request)
    book = roster_workbook(facts)
    note_export(request, "roster.xlsx", people=len(facts.lines), unit=facts.unit)
    return paper_file(book, _("Roster") + ".xlsx", CONTENT_TYPE, download=True)


def _roster_facts(request: CadreRequest) -> RosterFacts:
    units = require_units(request)
    form = RosterSearchForm(request.GET or None, units=units)
    people = in_official_order(find_cadres(form, units))
    chosen = form.cleaned_data if form.is_valid() else {}
    words = chosen.get("q", "")
    return gather_roster(
        people,
        unit=_unit_words(request.user, chosen.get("unit"), Role.SECRETARY),
        scope=f"查询“{words}”" if words else "",
        made_at=timezone.now(),
        made_by=request.user,
    )


def _unit_words(user: Cadre, chosen: Unit | None, *roles: str) -> str:
    """The unit that was chosen, or else those at the top of what the user's roles open."""
    if chosen is not None:
        return chosen.name
    held = user.role_assignments.filter(role__in=roles).order_by("unit__path")
    return "、".join(dict.fromkeys(held.values_list("unit__name", flat=True)))


@never_cache
@require_POST
def slips_pdf(request: CadreRequest) -> HttpResponse:
    """Gives out the codes of those chosen, as slips to cut. Nothing of them is kept in clear."""
    units = require_units(request)
    form = SlipsForm(request.POST, units=units)
    cadres = find_cadres(form, units)
    again = form.is_valid() and form.cleaned_data["again"]
    people = in_official_order(waiting(cadres) if again else without_slip(cadres))
    if not people or len(people) > MOST_SLIPS:
        problem = (
            _("%(count)s slips are too many for one PDF. Choose a unit.") % {"count": len(people)}
            if people
            else _("Nobody here waits for a slip.")
        )
        messages.info(request, problem)
        return redirect("meetings:roster_slips")
    try:
        # Before the codes: a slip that cannot be printed would void the one its owner holds.
        check_slips(Person(cadre.name, cadre.unit.name if cadre.unit else None) for cadre in people)
    except PaperError as error:
        return _refuse(request, error, reverse("meetings:roster_slips"))
    facts = gather_slips(
        issue_codes(by=request.user, cadres=people),
        issuer=_unit_words(request.user, form.cleaned_data.get("unit"), Role.SECRETARY),
        address=settings.SITE_URL + reverse("meetings:activate"),
        made_at=timezone.now(),
    )
    return paper_file(render_slips(facts), _("Activation slips") + ".pdf", download=True)


@require_safe
def statistics(request: CadreRequest) -> HttpResponse:
    """The figures of a year's closed talks, each kind by itself, and their papers."""
    form, facts = _statistics(request)
    return render(
        request,
        "meetings/statistics.html",
        {
            "form": form,
            "facts": facts,
            "query": request.GET.urlencode(),
            "kinds": [
                (
                    Kind(kind.kind).label,
                    printed(attendance(kind.tally)),
                    printed(pledges(kind.tally)),
                )
                for kind in facts.kinds
            ],
            "breakdowns": [_shown(table) for table in facts.breakdowns],
        },
    )


def _shown(table: Breakdown) -> tuple[str, str, list[tuple[str, list[str], list[_Line]]]]:
    """A table of the paper in the page's language: heading, by what, and of each kind of talk its
    name, its figures and its lines."""
    heading, by = BREAKDOWNS[table.heading]
    kinds = [
        (
            str(Kind(kind.kind).label),
            printed(attendance(kind.tally)),
            [
                (str(LABELS.get(line.label, line.label)), printed(attendance(line.tally)))
                for line in kind.lines
            ],
        )
        for kind in table.kinds
    ]
    return str(heading), str(by), kinds


@require_safe
def statistics_pdf(request: CadreRequest) -> HttpResponse:
    """The same figures as a paper, by quarter, rank, unit and speaker too; noted."""
    _form, facts = _statistics(request)
    try:
        pdf = render_statistics(facts)
    except PaperError as error:
        return _refuse(request, error, reverse("meetings:statistics"))
    note_export(request, "statistics.pdf", unit=facts.unit, period=facts.period)
    return paper_file(pdf, _("Statistics") + ".pdf", download="download" in request.GET)


@require_safe
def statistics_xlsx(request: CadreRequest) -> HttpResponse:
    """The same figures as a workbook; noted."""
    _form, facts = _statistics(request)
    book = statistics_workbook(facts)
    note_export(request, "statistics.xlsx", unit=facts.unit, period=facts.period)
    return paper_file(book, _("Statistics") + ".xlsx", CONTENT_TYPE, download=True)


def _statistics(request: CadreRequest) -> tuple[StatisticsForm, StatisticsFacts]:
    """What was chosen, and its figures. 403 for who holds no role in any unit."""
    if not request.user.roles:
        raise PermissionDenied
    closed = Meeting.objects.visible_to(request.user).filter(state=State.CLOSED)
    years = [moment.year for moment in closed.order_by().datetimes("started_at", "year", "DESC")]
    form = StatisticsForm(
        request.GET or None,
        years=years or [timezone.localdate().year],
        units=Unit.objects.filter(meetings__in=closed).distinct(),
    )
    chosen = form.cleaned_data if form.is_valid() else {}
    year = chosen.get("year") or form.newest
    facts = gather_statistics(
        _within(closed.filter(started_at__year=year), chosen.get("unit")),
        unit=_unit_words(request.user, chosen.get("unit"), *Role.values),
        period=f"{year}年",
        made_at=timezone.now(),
        made_by=request.user,
    )
    return form, facts


def _within(meetings: "QuerySet[Meeting]", unit: Unit | None) -> "QuerySet[Meeting]":
    return meetings.filter(unit__path__startswith=unit.path) if unit else meetings


def _refuse(request: CadreRequest, error: PaperError, back: str) -> HttpResponse:
    messages.error(request, _("The paper could not be made: %s") % error)
    return redirect(back)
