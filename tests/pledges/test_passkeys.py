"""Keys of one's own: who enrols, what is refused, giving one up. With a software authenticator."""

import hashlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone
from fido2 import cbor
from fido2.cose import ES256, ES384

from pledges.exceptions import (
    EnrolmentExpired,
    KeyRefused,
    KeyTaken,
    NotTheSigner,
    TooManyKeys,
    UserNotVerified,
    WrongPassword,
)
from pledges.models import EntryKind, KeyRemoval, LedgerEntry, SigningKey
from pledges.passkeys import (
    assertion_options,
    begin_enrolment,
    creation_options,
    enrol_key,
    enrolling,
    may_sign_at,
    recent_changes,
    remove_key,
    signing_address,
)
from tests.factories import PASSWORD, CadreFactory

from .authenticator import AT, ED, UP, UV, Authenticator, enrol

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db):
    return CadreFactory(email="wenlan@example.org")


def keep(owner, enrolment, answer, **changes):
    arguments = {"by": owner, "enrolment": enrolment, "label": "手机", "address": None}
    return enrol_key(**{**arguments, "browser": "", **answer, **changes})


# Enrolling ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "private",
    [
        ec.generate_private_key(ec.SECP256R1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["ES256", "EdDSA", "RS256"],
)
def test_key_is_kept_with_the_raw_evidence_of_its_enrolment(owner, private):
    device = Authenticator(private=private, count=7)
    enrolment = begin_enrolment(by=owner, password=PASSWORD)
    answer = device.create(enrolment.challenge)
    key = keep(owner, enrolment, answer, address="192.0.2.7", browser="B" * 400)
    stored = SigningKey.objects.get()
    assert stored == key
    assert bytes(stored.public_key) == cbor.encode(dict(device.cose))
    assert stored.fingerprint == hashlib.sha256(bytes(stored.public_key)).hexdigest()
    assert bytes(stored.attestation) == answer["attestation"]
    assert bytes(stored.client_data) == answer["client_data"]
    assert (stored.rp_id, stored.sign_count, stored.synced) == ("localhost", 7, False)
    assert (stored.address, stored.browser) == ("192.0.2.7", "B" * 300)
    assert stored.is_live


def test_key_that_may_be_copied_is_kept_as_such(owner):
    assert enrol(owner, Authenticator(synced=True)).synced


def test_enrolment_is_told_to_the_ledger(owner):
    key = enrol(owner, Authenticator())
    entry = LedgerEntry.objects.get(kind=EntryKind.KEY_ENROLLED)
    assert entry.subject == f"key:{key.fingerprint}"
    assert entry.actor == owner.staff_number
    assert b'"data":{"rp_id":"localhost","synced":false}' in bytes(entry.payload)


def test_enrolment_that_the_ledger_does_not_take_keeps_no_key(owner, monkeypatch):
    def refuse(**entry):
        raise RuntimeError("the ledger is not there")

    monkeypatch.setattr(enrolling.ledger, "append", refuse)
    with pytest.raises(RuntimeError):
        enrol(owner, Authenticator())
    assert not SigningKey.objects.exists()


def test_enrolment_and_removal_are_mailed_to_the_owner(owner, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        key = enrol(owner, Authenticator())
    with django_capture_on_commit_callbacks(execute=True):
        remove_key(by=owner, key=key, password=PASSWORD, lost=True)
    assert [message.to for message in mail.outbox] == [[owner.email]] * 2
    assert all(key.short_fingerprint in message.body for message in mail.outbox)
    assert "登记" in mail.outbox[0].subject
    assert "注销" in mail.outbox[1].subject


def test_owner_without_an_address_gets_no_mail(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        enrol(CadreFactory(email=""), Authenticator())
    assert not mail.outbox


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " "])
def test_enrolment_wants_the_password(owner, password):
    with pytest.raises(WrongPassword):
        begin_enrolment(by=owner, password=password)


def test_password_of_another_begins_no_enrolment(owner):
    CadreFactory(password="Another-2026")
    with pytest.raises(WrongPassword):
        begin_enrolment(by=owner, password="Another-2026")


def test_enrolment_begun_by_one_is_no_good_for_another(owner):
    enrolment = begin_enrolment(by=owner, password=PASSWORD)
    with pytest.raises(EnrolmentExpired):
        keep(CadreFactory(), enrolment, Authenticator().create(enrolment.challenge))


@pytest.mark.parametrize("seconds", [301, -10])
def test_enrolment_is_good_for_five_minutes(owner, seconds):
    enrolment = begin_enrolment(by=owner, password=PASSWORD)
    stale = replace(enrolment, begun_at=enrolment.begun_at - seconds)
    with pytest.raises(EnrolmentExpired):
        keep(owner, stale, Authenticator().create(enrolment.challenge))


def test_enrolment_by_an_account_that_was_closed_is_refused(owner):
    enrolment = begin_enrolment(by=owner, password=PASSWORD)
    type(owner).objects.filter(pk=owner.pk).update(is_active=False)
    with pytest.raises(NotTheSigner):
        keep(owner, enrolment, Authenticator().create(enrolment.challenge))


@pytest.mark.parametrize("flags", [UP | AT, UV | AT, AT])
def test_key_made_without_a_verified_person_is_refused(owner, flags):
    with pytest.raises(KeyRefused) as caught:
        enrol(owner, Authenticator(), flags=flags)
    assert isinstance(caught.value, UserNotVerified) == (flags == UP | AT)
    assert not SigningKey.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://liantan.example.org"},
        {"origin": "http://localhost:9999"},
        {"rp_id": "example.org"},
        {"kind": "webauthn.get"},
        {"cross_origin": True},
        {"flags": UP | UV},
        {"flags": UP | UV | AT | ED},
    ],
)
def test_key_made_elsewhere_or_for_something_else_is_refused(owner, wrong):
    with pytest.raises(KeyRefused):
        enrol(owner, Authenticator(), **wrong)
    assert not SigningKey.objects.exists()


