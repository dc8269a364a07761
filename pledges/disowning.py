"""The signer's own word that a signature is not theirs ("this was not me")."""

import logging

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import ledger
from .exceptions import NotTheSigner, PledgeError
from .models import EntryKind, Pledge, Revocation
from .personal import clean_commitment
from .reauthentication import prove_password

logger = logging.getLogger(__name__)


def disown_signature(
    *, by: AbstractBaseUser, pledge: Pledge, reason: str, password: str, address: str | None
) -> Revocation:
    """Keeps the signer's statement beside the signature, which stays as evidence.

    Possible at any time, on every level, also after the talk is closed; said twice, the first
    statement stands. The password is proven before any lock is taken.
    Raises NotTheSigner, WrongPassword, TextRefused, and PledgeError for an unsigned pledge or
    without a reason.
    """
    if by.pk is None or by.pk != pledge.signer_id:
        raise NotTheSigner
    prove_password(by, password)
    cleaned = clean_commitment(reason)
    if not cleaned:
        raise PledgeError(_("Say what happened."))
    return _keep(by, pledge, cleaned, address)


@transaction.atomic
def _keep(by: AbstractBaseUser, pledge: Pledge, reason: str, address: str | None) -> Revocation:
    locked = (
        Pledge.objects.select_for_update(of=("self",))
        .select_related("signature", "revocation")
        .get(pk=pledge.pk)
    )
    if not locked.is_signed:
        raise PledgeError(_("This pledge is not signed, so there is nothing to disown."))
    if locked.is_disowned:
        return locked.revocation
    revocation = Revocation(
        pledge=locked, reason=reason, revoked_at=timezone.now(), address=address
    )
    revocation.full_clean(exclude=["pledge"], validate_unique=False, validate_constraints=False)
    revocation.save(force_insert=True)
    ledger.append(
        kind=EntryKind.PLEDGE_REVOKED,
        by=by,
        subject=f"pledge:{locked.pk}",
        private={"reason": reason, **({"address": address} if address else {})},
    )
    logger.warning("signature of pledge %s disowned by its signer", locked.pk)
    return revocation
