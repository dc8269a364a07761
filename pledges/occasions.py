"""The services of the occasion: open it, ask for pledges on it, take one back, close it.

Locks are taken in one order: the occasion before its pledges.
"""

import logging
import secrets
from collections.abc import Sequence
from datetime import date, datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .exceptions import AlreadySigned, OccasionClosed, PledgeError
from .models import Occasion, Outline, Pledge

logger = logging.getLogger(__name__)

# One person asked for a pledge: user id, staff number, name, unit, post, as of the meeting.
SignerFacts = tuple[int, str, str, str, str]


@transaction.atomic
def open_occasion(
    *,
    number: str,
    kind: str,
    title: str,
    held_at: datetime,
    place: str,
    speaker: str,
    outline: Outline,
    due_on: date | None,
    opened_at: datetime,
) -> Occasion:
    """The occasion `number`, opened for signing with these facts.

    One that exists already is returned as it is: its facts were frozen when it opened.
    Raises ValidationError for facts that no occasion can have.
    """
    existing = Occasion.objects.filter(number=number).first()
    if existing is not None:
        return existing
    occasion = Occasion(
        number=number,
        kind=kind,
        title=title,
        held_at=held_at,
        place=place,
        speaker=speaker,
        outline=outline,
        due_on=due_on,
        opened_at=opened_at,
    )
    occasion.full_clean()
    try:
        with transaction.atomic():
            occasion.save(force_insert=True)
    except IntegrityError:
        return Occasion.objects.get(number=number)
    return occasion


@transaction.atomic
def close_occasion(*, occasion: Occasion, closed_at: datetime) -> Occasion:
    """Ends the signing on `occasion`; one that is closed already keeps its time.

    Waits for signatures under way, and no signature follows it.
    """
    locked = Occasion.objects.select_for_update(no_key=True).get(pk=occasion.pk)
    if locked.closed_at is None:
        locked.closed_at = closed_at
        locked.full_clean(exclude=["outline"])
        locked.save(update_fields=["closed_at"])
    return locked


@transaction.atomic
def request_pledges(
    *, by: AbstractBaseUser, occasion: Occasion, signers: Sequence[SignerFacts]
) -> list[Pledge]:
    """The pledges of `signers` on `occasion`, in their order; those not there yet are made.

    Who may ask for pledges is the caller's to decide. Raises OccasionClosed, and ValidationError
    for facts that no pledge can have.
    """
    locked = Occasion.objects.select_for_update(no_key=True).get(pk=occasion.pk)
    if not locked.is_open:
        raise OccasionClosed
    ids = [signer[0] for signer in signers]
    there = set(locked.pledges.filter(signer__in=ids).values_list("signer_id", flat=True))
    now = timezone.now()
    new = {
        signer[0]: _new_pledge(locked, signer, now) for signer in signers if signer[0] not in there
    }
    Pledge.objects.bulk_create(new.values(), batch_size=500)
    logger.info("%s pledges asked for on %s by %s", len(new), locked.number, by.pk)
    pledges = {
        pledge.signer_id: pledge
        for pledge in locked.pledges.filter(signer__in=ids).select_related("signature")
    }
    return [pledges[user_id] for user_id in ids]


@transaction.atomic
def withdraw_pledge(*, by: AbstractBaseUser, pledge: Pledge) -> None:
    """Takes back a pledge asked of somebody by mistake; one already gone is passed over.

    Who may do so is the caller's to decide. Raises AlreadySigned, and PledgeError once the signer
    has opened it.
    """
    locked = Pledge.objects.select_for_update().filter(pk=pledge.pk).first()
    if locked is None:
        return
    if locked.is_signed:
        raise AlreadySigned
    if locked.opened_at is not None:
        raise PledgeError(_("The signer has opened this pledge already."))
    locked.delete()
    logger.info("pledge of %s on %s withdrawn by %s", locked.staff_number, locked.occasion, by.pk)


def _new_pledge(occasion: Occasion, signer: SignerFacts, now: datetime) -> Pledge:
    user_id, staff_number, name, unit_name, post = signer
    pledge = Pledge(
        occasion=occasion,
        signer_id=user_id,
        staff_number=staff_number,
        name=name,
        unit_name=unit_name,
        post=post,
        nonce=secrets.token_hex(32),
        requested_at=now,
    )
    pledge.clean_fields(exclude=["occasion", "signer"])
    return pledge
