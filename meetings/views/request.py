"""The request that a view behind the log-in gets."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from meetings.models import Cadre


class CadreRequest(HttpRequest):
    """LoginRequiredMiddleware has seen to it that there is a user; HtmxMiddleware adds `htmx`."""

    user: Cadre
    htmx: HtmxDetails
