"""Checkpoints: signed notes that anybody can open, and the key that signs them."""

import base64
import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.core.exceptions import ImproperlyConfigured

from pledges import ledger
from pledges.checks import check_ledger_key
from pledges.exceptions import LedgerBroken
from pledges.ledger.notes import ledger_key, public_key, verifier_key, write_note
from pledges.models import Checkpoint, EntryKind, LedgerEntry
from pledges.verify import EvidenceError, open_note
from tests.factories import MORNING

from .conftest import append_some, clear_ledger

pytestmark = pytest.mark.django_db


def test_checkpoint_is_a_signed_note_over_the_tree(settings):
    append_some(4)
    size, root = ledger.size(), ledger.root(ledger.size())
    checkpoint = ledger.make_checkpoint()
    assert (checkpoint.size, checkpoint.root) == (size, root.hex())
    head = open_note(checkpoint.note, settings.LEDGER_NAME, public_key())
    assert (head.size, head.root, head.time) == (size, root, checkpoint.made_at)


def test_note_has_the_form_of_signed_notes(settings):
    settings.LEDGER_NAME = "talk.example/ledger"
    text, signature = write_note(7, b"\7" * 32, MORNING).split("\n\n")
    assert text == (
        "talk.example/ledger\n7\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n"
        "time 2026-03-05T09:05:00.000000+08:00"
    )
    assert signature.startswith("— talk.example/ledger ")
    raw = base64.b64decode(signature.removeprefix("— talk.example/ledger ").rstrip("\n"))
    hint = hashlib.sha256(b"talk.example/ledger\n\x01" + public_key()).digest()[:4]
    assert raw[:4] == hint
    ledger_key().public_key().verify(raw[4:], f"{text}\n".encode())
    name, key_hash, key = verifier_key().split("+", 2)
    assert (name, key_hash) == ("talk.example/ledger", hint.hex())
    assert base64.b64decode(key) == b"\x01" + public_key()


def test_checkpoint_is_told_as_the_next_entry():
    append_some(1)
    checkpoint = ledger.make_checkpoint()
    entry = LedgerEntry.objects.get(number=checkpoint.size)
    assert (entry.kind, entry.subject) == (
        EntryKind.CHECKPOINT_MADE,
        f"checkpoint:{checkpoint.size}",
    )


def test_checkpoint_without_anything_new_is_the_same_one():
    append_some(1)
    first = ledger.make_checkpoint()
    assert ledger.make_checkpoint() == first
    append_some(1)
    assert ledger.make_checkpoint().size == first.size + 2
    assert ledger.newest_checkpoint().size == first.size + 2


def test_checkpoint_of_nothing_is_refused():
    clear_ledger()
    assert ledger.newest_checkpoint() is None
    with pytest.raises(ValueError, match="empty"):
        ledger.make_checkpoint()


def test_note_that_somebody_kept_is_confirmed_later_under_another_name(settings):
    append_some(3)
    note = ledger.make_checkpoint().note
    append_some(30)
    settings.LEDGER_NAME = "moved.example/ledger"
    assert ledger.check_note(note).size == Checkpoint.objects.get().size
    ledger.make_checkpoint()
    ledger.verify()


def test_note_of_a_ledger_that_went_another_way_is_found():
    append_some(3)
    note = ledger.make_checkpoint().note
    clear_ledger()
    append_some(30)
    with pytest.raises(LedgerBroken, match="not those"):
        ledger.check_note(note)


def test_note_of_a_longer_ledger_is_found():
    append_some(5)
    note = ledger.make_checkpoint().note
    clear_ledger()
    append_some(2)
    with pytest.raises(LedgerBroken, match="cut off") as broken:
        ledger.check_note(note)
    assert broken.value.number == 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: note.replace("\n5\n", "\n6\n"),
        lambda note: note[:-10] + "A" + note[-9:],
        lambda note: note + "more\n",
        lambda note: "",
    ],
)
def test_note_that_the_key_did_not_sign_is_refused(spoil):
    append_some(5 - ledger.size())
    note = ledger.make_checkpoint().note
    with pytest.raises(EvidenceError):
        ledger.check_note(spoil(note))


def test_note_signed_with_another_key_is_found(settings, tmp_path):
    append_some(1)
    ledger.make_checkpoint()
    settings.LEDGER_KEY_FILE = tmp_path / "other.pem"
    with pytest.raises(LedgerBroken, match="not signed with the ledger's key"):
        ledger.verify()


def test_trial_makes_a_key_for_its_owner_alone(settings, tmp_path):
    settings.LEDGER_KEY_FILE = tmp_path / "keys" / "ledger.pem"
    first = public_key()
    assert public_key() == first
    assert stat.S_IMODE(settings.LEDGER_KEY_FILE.stat().st_mode) == 0o600
    assert [file.name for file in settings.LEDGER_KEY_FILE.parent.iterdir()] == ["ledger.pem"]


def test_trial_makes_one_key_when_several_ask_at_once(settings, tmp_path):
    settings.LEDGER_KEY_FILE = tmp_path / "keys" / "ledger.pem"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: public_key(), range(8)))
    assert len(keys) == 1


def pem(key, encryption=None):
    encryption = encryption or NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


@pytest.fixture
def deployment(settings, tmp_path):
    """Outside the trial, with a key that is in order."""
    settings.TRIAL = False
    settings.LEDGER_KEY_FILE = tmp_path / "ledger.pem"
    settings.LEDGER_KEY_FILE.write_bytes(pem(ed25519.Ed25519PrivateKey.generate()))
    settings.LEDGER_KEY_FILE.chmod(0o640)
    return settings.LEDGER_KEY_FILE


def test_check_accepts_a_key_in_order(deployment):
    assert check_ledger_key(None) == []


def test_check_says_that_a_key_is_open_to_everybody(deployment):
    deployment.chmod(0o644)
    assert [message.id for message in check_ledger_key(None)] == ["pledges.W001"]


def test_deployment_makes_no_key_of_its_own(deployment):
    deployment.unlink()
    assert [message.id for message in check_ledger_key(None)] == ["pledges.E003"]
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        public_key()
    assert not deployment.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        pem(x25519.X25519PrivateKey.generate()),
        pem(ed25519.Ed25519PrivateKey.generate(), BestAvailableEncryption(b"secret")),
    ],
)
def test_check_says_that_a_file_holds_no_usable_key(deployment, content):
    deployment.write_bytes(content)
    assert [message.id for message in check_ledger_key(None)] == ["pledges.E003"]


def test_check_is_silent_in_the_trial(settings, tmp_path):
    settings.LEDGER_KEY_FILE = tmp_path / "none.pem"
    assert check_ledger_key(None) == []
    assert not settings.LEDGER_KEY_FILE.exists()
