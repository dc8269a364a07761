"""Two tabs press the button at the same moment; closing comes in between. Real threads."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from pledges import signing
from pledges.exceptions import OccasionClosed, WrongPassword
from pledges.models import Signature
from pledges.signing import close_occasion, prepare_pledge, sign_pledge
from tests.factories import PASSWORD, PledgeFactory

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
    prove = signing._prove_password

    def slowly(by, password):
        proven = prove(by, password)
        at_once(1, lambda _: close_occasion(occasion=pledge.occasion, closed_at=timezone.now()))
        return proven

    monkeypatch.setattr(signing, "_prove_password", slowly)
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
