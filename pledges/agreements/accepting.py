"""Accepting the signing agreement: once by each cadre for each version, kept as evidence."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from .. import ledger
from ..exceptions import AgreementNotAccepted
from ..models import Agreement, AgreementAcceptance, EntryKind

BROWSER_LENGTH = AgreementAcceptance._meta.get_field("browser").max_length


def has_accepted(user: AbstractBaseUser) -> bool:
    """Whether `user` has accepted the version in force."""
    newest = Agreement.objects.newest()
    return AgreementAcceptance.objects.filter(signer_id=user.pk, agreement=newest).exists()


@transaction.atomic
def accept_agreement(
    *, by: AbstractBaseUser, agreement: Agreement, address: str | None, browser: str
) -> AgreementAcceptance:
    """The acceptance of `agreement` by `by`, for themselves; one that is there keeps its time.

    Raises AgreementNotAccepted when `agreement` is not the version in force any more.
    """
    if agreement.version != Agreement.objects.newest().version:
        raise AgreementNotAccepted
    existing = _acceptance(by, agreement)
    if existing is not None:
        return existing
    acceptance = AgreementAcceptance(
        signer_id=by.pk,
        agreement=agreement,
        accepted_at=timezone.now(),
        address=address,
        browser=browser[:BROWSER_LENGTH],
    )
    acceptance.full_clean(exclude=["signer", "agreement"], validate_constraints=False)
    try:
        with transaction.atomic():
            acceptance.save(force_insert=True)
    except IntegrityError:  # accepted in another tab at the same moment
        return AgreementAcceptance.objects.get(signer_id=by.pk, agreement=agreement)
    ledger.append(
        kind=EntryKind.AGREEMENT_ACCEPTED,
        by=by,
        subject=f"agreement:{agreement.version}",
        data={"sha256": agreement.sha256},
        private={"address": address} if address else None,
    )
    return acceptance


def _acceptance(by: AbstractBaseUser, agreement: Agreement) -> AgreementAcceptance | None:
    return AgreementAcceptance.objects.filter(signer_id=by.pk, agreement=agreement).first()
