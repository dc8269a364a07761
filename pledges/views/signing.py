"""The signer's last step: review and sign, with a key of their own or with the password."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ..access import client_address
from ..agreements.accepting import has_accepted
from ..exceptions import (
    AgreementNotAccepted,
    KeyRefused,
    OccasionClosed,
    PledgeChanged,
    PledgeIncomplete,
    WrongPassword,
)
from ..forms.signing import SignForm
from ..lockout import TooManyFailures, counted_attempt
from ..models import Agreement, Pledge
from ..passkeys import assertion_options, may_sign_at, signing_address
from ..signing import Prepared, prepare_pledge, sign_pledge, sign_pledge_with_key
from .keys import origin_of
from .own import acting_user, closed_page, own_pledge, picture_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The whole text once more with its code; a key or the password signs it."""
    pledge = own_pledge(request, pk)
    if pledge.is_signed:
        return redirect("pledges:receipt", pk=pk)
    if not pledge.occasion.is_open:
        return closed_page(request)
    try:
        prepared = prepare_pledge(by=acting_user(request), pledge=pledge)
    except PledgeIncomplete:
        return redirect("pledges:sign", pk=pk)
    form = SignForm(
        request.POST or None,
        digest=prepared.digest,
        has_accepted=has_accepted(acting_user(request)),
    )
    status = 200
    if request.method == "POST":
        try:
            status = _try_to_sign(request, pledge, form)
        except OccasionClosed:
            return closed_page(request)
        if not status:
            return redirect("pledges:receipt", pk=pk)
    return _review_page(request, pledge, prepared, form, status)


def _try_to_sign(request: HttpRequest, pledge: Pledge, form: SignForm) -> int:
    """Signs; gives 0, or the status of the page that says why not (the reason on `form`)."""
    if not form.is_valid():
        return 422
    try:
        _sign(request, pledge, form.cleaned_data)
    except WrongPassword as error:
        form.add_error("password", str(error))
        return 422
    except TooManyFailures as error:
        form.add_error("password", str(error))
        return 429
    except KeyRefused as error:
        form.add_error("assertion", str(error))
        return 422
    except (PledgeChanged, PledgeIncomplete, AgreementNotAccepted) as error:
        form.add_error(None, str(error))
        return 409
    return 0


def _sign(request: HttpRequest, pledge: Pledge, good: dict[str, Any]) -> None:
    """Signs at the level of what was given: a key's assertion, else the password."""
    common = {
        "by": acting_user(request),
        "pledge": pledge,
        "digest_seen": good["digest"],
        "address": client_address(request),
        "browser": request.headers.get("User-Agent", ""),
        "accepts_agreement": good.get("agree", False),
    }
    if good["assertion"]:
        sign_pledge_with_key(assertion=good["assertion"], **common)
    else:
        with counted_attempt(request):
            sign_pledge(password=good["password"], **common)


def _review_page(
    request: HttpRequest, pledge: Pledge, prepared: Prepared, form: SignForm, status: int
) -> HttpResponse:
    context = {
        "pledge": pledge,
        "text": prepared.text,
        "picture": picture_of(prepared.text.mark),
        "short_code": prepared.short_code,
        # What stands on this page is what is signed next, whatever was posted.
        "digest": prepared.digest,
        "form": form,
        "agreement": Agreement.objects.newest() if "agree" in form.fields else None,
        **_levels_open(request, prepared.digest),
    }
    return render(request, "pledges/pledge_review.html", context, status=status)


def _levels_open(request: HttpRequest, digest: str) -> dict[str, Any]:
    """Which level this address and the signer's keys allow; the browser itself says the rest.

    `options` are for the key, None without one; at another address `address` leads to the right
    one ("" where this installation has none).
    """
    at_address = may_sign_at(origin_of(request))
    options = assertion_options(by=acting_user(request), digest=digest)
    address = signing_address()
    return {
        "has_key": options is not None,
        "options": json.dumps(options) if options and at_address else "",
        "at_address": at_address,
        "address": address and address + request.path,
    }
