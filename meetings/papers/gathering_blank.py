"""From unsigned pledges to the forms that are printed for signing on paper."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from pledges.manifest import short_code
from pledges.models import Pledge
from pledges.paper_signing import paper_form

from . import facts
from .gathering import describe_talk, gather_points


def gather_blank_pledges(
    pledges: Sequence[Pledge], *, site_url: str, printed_at: datetime
) -> list[facts.BlankPledgeFacts]:
    """The forms of unsigned pledges of one occasion, in their order.

    The words are those of the manifest's own source, so that the code printed is that of what is
    printed.
    """
    points = gather_points(pledges[0].occasion.outline) if pledges else ()
    return [_form(pledge, points, site_url, timezone.localtime(printed_at)) for pledge in pledges]


def _form(
    pledge: Pledge, points: tuple[facts.Point, ...], site_url: str, printed_at: datetime
) -> facts.BlankPledgeFacts:
    text, form_digest = paper_form(pledge)
    signer = text.signer
    return facts.BlankPledgeFacts(
        title=text.title,
        opening=text.opening,
        occasion=describe_talk(text.talk),
        signer=facts.Person(signer.name, signer.unit or None, signer.post or None),
        points=points,
        closing=text.closing,
        code=short_code(form_digest),
        form_digest=form_digest,
        verify_url=site_url + reverse("pledges:check", args=[form_digest]),
        printed_at=printed_at,
        personal_commitment=text.personal_commitment,
    )
