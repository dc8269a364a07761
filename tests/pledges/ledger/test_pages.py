"""The ledger's public pages: for anybody, without a name on them, with proofs that hold."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from pledges import ledger
from pledges.ledger.notes import public_key, verifier_key
from pledges.models import EntryKind, LedgerEntry
from pledges.verify import leaf_hash, open_note, verify_consistency, verify_inclusion
from tests.factories import CadreFactory

from .conftest import append_some

pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger():
    client = Client()
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def actor():
    return CadreFactory(name="欧阳文澜", staff_number="G00417")


@pytest.fixture
def entry(actor):
    made = ledger.append(
        kind=EntryKind.PLEDGE_OPENED,
        by=actor,
        subject="pledge:00000000-0000-0000-0000-000000000000",
        private={"address": "192.0.2.77"},
    )
    append_some(4)
    return made


def proof_of(said):
    return [bytes.fromhex(part) for part in said["proof"]]


def test_checkpoints_are_listed_with_the_key_the_newest_first(stranger, entry):
    first = ledger.make_checkpoint()
    append_some(2)
    second = ledger.make_checkpoint()
    page = stranger.get(reverse("pledges:checkpoints")).content.decode()
    assert page.index(second.root[:16]) < page.index(first.root[:16])
    assert verifier_key().replace("+", "&#x2B;") in page or verifier_key() in page
    assert "This is a trial" in page


def test_checkpoints_say_nothing_of_a_trial_in_a_deployment(stranger, entry, settings):
    ledger.make_checkpoint()
    settings.TRIAL = False
    page = stranger.get(reverse("pledges:checkpoints")).content.decode()
    assert "This is a trial" not in page


def test_checkpoints_before_the_first_say_so(stranger):
    page = stranger.get(reverse("pledges:checkpoints")).content.decode()
    assert "No checkpoint has been made yet." in page


def test_checkpoints_come_in_pages(stranger, monkeypatch):
    monkeypatch.setattr("pledges.views.ledger.PAGE_SIZE", 2)
    made = []
    for _ in range(3):
        append_some(1)
        made.append(ledger.make_checkpoint())
    first = stranger.get(reverse("pledges:checkpoints")).content.decode()
    second = stranger.get(reverse("pledges:checkpoints"), {"page": 2}).content.decode()
    assert made[0].root[:16] not in first
    assert made[0].root[:16] in second


def test_note_is_a_file_that_opens_with_the_key(stranger, entry, settings):
    checkpoint = ledger.make_checkpoint()
    answer = stranger.get(reverse("pledges:checkpoint_note", args=[checkpoint.size]))
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    head = open_note(answer.content.decode(), settings.LEDGER_NAME, public_key())
    assert head.size == checkpoint.size


def test_page_of_an_entry_shows_what_is_hashed_and_nobody(stranger, entry, actor):
    page = stranger.get(reverse("pledges:entry", args=[entry.number])).content.decode()
    assert entry.leaf in page
    assert "pledge:00000000-0000-0000-0000-000000000000" in page
    for secret in (actor.name, actor.staff_number, "192.0.2.77", entry.salt):
        assert secret not in page


def test_proof_of_an_entry_holds_and_names_nobody(stranger, entry, actor):
    checkpoint = ledger.make_checkpoint()
    answer = stranger.get(reverse("pledges:inclusion", args=[entry.number]))
    said = json.loads(answer.content)
    assert said["checkpoint"] == checkpoint.note
    assert verify_inclusion(
        leaf=leaf_hash(said["payload"].encode()),
        number=entry.number,
        size=said["size"],
        proof=proof_of(said),
        root=bytes.fromhex(checkpoint.root),
    )
    for secret in (actor.name, actor.staff_number, "192.0.2.77", entry.salt):
        assert secret not in answer.content.decode()


def test_proof_in_an_earlier_tree_holds(stranger, entry):
    size = entry.number + 2
    said = stranger.get(reverse("pledges:inclusion", args=[entry.number]), {"size": size}).json()
    assert (said["size"], said["root"]) == (size, ledger.root(size).hex())


def test_proof_of_consistency_holds(stranger, entry):
    old = ledger.make_checkpoint()
    append_some(5)
    new = ledger.make_checkpoint()
    said = stranger.get(reverse("pledges:consistency"), {"old": old.size, "new": new.size}).json()
    assert (said["old"]["checkpoint"], said["new"]["checkpoint"]) == (old.note, new.note)
    assert verify_consistency(
        old_size=old.size,
        old_root=bytes.fromhex(old.root),
        new_size=new.size,
        new_root=bytes.fromhex(new.root),
        proof=proof_of(said),
    )


@pytest.mark.parametrize(
    "address",
    [
        "checkpoints/99.txt",
        f"checkpoints/{10**30}.txt",
        "ledger/99/",
        f"ledger/{10**30}/",
        "ledger/99/proof/",
        f"ledger/{10**30}/proof/",
        "ledger/1/proof/?size=1",
        "ledger/1/proof/?size=99",
        "ledger/1/proof/?size=x",
        "ledger/1/proof/?size=-1",
        "ledger/1/proof/?size=",
        f"ledger/1/proof/?size={10**30}",
        "ledger/consistency/",
        "ledger/consistency/?old=1",
        "ledger/consistency/?old=3&new=2",
        "ledger/consistency/?old=3&new=99",
        "ledger/consistency/?old=٣&new=4",
        f"ledger/consistency/?old=1&new={10**30}",
    ],
)
def test_what_is_not_there_is_not_found(stranger, entry, address):
    assert stranger.get(f"/pledges/{address}").status_code == 404


def test_pages_are_only_read(stranger, entry):
    ledger.make_checkpoint()
    before = LedgerEntry.objects.count()
    for name, arguments in [("checkpoints", []), ("entry", [1]), ("inclusion", [1])]:
        assert stranger.post(reverse(f"pledges:{name}", args=arguments)).status_code == 405
    assert LedgerEntry.objects.count() == before