def test_key_made_for_another_challenge_is_refused(owner):
    first, second = (begin_enrolment(by=owner, password=PASSWORD) for _ in range(2))
    assert first.challenge != second.challenge
    with pytest.raises(KeyRefused):
        keep(owner, second, Authenticator().create(first.challenge))


def not_a_point():
    good = dict(Authenticator().cose)
    return ES256({**good, -2: b"\1" * 32})


def with_more_in_it():
    return ES256({**dict(Authenticator().cose), 4: [2]})


@pytest.mark.parametrize(
    "public_key",
    [
        ES384.from_cryptography_key(ec.generate_private_key(ec.SECP384R1()).public_key()),
        not_a_point(),
        with_more_in_it(),
        Authenticator(private=rsa.generate_private_key(65537, 1024)).cose,  # noqa: S505
    ],
    ids=["another algorithm", "not a point", "more than a key", "a short RSA key"],
)
def test_unsound_key_is_refused(owner, public_key):
    with pytest.raises(KeyRefused):
        enrol(owner, Authenticator(), public_key=public_key)


def test_key_in_another_encoding_is_refused(owner):
    """So that one key cannot stand there twice with two fingerprints."""
    device = Authenticator()
    enrolment = begin_enrolment(by=owner, password=PASSWORD)
    answer = device.create(enrolment.challenge)
    # kty in two bytes instead of one.
    shape = cbor.encode(dict(device.cose))
    longer = shape[:1] + b"\x18\x01" + shape[2:]
    attestation = cbor.decode(answer["attestation"])
    attestation["authData"] = attestation["authData"].replace(shape, longer)
    assert cbor.decode(longer) == dict(device.cose)
    with pytest.raises(KeyRefused):
        keep(owner, enrolment, {**answer, "attestation": cbor.encode(attestation)})


@pytest.mark.parametrize("junk", [b"", b"\xff" * 40, b"\xa0", b"{}", b'{"type":1}', b"[1]"])
def test_junk_is_no_key(owner, junk):
    enrolment = begin_enrolment(by=owner, password=PASSWORD)
    answer = Authenticator().create(enrolment.challenge)
    for part in ("attestation", "client_data"):
        with pytest.raises(KeyRefused):
            keep(owner, enrolment, {**answer, part: junk})


def test_key_of_another_is_refused(owner):
    device = Authenticator()
    enrol(CadreFactory(), device)
    with pytest.raises(KeyTaken):
        enrol(owner, device)
    assert SigningKey.objects.count() == 1


def test_public_key_of_another_under_another_id_is_refused(owner):
    device = Authenticator()
    enrol(CadreFactory(), device)
    device.credential_id = b"another id 12345"
    with pytest.raises(KeyTaken):
        enrol(owner, device)


def test_key_is_enrolled_once_even_after_its_removal(owner):
    device = Authenticator()
    key = enrol(owner, device)
    remove_key(by=owner, key=key, password=PASSWORD, lost=False)
    with pytest.raises(KeyTaken):
        enrol(owner, device)


def test_keys_of_one_person_have_a_limit(owner, monkeypatch):
    monkeypatch.setattr(enrolling, "MOST_KEYS", 1)
    enrolment = begin_enrolment(by=owner, password=PASSWORD)
    enrol(owner, Authenticator())
    with pytest.raises(TooManyKeys):
        begin_enrolment(by=owner, password=PASSWORD)
    with pytest.raises(TooManyKeys):
        keep(owner, enrolment, Authenticator().create(enrolment.challenge))


