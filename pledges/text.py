"""A pledge as it is read: from its rows to the `PledgeText` that page, paper and manifest share."""

import json
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings

from .manifest import (
    AgreementText,
    ClauseText,
    KeyText,
    Mark,
    PaperMark,
    PledgeText,
    PointText,
    Signer,
    Talk,
)
from .models import Agreement, Pledge, Point, SignatureMethod, SigningKey


def pledge_text(pledge: Pledge) -> PledgeText:
    """Everything that the signer sees of `pledge`, as plain data.

    Three queries beyond the pledge itself, however many points, clauses and keys there are; two
    more the first time that a process reads the outline.
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
        points=_confirmed(pledge),
        personal_commitment=pledge.personal_commitment,
        closing=outline.pledge_closing,
        keys=_keys(pledge),
        agreement=_agreement(),
        mark=_mark(pledge),
        opened_at=pledge.opened_at,
        zone=settings.TIME_ZONE,
    )


@lru_cache(maxsize=32)
def outline_points(outline_id: int) -> tuple[PointText, ...]:
    """The points of an outline that pledges are made against, none of them confirmed.

    Read once by each process: triggers keep such an outline as it is for good
    (docs/decisions/outlines-never-change.md), and reading it is a sixth of the work of signing.
    """
    points = Point.objects.filter(outline=outline_id).order_by("number")
    return tuple(
        PointText(
            id=point.pk,
            number=point.number,
            heading=point.heading,
            clauses=tuple(
                ClauseText(clause.number, clause.heading, clause.commitment)
                for clause in sorted(point.clauses.all(), key=lambda clause: clause.number)
            ),
            confirmed_at=None,
        )
        for point in points.prefetch_related("clauses")
    )


def _confirmed(pledge: Pledge) -> tuple[PointText, ...]:
    confirmed = dict(pledge.confirmations.order_by().values_list("point_id", "confirmed_at"))
    return tuple(
        replace(point, confirmed_at=confirmed.get(point.id))
        for point in outline_points(pledge.occasion.outline_id)
    )


def _keys(pledge: Pledge) -> tuple[KeyText, ...]:
    keys = SigningKey.objects.filter(owner_id=pledge.signer_id)
    rows = keys.values_list("fingerprint", "enrolled_at", "removal__removed_at")
    return tuple(KeyText(*row) for row in rows)


def _agreement() -> AgreementText:
    newest = Agreement.objects.newest()
    return AgreementText(newest.version, newest.sha256)


def _mark(pledge: Pledge) -> Mark | None:
    if pledge.signature_method == SignatureMethod.DRAWN:
        return Mark(SignatureMethod.DRAWN.value, image=pledge.signature_image)
    if pledge.signature_method == SignatureMethod.TYPED:
        return Mark(SignatureMethod.TYPED.value, text=pledge.signature_text)
    return None


def signed_text(pledge: Pledge) -> PledgeText:
    """What was signed, read from the bytes that were signed and from nothing else.

    Only the drawn picture, whose hash stands there, is the pledge's own. Raises
    Pledge.signature's DoesNotExist when unsigned.
    """
    signed = json.loads(bytes(pledge.signature.manifest))
    occasion, words, outline = signed["occasion"], signed["text"], signed["outline"]
    agreement = signed["agreement"]
    return PledgeText(
        pledge_id=UUID(signed["pledge"]["id"]),
        nonce=signed["pledge"]["nonce"],
        signer=Signer(**signed["signer"]),
        talk=Talk(**{**occasion, "held_at": datetime.fromisoformat(occasion["held_at"])}),
        outline_id=outline["id"],
        outline_version=outline["version"],
        title=words["title"],
        opening=words["opening"],
        points=tuple(_signed_point(point) for point in words["points"]),
        personal_commitment=words["personal_commitment"],
        closing=words["closing"],
        keys=tuple(_signed_key(key) for key in signed["keys"]),
        agreement=AgreementText(**agreement) if agreement else None,
        mark=_signed_mark(signed["signature"], pledge.signature_image),
        opened_at=_time(signed["opened_at"]),
        zone=signed["zone"],
    )


def _signed_point(point: dict[str, Any]) -> PointText:
    return PointText(
        id=0,
        number=point["number"],
        heading=point["heading"],
        clauses=tuple(ClauseText(**clause) for clause in point["clauses"]),
        confirmed_at=_time(point["confirmed_at"]),
    )


def _signed_key(key: dict[str, Any]) -> KeyText:
    enrolled_at = datetime.fromisoformat(key["enrolled_at"])
    return KeyText(key["fingerprint"], enrolled_at, _time(key["removed_at"]))


def _signed_mark(mark: dict[str, Any], image: str) -> Mark | PaperMark:
    if mark["method"] == "paper":
        day = mark["signed_on"]
        return PaperMark(
            media_type=mark["media_type"],
            sha256=mark["sha256"],
            signed_on=date.fromisoformat(day) if day else None,
            witness=(mark["witness"]["staff_number"], mark["witness"]["name"]),
            entered_by=(mark["entered_by"]["staff_number"], mark["entered_by"]["name"]),
        )
    if mark["method"] == SignatureMethod.DRAWN:
        return Mark(mark["method"], image=image)
    return Mark(mark["method"], text=mark["text"])


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
