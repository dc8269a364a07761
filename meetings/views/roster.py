"""The roster: search, import in two steps, templates, activation slips. For secretaries."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from meetings.forms.roster import MendForm, RosterSearchForm, SlipsForm, UploadForm
from meetings.models import Cadre, RosterImport, Unit
from meetings.roster.activation import issue_codes, reset_account
from meetings.roster.exceptions import (
    ActivationRefused,
    ImportHasMistakes,
    ImportOutdated,
    RosterFileRefused,
)
from meetings.roster.importing import (
    accept_units,
    apply_import,
    discard_import,
    mend_row,
    plan_of,
    start_import,
    table_of,
)
from meetings.roster.ordering import in_official_order
from meetings.roster.preview import Plan, PlannedRow, RowState
from meetings.roster.sheets import CONTENT_TYPE, make_mistakes, make_template
from pledges.access import note_export

from .request import CadreRequest
from .schedule import served_units

PEOPLE_PAGE_SIZE = 50
PREVIEW_PAGE_SIZE = 100


def require_units(request: CadreRequest) -> "QuerySet[Unit]":
    """The units that the user serves as their secretary; PermissionDenied if there are none."""
    units = served_units(request.user)
    if not units.exists():
        raise PermissionDenied
    return units


def find_cadres(form: RosterSearchForm, units: "QuerySet[Unit]") -> "QuerySet[Cadre]":
    """The cadres in office of these units whom the search means."""
    cadres = Cadre.objects.in_office().filter(unit__in=units).select_related("unit")
    if not form.is_valid():
        return cadres
    if unit := form.cleaned_data["unit"]:
        cadres = cadres.filter(unit__path__startswith=unit.path)
    if words := form.cleaned_data["q"].replace(" ", ""):
        cadres = cadres.filter(
            Q(name__icontains=words)
            | Q(staff_number__icontains=words)
            | Q(unit__name__icontains=words)
        )
    return cadres


def waiting(cadres: "QuerySet[Cadre]") -> "QuerySet[Cadre]":
    """Those of the cadres whose accounts were never activated."""
    return cadres.filter(activated_at=None)


def without_slip(cadres: "QuerySet[Cadre]") -> "QuerySet[Cadre]":
    """Those of the cadres who wait for activation and hold no slip that is valid."""
    return waiting(cadres).exclude(activation_code__expires_at__gt=timezone.now())


@require_GET
def roster(request: CadreRequest) -> HttpResponse:
    """Everyone of the user's units, in official order."""
    units = require_units(request)
    form = RosterSearchForm(request.GET or None, units=units)
    people = in_official_order(find_cadres(form, units))
    page = Paginator(people, PEOPLE_PAGE_SIZE).get_page(request.GET.get("page"))
    everyone = Cadre.objects.in_office().filter(unit__in=units)
    return render(
        request,
        "meetings/roster_list.html",
        {"form": form, "page": page, "waiting_count": waiting(everyone).count()},
    )


@require_GET
def roster_template(request: CadreRequest) -> HttpResponse:
    """The empty roster to fill in."""
    require_units(request)
    return _workbook(make_template(), "花名册模板.xlsx")


