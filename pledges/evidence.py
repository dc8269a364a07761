"""The evidence of signed pledges, from its rows to the files that a stranger checks.

A sealed record carries them as attachments, a signer's receipt as one file. What stands in them is
read by `pledges.verify`; everything is canonical JSON (RFC 8785), so that the same rows give the
same bytes.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import rfc8785
from django.conf import settings

from .exceptions import EvidenceIncomplete
from .ledger.notes import name_in, public_key
from .ledger.tree import prove_consistencies, prove_inclusions
from .models import (
    Agreement,
    Checkpoint,
    EntryKind,
    LedgerEntry,
    Level,
    Pledge,
    Signature,
    SigningKey,
)

VERSION = 1
JSON_TYPE = "application/json"
MOST_OLDER_CHECKPOINTS = 50
# How many rows one query asks for by their keys.
CHUNK = 500

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """One file of a record's evidence, as the PDF carries it; the description is for readers."""

    name: str
    media_type: str
    description: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Material:
    """The rows behind some signatures, within the first `size` entries of the ledger."""

    signatures: Sequence[Signature]
    keys: Sequence[SigningKey]
    entries: Mapping[tuple[str, str], LedgerEntry]
    checkpoint: Checkpoint

    def number_of(self, kind: EntryKind, subject: str) -> int | None:
        entry = self.entries.get((kind.value, subject))
        return entry.number if entry is not None else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a signature stands in the ledger: its entry, and the first checkpoint that covers it
    (None: the next one will)."""

    entry: int
    checkpoint: Checkpoint | None


def find_place(pledge: Pledge) -> Place | None:
    """Where the signature of `pledge` stands; None where the ledger does not know it."""
    entry = LedgerEntry.objects.filter(
        subject=f"pledge:{pledge.pk}", kind=EntryKind.PLEDGE_SIGNED
    ).first()
    if entry is None:
        return None
    covering = Checkpoint.objects.filter(size__gt=entry.number).order_by("size").first()
    return Place(entry.number, covering)


def gather_evidence(
    *,
    facts_json: Mapping[str, Any],
    number: str,
    revision: int,
    pledges: Sequence[Pledge],
    checkpoint: Checkpoint,
    seal: Mapping[str, Any],
) -> list[EvidenceFile]:
    """The evidence files of revision `revision` of the record `number`.

    `facts_json` are the record's facts as JSON's plain types, `pledges` the signed ones that they
    show, in the roll's order, and `seal` says {"level", "trial"}. A few queries for 500 pledges.
    Raises EvidenceIncomplete where a pledge is unsigned or `checkpoint` does not cover it.
    """
    material = _collect([pledge.pk for pledge in pledges], checkpoint)
    facts = rfc8785.dumps(dict(facts_json))
    record = {
        "number": number,
        "revision": revision,
        "facts_sha256": hashlib.sha256(facts).hexdigest(),
    }
    policy = {**_policy(checkpoint), "record": record, "seal": dict(seal)}
    manifests = [_manifest(signature) for signature in material.signatures]
    return [
        EvidenceFile("facts.json", JSON_TYPE, "谈话记录的事实", facts),
        _file("policy.json", "核验依据", policy),
        _file("manifests.json", "各承诺书签署的内容", manifests),
        _file("assertions.json", "各承诺书的签署方式和签名数据", _assertions(material)),
        _file("keys.json", "签署人登记的公钥", _keys(material)),
        _file("agreements.json", "电子签名使用约定", _agreements(material.signatures)),
        _file("proofs.json", "存证账本的包含证明和一致性证明", _proofs(material)),
        EvidenceFile("checkpoint.txt", "text/plain", "存证账本的检查点", checkpoint.note.encode()),
    ]


def gather_receipt(pledge: Pledge, checkpoint: Checkpoint) -> Json:
    """The signer's own receipt of `pledge` as plain JSON types: all that its check needs.

    Raises EvidenceIncomplete when it is unsigned or `checkpoint` does not cover it.
    """
    material = _collect([pledge.pk], checkpoint)
    return {
        "type": "liantan-receipt",
        "version": VERSION,
        "policy": _policy(checkpoint),
        "manifest": _manifest(material.signatures[0])["manifest"],
        "assertion": _assertions(material)[0],
        "keys": _keys(material),
        "agreements": _agreements(material.signatures),
        "proofs": _proofs(material),
        "checkpoint": checkpoint.note,
    }


def receipt_bytes(receipt: Json) -> bytes:
    """A receipt as the file that is handed out."""
    return rfc8785.dumps(receipt)


def _collect(ids: Sequence[Any], checkpoint: Checkpoint) -> Material:
    """The rows behind the pledges `ids`, in their order, as far as `checkpoint` goes."""
    found = {
        signature.pledge_id: signature
        for chunk in _chunks(ids)
        for signature in Signature.objects.filter(pledge__in=chunk)
        .select_related("pledge", "assertion__key")
        .defer("pledge__signature_image", "assertion__key__attestation")
    }
    if len(found) != len(ids):
        raise EvidenceIncomplete
    signatures = [found[pk] for pk in ids]
    keys = _keys_of({signature.pledge.signer_id for signature in signatures})
    subjects = [f"pledge:{pk}" for pk in ids] + [f"key:{key.fingerprint}" for key in keys]
    entries = dict(_entries(subjects, checkpoint.size))
    for pk in ids:
        if (EntryKind.PLEDGE_SIGNED.value, f"pledge:{pk}") not in entries:
            raise EvidenceIncomplete
    # A key enrolled since has no part in these signatures, and the checkpoint knows none of it.
    known = [
        key for key in keys if (EntryKind.KEY_ENROLLED.value, f"key:{key.fingerprint}") in entries
    ]
    return Material(signatures, known, entries, checkpoint)


def _keys_of(signers: Iterable[Any]) -> list[SigningKey]:
    """Every key that `signers` ever enrolled, the oldest first."""
    keys = [
        key
        for chunk in _chunks(sorted(signers))
        for key in SigningKey.objects.filter(owner__in=chunk)
        .select_related("owner", "removal")
        .defer("attestation", "client_data")
    ]
    return sorted(keys, key=lambda key: (key.enrolled_at, key.pk))


def _entries(subjects: Sequence[str], size: int) -> Iterator[tuple[tuple[str, str], LedgerEntry]]:
    """What the ledger's first `size` entries say of `subjects`; the first of its kind counts."""
    kinds = (
        EntryKind.PLEDGE_SIGNED,
        EntryKind.PLEDGE_REVOKED,
        EntryKind.KEY_ENROLLED,
        EntryKind.KEY_REMOVED,
    )
    for chunk in _chunks(subjects):
        rows = LedgerEntry.objects.filter(subject__in=chunk, kind__in=kinds, number__lt=size)
        for entry in rows.order_by("-number"):
            yield (entry.kind, entry.subject), entry


