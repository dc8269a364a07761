"""The ledger: one append-only log of all that makes evidence, as a Merkle tree (RFC 6962).

`entries` appends, `tree` proves, `checkpoints` signs the head, `checking` recomputes everything.
What the rows hold is said in `pledges.models.ledger`; why it is so, in docs/decisions/ledger.md.
"""

from .checking import Summary, verify
from .checkpoints import check_note, make_checkpoint, newest_checkpoint
from .entries import append
from .tree import prove_consistency, prove_inclusion, root, size

__all__ = [
    "Summary",
    "append",
    "check_note",
    "make_checkpoint",
    "newest_checkpoint",
    "prove_consistency",
    "prove_inclusion",
    "root",
    "size",
    "verify",
]
