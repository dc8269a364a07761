"""The outlines: their versions, one version as talk and as pledge, and editing a new one."""

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ..exceptions import OutlineStale
from ..forms.outlines import OutlineForm
from ..models import Outline
from ..outlines.publishing import publish_outline, words_of
from ..permissions import may_edit_outlines, may_see_outlines


@require_safe
def outline_list(request: HttpRequest) -> HttpResponse:
    """Every version, the newest first."""
    if not may_see_outlines(request.user):
        raise PermissionDenied
    context = {
        "outlines": Outline.objects.select_related("created_by"),
        "may_edit": may_edit_outlines(request.user),
    }
    return render(request, "pledges/outline_list.html", context)


@require_safe
def outline_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One version, as the speaker reads it and as the cadre reads it."""
    if not may_see_outlines(request.user):
        raise PermissionDenied
    outline = get_object_or_404(Outline.objects.select_related("created_by"), pk=pk)
    context = {
        "outline": outline,
        "words": words_of(outline),
        "is_newest": not Outline.objects.filter(version__gt=outline.version).exists(),
        "may_edit": may_edit_outlines(request.user),
    }
    return render(request, "pledges/outline_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def outline_edit(request: HttpRequest) -> HttpResponse:
    """Edits the newest version into the next one."""
    if not may_edit_outlines(request.user):
        raise PermissionDenied
    newest = Outline.objects.newest()
    form = OutlineForm(request.POST or None, words=words_of(newest), based_on=newest.version)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _publish(request, form)
            except OutlineStale as error:
                form.add_error(None, str(error))
                status = 409
    context = {"form": form, "newest": newest, "based_on": newest.version}
    return render(request, "pledges/outline_form.html", context, status=status)


def _publish(request: HttpRequest, form: OutlineForm) -> HttpResponse:
    assert isinstance(request.user, AbstractBaseUser)  # LoginRequiredMiddleware
    outline = publish_outline(
        by=request.user,
        based_on=form.cleaned_data["based_on"],
        words=form.to_words(),
        note=form.cleaned_data["note"],
    )
    messages.success(
        request,
        _("Version %(version)s is the one that new meetings take.") % {"version": outline.version},
    )
    return redirect("pledges:outline_detail", pk=outline.pk)
