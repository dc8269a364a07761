"""A software authenticator: makes credentials and assertions as a browser hands them over, with
whatever is to be wrong about them.

    device = Authenticator()
    key = enrol(cadre, device)                       through the services, as the page does
    device.sign(digest)                              a GivenAssertion
    device.sign(digest, flags=UP)                    … the user not verified
    device.sign(digest, origin="https://else.where")
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from django.conf import settings
from fido2 import cbor
from fido2.cose import ES256, RS256, CoseKey, EdDSA
from fido2.utils import websafe_encode
from fido2.webauthn import AttestedCredentialData, CollectedClientData

from meetings.models import Cadre
from pledges.models import SigningKey
from pledges.passkeys import GivenAssertion, begin_enrolment, enrol_key
from tests.factories import PASSWORD

UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass
class Authenticator:
    """One device with one key; its counter grows with each assertion, or stays 0."""

    private: PrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    synced: bool = False
    counts: bool = True
    count: int = 0

    @property
    def cose(self) -> CoseKey:
        public = self.private.public_key()
        kind = {
            ec.EllipticCurvePrivateKey: ES256,
            ed25519.Ed25519PrivateKey: EdDSA,
            rsa.RSAPrivateKey: RS256,
        }
        return next(
            cose.from_cryptography_key(public)
            for private, cose in kind.items()
            if isinstance(self.private, private)
        )

    @property
    def backup(self) -> int:
        return BE | BS if self.synced else 0

    def create(
        self,
        challenge: str,
        *,
        flags: int | None = None,
        origin: str | None = None,
        rp_id: str | None = None,
        kind: str = "webauthn.create",
        public_key: Any = None,
        **client: Any,
    ) -> dict[str, bytes]:
        """A new credential, as `enrol_key` takes it: attestation and client data."""
        credential = AttestedCredentialData.create(
            b"\0" * 16, self.credential_id, public_key or self.cose
        )
        flags = (UP | UV | AT | self.backup) if flags is None else flags
        data = self._data(flags, rp_id) + (bytes(credential) if flags & AT else b"")
        return {
            "attestation": cbor.encode({"fmt": "none", "authData": data, "attStmt": {}}),
            "client_data": self._client(kind, challenge, origin, client),
        }

    def sign(
        self,
        digest: str,
        *,
        flags: int | None = None,
        origin: str | None = None,
        rp_id: str | None = None,
        kind: str = "webauthn.get",
        **client: Any,
    ) -> GivenAssertion:
        """An assertion over `digest` (hex)."""
        self.count += self.counts
        data = self._data((UP | UV | self.backup) if flags is None else flags, rp_id)
        client_data = self._client(kind, websafe_encode(bytes.fromhex(digest)), origin, client)
        return GivenAssertion(
            credential_id=websafe_encode(self.credential_id),
            authenticator_data=data,
            client_data=client_data,
            signature=self._signature(data + hashlib.sha256(client_data).digest()),
        )

    def _data(self, flags: int, rp_id: str | None) -> bytes:
        rp_id_hash = hashlib.sha256((rp_id or settings.RP_ID).encode()).digest()
        return rp_id_hash + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str, origin: str | None, more: dict[str, Any]) -> bytes:
        where = origin or settings.SIGNING_ORIGINS[0]
        return bytes(CollectedClientData.create(kind, challenge, where, **more))

    def _signature(self, message: bytes) -> bytes:
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(message, ec.ECDSA(hashes.SHA256()))
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(message)


def enrol(owner: Cadre, device: Authenticator, **changes: Any) -> SigningKey:
    """Enrols the device's key for `owner`; `changes` go into what the device answers."""
    enrolment = begin_enrolment(by=owner, password=PASSWORD)
    return enrol_key(
        by=owner,
        enrolment=enrolment,
        label="办公电脑",
        address="192.0.2.7",
        browser="Chromium",
        **device.create(enrolment.challenge, **changes),
    )


def as_posted(given: GivenAssertion) -> dict[str, str]:
    """An assertion as passkeys.js writes it into the form."""
    return {
        "id": given.credential_id,
        "authenticatorData": websafe_encode(given.authenticator_data),
        "clientDataJSON": websafe_encode(given.client_data),
        "signature": websafe_encode(given.signature),
    }
