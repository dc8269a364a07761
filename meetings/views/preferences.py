"""What a reader chooses for themselves: the language and the size of the type."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

YEAR_SECONDS = 365 * 24 * 3600
TYPE_SIZES = {"normal", "large"}


def _remember(request: HttpRequest, cookie: str, value: str) -> HttpResponse:
    """Back to the page one came from, with the choice in a cookie for a year."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = resolve_url(settings.LOGIN_REDIRECT_URL)
    response = HttpResponseRedirect(target)
    response.set_cookie(
        cookie,
        value,
        max_age=YEAR_SECONDS,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Shows all pages in the posted `language` from now on."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return HttpResponseBadRequest(_("There is no such language here."))
    return _remember(request, settings.LANGUAGE_COOKIE_NAME, language)


@login_not_required
@require_POST
def set_type_size(request: HttpRequest) -> HttpResponse:
    """Shows all pages in the posted `type_size` (normal or large) from now on."""
    size = request.POST.get("type_size", "")
    if size not in TYPE_SIZES:
        return HttpResponseBadRequest(_("There is no such type size here."))
    return _remember(request, "type_size", size)
