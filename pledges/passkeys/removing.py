"""Giving a key up, and telling its owner of keys that came and went."""

from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from .. import ledger
from ..exceptions import NotTheSigner
from ..models import EntryKind, KeyRemoval, SigningKey
from ..reauthentication import prove_password
from ..tasks import mail_key_change
from .relying import lock_owner

# For how long the owner's own page tells of a key that came or went.
NOTICE_TIME = timedelta(days=14)


def remove_key(*, by: AbstractBaseUser, key: SigningKey, password: str, lost: bool) -> KeyRemoval:
    """Gives a key up, because it is `lost` or not wanted any more: it signs nothing from now on.

    What it signed before stays valid. A key that was given up already keeps its removal.
    Raises NotTheSigner for another's key, WrongPassword.
    """
    if by.pk is None or key.owner_id != by.pk:
        raise NotTheSigner
    prove_password(by, password)
    return _remove(by, key, lost)


@transaction.atomic
def _remove(by: AbstractBaseUser, key: SigningKey, lost: bool) -> KeyRemoval:
    lock_owner(by)
    mine = SigningKey.objects.filter(owner_id=by.pk).select_related("removal").get(pk=key.pk)
    if not mine.is_live:
        return mine.removal
    removal = KeyRemoval(key=mine, removed_at=timezone.now(), lost=lost)
    removal.full_clean(exclude=["key"], validate_unique=False)
    removal.save(force_insert=True)
    transaction.on_commit(lambda: mail_key_change.enqueue(mine.pk))
    ledger.append(
        kind=EntryKind.KEY_REMOVED,
        by=by,
        subject=f"key:{mine.fingerprint}",
        private={"lost": lost},
    )
    return removal


def recent_changes(user: AbstractBaseUser) -> list[SigningKey]:
    """The user's keys that were enrolled or given up of late, for a word on their own page."""
    since = timezone.now() - NOTICE_TIME
    return list(
        SigningKey.objects.visible_to(user)
        .filter(Q(enrolled_at__gte=since) | Q(removal__removed_at__gte=since))
        .select_related("removal")
    )
