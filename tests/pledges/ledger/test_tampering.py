"""Twelve kinds of tampering by a superuser who takes the triggers away: each is found, and where.

The thirteenth thing is that nothing is found where nothing was tampered with.
"""

import hashlib
import json

import pytest
import rfc8785
from django.utils import timezone

from pledges import ledger
from pledges.exceptions import LedgerBroken
from pledges.ledger.entries import columns
from pledges.ledger.shape import Frontier, Node
from pledges.ledger.tree import position
from pledges.models import (
    Checkpoint,
    EntryKind,
    LedgerEntry,
    LedgerNode,
    Level,
    Signature,
)
from pledges.verify import leaf_hash
from tests.factories import PledgeFactory, SignatureFactory

from .conftest import append_some, clear_ledger, unguarded

pytestmark = pytest.mark.django_db

SIGNED_AT = 9  # the number of the entry that tells of the signature
SIZE = 23


@pytest.fixture
def kept():
    """The note of a checkpoint that somebody outside keeps, over 16 of the 23 entries."""
    clear_ledger()
    ledger.append(kind=EntryKind.OUTLINE_PUBLISHED, by=None, subject="outline:1")
    append_some(SIGNED_AT - 2)
    SignatureFactory()  # and, before it, the acceptance of the agreement
    append_some(6)
    note = ledger.make_checkpoint().note
    append_some(SIZE - ledger.size())
    assert ledger.size() == SIZE
    return note


def tell_again(signature):
    entry = LedgerEntry.objects.get(subject=f"pledge:{signature.pledge_id}")
    return ledger.append(
        kind=EntryKind.PLEDGE_SIGNED,
        by=signature.pledge.signer,
        subject=entry.subject,
        data=json.loads(bytes(entry.payload))["data"],
    )


def rewrite(number, /, **values):
    LedgerEntry.objects.filter(number=number).update(**values)


def payload_of(number):
    return json.loads(bytes(LedgerEntry.objects.get(number=number).payload))


def repaint(number, /, **values):
    """Another payload with its own leaf, its columns to match: all of the row is plausible."""
    payload = rfc8785.dumps({**payload_of(number), **values})
    rewrite(number, payload=payload, leaf=leaf_hash(payload).hex())


def rebuild(entries):
    """The whole ledger anew from these rows: every hash of it right."""
    clear_ledger()
    frontier = Frontier()
    with unguarded():
        for entry in entries:
            told = json.loads(bytes(entry.payload))
            row = columns(
                number=frontier.size,
                at=entry.at,
                kind=EntryKind(entry.kind),
                actor=entry.actor,
                subject=entry.subject,
                data=told["data"],
                private=entry.private,
            )
            LedgerEntry.objects.create(**row)
            for node, value in frontier.append(bytes.fromhex(row["leaf"])):
                LedgerNode.objects.create(position=position(node), hash=value.hex())


# Each tampers, and gives the number of the entry where that shows first (None: at no entry).


def entry_changed():
    rewrite(5, private={"address": "192.0.2.9"})
    return 5


def entry_given_to_another_actor():
    rewrite(SIGNED_AT, actor="G99999")
    return SIGNED_AT


def entry_dropped_from_the_middle():
    LedgerEntry.objects.filter(number=7).delete()
    return 7


def tail_cut():
    LedgerEntry.objects.filter(number__gte=12).delete()
    for node in LedgerNode.objects.all():
        level, place = node.position >> 56, node.position & (1 << 56) - 1
        if (place + 1) << level > 12:
            node.delete()
    return 12


def entry_inserted():
    for entry in LedgerEntry.objects.filter(number__gte=6).order_by("-number"):
        rewrite(entry.number, number=entry.number + 1)
    row = columns(
        number=6,
        at=timezone.now(),
        kind=EntryKind.LOGIN,
        actor="",
        subject="",
        data={},
        private={},
    )
    LedgerEntry.objects.create(**row)
    return 7  # the first whose payload has another number than its row


def entries_reordered():
    rewrite(3, number=1000)
    rewrite(4, number=3)
    rewrite(1000, number=4)
    return 3


def payload_hashed_anew():
    repaint(5, subject="meeting:another")
    rewrite(5, subject="meeting:another")
    return 5  # an odd number completes a node, and that is another now


def node_changed():
    LedgerNode.objects.filter(position=position(Node(2, 1))).update(hash="0" * 64)
    return 7


def node_dropped():
    LedgerNode.objects.filter(position=position(Node(3, 0))).delete()
    return 7


