"""Proofs as JSON, for whoever wants to check them without this server."""

from typing import Any

from ..models import Checkpoint, LedgerEntry
from .checkpoints import newest_checkpoint
from .tree import prove_consistency, prove_inclusion, root, size


def inclusion_json(number: int, at_size: int | None = None) -> dict[str, Any]:
    """The proof that entry `number` is among the first `at_size` ones: up to the newest
    checkpoint that covers it, or today's size, unless said otherwise.

    Raises ValueError unless 0 <= number < size <= today's size.
    """
    if at_size is None:
        at_size = _usual_size(number)
    proof = prove_inclusion(number, at_size)
    entry = LedgerEntry.objects.get(number=number)
    return {
        "number": number,
        "payload": bytes(entry.payload).decode(),
        "leaf": entry.leaf,
        "size": at_size,
        "proof": [part.hex() for part in proof],
        "root": root(at_size).hex(),
        "checkpoint": _note(at_size),
    }


def consistency_json(old: int, new: int) -> dict[str, Any]:
    """The proof that the first `new` entries only add to the first `old` ones.

    Raises ValueError unless 0 <= old <= new <= today's size.
    """
    return {
        "old": {"size": old, "root": root(old).hex(), "checkpoint": _note(old)},
        "new": {"size": new, "root": root(new).hex(), "checkpoint": _note(new)},
        "proof": [part.hex() for part in prove_consistency(old, new)],
    }


def _usual_size(number: int) -> int:
    newest = newest_checkpoint()
    return newest.size if newest is not None and number < newest.size else size()


def _note(at_size: int) -> str | None:
    """The signed note over exactly so many entries, where there is one."""
    return Checkpoint.objects.filter(size=at_size).values_list("note", flat=True).first()
