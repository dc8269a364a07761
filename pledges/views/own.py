"""What the signer's pages share: one's own pledge and nobody else's, and why there is none."""

from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from ..manifest import Mark, PaperMark
from ..models import Pledge
from ..pictures import picture_uri


def own_pledge(request: HttpRequest, pk: UUID) -> Pledge:
    pledges = Pledge.objects.visible_to(acting_user(request))
    return get_object_or_404(
        pledges.select_related("occasion__outline", "signature", "revocation"), pk=pk
    )


def acting_user(request: HttpRequest) -> AbstractBaseUser:
    assert isinstance(request.user, AbstractBaseUser)  # LoginRequiredMiddleware
    return request.user


def picture_of(mark: Mark | PaperMark | None) -> str:
    return picture_uri(mark.image) if isinstance(mark, Mark) and mark.image else ""


def closed_page(request: HttpRequest) -> HttpResponse:
    return unavailable_page(
        request,
        _("This talk is closed for signing"),
        _("The secretary has closed the talk, and no pledge can be signed on it any more."),
        status=409 if request.method == "POST" else 200,
    )


def unavailable_page(request: HttpRequest, title: str, reason: str, *, status: int) -> HttpResponse:
    context = {"title": title, "reason": reason}
    return render(request, "pledges/pledge_unavailable.html", context, status=status)