def _workbook(data: bytes, name: str) -> HttpResponse:
    disposition = content_disposition_header(True, name) or "attachment"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return HttpResponse(data, content_type=CONTENT_TYPE, headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
def roster_import(request: CadreRequest) -> HttpResponse:
    """Step one: the upload."""
    units = require_units(request)
    form = UploadForm(request.POST or None, request.FILES or None, units=units)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            kept = start_import(
                by=request.user,
                unit=form.cleaned_data["unit"],
                file_name=file.name,
                data=file.read(),
            )
        except RosterFileRefused as refused:
            form.add_error("file", str(refused.message))
        else:
            return redirect("meetings:roster_preview", kept.pk)
    earlier = RosterImport.objects.visible_to(request.user).first()
    status = 422 if form.is_bound else 200
    return render(
        request, "meetings/roster_import.html", {"form": form, "earlier": earlier}, status=status
    )


def fetch_import(request: CadreRequest, pk: int) -> RosterImport:
    """The user's own upload. 404 for everyone else's, 403 for who is no secretary any more."""
    require_units(request)
    return get_object_or_404(
        RosterImport.objects.visible_to(request.user).select_related("unit", "uploaded_by"), pk=pk
    )


@require_GET
def roster_preview(request: CadreRequest, pk: int) -> HttpResponse:
    """Step two: what each row would do."""
    return _show_preview(request, fetch_import(request, pk))


def _show_preview(request: CadreRequest, kept: RosterImport, problem: str = "") -> HttpResponse:
    table = table_of(kept)
    plan = plan_of(kept, table)
    shown = request.GET.get("show", "")
    rows = [row for row in plan.rows if shown not in RowState.values or row.state == shown]
    context = {
        "kept": kept,
        "table": table,
        "plan": plan,
        "shown": shown if shown in RowState.values else "",
        "filters": _filters(plan),
        "page": Paginator(rows, PREVIEW_PAGE_SIZE).get_page(request.GET.get("page")),
        "problem": problem,
    }
    return render(request, "meetings/roster_preview.html", context, status=409 if problem else 200)


def _filters(plan: Plan) -> list[tuple[str, str, int]]:
    """Value, words and number of rows of each filter of the preview."""
    counts = plan.counts
    return [("", _("all rows"), len(plan.rows))] + [
        (state.value, str(state.label), counts[state.value]) for state in RowState
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def roster_mend(request: CadreRequest, pk: int, line: int) -> HttpResponse:
    """One row of the upload, to be mended on the spot."""
    kept = fetch_import(request, pk)
    row: PlannedRow | None
    if request.method == "POST":
        row = mend_row(by=request.user, kept=kept, line=line, cells=_typed(request))
        if row is not None and (row.state is not RowState.WRONG or row.waits_for_unit_alone):
            messages.success(
                request,
                _("Row %s is kept. Only its unit waits for you to agree to it.") % line
                if row.waits_for_unit_alone
                else _("Row %s is right now.") % line,
            )
            return redirect(f"{reverse('meetings:roster_preview', args=[pk])}?show=wrong")
    else:
        row = next((row for row in plan_of(kept).rows if row.line == line), None)
    if row is None:
        messages.warning(request, _("This upload has no such row."))
        return redirect("meetings:roster_preview", pk)
    status = 422 if request.method == "POST" else 200
    context = {"kept": kept, "row": row, "form": MendForm(row)}
    return render(request, "meetings/roster_mend.html", context, status=status)


def _typed(request: CadreRequest) -> dict[str, str]:
    return {name: str(value)[:500] for name, value in request.POST.items()}


@require_POST
def roster_units(request: CadreRequest, pk: int) -> HttpResponse:
    """Agrees to create unknown units, all or those that are ticked; the others stay unknown."""
    kept = fetch_import(request, pk)
    ticked = request.POST.getlist("unit")
    names = plan_of(kept).unknown_units if "all" in request.POST else ticked
    accept_units(by=request.user, kept=kept, names=names)
    return redirect("meetings:roster_preview", pk)


@require_GET
def roster_mistakes(request: CadreRequest, pk: int) -> HttpResponse:
    """The wrong rows as a workbook, with the reasons."""
    kept = fetch_import(request, pk)
    note_export(request, f"roster-import:{kept.pk}")
    table = table_of(kept)
    wrong = [row for row in plan_of(kept, table).rows if row.state is RowState.WRONG]
    return _workbook(make_mistakes(table.fields, wrong), "花名册问题行.xlsx")


@require_POST
def roster_apply(request: CadreRequest, pk: int) -> HttpResponse:
    """Writes the roster as it was shown, all or nothing."""
    kept = fetch_import(request, pk)
    try:
        applied = apply_import(by=request.user, kept=kept, digest=request.POST.get("digest", ""))
    except (ImportOutdated, ImportHasMistakes) as error:
        return _show_preview(request, kept, str(error.message))
    messages.success(
        request,
        _("The roster is applied: %(new)s new, %(changed)s changed, %(unchanged)s unchanged.")
        % {
            "new": len(applied.new),
            "changed": len(applied.changed),
            "unchanged": applied.unchanged,
        },
    )
    return redirect("meetings:roster_slips" if applied.new else "meetings:roster")


@require_POST
def roster_discard(request: CadreRequest, pk: int) -> HttpResponse:
    """Throws the upload away."""
    discard_import(by=request.user, kept=fetch_import(request, pk))
    messages.success(request, _("The upload is thrown away. The roster is as it was."))
    return redirect("meetings:roster")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def roster_slips(request: CadreRequest) -> HttpResponse:
    """Whose accounts wait for activation; POST gives out the codes, shown this once."""
    units = require_units(request)
    data = request.POST if request.method == "POST" else request.GET
    form = SlipsForm(data or None, units=units)
    cadres = find_cadres(form, units)
    again = form.is_valid() and form.cleaned_data["again"]
    people = in_official_order(waiting(cadres) if again else without_slip(cadres))
    if request.method == "POST" and people:
        context = {
            "slips": issue_codes(by=request.user, cadres=people),
            "address": settings.SITE_URL + reverse("meetings:activate"),
        }
        return render(request, "meetings/activation_slips.html", context)
    if request.method == "POST":
        messages.info(request, _("Nobody here waits for a slip."))
        return redirect("meetings:roster_slips")
    page = Paginator(people, PEOPLE_PAGE_SIZE).get_page(request.GET.get("page"))
    label = ngettext("Print %s slip", "Print %s slips", len(people)) % len(people)
    return render(
        request, "meetings/roster_slips.html", {"form": form, "page": page, "label": label}
    )


@require_POST
def roster_reset(request: CadreRequest) -> HttpResponse:
    """For somebody who forgot their password: their account waits for a new slip."""
    units = require_units(request)
    number = request.POST.get("staff_number", "").strip()
    cadre = Cadre.objects.in_office().filter(unit__in=units, staff_number=number).first()
    if cadre is None:
        messages.error(request, _("Nobody in your units has the staff number “%s”.") % number)
        return redirect("meetings:roster_slips")
    try:
        reset_account(by=request.user, cadre=cadre)
    except ActivationRefused as error:
        messages.error(request, error.message)
        return redirect("meetings:roster_slips")
    messages.success(
        request,
        _("The old password of %s no longer works. Print the new slip and hand it over.")
        % cadre.name,
    )
    return redirect(f"{reverse('meetings:roster_slips')}?{urlencode({'q': cadre.staff_number})}")
