"""The pages on which a signer enrols a key of their own, looks after their keys, gives one up."""

import json
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from ..access import client_address
from ..exceptions import EnrolmentExpired, PledgeError, WrongPassword
from ..forms.keys import CreatedForm, EnrolForm, RemoveForm
from ..lockout import TooManyFailures, counted_attempt
from ..models import SigningKey
from ..passkeys import (
    Enrolment,
    begin_enrolment,
    creation_options,
    enrol_key,
    may_sign_at,
    remove_key,
    signing_address,
)
from .own import acting_user

ENROLMENT = "key_enrolment"


def origin_of(request: HttpRequest) -> str:
    """The address of this page as the browser names it to a key: scheme, host and port."""
    return f"{request.scheme}://{request.get_host()}"


def right_address(request: HttpRequest) -> str:
    """This very page at an address where keys work; "" where there is none."""
    address = signing_address()
    return address and address + request.get_full_path()


@never_cache
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """My keys: those in use and those given up, with what was signed with each."""
    mine = (
        SigningKey.objects.visible_to(acting_user(request))
        .select_related("removal")
        .annotate(signatures=Count("assertions"), last_used=Max("assertions__signature__signed_at"))
        .defer("attestation", "client_data", "public_key")
        .order_by("-enrolled_at")
    )
    context = {
        "live": [key for key in mine if key.is_live],
        "removed": [key for key in mine if not key.is_live],
    }
    return render(request, "pledges/keys.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def key_add(request: HttpRequest) -> HttpResponse:
    """The first half of enrolling: a name for the key, and the password."""
    if not may_sign_at(origin_of(request)):
        return _add_page(request, EnrolForm(), 409 if request.method == "POST" else 200)
    form = EnrolForm(request.POST or None)
    if request.method != "POST":
        return _add_page(request, form, 200)
    status = _try_to_begin(request, form)
    if status:
        return _add_page(request, form, status)
    return redirect("pledges:key_create")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def key_create(request: HttpRequest) -> HttpResponse:
    """The second half: the browser has an authenticator make the key, which is then enrolled.

    The leave given for the password is used up by whatever is sent here.
    """
    by = acting_user(request)
    if request.method == "POST":
        return _enrol(request, request.session.pop(ENROLMENT, None))
    kept = request.session.get(ENROLMENT)
    enrolment = Enrolment(**kept["enrolment"]) if kept else None
    if kept is None or enrolment is None or not enrolment.is_good_for(by):
        return redirect("pledges:key_add")
    context = {
        "label": kept["label"],
        "options": json.dumps(creation_options(by=by, enrolment=enrolment)),
    }
    return render(request, "pledges/keys_create.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def key_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Giving one's own key up, with the password; what it signed stays valid."""
    mine = SigningKey.objects.visible_to(acting_user(request)).select_related("removal")
    key = get_object_or_404(mine.annotate(signatures=Count("assertions")), pk=pk)
    if not key.is_live:
        return redirect("pledges:keys")
    form = RemoveForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = _try_to_remove(request, key, form)
        if not status:
            messages.success(request, _("The key is removed. It signs nothing from now on."))
            return redirect("pledges:keys")
    return render(request, "pledges/keys_remove.html", {"key": key, "form": form}, status=status)


def _try_to_begin(request: HttpRequest, form: EnrolForm) -> int:
    """Gives leave to enrol, in the session; 0, or the status of the page that says why not."""
    if not form.is_valid():
        return 422
    try:
        with counted_attempt(request):
            enrolment = begin_enrolment(
                by=acting_user(request), password=form.cleaned_data["password"]
            )
    except PledgeError as error:
        return _say(form, error)
    request.session[ENROLMENT] = {
        "enrolment": asdict(enrolment),
        "label": form.cleaned_data["label"],
        "next": _way_on(request),
    }
    return 0


def _enrol(request: HttpRequest, kept: dict[str, Any] | None) -> HttpResponse:
    """Enrols what the browser sent, or leads back to the password with the reason."""
    if kept is None:
        return _again(request, "", str(EnrolmentExpired()), 409)
    form = CreatedForm(request.POST)
    if not form.is_valid():
        return _again(request, kept["label"], str(form.errors["credential"][0]), 422)
    attestation, client_data = form.cleaned_data["credential"]
    try:
        key = enrol_key(
            by=acting_user(request),
            enrolment=Enrolment(**kept["enrolment"]),
            label=kept["label"],
            attestation=attestation,
            client_data=client_data,
            address=client_address(request),
            browser=request.headers.get("User-Agent", ""),
        )
    except PledgeError as error:
        return _again(request, kept["label"], str(error), 422)
    messages.success(
        request,
        _("The key is enrolled. Its fingerprint begins with %(fingerprint)s.")
        % {"fingerprint": key.short_fingerprint},
    )
    return redirect(kept["next"] or "pledges:keys")


def _again(request: HttpRequest, label: str, problem: str, status: int) -> HttpResponse:
    form = EnrolForm(initial={"label": label})
    return _add_page(request, form, status, problem=problem)


def _add_page(
    request: HttpRequest, form: EnrolForm, status: int, *, problem: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "problem": problem,
        "next": _way_on(request),
        "may_enrol": may_sign_at(origin_of(request)),
        "right_address": right_address(request),
    }
    return render(request, "pledges/keys_add.html", context, status=status)


def _way_on(request: HttpRequest) -> str:
    """Where the signer came from and wants to go on; "" for anywhere outside this site."""
    way = request.POST.get("next") or request.GET.get("next") or ""
    inside = url_has_allowed_host_and_scheme(
        way, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return way if inside else ""


def _try_to_remove(request: HttpRequest, key: SigningKey, form: RemoveForm) -> int:
    """Gives the key up; 0, or the status of the page that says why not."""
    if not form.is_valid():
        return 422
    try:
        with counted_attempt(request):
            remove_key(
                by=acting_user(request),
                key=key,
                password=form.cleaned_data["password"],
                lost=form.cleaned_data["reason"] == RemoveForm.LOST,
            )
    except PledgeError as error:
        return _say(form, error)
    return 0


def _say(form: EnrolForm | RemoveForm, error: PledgeError) -> int:
    """Puts the reason on the form, beside the password where it is about that; the status."""
    locked = isinstance(error, TooManyFailures)
    at_password = locked or isinstance(error, WrongPassword)
    form.add_error("password" if at_password else None, str(error))
    return 429 if locked else 422
