"""The signer's pages up to the signature: enter from the QR code, read, confirm, write, draw."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core import signing as tokens
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from ..exceptions import AlreadySigned, OccasionClosed
from ..forms.signing import DraftForm
from ..manifest import PledgeText
from ..models import Occasion, Pledge, Point
from ..personal import examples_for
from ..signing import confirm_point, open_pledge, save_draft
from ..text import pledge_text
from .own import acting_user, closed_page, own_pledge, picture_of, unavailable_page


class HtmxRequest(HttpRequest):
    """A request as HtmxMiddleware leaves it."""

    htmx: HtmxDetails


OPENED_SALT = "pledges.opened"
KEPT_FIELDS = ("personal_commitment", "typed_name", "strokes")
MOST_KEPT = 200_000


@require_safe
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the QR code on the screen leads: to one's own pledge, or to why there is none."""
    occasion = get_object_or_404(Occasion, pk=pk)
    pledge = Pledge.objects.visible_to(acting_user(request)).filter(occasion=occasion).first()
    if pledge is not None:
        return redirect("pledges:sign", pk=pledge.pk)
    reason = (
        _("You have no pledge to sign for this talk.")
        + " "
        + _("Pledges open for those marked as present. If you were there, tell the secretary.")
    )
    return unavailable_page(request, _("Nothing to sign here"), reason, status=200)


# Not behind the log-in: a POST whose session ran out would lose what was typed.
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """The page on which the signer reads, confirms each point, writes and draws."""
    if not request.user.is_authenticated:
        _keep_for_after_login(request, pk)
        return redirect_to_login(request.get_full_path())
    pledge = own_pledge(request, pk)
    if pledge.is_signed:
        return _go(request, reverse("pledges:receipt", args=[pk]))
    if not pledge.occasion.is_open:
        return closed_page(request)
    if request.method == "POST":
        try:
            return _act(request, pledge)
        except (AlreadySigned, OccasionClosed):
            return _go(request, reverse("pledges:sign", args=[pk]))
    kept = request.session.get(_kept_key(pk), {})
    form = DraftForm(pledge=pledge, kept=kept)
    return _sign_page(request, pledge, form, kept=bool(kept))


def _act(request: HtmxRequest, pledge: Pledge) -> HttpResponse:
    """Saves what was written, confirms a point when its button was pressed, and answers."""
    user = acting_user(request)
    posted = _with_example(request.POST, pledge)
    form = DraftForm(posted, pledge=pledge)
    right = form.is_valid()
    changes = form.changes()
    if posted.get("action") == "redraw":
        changes = {**changes, "strokes": ()}
    point = _pressed_point(posted, pledge)
    handed_out = _time_handed_out(posted, pledge)
    with transaction.atomic():
        save_draft(by=user, pledge=pledge, **changes)
        if point is not None:
            confirm_point(by=user, pledge=pledge, point=point)
        # Last, because the ledger is locked from there to the end.
        pledge = open_pledge(by=user, pledge=pledge, at=handed_out)
    request.session.pop(_kept_key(pledge.pk), None)
    if request.htmx:
        return _fragment(request, pledge, form, point)
    if not right:
        return _sign_page(request, pledge, form, status=422)
    page = reverse("pledges:sign", args=[pledge.pk])
    missing = _missing(pledge_text(pledge))
    if posted.get("action") == "review":
        # A redirect even then: loading a page again must not send an older draft once more.
        return redirect(
            f"{page}?asked=1" if missing else reverse("pledges:review", args=[pledge.pk])
        )
    return redirect(page + _next_anchor(posted, missing))


def _sign_page(
    request: HttpRequest,
    pledge: Pledge,
    form: DraftForm,
    *,
    status: int = 200,
    kept: bool = False,
) -> HttpResponse:
    context = _sign_context(pledge, form, asked="asked" in request.GET)
    context["kept"] = kept
    context["opened"] = tokens.dumps([str(pledge.pk), timezone.now().isoformat()], salt=OPENED_SALT)
    return render(request, "pledges/pledge_sign.html", context, status=status)


