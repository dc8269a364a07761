"""What a key signed: asking for it, checking it with the code that strangers run, keeping it."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _
from fido2.webauthn import AuthenticatorData, UserVerificationRequirement

from ..exceptions import KeyCopied, KeyRefused, NotTheSigner, UserNotVerified
from ..manifest import KeyText
from ..models import Assertion, Signature, SigningKey
from ..verify import EvidenceError, check_assertion
from .relying import descriptors, relying_party, usable_keys

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GivenAssertion:
    """What the browser says that a key signed. Nothing in it is believed yet."""

    credential_id: str
    authenticator_data: bytes
    client_data: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class ProvenAssertion:
    """An assertion that holds, by a key of the signer's that was live when it was looked up."""

    key: SigningKey
    given: GivenAssertion
    sign_count: int
    backed_up: bool


def assertion_options(*, by: AbstractBaseUser, digest: str) -> dict[str, Any] | None:
    """What the browser is to ask a key for, so that it signs `digest` (hex) and nothing else
    (PublicKeyCredentialRequestOptions as JSON); None while `by` has no key."""
    keys = descriptors(usable_keys(by))
    if not keys:
        return None
    options, _state = relying_party().authenticate_begin(
        keys,
        user_verification=UserVerificationRequirement.REQUIRED,
        challenge=bytes.fromhex(digest),
    )
    return dict(options)["publicKey"]  # type: ignore[no-any-return]


def prove_assertion(*, by: AbstractBaseUser, digest: str, given: GivenAssertion) -> ProvenAssertion:
    """That a live key of `by` signed `digest` (hex), with the code that strangers check it with.

    Writes nothing and takes no lock; `require_still_good` asks again what may have changed.
    Raises UserNotVerified, KeyRefused.
    """
    keys = usable_keys(by).defer("attestation", "client_data")
    key = keys.filter(credential_id=given.credential_id).first()
    if key is None:
        raise KeyRefused(_("This is not one of your keys, or it was removed."))
    try:
        check_assertion(
            digest=digest,
            authenticator_data=given.authenticator_data,
            client_data=given.client_data,
            signature=given.signature,
            public_key=bytes(key.public_key),
            rp_id=settings.RP_ID,
            origins=settings.SIGNING_ORIGINS,
        )
    except EvidenceError as error:
        logger.warning("an assertion by key %s was refused: %s", key.pk, error.code)
        if error.code == "assertion.user_verification":
            raise UserNotVerified from error
        raise KeyRefused from error
    data = AuthenticatorData(given.authenticator_data)
    # A key that was bound to its device cannot become one that is copied (WebAuthn 7.2, 18).
    if data.is_backup_eligible() != key.synced or data.is_backed_up() > key.synced:
        raise KeyRefused
    return ProvenAssertion(key, given, data.counter, data.is_backed_up())


def require_still_good(
    *, by: AbstractBaseUser, proven: ProvenAssertion, keys: Iterable[KeyText]
) -> None:
    """Raises unless the account is open, the key live, and its counter ahead of all its past.

    Inside the transaction that signs, where `by` is locked, and with them their keys; `keys` are
    all of theirs, read there. Raises NotTheSigner, KeyRefused, and KeyCopied for a counter that
    did not grow, which two copies of one key give away (WebAuthn 7.2, 22).
    """
    if not by.is_active:
        raise NotTheSigner
    if not any(k.fingerprint == proven.key.fingerprint and not k.removed_at for k in keys):
        raise KeyRefused(_("This is not one of your keys, or it was removed."))
    counts = proven.key.assertions.order_by("-pk").values_list("sign_count", flat=True)
    # Each is ahead of the one before, so that the last is the greatest.
    before = max([proven.key.sign_count, *counts[:1]])
    if (before or proven.sign_count) and proven.sign_count <= before:
        logger.warning("the counter of key %s went back", proven.key.pk)
        raise KeyCopied


def keep_assertion(*, signature: Signature, proven: ProvenAssertion) -> Assertion:
    """Stores beside the signature what makes it level A, raw, for whoever checks it."""
    assertion = Assertion(
        signature=signature,
        key=proven.key,
        authenticator_data=proven.given.authenticator_data,
        client_data=proven.given.client_data,
        signature_bytes=proven.given.signature,
        sign_count=proven.sign_count,
        backed_up=proven.backed_up,
    )
    assertion.clean_fields(exclude=["signature", "key"])
    assertion.save(force_insert=True)
    return assertion
