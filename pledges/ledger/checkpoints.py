"""Checkpoints: the tree's size and root at a time, signed, so that others can hold us to it."""

from django.db import transaction
from django.utils import timezone

from ..exceptions import LedgerBroken
from ..models import Checkpoint, EntryKind
from ..verify import Head, open_note
from .entries import append, lock_head
from .notes import name_in, public_key, write_note
from .tree import root, size


@transaction.atomic
def make_checkpoint() -> Checkpoint:
    """A checkpoint of everything up to now, kept, and told as the ledger's next entry.

    When nothing was appended since the newest one but that entry, it is given again. Queues for
    the ledger as `append` does, so it comes last in a transaction too.
    Raises ValueError while the ledger is empty, ImproperlyConfigured without a key.
    """
    number, _left = lock_head()
    if not number:
        raise ValueError("an empty ledger has nothing to be held to")
    newest = newest_checkpoint()
    if newest is not None and newest.size + 1 == number:
        return newest
    head, at = root(number), timezone.now()
    checkpoint = Checkpoint(
        size=number, root=head.hex(), note=write_note(number, head, at), made_at=at
    )
    checkpoint.full_clean()
    checkpoint.save(force_insert=True)
    append(
        kind=EntryKind.CHECKPOINT_MADE,
        by=None,
        subject=f"checkpoint:{checkpoint.size}",
        data={"root": checkpoint.root},
    )
    return checkpoint


def newest_checkpoint() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-size").first()


def open_own_note(note: str) -> Head:
    """What a note says that was signed with the unit's key, under whatever name.

    Raises EvidenceError for any other.
    """
    return open_note(note, name_in(note), public_key())


def check_note(note: str) -> Head:
    """Whether today's ledger is an extension of the one in `note`, an older checkpoint that
    somebody kept; gives what the note says.

    Raises EvidenceError when the unit's key did not sign it, LedgerBroken when the ledger was cut
    or rewritten since.
    """
    head = open_own_note(note)
    there = size()
    if head.size > there:
        raise LedgerBroken(there, f"the note tells of {head.size} entries: the tail was cut off")
    if root(head.size) != head.root:
        raise LedgerBroken(
            None, f"the first {head.size} entries are not those that the note was signed for"
        )
    return head
