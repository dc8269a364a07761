"""Where the code on a pledge leads: whether it is known here, and how it was signed. No names."""

import json
import re

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..evidence import find_place
from ..models import EntryKind, LedgerEntry, PaperSignature, Signature

DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@login_not_required
@never_cache
@require_safe
def check(request: HttpRequest, digest: str) -> HttpResponse:
    """What is known of a digest: a signed pledge's, or that of a paper pledge's form."""
    if not DIGEST.fullmatch(digest):
        raise Http404
    signature = _find(digest)
    context = {
        "digest": digest,
        "signature": signature,
        "by_form": signature is not None and signature.digest != digest,
        "place": find_place(signature.pledge) if signature else None,
        "agrees": signature is not None and _agrees(signature),
    }
    return render(request, "pledges/check.html", context, status=200 if signature else 404)


def _find(digest: str) -> Signature | None:
    known = Signature.objects.select_related("pledge__revocation").defer("manifest")
    by_digest = known.filter(digest=digest).first()
    if by_digest is not None:
        return by_digest
    paper = PaperSignature.objects.filter(form_digest=digest).values("signature").first()
    return known.get(pk=paper["signature"]) if paper else None


def _agrees(signature: Signature) -> bool:
    """Whether the ledger says the same of this pledge as its row does."""
    entry = LedgerEntry.objects.filter(
        subject=f"pledge:{signature.pledge_id}", kind=EntryKind.PLEDGE_SIGNED
    ).first()
    if entry is None:
        return False
    told = json.loads(bytes(entry.payload))["data"]
    return bool(told["digest"] == signature.digest and told["level"] == signature.level)