def _policy(checkpoint: Checkpoint) -> Json:
    return {
        "type": "liantan-policy",
        "version": VERSION,
        "rp_id": settings.RP_ID,
        "origins": list(settings.SIGNING_ORIGINS),
        "ledger": {
            "name": name_in(checkpoint.note),
            "key": base64.b64encode(public_key()).decode(),
        },
    }


def _manifest(signature: Signature) -> Json:
    return {"digest": signature.digest, "manifest": bytes(signature.manifest).decode()}


def _assertions(material: Material) -> list[Json]:
    return [_assertion(signature, material) for signature in material.signatures]


def _assertion(signature: Signature, material: Material) -> Json:
    """How one pledge was signed. Only level A (甲) has an assertion made with a key."""
    made = getattr(signature, "assertion", None)
    subject = f"pledge:{signature.pledge_id}"
    on_paper = signature.level == Level.PAPER
    return {
        "digest": signature.digest,
        "level": signature.level,
        "signed_at": None if on_paper else _timestamp(signature.signed_at),
        "entry": material.number_of(EntryKind.PLEDGE_SIGNED, subject),
        "revoked_entry": material.number_of(EntryKind.PLEDGE_REVOKED, subject),
        "key": made.key.fingerprint if made else None,
        "credential_id": made.key.credential_id if made else None,
        "authenticator_data": _base64url(made.authenticator_data) if made else None,
        "client_data": _base64url(made.client_data) if made else None,
        "signature": _base64url(made.signature_bytes) if made else None,
    }


def _keys(material: Material) -> list[Json]:
    return [_key(key, material) for key in material.keys]


def _key(key: SigningKey, material: Material) -> Json:
    subject = f"key:{key.fingerprint}"
    removed_entry = material.number_of(EntryKind.KEY_REMOVED, subject)
    removed_at = None if removed_entry is None else _timestamp(key.removal.removed_at)
    return {
        "fingerprint": key.fingerprint,
        "credential_id": key.credential_id,
        "public_key": _base64url(key.public_key),
        "staff_number": key.owner.get_username(),
        "enrolled_at": _timestamp(key.enrolled_at),
        "removed_at": removed_at,
        "synced": key.synced,
        "enrolled_entry": material.number_of(EntryKind.KEY_ENROLLED, subject),
        "removed_entry": removed_entry,
    }


def _agreements(signatures: Iterable[Signature]) -> list[Json]:
    """The versions that the manifests name, with their text."""
    named = {
        agreement["version"]
        for signature in signatures
        if (agreement := json.loads(bytes(signature.manifest))["agreement"]) is not None
    }
    versions = Agreement.objects.filter(version__in=named).order_by("version")
    return [
        {"version": agreement.version, "sha256": agreement.sha256, "text": agreement.text}
        for agreement in versions
    ]


def _proofs(material: Material) -> Json:
    size = material.checkpoint.size
    entries = sorted(material.entries.values(), key=lambda entry: entry.number)
    inclusion = prove_inclusions([entry.number for entry in entries], size)
    older = list(
        Checkpoint.objects.filter(size__lt=size)
        .order_by("-size")
        .values_list("size", "root")[:MOST_OLDER_CHECKPOINTS]
    )
    consistency = prove_consistencies([old for old, _root in older], size)
    return {
        "size": size,
        "entries": [
            {
                "number": entry.number,
                "payload": bytes(entry.payload).decode(),
                "salt": entry.salt,
                "actor": entry.actor,
                "proof": _hex(inclusion[entry.number]),
            }
            for entry in entries
        ],
        "consistency": [
            {"size": old, "root": root, "proof": _hex(consistency[old])}
            for old, root in reversed(older)
        ],
    }


def _file(name: str, description: str, content: Any) -> EvidenceFile:
    return EvidenceFile(name, JSON_TYPE, description, rfc8785.dumps(content))


def _timestamp(moment: datetime) -> str:
    """As the manifest writes times: RFC 3339 to the microsecond, in the site's zone."""
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).isoformat(timespec="microseconds")


def _base64url(data: bytes | memoryview) -> str:
    return base64.urlsafe_b64encode(bytes(data)).rstrip(b"=").decode()


def _hex(hashes: Iterable[bytes]) -> list[str]:
    return [value.hex() for value in hashes]


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
