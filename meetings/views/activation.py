"""The one page with which a new account begins."""

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from meetings.forms.roster import ActivationForm
from meetings.models import Cadre
from meetings.roster.activation import activate
from meetings.roster.exceptions import ActivationRefused


@sensitive_post_parameters("code", "password", "password_again")
@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def activate_account(request: HttpRequest) -> HttpResponse:
    """Staff number, code and a new password; then straight to one's own page."""
    form = ActivationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        cadre = _activated(form)
        if cadre is not None:
            adapter = get_adapter(request)
            adapter.login(request, cadre)
            # Who forgot the password has often locked the account before asking for a slip.
            adapter.forget_failures(request, username=cadre.staff_number)
            return redirect("meetings:me")
    status = 422 if form.is_bound else 200
    return render(request, "meetings/activation_form.html", {"form": form}, status=status)


def _activated(form: ActivationForm) -> Cadre | None:
    """The activated account, or None and the reason in the form."""
    try:
        return activate(
            staff_number=form.cleaned_data["staff_number"],
            code=form.cleaned_data["code"],
            password=form.cleaned_data["password"],
        )
    except ActivationRefused as refused:
        form.add_error(None, str(refused.message))
    except ValidationError as weak:
        form.add_error("password", weak)
    return None
