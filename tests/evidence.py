"""What a signature may rest on, in tests: a signer's own keys, paper, and a signer who says no.

SigningKeyFactory(owner=cadre)      a key that its owner enrolled; removed=True: gave up again
sign_with_key(pledge)               signs a drafted pledge at level A (甲), with a true assertion
sign_on_paper(pledge)               enters it as signed on paper (丙), with scan and witness
RevocationFactory(pledge=signed)    "this was not me"
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import factory
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.utils import timezone
from factory.django import DjangoModelFactory
from fido2 import cbor
from fido2.cose import ES256

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
from tests.factories import (
    MORNING,
    CadreFactory,
    PledgeFactory,
    SignatureFactory,
    tell,
)

PRESENT_AND_VERIFIED = 0x05
SCAN = b"%PDF-1.7\n%%EOF\n"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True)
class Authenticator:
    """A passkey in software: what a phone holds, and what it answers."""

    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: str = field(default_factory=lambda: base64url(secrets.token_bytes(16)))

    @property
    def public_key(self) -> bytes:
        return cbor.encode(dict(ES256.from_cryptography_key(self.private.public_key())))

    def answer(self, digest: str, flags: int = PRESENT_AND_VERIFIED) -> tuple[bytes, bytes, bytes]:
        """Authenticator data, client data and signature over the digest (hex)."""
        client_data = json.dumps(
            {
                "type": "webauthn.get",
                "challenge": base64url(bytes.fromhex(digest)),
                "origin": settings.SIGNING_ORIGINS[0],
                "crossOrigin": False,
            }
        ).encode()
        rp_id_hash = hashlib.sha256(settings.RP_ID.encode()).digest()
        data = rp_id_hash + bytes([flags]) + (1).to_bytes(4, "big")
        signed = data + hashlib.sha256(client_data).digest()
        return data, client_data, self.private.sign(signed, ec.ECDSA(hashes.SHA256()))


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
        fingerprint = hashlib.sha256(authenticator.public_key).hexdigest()
        AUTHENTICATORS[fingerprint] = authenticator
        made = {
            "credential_id": authenticator.credential_id,
            "public_key": authenticator.public_key,
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
    data, client_data, answer = AUTHENTICATORS[key.fingerprint].answer(signature.digest)
    Assertion.objects.create(
        signature=signature,
        key=key,
        authenticator_data=data,
        client_data=client_data,
        signature_bytes=answer,
        sign_count=1,
        backed_up=False,
    )
    return signature


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
