"""The ledger as strangers see it: checkpoints, single entries, proofs. No personal data: an entry
shows its payload alone, in which people are salted hashes."""

import hashlib

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from .. import ledger
from ..ledger.notes import public_key, verifier_key
from ..ledger.proofs import consistency_json, inclusion_json
from ..models import Checkpoint, LedgerEntry

PAGE_SIZE = 30
# No ledger is longer, and no database has numbers of more digits.
MOST_DIGITS = 15
READABLE = {"ensure_ascii": False, "indent": 2}


@login_not_required
@require_safe
def checkpoints(request: HttpRequest) -> HttpResponse:
    """Every checkpoint, the newest first, and the key that signs them."""
    page = Paginator(Checkpoint.objects.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "newest": ledger.newest_checkpoint(),
        "size": ledger.size(),
        "name": settings.LEDGER_NAME,
        "fingerprint": hashlib.sha256(public_key()).hexdigest(),
        "verifier_key": verifier_key(),
        "trial": settings.TRIAL,
    }
    return render(request, "pledges/checkpoints.html", context)


@login_not_required
@require_safe
def checkpoint_note(request: HttpRequest, size: int) -> HttpResponse:
    """The signed note itself, as a file to keep."""
    _require_possible(size)
    checkpoint = get_object_or_404(Checkpoint, size=size)
    return HttpResponse(
        checkpoint.note,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="checkpoint-{size}.txt"'},
    )


@login_not_required
@require_safe
def entry(request: HttpRequest, number: int) -> HttpResponse:
    """One entry, and what each of its parts means."""
    _require_possible(number)
    found = get_object_or_404(LedgerEntry, number=number)
    context = {
        "entry": found,
        "payload": bytes(found.payload).decode(),
        "size": ledger.size(),
        "covered": Checkpoint.objects.filter(size__gt=number).order_by("size").first(),
    }
    return render(request, "pledges/entry.html", context)


@login_not_required
@require_safe
def inclusion(request: HttpRequest, number: int) -> HttpResponse:
    """The proof that an entry is in the ledger: of `size` entries, or as of the newest
    checkpoint."""
    _require_possible(number)
    size = _asked(request, "size") if "size" in request.GET else None
    try:
        return JsonResponse(inclusion_json(number, size), json_dumps_params=READABLE)
    except ValueError as error:
        raise Http404 from error


@login_not_required
@require_safe
def consistency(request: HttpRequest) -> HttpResponse:
    """The proof that the ledger of `new` entries only adds to that of `old`."""
    try:
        proof = consistency_json(_asked(request, "old"), _asked(request, "new"))
    except ValueError as error:
        raise Http404 from error
    return JsonResponse(proof, json_dumps_params=READABLE)


def _asked(request: HttpRequest, name: str) -> int:
    """The number in the query under `name`; Http404 when there is none."""
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise Http404
    return int(text)


def _require_possible(number: int) -> None:
    """Raises Http404 for a number that no database could look up."""
    if number >= 10**MOST_DIGITS:
        raise Http404
