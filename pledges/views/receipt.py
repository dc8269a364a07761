"""What the signer has in hand afterwards: receipt, proof, history, and "this was not me"."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from ..access import client_address, note_export
from ..disowning import disown_signature
from ..evidence import find_place, gather_receipt, receipt_bytes
from ..exceptions import EvidenceIncomplete, PledgeError, WrongPassword
from ..forms.receipt import DisownForm
from ..history import steps_of
from ..ledger import newest_checkpoint
from ..lockout import TooManyFailures, counted_attempt
from ..models import Level, Pledge
from ..scans import scan_file
from ..text import signed_text
from .own import acting_user, own_pledge, picture_of


@never_cache
@require_safe
def receipt(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Level and what it means, code, time, place in the ledger, paper, and how to disown it."""
    pledge = own_pledge(request, pk)
    if not pledge.is_signed:
        return redirect("pledges:sign", pk=pk)
    text = signed_text(pledge)
    assertion = getattr(pledge.signature, "assertion", None)
    context = {
        "pledge": pledge,
        "signature": pledge.signature,
        "text": text,
        "picture": picture_of(text.mark),
        "signed_key": assertion.key if assertion else None,
        "place": find_place(pledge),
    }
    return render(request, "pledges/pledge_receipt.html", context)


@never_cache
@require_safe
def receipt_json(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The receipt with its proof as one file, which anybody can check without this server."""
    pledge = _signed(request, pk)
    checkpoint = newest_checkpoint()
    try:
        if checkpoint is None:
            raise EvidenceIncomplete
        data = receipt_bytes(gather_receipt(pledge, checkpoint))
    except EvidenceIncomplete:
        messages.info(
            request, _("The proof comes with the ledger's next checkpoint. Come back a bit later.")
        )
        return redirect("pledges:receipt", pk=pk)
    note_export(request, f"pledge:{pledge.pk}")
    return _json_file(data, f"receipt-{pledge.signature.digest[:8]}.json")


@never_cache
@require_safe
def manifest(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The very bytes that were signed, for whoever wants to compute the digest again."""
    pledge = _signed(request, pk)
    name = f"pledge-{pledge.signature.digest[:8]}.json"
    return _json_file(bytes(pledge.signature.manifest), name)


@never_cache
@require_safe
def scan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The scan of one's own pledge on paper."""
    pledge = _signed(request, pk)
    if pledge.signature.level != Level.PAPER:
        raise Http404
    note_export(request, f"pledge:{pledge.pk}")
    return scan_file(pledge)


@never_cache
@require_safe
def history(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What happened to one's own pledge, in order."""
    pledge = own_pledge(request, pk)
    context = {"pledge": pledge, "steps": steps_of(pledge)}
    return render(request, "pledges/pledge_history.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def disown(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The signer's statement that a signature is not theirs."""
    pledge = own_pledge(request, pk)
    if not pledge.is_signed:
        return redirect("pledges:sign", pk=pk)
    if pledge.is_disowned:
        return redirect("pledges:receipt", pk=pk)
    form = DisownForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = _try_to_disown(request, pledge, form)
        if not status:
            messages.success(request, _("Your statement is kept, and the signature is marked."))
            return redirect("pledges:receipt", pk=pk)
    context = {"pledge": pledge, "signature": pledge.signature, "form": form}
    return render(request, "pledges/pledge_disown.html", context, status=status)


def _try_to_disown(request: HttpRequest, pledge: Pledge, form: DisownForm) -> int:
    """Keeps the statement; gives 0, or the status of the page that says why not."""
    if not form.is_valid():
        return 422
    try:
        with counted_attempt(request):
            disown_signature(
                by=acting_user(request),
                pledge=pledge,
                reason=form.cleaned_data["reason"],
                password=form.cleaned_data["password"],
                address=client_address(request),
            )
    except WrongPassword as error:
        form.add_error("password", str(error))
    except TooManyFailures as error:
        form.add_error("password", str(error))
        return 429
    except PledgeError as error:
        form.add_error("reason", str(error))
    return 422 if form.errors else 0


def _signed(request: HttpRequest, pk: UUID) -> Pledge:
    pledge = own_pledge(request, pk)
    if not pledge.is_signed:
        raise Http404
    return pledge


def _json_file(data: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        data,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
