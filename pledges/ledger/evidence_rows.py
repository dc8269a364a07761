"""The evidence of this app, and how each row must agree with the entry that tells of it."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model

from ..models import (
    AgreementAcceptance,
    Assertion,
    Checkpoint,
    EntryKind,
    KeyRemoval,
    LedgerEntry,
    Level,
    Outline,
    PaperSignature,
    Revocation,
    Signature,
    SigningKey,
)
from ..verify import EvidenceError, check_assertion, manifest_digest, moment
from .matching import Evidence, Key

Entries = Sequence[LedgerEntry]
Data = Mapping[str, Any]
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def after_colon(entries: Entries) -> list[str]:
    """What the subjects of entries name: `pledge:…` without `pledge:`."""
    return [entry.subject.partition(":")[2] for entry in entries]


def numbers_after_colon(entries: Entries) -> list[int]:
    """The same where it is a number; others are left out, and match nothing."""
    return [int(text) for text in after_colon(entries) if text.isdecimal() and len(text) < 16]


def _signed(entry: LedgerEntry, data: Data, signature: Signature) -> str:
    assertion: Assertion | None = getattr(signature, "assertion", None)
    on_paper = signature.level == Level.PAPER
    if manifest_digest(bytes(signature.manifest)) != signature.digest:
        return "the digest is not that of the manifest"
    if data.get("digest") != signature.digest:
        return "the digest is another"
    if data.get("level") != signature.level:
        return "the level is another"
    if data.get("key") != (assertion.key.fingerprint if assertion else None):
        return "the key is another"
    if (assertion is not None) != (signature.level == Level.KEY):
        return "the level and the assertion do not go together"
    if hasattr(signature, "paper") != on_paper:
        return "the level and the paper do not go together"
    if on_paper:
        return "a time is given for a paper" if data.get("signed_at") else _scanned(signature.paper)
    if not _same_time(data.get("signed_at"), signature.signed_at):
        return "the time of signing is another"
    if entry.actor != signature.pledge.staff_number:
        return "somebody else is named as the signer"
    return _asserted(signature, assertion) if assertion else ""


def _asserted(signature: Signature, assertion: Assertion) -> str:
    key = assertion.key
    if key.owner_id != signature.pledge.signer_id:
        return "the key belongs to somebody else"
    removal: KeyRemoval | None = getattr(key, "removal", None)
    if key.enrolled_at > signature.signed_at or (
        removal is not None and removal.removed_at < signature.signed_at
    ):
        return "the key was not enrolled at that time"
    try:
        check_assertion(
            digest=signature.digest,
            authenticator_data=bytes(assertion.authenticator_data),
            client_data=bytes(assertion.client_data),
            signature=bytes(assertion.signature_bytes),
            public_key=bytes(key.public_key),
            rp_id=key.rp_id,
            origins=settings.SIGNING_ORIGINS,
        )
    except EvidenceError as error:
        return str(error)
    return ""


def _scanned(paper: PaperSignature) -> str:
    # Scans are large, so they are fetched one by one.
    scan = PaperSignature.objects.values_list("scan", flat=True).get(pk=paper.pk)
    return "" if hashlib.sha256(bytes(scan)).hexdigest() == paper.sha256 else "the scan is another"


def _enrolled(entry: LedgerEntry, data: Data, key: SigningKey) -> str:
    if hashlib.sha256(bytes(key.public_key)).hexdigest() != key.fingerprint:
        return "the fingerprint is not that of the key"
    if data.get("synced") is not key.synced or data.get("rp_id") != key.rp_id:
        return "the key's properties are others"
    return "" if entry.actor == key.owner.get_username() else "the owner is another"


def _accepted(_entry: LedgerEntry, data: Data, acceptance: AgreementAcceptance) -> str:
    if data.get("sha256") != acceptance.agreement.sha256:
        return "the text of the agreement is another"
    return ""


def _checkpoint_made(entry: LedgerEntry, data: Data, checkpoint: Checkpoint) -> str:
    if data.get("root") != checkpoint.root or entry.number != checkpoint.size:
        return "the checkpoint is another"
    return ""


def _there(_entry: LedgerEntry, _data: Data, _row: Any) -> str:
    """Nothing but that it is there."""
    return ""


def _same_time(text: Any, at: Any) -> bool:
    try:
        return isinstance(text, str) and moment(text) == at
    except ValueError:
        return False


def _of_pledge(row: Signature | Revocation) -> Key:
    return (f"pledge:{row.pledge_id}", "")


def _uuids(entries: Entries) -> list[UUID]:
    """The pledges that entries tell of; other texts would be refused as keys."""
    return [UUID(text) for text in after_colon(entries) if UUID_TEXT.fullmatch(text)]


def _username(path: str) -> str:
    """The lookup of the staff number of the user at `path`."""
    return f"{path}__{get_user_model().USERNAME_FIELD}"


EVIDENCE = [
    Evidence(
        EntryKind.OUTLINE_PUBLISHED,
        told=lambda entries: Outline.objects.filter(version__in=numbers_after_colon(entries)),
        every=lambda: Outline.objects.only("version"),
        key=lambda outline: (f"outline:{outline.version}", ""),
        fault=_there,
    ),
    Evidence(
        EntryKind.PLEDGE_SIGNED,
        told=lambda entries: (
            Signature.objects.filter(pledge__in=_uuids(entries))
            .select_related("pledge", "assertion__key__removal", "paper")
            .defer("paper__scan")
        ),
        every=lambda: Signature.objects.only("pledge_id"),
        key=_of_pledge,
        fault=_signed,
    ),
    Evidence(
        EntryKind.PLEDGE_REVOKED,
        told=lambda entries: Revocation.objects.filter(pledge__in=_uuids(entries)),
        every=lambda: Revocation.objects.only("pledge_id"),
        key=_of_pledge,
        fault=_there,
    ),
    Evidence(
        EntryKind.KEY_ENROLLED,
        told=lambda entries: SigningKey.objects.filter(
            fingerprint__in=after_colon(entries)
        ).select_related("owner"),
        every=lambda: SigningKey.objects.only("fingerprint"),
        key=lambda key: (f"key:{key.fingerprint}", ""),
        fault=_enrolled,
    ),
    Evidence(
        EntryKind.KEY_REMOVED,
        told=lambda entries: KeyRemoval.objects.filter(
            key__fingerprint__in=after_colon(entries)
        ).select_related("key"),
        every=lambda: KeyRemoval.objects.select_related("key").only("key__fingerprint"),
        key=lambda removal: (f"key:{removal.key.fingerprint}", ""),
        fault=_there,
    ),
    Evidence(
        EntryKind.AGREEMENT_ACCEPTED,
        told=lambda entries: AgreementAcceptance.objects.filter(
            agreement__version__in=numbers_after_colon(entries),
            **{f"{_username('signer')}__in": [entry.actor for entry in entries]},
        ).select_related("agreement", "signer"),
        every=lambda: AgreementAcceptance.objects.select_related("agreement", "signer").only(
            "agreement__version", _username("signer")
        ),
        key=lambda row: (f"agreement:{row.agreement.version}", row.signer.get_username()),
        fault=_accepted,
        by_actor=True,
    ),
    Evidence(
        EntryKind.CHECKPOINT_MADE,
        told=lambda entries: Checkpoint.objects.filter(size__in=numbers_after_colon(entries)),
        every=lambda: Checkpoint.objects.only("size"),
        key=lambda checkpoint: (f"checkpoint:{checkpoint.size}", ""),
        fault=_checkpoint_made,
    ),
]