def _sign_context(pledge: Pledge, form: DraftForm, *, asked: bool = False) -> dict[str, Any]:
    text = pledge_text(pledge)
    fresh = form["strokes"].value() or form["strokes"].errors or form["typed_name"].errors
    return {
        "pledge": pledge,
        "text": text,
        "form": form,
        "examples": examples_for(pledge.post),
        "missing": _missing(text),
        "asked": asked,
        # A drawing that is not saved is shown on the pad, a saved one as a picture.
        "mark": None if fresh else text.mark,
        "picture": picture_of(text.mark),
        "saved_at": None,
        "focus": False,
    }


def _fragment(
    request: HttpRequest, pledge: Pledge, form: DraftForm, point: Point | None
) -> HttpResponse:
    """The part of the page that the pressed button, or the autosave, has changed."""
    context = _sign_context(pledge, form)
    context |= {"saved_at": timezone.now(), "focus": True}
    if point is not None:
        number = point.number
        context["point"] = next(p for p in context["text"].points if p.number == number)
        return render(request, "pledges/_point_answer.html", context)
    if "example" in request.POST:
        return render(request, "pledges/_personal.html", context)
    if request.POST.get("action") == "redraw":
        return render(request, "pledges/_signature_answer.html", context)
    return render(request, "pledges/_saved_answer.html", context)


def _missing(text: PledgeText) -> list[tuple[str, str]]:
    """What is still to do, as (anchor, words)."""
    parts = [
        (
            f"point-{point.number}",
            _("Confirm point %(numeral)s, %(heading)s")
            % {"numeral": point.numeral, "heading": point.heading},
        )
        for point in text.points
        if point.confirmed_at is None
    ]
    if text.mark is None:
        parts.append(("signature", _("Sign by hand, or type your name")))
    return parts


def _next_anchor(posted: QueryDict, missing: list[tuple[str, str]]) -> str:
    """Where the reader goes on after a step without htmx."""
    if "example" in posted:
        return "#personal"
    if posted.get("action") == "redraw":
        return "#signature"
    return f"#{missing[0][0]}" if missing else "#finish"


def _pressed_point(posted: QueryDict, pledge: Pledge) -> Point | None:
    if "confirm" not in posted:
        return None
    number = str(posted["confirm"])
    if number not in {"1", "2", "3", "4"}:
        raise Http404
    return get_object_or_404(pledge.occasion.outline.points, number=int(number))


def _with_example(posted: QueryDict, pledge: Pledge) -> QueryDict:
    """The posted fields; with the chosen example added to the personal commitment."""
    chosen = posted.get("example", "")
    examples = examples_for(pledge.post)
    if chosen not in {str(number) for number in range(len(examples))}:
        return posted
    written = posted.get("personal_commitment", "").strip()
    example = examples[int(chosen)]
    copied = posted.copy()
    if example not in written:
        copied["personal_commitment"] = "\n".join(filter(None, [written, example]))
    return copied


def _time_handed_out(posted: QueryDict, pledge: Pledge) -> datetime:
    """When this page was made for this pledge, by the server's own signed word; else now."""
    try:
        pledge_id, moment = tokens.loads(posted.get("opened", ""), salt=OPENED_SALT)
    except tokens.BadSignature:
        return timezone.now()
    return datetime.fromisoformat(moment) if pledge_id == str(pledge.pk) else timezone.now()


def _keep_for_after_login(request: HtmxRequest, pk: UUID) -> None:
    """Puts what was typed into the session, for the signer to find after logging in.

    The session is the same after the log-in; the page still asks whose pledge it is.
    """
    if request.method != "POST" or request.htmx:
        return
    kept = {field: request.POST.get(field, "") for field in KEPT_FIELDS}
    if sum(map(len, kept.values())) > MOST_KEPT:
        return
    # An id that nobody guesses, or anyone could fill the session table.
    if Pledge.objects.waiting().filter(pk=pk).exists():
        request.session[_kept_key(pk)] = {field: value for field, value in kept.items() if value}


def _kept_key(pk: UUID) -> str:
    return f"pledge-{pk}"


def _go(request: HtmxRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)
