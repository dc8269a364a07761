"""Two tabs press the button at the same moment; closing comes in between. Real threads."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connection
from django.utils import timezone

from pledges import signing
from pledges.exceptions import (
    AlreadySigned,
    KeyCopied,
    KeyRefused,
    OccasionClosed,
    PledgeChanged,
    PledgeError,
    WrongPassword,
)
from pledges.models import Assertion, Signature
from pledges.occasions import close_occasion
from pledges.passkeys import remove_key
from pledges.signing import prepare_pledge, save_draft, sign_pledge, sign_pledge_with_key
from tests.factories import PASSWORD, PledgeFactory

from .authenticator import Authenticator, enrol
from .conftest import complete

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(number, act):
    """The results of `act`, called in `number` threads that start together."""
    barrier = Barrier(number)

    def run(index):
        barrier.wait(timeout=20)
        try:
            return act(index)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def test_pledge_signed_in_two_tabs_at_once_has_one_signature():
    pledge = complete(PledgeFactory())
    digest = prepare_pledge(by=pledge.signer, pledge=pledge).digest
    signatures = at_once(
        4,
        lambda index: sign_pledge(
            by=pledge.signer,
            pledge=pledge,
            digest_seen=digest,
            password=PASSWORD,
            address=None,
            browser="",
        ),
    )
    assert len({signature.pk for signature in signatures}) == 1
    assert Signature.objects.count() == 1


def test_occasion_closed_while_the_password_is_checked_takes_no_signature(monkeypatch):
    pledge = complete(PledgeFactory())
    digest = prepare_pledge(by=pledge.signer, pledge=pledge).digest
    prove = signing.prove_password

    def slowly(by, password):
        proven = prove(by, password)
        at_once(1, lambda _: close_occasion(occasion=pledge.occasion, closed_at=timezone.now()))
        return proven

    monkeypatch.setattr(signing, "prove_password", slowly)
    with pytest.raises(OccasionClosed):
        sign_pledge(
            by=pledge.signer,
            pledge=pledge,
            digest_seen=digest,
            password=PASSWORD,
            address=None,
            browser="",
        )
    assert not Signature.objects.exists()


def test_pledge_opened_and_confirmed_at_once_is_confirmed_once():
    pledge = PledgeFactory()
    point = pledge.occasion.outline.points.first()
    found = at_once(
        3, lambda _: signing.confirm_point(by=pledge.signer, pledge=pledge, point=point).pk
    )
    assert len(set(found)) == 1


def test_wrong_password_beside_the_right_one_signs_once():
    pledge = complete(PledgeFactory())
    digest = prepare_pledge(by=pledge.signer, pledge=pledge).digest

    def act(index):
        try:
            return sign_pledge(
                by=pledge.signer,
                pledge=pledge,
                digest_seen=digest,
                password=PASSWORD if index else "wrong",
                address=None,
                browser="",
            ).pk
        except WrongPassword:
            return "wrong"

    assert at_once(2, act) == ["wrong", Signature.objects.get().pk]


# With a key -------------------------------------------------------------------------------------


def outcome(act):
    """What came of `act`: its result, or the kind of refusal."""
    try:
        return act()
    except PledgeError as error:
        return type(error)


def with_key(pledge, given, digest):
    return sign_pledge_with_key(
        by=pledge.signer,
        pledge=pledge,
        digest_seen=digest,
        assertion=given,
        address=None,
        browser="",
    )


def test_pledge_signed_with_a_key_in_two_tabs_at_once_has_one_signature():
    pledge, device = complete(PledgeFactory()), Authenticator()
    enrol(pledge.signer, device)
    digest = prepare_pledge(by=pledge.signer, pledge=pledge).digest
    answers = [device.sign(digest) for _ in range(4)]
    signatures = at_once(4, lambda index: with_key(pledge, answers[index], digest))
    assert len({signature.pk for signature in signatures}) == 1
    assert Assertion.objects.count() == 1


def test_copies_of_a_key_that_sign_at_once_do_not_both_get_through():
    first, device = complete(PledgeFactory()), Authenticator(counts=False)
    second = complete(PledgeFactory(signer=first.signer))
    enrol(first.signer, device)
    device.count = 3
    jobs = []
    for pledge in (first, second):
        digest = prepare_pledge(by=pledge.signer, pledge=pledge).digest
        jobs.append((pledge, device.sign(digest), digest))
    found = at_once(2, lambda index: outcome(lambda: with_key(*jobs[index])))
    assert found.count(KeyCopied) == 1
    assert Signature.objects.count() == 1


def test_key_given_up_while_it_signs_signs_before_or_not_at_all():
    pledge, device = complete(PledgeFactory()), Authenticator()
    key = enrol(pledge.signer, device)
    digest = prepare_pledge(by=pledge.signer, pledge=pledge).digest
    given = device.sign(digest)
    acts = (
        lambda: with_key(pledge, given, digest),
        lambda: remove_key(by=pledge.signer, key=key, password=PASSWORD, lost=True),
    )
    signed, removal = at_once(2, lambda index: outcome(acts[index]))
    if isinstance(signed, Signature):
        assert signed.signed_at < removal.removed_at
    else:
        assert signed in {KeyRefused, PledgeChanged}
        assert not Signature.objects.exists()


def test_draft_saved_while_it_is_signed_is_refused_in_words_or_comes_first():
    pledge = complete(PledgeFactory())
    digest = prepare_pledge(by=pledge.signer, pledge=pledge).digest
    acts = (
        lambda: sign_pledge(
            by=pledge.signer,
            pledge=pledge,
            digest_seen=digest,
            password=PASSWORD,
            address=None,
            browser="",
        ),
        lambda: save_draft(by=pledge.signer, pledge=pledge, personal_commitment="加一条。"),
    )
    signed, saved = at_once(2, lambda index: outcome(acts[index]))
    assert saved == AlreadySigned or signed == PledgeChanged


def test_closing_waits_for_a_signature_under_way(monkeypatch):
    pledge = complete(PledgeFactory())
    digest = prepare_pledge(by=pledge.signer, pledge=pledge).digest
    append, begun, closed = signing.ledger.append, Event(), Event()

    def append_late(**entry):
        begun.set()
        closed.wait(timeout=0.5)  # it cannot be, while this transaction is open
        return append(**entry)

    def sign():
        return sign_pledge(
            by=pledge.signer,
            pledge=pledge,
            digest_seen=digest,
            password=PASSWORD,
            address=None,
            browser="",
        )

    def close():
        begun.wait(timeout=20)
        close_occasion(occasion=pledge.occasion, closed_at=timezone.now())
        closed.set()
        return Signature.objects.first()

    monkeypatch.setattr(signing.ledger, "append", append_late)
    signature, seen_when_closed = at_once(2, lambda index: (sign, close)[index]())
    assert signature == seen_when_closed
