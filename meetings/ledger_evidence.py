"""The evidence of this app that the ledger tells of: records sealed, records corrected."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from pledges.ledger.matching import Evidence, Key
from pledges.models import EntryKind, LedgerEntry

from .models import Record, SealState


def _told(entries: Sequence[LedgerEntry]) -> QuerySet[Record]:
    """The records of the meetings that entries tell of, without their files."""
    numbers = {_number_of(entry) for entry in entries}
    return (
        Record.objects.without_bytes().select_related("meeting").filter(meeting__number__in=numbers)
    )


def _number_of(entry: LedgerEntry) -> str:
    """The meeting's number in `record:<number>/<revision>`."""
    return entry.subject.partition(":")[2].rpartition("/")[0]


def _key(record: Record) -> Key:
    return f"record:{record.meeting.number}/{record.revision}", ""


def _every() -> QuerySet[Record]:
    return Record.objects.select_related("meeting").only("meeting__number", "revision")


def _sealed(_entry: LedgerEntry, data: Mapping[str, Any], record: Record) -> str:
    if data.get("sha256") != record.sealed_sha256:
        return "the sealed file is another"
    if data.get("level") != record.seal_level:
        return "the level of the seal is another"
    # The files are large, so they are fetched one by one.
    file = Record.objects.values_list("sealed_pdf", flat=True).get(pk=record.pk)
    if hashlib.sha256(bytes(file or b"")).hexdigest() != record.sealed_sha256:
        return "the sealed file is not what was kept"
    return ""


def _corrected(_entry: LedgerEntry, _data: Mapping[str, Any], _record: Record) -> str:
    """Nothing but that it is there."""
    return ""


EVIDENCE = [
    Evidence(
        EntryKind.RECORD_SEALED,
        told=lambda entries: _told(entries).filter(seal_state=SealState.SEALED),
        every=lambda: _every().filter(seal_state=SealState.SEALED),
        key=_key,
        fault=_sealed,
    ),
    Evidence(
        EntryKind.RECORD_CORRECTED,
        told=lambda entries: _told(entries).filter(revision__gt=1),
        every=lambda: _every().filter(revision__gt=1),
        key=_key,
        fault=_corrected,
    ),
]
