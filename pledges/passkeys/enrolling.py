"""Enrolling a key for signing: by its owner alone, after the password, with a user verified."""

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from fido2 import cbor
from fido2.cose import ES256, RS256, CoseKey, EdDSA
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    CollectedClientData,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from .. import ledger
from ..exceptions import EnrolmentExpired, KeyRefused, KeyTaken, TooManyKeys, UserNotVerified
from ..models import EntryKind, SigningKey
from ..reauthentication import prove_password
from ..tasks import mail_key_change
from .relying import descriptors, lock_owner, relying_party, usable_keys

logger = logging.getLogger(__name__)

LIFETIME = timedelta(minutes=5)
# Every key ever enrolled stands in each later pledge: a script must not swell the talk record.
MOST_KEYS = 50
SMALLEST_RSA = 2048
# In authenticator data: RP ID hash, flags, counter, AAGUID, length of the credential id (6.5.1).
KEY_OFFSET = 32 + 1 + 4 + 16 + 2
BROWSER_LENGTH = SigningKey._meta.get_field("browser").max_length


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Leave to enrol one key, given for the password: for this user, once, for five minutes.

    The caller keeps it where only this user's session reaches it, and takes it out for use.
    """

    owner_id: int
    challenge: str
    begun_at: float

    def is_good_for(self, user: AbstractBaseUser) -> bool:
        age = timezone.now().timestamp() - self.begun_at
        return self.owner_id == user.pk and 0 <= age <= LIFETIME.total_seconds()


@dataclass(frozen=True, slots=True)
class _NewKey:
    """What an authenticator says of the key that it made."""

    credential_id: bytes
    public_key: bytes
    aaguid: UUID
    synced: bool
    sign_count: int


def begin_enrolment(*, by: AbstractBaseUser, password: str) -> Enrolment:
    """Leave for `by` to enrol a key, with a new random challenge. Writes nothing.

    Raises WrongPassword, TooManyKeys.
    """
    prove_password(by, password)
    _require_room(by)
    return Enrolment(
        owner_id=by.pk,
        challenge=websafe_encode(secrets.token_bytes(32)),
        begun_at=timezone.now().timestamp(),
    )


def creation_options(*, by: AbstractBaseUser, enrolment: Enrolment) -> dict[str, Any]:
    """What the browser is to ask an authenticator for (PublicKeyCredentialCreationOptions, as
    JSON with base64url for bytes)."""
    options, _state = relying_party().register_begin(
        # The handle stays on the authenticator: it must not tell who its owner is.
        PublicKeyCredentialUserEntity(
            id=salted_hmac("pledges.passkeys", str(by.pk), algorithm="sha256").digest(),
            name=by.get_username(),
            display_name=str(by),
        ),
        credentials=descriptors(usable_keys(by)),
        # A phone signs for a PC only with a key that it can find by itself.
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=websafe_decode(enrolment.challenge),
    )
    return dict(options)["publicKey"]  # type: ignore[no-any-return]


def enrol_key(
    *,
    by: AbstractBaseUser,
    enrolment: Enrolment,
    label: str,
    attestation: bytes,
    client_data: bytes,
    address: str | None,
    browser: str,
) -> SigningKey:
    """The key that an authenticator made for `by`, enrolled: from now on it signs for them.

    `attestation` and `client_data` are the browser's attestationObject and clientDataJSON, which
    are kept as they came. Raises EnrolmentExpired, UserNotVerified, KeyRefused, KeyTaken,
    TooManyKeys, NotTheSigner for an account that was closed.
    """
    if not enrolment.is_good_for(by):
        raise EnrolmentExpired
    new = _check_creation(enrolment, attestation, client_data)
    key = SigningKey(
        owner_id=by.pk,
        label=label,
        credential_id=websafe_encode(new.credential_id),
        public_key=new.public_key,
        fingerprint=hashlib.sha256(new.public_key).hexdigest(),
        rp_id=settings.RP_ID,
        aaguid=new.aaguid,
        synced=new.synced,
        sign_count=new.sign_count,
        attestation=attestation,
        client_data=client_data,
        address=address,
        browser=browser[:BROWSER_LENGTH],
    )
    _keep_key(by, key)
    return key


@transaction.atomic
def _keep_key(by: AbstractBaseUser, key: SigningKey) -> None:
    lock_owner(by)
    _require_room(by)
    key.enrolled_at = timezone.now()
    key.full_clean(exclude=["owner"], validate_unique=False)
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError as error:  # the one rule left: nobody has this key yet
        raise KeyTaken from error
    transaction.on_commit(lambda: mail_key_change.enqueue(key.pk))
    ledger.append(
        kind=EntryKind.KEY_ENROLLED,
        by=by,
        subject=f"key:{key.fingerprint}",
        data={"synced": key.synced, "rp_id": key.rp_id},
        private={"address": key.address} if key.address else None,
    )


def _check_creation(enrolment: Enrolment, attestation: bytes, client_data: bytes) -> _NewKey:
    """The new key, if it was made for this enrolment, here, by a verified person (WebAuthn 7.1)."""
    try:
        client = CollectedClientData(client_data)
        response = RegistrationResponse(
            raw_id=b"",
            response=AuthenticatorAttestationResponse(
                client_data=client, attestation_object=AttestationObject(attestation)
            ),
        )
        state = {"challenge": enrolment.challenge, "user_verification": None}
        data = relying_party().register_complete(state, response)
        if client.cross_origin or not data.is_attested():
            raise ValueError("made inside another site, or no key at all")
        new = _read_key(data)
    except Exception as error:
        # Whatever a parser of foreign bytes stumbles over, they are no key.
        logger.warning("a key was refused at its enrolment: %r", error)
        raise KeyRefused from error
    if not data.is_user_verified():
        raise UserNotVerified
    return new


def _read_key(data: AuthenticatorData) -> _NewKey:
    """Raises ValueError for a key that is not in the one form in which it has one fingerprint."""
    credential = data.credential_data
    assert credential is not None  # is_attested
    public_key = cbor.encode(sound_key(credential.public_key))
    if not bytes(data)[KEY_OFFSET + len(credential.credential_id) :].startswith(public_key):
        raise ValueError("the key is not in canonical form")
    return _NewKey(
        credential_id=credential.credential_id,
        public_key=public_key,
        aaguid=UUID(bytes=bytes(credential.aaguid)),
        synced=data.is_backup_eligible(),
        sign_count=data.counter,
    )


def sound_key(key: CoseKey) -> dict[int, Any]:
    """`key` made anew from its numbers, without anything that does not belong into it.

    Raises ValueError or KeyError for one of a kind that we did not ask for, or that is no key.
    """
    if key.get(3) == ES256.ALGORITHM and key[-1] == 1:
        x, y = (int.from_bytes(key[name], "big") for name in (-2, -3))
        point = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1())
        return _cose(ES256, point.public_key())
    if key.get(3) == EdDSA.ALGORITHM and key[-1] == 6:
        return _cose(EdDSA, Ed25519PublicKey.from_public_bytes(key[-2]))
    if key.get(3) == RS256.ALGORITHM:
        n, e = (int.from_bytes(key[name], "big") for name in (-1, -2))
        if n.bit_length() < SMALLEST_RSA:
            raise ValueError("an RSA key that is too short")
        return _cose(RS256, rsa.RSAPublicNumbers(e, n).public_key())
    raise ValueError("an algorithm that nobody asked for")


def _cose(kind: type[CoseKey], key: Any) -> dict[int, Any]:
    return dict(kind.from_cryptography_key(key))


def _require_room(by: AbstractBaseUser) -> None:
    if SigningKey.objects.filter(owner_id=by.pk).count() >= MOST_KEYS:
        raise TooManyKeys
