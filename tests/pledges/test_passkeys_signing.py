"""Signing with a key of one's own: what is kept, and everything that is refused."""

import json
from dataclasses import replace

import pytest
from django.utils import timezone
from fido2.utils import websafe_decode

from pledges import passkeys, signing, verify
from pledges.exceptions import (
    AgreementNotAccepted,
    KeyCopied,
    KeyRefused,
    NotTheSigner,
    OccasionClosed,
    PledgeChanged,
    UserNotVerified,
)
from pledges.models import (
    AgreementAcceptance,
    Assertion,
    EntryKind,
    LedgerEntry,
    Level,
    Signature,
)
from pledges.occasions import close_occasion
from pledges.passkeys import assertion_options, remove_key
from pledges.signing import prepare_pledge, save_draft, sign_pledge, sign_pledge_with_key
from tests.factories import PASSWORD, AgreementFactory, CadreFactory, PledgeFactory

from .authenticator import BE, BS, UP, UV, Authenticator, enrol
from .conftest import complete

pytestmark = pytest.mark.django_db


@pytest.fixture
def device():
    return Authenticator()


@pytest.fixture
def key(device, completed):
    """The signer's key, enrolled before anything is read."""
    return enrol(completed.signer, device)


def digest_of(pledge):
    return prepare_pledge(by=pledge.signer, pledge=pledge).digest


def sign(pledge, assertion, **changes):
    return sign_pledge_with_key(
        **{
            "by": pledge.signer,
            "pledge": pledge,
            "digest_seen": digest_of(pledge),
            "assertion": assertion,
            "address": "192.0.2.7",
            "browser": "Chromium",
            **changes,
        }
    )


def test_key_signs_and_its_assertion_is_kept_raw(completed, device, key):
    prepared = prepare_pledge(by=completed.signer, pledge=completed)
    given = device.sign(prepared.digest)
    signature = sign(completed, given)
    assert (signature.level, signature.digest) == (Level.KEY, prepared.digest)
    assert bytes(Signature.objects.get().manifest) == prepared.manifest
    kept = Assertion.objects.get()
    assert (kept.signature, kept.key) == (signature, key)
    assert bytes(kept.authenticator_data) == given.authenticator_data
    assert bytes(kept.client_data) == given.client_data
    assert bytes(kept.signature_bytes) == given.signature
    assert (kept.sign_count, kept.backed_up) == (1, False)


def test_kept_assertion_holds_for_a_stranger(completed, device, key, settings):
    signature = sign(completed, device.sign(digest_of(completed)))
    kept = Assertion.objects.get()
    verify.check_assertion(
        digest=verify.manifest_digest(bytes(signature.manifest)),
        authenticator_data=bytes(kept.authenticator_data),
        client_data=bytes(kept.client_data),
        signature=bytes(kept.signature_bytes),
        public_key=bytes(kept.key.public_key),
        rp_id=settings.RP_ID,
        origins=settings.SIGNING_ORIGINS,
    )


def test_signature_by_key_is_the_last_entry_of_the_ledger(completed, device, key):
    signature = sign(completed, device.sign(digest_of(completed)))
    entry = LedgerEntry.objects.latest("number")
    assert entry.kind == EntryKind.PLEDGE_SIGNED
    assert entry.subject == f"pledge:{completed.pk}"
    assert entry.actor == completed.signer.staff_number
    zone = timezone.get_default_timezone()
    assert json.loads(bytes(entry.payload))["data"] == {
        "digest": signature.digest,
        "level": "key",
        "key": key.fingerprint,
        "signed_at": signature.signed_at.astimezone(zone).isoformat(timespec="microseconds"),
    }


def test_signature_by_password_names_no_key_in_the_ledger(completed, key):
    sign_pledge(
        by=completed.signer,
        pledge=completed,
        digest_seen=digest_of(completed),
        password=PASSWORD,
        address=None,
        browser="",
    )
    data = json.loads(bytes(LedgerEntry.objects.latest("number").payload))["data"]
    assert (data["level"], data["key"]) == ("password", None)
    assert not Assertion.objects.exists()


def test_signature_that_the_ledger_does_not_take_is_not_there(completed, device, key, monkeypatch):
    def refuse(**entry):
        raise RuntimeError("the ledger is not there")

    given = device.sign(digest_of(completed))
    monkeypatch.setattr(signing.ledger, "append", refuse)
    with pytest.raises(RuntimeError):
        sign(completed, given)
    assert not Signature.objects.exists()
    assert not Assertion.objects.exists()


def test_key_stands_on_the_pledge_that_it_signs(completed, device, key):
    signature = sign(completed, device.sign(digest_of(completed)))
    listed = json.loads(bytes(signature.manifest))["keys"]
    assert [entry["fingerprint"] for entry in listed] == [key.fingerprint]
    assert listed[0]["removed_at"] is None


