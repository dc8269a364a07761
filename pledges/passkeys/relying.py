"""The relying party, as WebAuthn calls whoever asks a key for something: this installation."""

from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _
from fido2.cose import ES256, RS256, EdDSA
from fido2.rpid import verify_rp_id
from fido2.server import Fido2Server
from fido2.utils import websafe_decode
from fido2.webauthn import (
    AttestationConveyancePreference,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
)

from ..exceptions import NotTheSigner
from ..models import SigningKey
from ..models.evidence import SigningKeyQuerySet

# What today's platforms and security keys make.
ALGORITHMS = (ES256.ALGORITHM, EdDSA.ALGORITHM, RS256.ALGORITHM)
# For how long the browser waits for the person, in milliseconds.
PATIENCE = 180_000


def may_sign_at(origin: str) -> bool:
    """Whether keys work on pages of `origin`: one of ours, secure, of a host with a name."""
    return (
        origin in settings.SIGNING_ORIGINS
        and verify_rp_id(settings.RP_ID, origin)
        and not _is_ip_address(settings.RP_ID)
    )


def signing_address() -> str:
    """The first address at which keys work; "" where this installation has none."""
    return next(filter(may_sign_at, settings.SIGNING_ORIGINS), "")


def relying_party() -> Fido2Server:
    """fido2's server, told who we are and what we take."""
    server = Fido2Server(
        PublicKeyCredentialRpEntity(id=settings.RP_ID, name=_("Liantan")),
        attestation=AttestationConveyancePreference.NONE,
        verify_origin=may_sign_at,
    )
    server.timeout = PATIENCE  # type: ignore[assignment]
    server.allowed_algorithms = [
        PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=algorithm)
        for algorithm in ALGORITHMS
    ]
    return server


def usable_keys(owner: AbstractBaseUser) -> SigningKeyQuerySet:
    """The live keys with which `owner` may sign here."""
    return SigningKey.objects.live().filter(owner_id=owner.pk, rp_id=settings.RP_ID)


def descriptors(keys: SigningKeyQuerySet) -> list[PublicKeyCredentialDescriptor]:
    """How a browser is told of keys."""
    return [
        PublicKeyCredentialDescriptor(
            type=PublicKeyCredentialType.PUBLIC_KEY, id=websafe_decode(credential_id)
        )
        for credential_id in keys.values_list("credential_id", flat=True)
    ]


def lock_owner(by: AbstractBaseUser) -> None:
    """Queues for the owner's row, since a database role need not have the right to lock a key's.

    Raises NotTheSigner when the account was closed.
    """
    owners = get_user_model().objects.select_for_update(no_key=True)
    if not owners.filter(pk=by.pk, is_active=True).order_by().values_list("pk"):
        raise NotTheSigner


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