def test_browser_is_asked_for_a_verified_key_that_is_not_there_yet(owner):
    live, removed = (enrol(owner, Authenticator()) for _ in range(2))
    remove_key(by=owner, key=removed, password=PASSWORD, lost=True)
    enrol(CadreFactory(), Authenticator())
    enrolment = begin_enrolment(by=owner, password=PASSWORD)
    options = creation_options(by=owner, enrolment=enrolment)
    assert options["rp"]["id"] == "localhost"
    assert options["challenge"] == enrolment.challenge
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    assert [kind["alg"] for kind in options["pubKeyCredParams"]] == [-7, -8, -257]
    assert [key["id"] for key in options["excludeCredentials"]] == [live.credential_id]
    assert owner.staff_number not in options["user"]["id"]


# Giving up ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [True, False])
def test_removed_key_stays_with_its_removal(owner, lost):
    key = enrol(owner, Authenticator())
    removal = remove_key(by=owner, key=key, password=PASSWORD, lost=lost)
    assert KeyRemoval.objects.get() == removal
    assert removal.lost is lost
    assert not SigningKey.objects.live().exists()
    entry = LedgerEntry.objects.get(kind=EntryKind.KEY_REMOVED)
    assert entry.subject == f"key:{key.fingerprint}"
    assert entry.private == {"lost": lost}


def test_removing_twice_is_removing_once(owner):
    key = enrol(owner, Authenticator())
    first = remove_key(by=owner, key=key, password=PASSWORD, lost=True)
    assert remove_key(by=owner, key=key, password=PASSWORD, lost=False) == first
    assert LedgerEntry.objects.filter(kind=EntryKind.KEY_REMOVED).count() == 1


def test_nobody_removes_a_key_for_another(owner):
    key = enrol(owner, Authenticator())
    for by in (CadreFactory(), CadreFactory(is_superuser=True, is_staff=True)):
        with pytest.raises(NotTheSigner):
            remove_key(by=by, key=key, password=PASSWORD, lost=True)
    assert key.is_live


def test_removal_wants_the_password_of_this_very_person(owner):
    key = enrol(owner, Authenticator())
    CadreFactory(password="Another-2026")
    with pytest.raises(WrongPassword):
        remove_key(by=owner, key=key, password="Another-2026", lost=True)
    assert not KeyRemoval.objects.exists()


def test_key_cannot_be_given_to_another(owner):
    enrol(owner, Authenticator())
    for change in ({"owner": CadreFactory()}, {"rp_id": "example.org"}, {"sign_count": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SigningKey.objects.update(**change)
    assert SigningKey.objects.get().owner == owner


# What the owner is told, and where keys work ----------------------------------------------------


def test_owner_is_told_of_changes_for_a_fortnight(owner, monkeypatch):
    key = enrol(owner, Authenticator())
    enrol(CadreFactory(), Authenticator())
    assert recent_changes(owner) == [key]
    later = timezone.now() + timezone.timedelta(days=15)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert recent_changes(owner) == []
    remove_key(by=owner, key=key, password=PASSWORD, lost=True)
    assert recent_changes(owner) == [key]


@pytest.mark.parametrize(
    ("origins", "rp_id", "origin", "good"),
    [
        (["https://liantan.example.org"], "liantan.example.org", "https://liantan.example.org", 1),
        (["https://liantan.example.org"], "example.org", "https://liantan.example.org", 1),
        (["http://localhost:8000"], "localhost", "http://localhost:8000", 1),
        (["http://localhost:8000"], "localhost", "http://localhost:8001", 0),
        (["http://liantan.example.org"], "liantan.example.org", "http://liantan.example.org", 0),
        (["https://192.0.2.1"], "192.0.2.1", "https://192.0.2.1", 0),
        (["http://127.0.0.1:8000"], "127.0.0.1", "http://127.0.0.1:8000", 0),
        (["https://liantan.example.org"], "liantan.example.org", "https://example.org", 0),
    ],
)
def test_keys_work_at_our_secure_addresses_with_a_name(settings, origins, rp_id, origin, good):
    settings.SIGNING_ORIGINS, settings.RP_ID = origins, rp_id
    assert may_sign_at(origin) == bool(good)
    assert (signing_address() == origin) == bool(good)


def test_installation_without_a_name_has_no_address_for_keys(settings):
    settings.SIGNING_ORIGINS, settings.RP_ID = ["http://192.0.2.1"], "192.0.2.1"
    assert signing_address() == ""


def test_key_bound_to_another_name_is_not_asked_for(owner, settings):
    enrol(owner, Authenticator())
    settings.RP_ID = "liantan.example.org"
    assert assertion_options(by=owner, digest="0" * 64) is None
