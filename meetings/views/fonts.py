"""The fonts of the papers: which role really uses which, and a specimen to look at and print."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from meetings.papers.exceptions import PaperError, SiteFontUnusable
from meetings.papers.fonts import RARE, standard_characters
from meetings.papers.specimen import current_specimen
from meetings.permissions import may_see_fonts

from .files import paper_file
from .request import CadreRequest

USES = {
    "fang": gettext_lazy("Body text, headings of the third and fourth level, tables"),
    "kai": gettext_lazy("Headings of the second level, the occasion of a pledge, typed signatures"),
    "hei": gettext_lazy("Headings of the first level, heads of tables, labels of attachments"),
    "song": gettext_lazy("Page numbers, digests"),
    "title": gettext_lazy("Titles"),
}


def _permit(request: CadreRequest) -> None:
    if not may_see_fonts(request.user):
        raise PermissionDenied


@require_safe
def paper_fonts(request: CadreRequest) -> HttpResponse:
    """Each role with its chain of fonts and what was embedded; or why no paper can be made."""
    _permit(request)
    context: dict[str, object] = {"rare": RARE, "standard": len(standard_characters())}
    try:
        roles = current_specimen().roles
    except SiteFontUnusable as error:
        context["problems"] = error.problems
    except PaperError as error:
        context["failure"] = error
    else:
        context["roles"] = [(fonts, USES[fonts.role]) for fonts in roles]
    return render(request, "meetings/fonts.html", context)


@require_safe
def fonts_pdf(request: CadreRequest) -> HttpResponse:
    """The specimen as a file."""
    _permit(request)
    try:
        pdf = current_specimen().pdf
    except PaperError:
        return redirect("meetings:paper_fonts")  # which says why
    name = _("Specimen of the fonts") + ".pdf"
    return paper_file(pdf, name, download="download" in request.GET)


@require_safe
def fonts_picture(request: CadreRequest, role: str) -> HttpResponse:
    """One role's page of the specimen as a drawing, from the outlines that its PDF carries."""
    _permit(request)
    try:
        drawing = current_specimen().pictures[role]
    except (PaperError, KeyError) as error:
        raise Http404 from error
    return HttpResponse(
        drawing,
        content_type="image/svg+xml",
        headers={"Cache-Control": "private, no-cache"},
    )
