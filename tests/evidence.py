"""What a signature may rest on, in tests: a signer's own keys, paper, and a signer who says no.

SigningKeyFactory(owner=cadre)      a key that its owner enrolled; removed=True: gave up again
sign_with_key(pledge)               signs a drafted pledge at level A (甲), with a true assertion
sign_on_paper(pledge)               enters it as signed on paper (丙), with scan and witness
RevocationFactory(pledge=signed)    "this was not me"
"""

import hashlib
from datetime import timedelta
from typing import Any

import factory
from django.conf import settings
from django.utils import timezone
from factory.django import DjangoModelFactory
from fido2 import cbor
from fido2.utils import websafe_encode

from pledges import manifest
from pledges.models import (
    Assertion,
    EntryKind,
    KeyRemoval,
    Level,
    Pledge,
    Revocation,
    Signature,
    SigningKey,
)
from pledges.paper_signing import paper_form, record_paper_signature
from pledges.passkeys import GivenAssertion
from tests.factories import (
    MORNING,
    CadreFactory,
    PledgeFactory,
    SignatureFactory,
    tell,
)
from tests.pledges.authenticator import Authenticator

SCAN = b"%PDF-1.7\n%%EOF\n"


# The private halves of the keys in the database, by fingerprint.
AUTHENTICATORS: dict[str, Authenticator] = {}


class SigningKeyFactory(DjangoModelFactory):
    """A key of its owner's, told to the ledger; AUTHENTICATORS has its private half."""

    class Meta:
        model = SigningKey

    owner = factory.SubFactory(CadreFactory)
    label = "我的手机"
    rp_id = factory.LazyFunction(lambda: settings.RP_ID)
    aaguid = "00000000-0000-0000-0000-000000000000"
    synced = False
    sign_count = 0
    attestation = b"attestation"
    client_data = b"{}"
    # Now, as the ledger's entry says: a verifier compares the two.
    enrolled_at = factory.LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class: type[SigningKey], *args: Any, **kwargs: Any) -> SigningKey:
        removed = kwargs.pop("removed", False)
        authenticator = kwargs.pop("authenticator", None) or Authenticator()
        public_key = cbor.encode(dict(authenticator.cose))
        fingerprint = hashlib.sha256(public_key).hexdigest()
        AUTHENTICATORS[fingerprint] = authenticator
        made = {
            "credential_id": websafe_encode(authenticator.credential_id),
            "public_key": public_key,
            "fingerprint": fingerprint,
        }
        key = super()._create(model_class, *args, **{**made, **kwargs})
        subject = f"key:{key.fingerprint}"
        told = {"synced": key.synced, "rp_id": key.rp_id}
        tell(kind=EntryKind.KEY_ENROLLED, by=key.owner, subject=subject, data=told)
        if removed:
            KeyRemoval.objects.create(key=key, removed_at=timezone.now(), lost=True)
            tell(kind=EntryKind.KEY_REMOVED, by=key.owner, subject=subject)
        return key


def sign_with_key(pledge: Pledge, key: SigningKey | None = None) -> Signature:
    """Signs a drafted pledge at level A (甲) with a key of its signer's."""
    key = key or SigningKeyFactory(owner=pledge.signer)
    signature: Signature = SignatureFactory(
        pledge=pledge, level=Level.KEY, key=key, signed_at=timezone.now()
    )
    put_assertion(signature, key, answer_of(key, signature.digest))
    return signature


def answer_of(key: SigningKey, digest: str) -> GivenAssertion:
    """What the device that holds `key` answers when it is asked to sign `digest` (hex)."""
    return AUTHENTICATORS[key.fingerprint].sign(digest)


def put_assertion(signature: Signature, key: SigningKey, given: GivenAssertion) -> Assertion:
    """Stores an assertion as it is, right or wrong."""
    return Assertion.objects.create(
        signature=signature,
        key=key,
        authenticator_data=given.authenticator_data,
        client_data=given.client_data,
        signature_bytes=given.signature,
        sign_count=1,
        backed_up=False,
    )


def sign_on_paper(pledge: Pledge, **changes: Any) -> Signature:
    """Enters a pledge as signed on paper: level C (丙)."""
    given = {
        "by": changes.get("by") or CadreFactory(),
        "witness": changes.get("witness") or CadreFactory(),
        "code": manifest.short_code(paper_form(pledge)[1]),
        "scan": SCAN,
        "signed_on": timezone.localdate(MORNING),
    }
    return record_paper_signature(pledge=pledge, **{**given, **changes})


class RevocationFactory(DjangoModelFactory):
    """The signer's statement that a signature is not theirs, told to the ledger."""

    class Meta:
        model = Revocation

    pledge = factory.SubFactory(PledgeFactory, signed=True)
    reason = "那天我不在单位，没有签过。"
    revoked_at = MORNING + timedelta(hours=5)
    address = None

    @classmethod
    def _create(cls, model_class: type[Revocation], *args: Any, **kwargs: Any) -> Revocation:
        revocation = super()._create(model_class, *args, **kwargs)
        pledge = revocation.pledge
        reason = {"reason": revocation.reason}
        tell(
            kind=EntryKind.PLEDGE_REVOKED,
            by=pledge.signer,
            subject=f"pledge:{pledge.pk}",
            private=reason,
        )
        return revocation
