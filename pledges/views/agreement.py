"""The signing agreement, to be read again at any time."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..models import Agreement, AgreementAcceptance
from .own import acting_user


@require_safe
def agreement(request: HttpRequest) -> HttpResponse:
    """The version in force, when the reader accepted it, and what they accepted before."""
    newest = Agreement.objects.newest()
    accepted = list(
        AgreementAcceptance.objects.filter(signer_id=acting_user(request).pk)
        .select_related("agreement")
        .order_by("-agreement__version")
    )
    context = {
        "agreement": newest,
        "acceptance": next((a for a in accepted if a.agreement_id == newest.pk), None),
        "earlier": [a for a in accepted if a.agreement_id != newest.pk],
    }
    return render(request, "pledges/agreement.html", context)
