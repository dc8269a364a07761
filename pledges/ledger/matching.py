"""What must stand in the ledger for which rows of evidence, and agree with them.

Both ways: no entry tells of evidence that is not there, and no evidence is there of which no
entry tells. An app on a floor above registers its own evidence when it is ready.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from ..exceptions import LedgerBroken
from ..models import EntryKind, LedgerEntry

# How many rows are in memory at once.
CHUNK = 500

# Subject and actor of an entry; the actor is empty where the subject alone says which row.
Key = tuple[str, str]


@dataclass(frozen=True)
class Evidence:
    """One kind of row that one kind of entry tells of, one to one.

    `told` gives the rows that entries tell of, or more; `every` all rows, with no more of each
    than `key` needs, which says by which subject (and actor) a row is told of; `fault` says in
    words what entry and row disagree in, or nothing.
    """

    kind: EntryKind
    told: Callable[[Sequence[LedgerEntry]], QuerySet[Any]]
    every: Callable[[], QuerySet[Any]]
    key: Callable[[Any], Key]
    fault: Callable[[LedgerEntry, Mapping[str, Any], Any], str]
    by_actor: bool = False

    def key_of(self, entry: LedgerEntry) -> Key:
        return entry.subject, entry.actor if self.by_actor else ""

    def entries_of(self, keys: Sequence[Key]) -> QuerySet[LedgerEntry]:
        """The entries with these keys, and perhaps more."""
        found = LedgerEntry.objects.filter(
            kind=self.kind, subject__in={subject for subject, _actor in keys}
        )
        return found.filter(actor__in={actor for _s, actor in keys}) if self.by_actor else found


# What there is to match, by the kind of entry; apps add theirs when they are ready.
_registered: dict[str, Evidence] = {}


def register(evidence: Evidence) -> None:
    _registered[evidence.kind] = evidence


class Matches:
    """The evidence of a run of entries, fetched in two queries for each kind among them."""

    def __init__(self, entries: Sequence[LedgerEntry]) -> None:
        self._rows: dict[tuple[str, Key], Model] = {}
        self._first: dict[tuple[str, Key], int] = {}
        for kind, evidence in _registered.items():
            among = [entry for entry in entries if entry.kind == kind]
            if among:
                self._fetch(evidence, among)

    def _fetch(self, evidence: Evidence, among: list[LedgerEntry]) -> None:
        for row in evidence.told(among):
            self._rows[evidence.kind, evidence.key(row)] = row
        earlier = evidence.entries_of([evidence.key_of(entry) for entry in among])
        for entry in earlier.order_by("-number").only("number", "kind", "subject", "actor"):
            self._first[evidence.kind, evidence.key_of(entry)] = entry.number

    def fault(self, entry: LedgerEntry, data: Mapping[str, Any]) -> str:
        """What is wrong between an entry and what it tells of, in words; empty when nothing is."""
        evidence = _registered.get(entry.kind)
        if evidence is None:
            return ""
        key = evidence.key_of(entry)
        row = self._rows.get((entry.kind, key))
        if row is None:
            return f"{entry.kind} {entry.subject}: there is nothing that it tells of"
        first = self._first[entry.kind, key]
        if first != entry.number:
            return f"{entry.kind} {entry.subject}: told already by entry {first}"
        fault = evidence.fault(entry, data, row)
        return f"{entry.kind} {entry.subject}: {fault}" if fault else ""


def require_all_told() -> dict[str, int]:
    """How many rows of evidence of each kind there are, each told by an entry.

    Raises LedgerBroken for the first that no entry tells of.
    """
    return {kind: _require_told(evidence) for kind, evidence in _registered.items()}


def _require_told(evidence: Evidence) -> int:
    count = 0
    for rows in _chunks(evidence.every()):
        keys = [evidence.key(row) for row in rows]
        entries = evidence.entries_of(keys).only("number", "kind", "subject", "actor")
        told = {evidence.key_of(entry) for entry in entries}
        for key in keys:
            if key not in told:
                raise LedgerBroken(None, f"no entry {evidence.kind} tells of {key[0]} {key[1]}")
        count += len(rows)
    return count


def _chunks(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """All rows in the order of their keys, so many at a time."""
    rows = rows.order_by("pk")
    chunk = list(rows[:CHUNK])
    while chunk:
        yield chunk
        chunk = list(rows.filter(pk__gt=chunk[-1].pk)[:CHUNK])
