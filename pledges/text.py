"""A pledge as it is read: from its rows to the `PledgeText` that page, paper and manifest share."""

from django.conf import settings

from .manifest import ClauseText, Mark, PledgeText, PointText, Signer, Talk
from .models import Pledge, SignatureMethod


def pledge_text(pledge: Pledge) -> PledgeText:
    """Everything that the signer sees of `pledge`, as plain data.

    Three queries beyond the pledge itself, however many points and clauses there are.
    """
    occasion = pledge.occasion
    outline = occasion.outline
    return PledgeText(
        pledge_id=pledge.pk,
        nonce=pledge.nonce,
        signer=Signer(pledge.staff_number, pledge.name, pledge.unit_name, pledge.post),
        talk=Talk(
            number=occasion.number,
            kind=occasion.kind,
            title=occasion.title,
            held_at=occasion.held_at,
            place=occasion.place,
            speaker=occasion.speaker,
        ),
        outline_id=outline.pk,
        outline_version=outline.version,
        title=outline.pledge_title,
        opening=outline.pledge_opening,
        points=_points(pledge),
        personal_commitment=pledge.personal_commitment,
        closing=outline.pledge_closing,
        mark=_mark(pledge),
        opened_at=pledge.opened_at,
        zone=settings.TIME_ZONE,
    )


def _points(pledge: Pledge) -> tuple[PointText, ...]:
    confirmed = dict(pledge.confirmations.values_list("point_id", "confirmed_at"))
    points = pledge.occasion.outline.points.order_by("number").prefetch_related("clauses")
    return tuple(
        PointText(
            id=point.pk,
            number=point.number,
            heading=point.heading,
            clauses=tuple(
                ClauseText(clause.number, clause.heading, clause.commitment)
                for clause in sorted(point.clauses.all(), key=lambda clause: clause.number)
            ),
            confirmed_at=confirmed.get(point.pk),
        )
        for point in points
    )


def _mark(pledge: Pledge) -> Mark | None:
    if pledge.signature_method == SignatureMethod.DRAWN:
        return Mark(SignatureMethod.DRAWN.value, image=pledge.signature_image)
    if pledge.signature_method == SignatureMethod.TYPED:
        return Mark(SignatureMethod.TYPED.value, text=pledge.signature_text)
    return None