def node_added():
    LedgerNode.objects.create(position=position(Node(5, 0)), hash="0" * 64)
    return SIZE


def checkpoint_changed():
    Checkpoint.objects.update(root="0" * 64)
    return 15


def note_of_the_checkpoint_changed():
    checkpoint = Checkpoint.objects.get()
    Checkpoint.objects.update(note=checkpoint.note.replace("\n16\n", "\n15\n"))
    return 15


def signature_without_entry():
    SignatureFactory.build(pledge=PledgeFactory(drafted=True)).save()


def entry_for_a_digest_nobody_signed():
    pledge = PledgeFactory()
    data = {"digest": "0" * 64, "level": "password", "key": None, "signed_at": "now"}
    ledger.append(
        kind=EntryKind.PLEDGE_SIGNED, by=pledge.signer, subject=f"pledge:{pledge.pk}", data=data
    )
    return SIZE


def signature_taken_away():
    Signature.objects.all().delete()
    return SIGNED_AT


def manifest_exchanged():
    Signature.objects.update(manifest=b'{"pledge":"another"}')
    return SIGNED_AT


def signature_exchanged_with_its_digest():
    manifest = b'{"pledge":"another"}'
    digest = hashlib.sha256(b"liantan-pledge-v1\n" + manifest).hexdigest()
    Signature.objects.update(manifest=manifest, digest=digest)
    return SIGNED_AT


def level_raised():
    Signature.objects.update(level=Level.KEY)
    return SIGNED_AT


def signature_told_twice():
    tell_again(Signature.objects.get())
    return SIZE


@pytest.mark.parametrize(
    "tamper",
    [
        entry_changed,
        entry_given_to_another_actor,
        entry_dropped_from_the_middle,
        tail_cut,
        entry_inserted,
        entries_reordered,
        payload_hashed_anew,
        node_changed,
        node_dropped,
        node_added,
        checkpoint_changed,
        note_of_the_checkpoint_changed,
        signature_without_entry,
        entry_for_a_digest_nobody_signed,
        signature_taken_away,
        manifest_exchanged,
        signature_exchanged_with_its_digest,
        level_raised,
        signature_told_twice,
    ],
)
def test_checking_finds(tamper, kept):
    ledger.verify()
    with unguarded():
        place = tamper()
    with pytest.raises(LedgerBroken) as broken:
        ledger.verify()
    assert broken.value.number == place
    assert broken.value.what


def rewritten_whole():
    """An entry is changed, and everything computed anew, the checkpoint gone."""
    entries = list(LedgerEntry.objects.exclude(kind=EntryKind.CHECKPOINT_MADE))
    entries[5].private = {"address": "192.0.2.9"}
    rebuild(entries)


def rewritten_whole_and_signed_anew():
    """The same by somebody who holds the unit's key as well."""
    entries = list(LedgerEntry.objects.exclude(kind=EntryKind.CHECKPOINT_MADE))
    rebuild(entries[:12])
    ledger.make_checkpoint()
    append_some(10)


def tail_cut_without_a_trace():
    rebuild(list(LedgerEntry.objects.filter(number__lt=12)))


@pytest.mark.parametrize(
    "tamper", [rewritten_whole, rewritten_whole_and_signed_anew, tail_cut_without_a_trace]
)
def test_what_was_rewritten_whole_is_found_by_an_older_note(tamper, kept):
    ledger.check_note(kept)
    with unguarded():
        tamper()
    ledger.verify()  # nothing within is wrong: that is why checkpoints are given away
    with pytest.raises(LedgerBroken):
        ledger.check_note(kept)


def test_nothing_is_found_in_a_good_ledger(kept):
    for _ in range(3):
        SignatureFactory()
        ledger.make_checkpoint()
        append_some(5)
        assert ledger.verify().entries == ledger.size()
    assert ledger.check_note(kept).size == 16


def test_nothing_is_found_over_several_runs_of_rows(kept, monkeypatch):
    """More rows than are in memory at once."""
    monkeypatch.setattr("pledges.ledger.checking.CHUNK", 4)
    monkeypatch.setattr("pledges.ledger.matching.CHUNK", 2)
    for _ in range(5):
        SignatureFactory()
    ledger.make_checkpoint()
    assert ledger.verify().evidence["pledge_signed"] == 6
    with unguarded():
        signature_without_entry()
    with pytest.raises(LedgerBroken, match="no entry pledge_signed"):
        ledger.verify()
