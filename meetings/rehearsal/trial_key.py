"""A signing key in software, for rehearsals alone: it stands in for a cadre's own device.

It goes through the same services as a real one, and whoever has the process has the key. It is
named for what it is, and never exists outside a rehearsal or the trial's rehearsal office.
"""

import hashlib
import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from meetings.models import Cadre
from pledges.passkeys import GivenAssertion, begin_enrolment, enrol_key

LABEL = "演练密钥（软件）"
BROWSER = "rehearsal"
FLAG = AuthenticatorData.FLAG


class TrialKey:
    """One key, with its private half and its counter."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._id = secrets.token_bytes(16)
        self._count = 0

    def enrol(self, owner: Cadre, password: str) -> None:
        """Enrols this key for `owner`, as the pages do. Raises what the services raise."""
        enrolment = begin_enrolment(by=owner, password=password)
        cose = ES256.from_cryptography_key(self._private.public_key())  # type: ignore[no-untyped-call]
        credential = AttestedCredentialData.create(Aaguid.NONE, self._id, cose)
        data = self._data(FLAG.UP | FLAG.UV | FLAG.AT, credential)
        client = _client(CollectedClientData.TYPE.CREATE, enrolment.challenge)
        enrol_key(
            by=owner,
            enrolment=enrolment,
            label=LABEL,
            attestation=bytes(AttestationObject.create("none", data, {})),
            client_data=client,
            address="127.0.0.1",
            browser=BROWSER,
        )

    def sign(self, digest: str) -> GivenAssertion:
        """What a browser would hand over for `digest` (hex)."""
        self._count += 1
        data = bytes(self._data(FLAG.UP | FLAG.UV))
        client = _client(CollectedClientData.TYPE.GET, websafe_encode(bytes.fromhex(digest)))
        message = data + hashlib.sha256(client).digest()
        return GivenAssertion(
            credential_id=websafe_encode(self._id),
            authenticator_data=data,
            client_data=client,
            signature=self._private.sign(message, ec.ECDSA(hashes.SHA256())),
        )

    def _data(self, flags: AuthenticatorData.FLAG, credential: bytes = b"") -> AuthenticatorData:
        rp_id_hash = hashlib.sha256(settings.RP_ID.encode()).digest()
        data: AuthenticatorData = AuthenticatorData.create(
            rp_id_hash, flags, self._count, credential
        )
        return data


def _client(kind: str, challenge: str) -> bytes:
    return bytes(CollectedClientData.create(kind, challenge, settings.SIGNING_ORIGINS[0]))
