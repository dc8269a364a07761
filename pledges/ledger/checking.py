"""Recomputing the whole ledger, and asking of all evidence whether the ledger tells of it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from ..exceptions import LedgerBroken
from ..models import Checkpoint, LedgerEntry, LedgerNode
from ..verify import EvidenceError, canonical_json, leaf_hash, moment
from .checkpoints import open_own_note
from .entries import VERSION, actor_hash, private_hash
from .matching import CHUNK, Matches, require_all_told
from .shape import Frontier, Node, siblings_of
from .tree import position

PAYLOAD_KEYS = {"version", "number", "at", "kind", "actor", "subject", "data", "private"}


@dataclass(frozen=True, slots=True)
class Summary:
    """What a whole ledger was found to hold; `evidence` counts the rows that it tells of, by the
    kind of entry."""

    entries: int
    root: bytes
    nodes: int
    checkpoints: int
    evidence: Mapping[str, int]


def verify() -> Summary:
    """Recomputes everything: entries, leaves, nodes, checkpoints, and evidence both ways.

    Raises LedgerBroken at the first wrong place. Reads the database as of one moment, a few
    hundred rows at a time, and keeps nobody from writing meanwhile.
    """
    with one_moment():
        frontier = Frontier()
        for entries in _entries():
            _Run(entries).check(frontier)
        _require_nothing_beyond(frontier.size)
        return Summary(
            entries=frontier.size,
            root=frontier.root(),
            nodes=LedgerNode.objects.count(),
            checkpoints=Checkpoint.objects.count(),
            evidence=require_all_told(),
        )


@contextmanager
def one_moment() -> Iterator[None]:
    """Shows the database as it was at one moment to all queries within.

    Inside a transaction that is there already, that one's own view has to do.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # Django's own transactions are IMMEDIATE here, and would stop all writing.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def _entries() -> Iterator[list[LedgerEntry]]:
    """All entries in the order of their numbers, some at a time."""
    last = -1
    while entries := list(LedgerEntry.objects.filter(number__gt=last).order_by("number")[:CHUNK]):
        yield entries
        last = entries[-1].number


class _Run:
    """Some entries in a row, with all that the database has to say of them, fetched at once."""

    def __init__(self, entries: Sequence[LedgerEntry]) -> None:
        self.entries = entries
        numbers = [entry.number for entry in entries]
        keys = [position(node) for number in numbers for node in _completed_by(number)]
        nodes = LedgerNode.objects.filter(position__in=keys)
        self.nodes = dict(nodes.values_list("position", "hash"))
        checkpoints = Checkpoint.objects.filter(size__gt=numbers[0], size__lte=numbers[-1] + 1)
        self.checkpoints = {checkpoint.size: checkpoint for checkpoint in checkpoints}
        self.matches = Matches(entries)

    def check(self, frontier: Frontier) -> None:
        """Takes the entries into `frontier`; raises LedgerBroken at the first wrong one."""
        for entry in self.entries:
            if entry.number != frontier.size:
                raise LedgerBroken(frontier.size, "the entry is missing")
            fault = self._fault(entry, frontier)
            if fault:
                raise LedgerBroken(entry.number, fault)

    def _fault(self, entry: LedgerEntry, frontier: Frontier) -> str:
        fault, data = _read(entry)
        if fault:
            return fault
        for node, value in frontier.append(bytes.fromhex(entry.leaf)):
            stored = self.nodes.get(position(node))
            if stored != value.hex():
                return f"node {node.level}/{node.place} is " + ("another" if stored else "missing")
        checkpoint = self.checkpoints.get(frontier.size)
        fault = _fault_of_checkpoint(checkpoint, frontier.root()) if checkpoint else ""
        return fault or self.matches.fault(entry, data)


def _completed_by(number: int) -> list[Node]:
    """The subtrees that an entry completes, the lowest first."""
    return [Node(node.level + 1, node.place >> 1) for node in siblings_of(number)]


def _read(entry: LedgerEntry) -> tuple[str, Mapping[str, Any]]:
    """What is wrong with an entry in itself (or nothing), and the public data in its payload."""
    payload = bytes(entry.payload)
    if leaf_hash(payload).hex() != entry.leaf:
        return "the leaf is not the hash of the payload", {}
    try:
        told = canonical_json(payload)
        if not isinstance(told, dict) or told.keys() != PAYLOAD_KEYS:
            return "the payload has not the parts that it must have", {}
        columns = {
            "version": VERSION,
            "number": entry.number,
            "kind": entry.kind,
            "subject": entry.subject,
            "actor": actor_hash(entry.salt, entry.actor),
            "private": private_hash(entry.salt, entry.private),
        }
        differing = [name for name, value in columns.items() if told[name] != value]
        if moment(told["at"]) != entry.at:
            differing.append("at")
    except (EvidenceError, TypeError, ValueError) as error:
        return f"the payload cannot be read: {error}", {}
    if differing:
        return f"the payload is not what the row says in: {', '.join(differing)}", {}
    if not isinstance(told["data"], dict):
        return "the payload's data are no object", {}
    return "", told["data"]


def _fault_of_checkpoint(checkpoint: Checkpoint, root: bytes) -> str:
    """What is wrong with a checkpoint over the entries up to here, whose root is `root`."""
    if checkpoint.root != root.hex():
        return f"the checkpoint over {checkpoint.size} entries has another root"
    try:
        head = open_own_note(checkpoint.note)
    except EvidenceError as error:
        return f"the checkpoint over {checkpoint.size} entries: {error}"
    if (head.size, head.root, head.time) != (checkpoint.size, root, checkpoint.made_at):
        return f"the checkpoint over {checkpoint.size} entries is not what its note says"
    return ""


def _require_nothing_beyond(size: int) -> None:
    """Raises LedgerBroken for a checkpoint or a node of more entries than there are."""
    checkpoint = Checkpoint.objects.exclude(size__range=(1, size)).order_by("size").first()
    if checkpoint is not None:
        raise LedgerBroken(
            size, f"the tail was cut off: a checkpoint is over {checkpoint.size} entries"
        )
    if LedgerNode.objects.count() == size - size.bit_count():
        return  # every node that belongs there was found, so there is no other
    # The key has no room for more levels.
    for level in range((1 << (63 - LedgerNode.LEVEL_SHIFT)) - 1):
        first = position(Node(level, size >> level if level else 0))
        extra = LedgerNode.objects.filter(
            position__gte=first, position__lt=position(Node(level + 1, 0))
        ).first()
        if extra is not None:
            raise LedgerBroken(size, f"node {extra} belongs to no entry that is there")
    raise LedgerBroken(size, "there is a node that belongs to no entry")
