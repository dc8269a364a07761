"""The signer's last steps: review and sign, the receipt, the bytes that were signed."""

from uuid import UUID

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from ..exceptions import OccasionClosed, PledgeChanged, PledgeIncomplete, WrongPassword
from ..forms.signing import SignForm
from ..lockout import TooManyFailures, counted_attempt
from ..models import Pledge
from ..signing import BROWSER_LENGTH, Prepared, prepare_pledge, sign_pledge
from ..text import pledge_text
from .own import acting_user, closed_page, own_pledge, picture_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The whole text once more with its code; the password signs it."""
    pledge = own_pledge(request, pk)
    if pledge.is_signed:
        return redirect("pledges:receipt", pk=pk)
    if not pledge.occasion.is_open:
        return closed_page(request)
    try:
        prepared = prepare_pledge(by=acting_user(request), pledge=pledge)
    except PledgeIncomplete:
        return redirect("pledges:sign", pk=pk)
    form = SignForm(request.POST or None, initial={"digest": prepared.digest})
    status = 200
    if request.method == "POST":
        try:
            status = _try_to_sign(request, pledge, form)
        except OccasionClosed:
            return closed_page(request)
        if not status:
            return redirect("pledges:receipt", pk=pk)
    return _review_page(request, pledge, prepared, form, status)


@never_cache
@require_safe
def receipt(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the signer has in hand afterwards: level, code, time, paper, and what to do if
    this was not them."""
    pledge = own_pledge(request, pk)
    if not pledge.is_signed:
        return redirect("pledges:sign", pk=pk)
    text = pledge_text(pledge)
    context = {
        "pledge": pledge,
        "signature": pledge.signature,
        "text": text,
        "picture": picture_of(text.mark),
    }
    return render(request, "pledges/pledge_receipt.html", context)


@never_cache
@require_safe
def manifest(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The very bytes that were signed, for whoever wants to compute the digest again."""
    pledge = own_pledge(request, pk)
    if not pledge.is_signed:
        raise Http404
    name = f"pledge-{pledge.signature.digest[:8]}.json"
    return HttpResponse(
        bytes(pledge.signature.manifest),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _try_to_sign(request: HttpRequest, pledge: Pledge, form: SignForm) -> int:
    """Signs; gives 0, or the status of the page that says why not (the reason on `form`)."""
    if not form.is_valid():
        return 422
    try:
        with counted_attempt(request):
            sign_pledge(
                by=acting_user(request),
                pledge=pledge,
                digest_seen=form.cleaned_data["digest"],
                password=form.cleaned_data["password"],
                address=_address(request),
                browser=request.headers.get("User-Agent", "")[:BROWSER_LENGTH],
            )
    except WrongPassword as error:
        form.add_error("password", str(error))
        return 422
    except TooManyFailures as error:
        form.add_error("password", str(error))
        return 429
    except (PledgeChanged, PledgeIncomplete) as error:
        form.add_error(None, str(error))
        return 409
    return 0


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
    }
    return render(request, "pledges/pledge_review.html", context, status=status)


def _address(request: HttpRequest) -> str | None:
    """The client's address as far as trusted proxies tell it; None when nothing does."""
    try:
        address: str = get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        return None
    return address