def test_browser_is_asked_for_the_digest_and_ones_own_live_keys(completed, device, key):
    removed = enrol(completed.signer, Authenticator())
    remove_key(by=completed.signer, key=removed, password=PASSWORD, lost=True)
    enrol(CadreFactory(), Authenticator())
    options = assertion_options(by=completed.signer, digest=digest_of(completed))
    assert websafe_decode(options["challenge"]).hex() == digest_of(completed)
    assert options["rpId"] == "localhost"
    assert options["userVerification"] == "required"
    assert [entry["id"] for entry in options["allowCredentials"]] == [key.credential_id]


def test_signing_without_any_key_offers_none(completed):
    assert assertion_options(by=completed.signer, digest="0" * 64) is None


def test_signing_twice_gives_the_same_signature(completed, device, key):
    given = device.sign(digest_of(completed))
    first = sign(completed, given)
    assert sign(completed, given, digest_seen=first.digest) == first
    assert Assertion.objects.count() == 1


def test_no_password_is_hashed_on_this_way(completed, device, key, monkeypatch):
    given = device.sign(digest_of(completed))

    def forbid(*arguments):
        raise AssertionError("a password was asked for")

    monkeypatch.setattr("django.contrib.auth.hashers.check_password", forbid)
    monkeypatch.setattr(signing, "prove_password", forbid)
    assert sign(completed, given).level == Level.KEY


# Refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"flags": UP}, UserNotVerified),
        ({"flags": UV}, KeyRefused),
        ({"flags": 0}, KeyRefused),
        ({"flags": UP | UV | BE}, KeyRefused),
        ({"flags": UP | UV | BS}, KeyRefused),
        ({"origin": "https://liantan.example.org"}, KeyRefused),
        ({"origin": "http://localhost:8001"}, KeyRefused),
        ({"rp_id": "example.org"}, KeyRefused),
        ({"kind": "webauthn.create"}, KeyRefused),
        ({"cross_origin": True}, KeyRefused),
    ],
)
def test_assertion_that_lacks_something_is_refused(completed, device, key, wrong, error):
    with pytest.raises(error):
        sign(completed, device.sign(digest_of(completed), **wrong))
    assert not Signature.objects.exists()


def test_assertion_over_another_digest_is_refused(completed, device, key):
    with pytest.raises(KeyRefused):
        sign(completed, device.sign("0" * 64))


def test_assertion_over_what_the_pledge_was_before_is_refused(completed, device, key):
    seen = digest_of(completed)
    given = device.sign(seen)
    save_draft(by=completed.signer, pledge=completed, personal_commitment="加一条。")
    completed.refresh_from_db()
    with pytest.raises(PledgeChanged):
        sign(completed, given, digest_seen=seen)
    with pytest.raises(KeyRefused):
        sign(completed, given)
    assert not Signature.objects.exists()


@pytest.mark.parametrize(("counts", "error"), [(True, KeyCopied), (False, PledgeChanged)])
def test_assertion_made_for_another_pledge_is_refused(completed, device, key, counts, error):
    """A replay: the browser sends again what it once sent for something else."""
    device.counts = counts
    other = complete(PledgeFactory(signer=completed.signer))
    given = device.sign(digest_of(other))
    sign(other, given)
    with pytest.raises(KeyRefused):
        sign(completed, given)
    with pytest.raises(error):
        sign(completed, given, digest_seen=digest_of(other))
    assert Signature.objects.get().pledge == other


def test_key_of_another_is_refused(completed, device, key):
    stranger = Authenticator()
    enrol(CadreFactory(), stranger)
    with pytest.raises(KeyRefused):
        sign(completed, stranger.sign(digest_of(completed)))


def test_signature_of_another_key_under_ones_own_id_is_refused(completed, device, key):
    stranger = Authenticator(credential_id=device.credential_id)
    with pytest.raises(KeyRefused):
        sign(completed, stranger.sign(digest_of(completed)))


def test_key_that_nobody_enrolled_is_refused(completed):
    with pytest.raises(KeyRefused):
        sign(completed, Authenticator().sign(digest_of(completed)))


@pytest.mark.parametrize("part", ["authenticator_data", "client_data", "signature"])
@pytest.mark.parametrize("junk", [b"", b"\0", b"\xff" * 300])
def test_junk_is_refused(completed, device, key, part, junk):
    with pytest.raises(KeyRefused):
        sign(completed, replace(device.sign(digest_of(completed)), **{part: junk}))


def test_nobody_signs_for_another_with_any_key(completed, device, key):
    by = CadreFactory(is_superuser=True, is_staff=True)
    own = Authenticator()
    enrol(by, own)
    digest = digest_of(completed)
    for given in (own.sign(digest), device.sign(digest)):
        with pytest.raises(NotTheSigner):
            sign(completed, given, by=by, digest_seen=digest)
    completed.signer = by  # in memory alone
    with pytest.raises(NotTheSigner):
        sign(completed, own.sign(digest), digest_seen=digest)
    assert not Signature.objects.exists()


