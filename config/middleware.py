"""Small middlewares for what Django's own do not quite cover."""

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import translation

from meetings.conflict import conflict_page
from meetings.exceptions import StateConflict

GetResponse = Callable[[HttpRequest], HttpResponse]


class ChosenLanguageMiddleware:
    """The language that the user chose in the page, else Chinese.

    Django's LocaleMiddleware would follow the browser's Accept-Language, and office browsers
    often ask for English without their user knowing.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class IdleSessionMiddleware:
    """Logs an idle user out, without a database write on every request.

    The session's expiry is moved on at most once in a tenth of the idle time. A request that a
    page makes by itself (X-Poll) is nobody's activity.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and "X-Poll" not in request.headers:
            now = int(time.time())
            if now - request.session.get("seen_at", 0) > settings.SESSION_COOKIE_AGE / 10:
                request.session["seen_at"] = now
        return self.get_response(request)


class LoggedOutFragmentMiddleware:
    """Answers 401 to an htmx request whose session ran out, instead of the log-in page.

    htmx would follow the redirect and put the whole log-in page in place of a fragment. With a
    401 the page stays as it is, what was typed in it too, and says that one is logged out.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            request.headers.get("HX-Request") == "true"
            and isinstance(response, HttpResponseRedirect)
            and response.url.partition("?")[0] == resolve_url(settings.LOGIN_URL)
        ):
            return HttpResponse(status=401)
        return response


class ConflictPageMiddleware:
    """Answers 409 in plain words when a meeting has moved on since the page was shown."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, StateConflict):
            return None
        return conflict_page(request, exception, exception.meeting_id)
