"""The page for a form whose protection against forgery does not match."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """In plain words and with a way on; `reason` is Django's and goes to its own log only."""
    return render(request, "403_csrf.html", status=403)