def test_removed_key_signs_nothing_and_its_signatures_stay(completed, device, key):
    signature = sign(completed, device.sign(digest_of(completed)))
    remove_key(by=completed.signer, key=key, password=PASSWORD, lost=True)
    later = complete(PledgeFactory(signer=completed.signer))
    with pytest.raises(KeyRefused):
        sign(later, device.sign(digest_of(later)))
    assert Assertion.objects.get().signature == signature
    assert json.loads(bytes(signature.manifest))["keys"][0]["removed_at"] is None
    assert pledge_keys(later)[0]["removed_at"] is not None


def pledge_keys(pledge):
    prepared = prepare_pledge(by=pledge.signer, pledge=pledge)
    return json.loads(prepared.manifest)["keys"]


def test_key_removed_while_its_assertion_is_checked_signs_nothing(
    completed, device, key, monkeypatch
):
    prove = passkeys.prove_assertion

    def slowly(**arguments):
        proven = prove(**arguments)
        remove_key(by=completed.signer, key=key, password=PASSWORD, lost=True)
        return proven

    monkeypatch.setattr(signing, "prove_assertion", slowly)
    with pytest.raises((KeyRefused, PledgeChanged)):
        sign(completed, device.sign(digest_of(completed)))
    assert not Signature.objects.exists()


def test_account_that_was_closed_signs_nothing(completed, device, key):
    given = device.sign(digest_of(completed))
    type(completed.signer).objects.filter(pk=completed.signer_id).update(is_active=False)
    with pytest.raises(NotTheSigner):
        sign(completed, given)


def test_closed_occasion_takes_no_signature(completed, device, key):
    given = device.sign(digest_of(completed))
    close_occasion(occasion=completed.occasion, closed_at=timezone.now())
    with pytest.raises(OccasionClosed):
        sign(completed, given)


# The counter -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("enrolled", "counts", "good"),
    [
        (0, (0, 0), True),  # a device that does not count
        (0, (1, 2), True),
        (5, (6, 7), True),
        (5, (5, 6), False),
        (5, (0, 0), False),
        (0, (1, 1), False),
        (0, (9, 3), False),
        (0, (4, 0), False),
    ],
)
def test_counter_that_does_not_grow_tells_of_a_copy(completed, enrolled, counts, good):
    device = Authenticator(count=enrolled, counts=False)
    enrol(completed.signer, device)
    later = complete(PledgeFactory(signer=completed.signer))

    def sign_both():
        for pledge, device.count in zip((completed, later), counts, strict=True):
            sign(pledge, device.sign(digest_of(pledge)))

    if good:
        sign_both()
    else:
        with pytest.raises(KeyCopied):
            sign_both()
    assert Signature.objects.count() == 2 if good else Signature.objects.count() < 2


def test_counter_of_one_key_says_nothing_of_another(completed):
    far, near = Authenticator(count=90), Authenticator()
    enrol(completed.signer, far)
    enrol(completed.signer, near)
    later = complete(PledgeFactory(signer=completed.signer))
    sign(later, far.sign(digest_of(later)))
    assert sign(completed, near.sign(digest_of(completed))).level == Level.KEY


# The agreement -----------------------------------------------------------------------------------


def test_agreement_not_accepted_is_asked_for(signer, device):
    pledge = PledgeFactory(signer=signer, drafted=True, accepted=False)
    enrol(signer, device)
    with pytest.raises(AgreementNotAccepted):
        sign(pledge, device.sign(digest_of(pledge)))
    assert not Signature.objects.exists()
    sign(pledge, device.sign(digest_of(pledge)), accepts_agreement=True)
    acceptance = AgreementAcceptance.objects.get(signer=signer)
    assert acceptance.agreement.version == 1
    assert (acceptance.address, acceptance.browser) == ("192.0.2.7", "Chromium")


def test_newer_agreement_is_asked_for_anew(completed, device, key):
    AgreementFactory()
    given = device.sign(digest_of(completed))
    with pytest.raises(AgreementNotAccepted):
        sign(completed, given)
    given = device.sign(digest_of(completed))
    signature = sign(completed, given, accepts_agreement=True)
    assert json.loads(bytes(signature.manifest))["agreement"]["version"] == 2


def test_agreement_is_not_accepted_by_a_signature_that_fails(signer):
    pledge = PledgeFactory(signer=signer, drafted=True, accepted=False)
    with pytest.raises(PledgeChanged):
        sign_pledge(
            by=signer,
            pledge=pledge,
            digest_seen="0" * 64,
            password=PASSWORD,
            address=None,
            browser="",
            accepts_agreement=True,
        )
    assert not AgreementAcceptance.objects.exists()
