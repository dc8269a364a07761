"""Faults that other e-signature systems have shipped (docs/security.md has the whole list): those
that no other test here is about."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from pledges import ledger
from pledges.models import EntryKind, LedgerEntry, Pledge, Signature
from pledges.signing import prepare_pledge
from tests.factories import PASSWORD, CadreFactory, PledgeFactory, tell

FORGED = {"headers": {"x-forwarded-for": "203.0.113.9"}}


@pytest.fixture
def pledge(db) -> Pledge:
    return PledgeFactory(drafted=True)


def sign(client, pledge: Pledge, **request) -> Signature:
    digest = prepare_pledge(by=pledge.signer, pledge=pledge).digest
    posted = {"digest": digest, "password": PASSWORD, "agreement": "on"}
    client.post(reverse("pledges:review", args=[pledge.pk]), posted, **request)
    return Signature.objects.get(pledge=pledge)


def test_forwarded_address_without_a_trusted_proxy_is_not_believed(client_of, pledge):
    signature = sign(client_of(pledge.signer), pledge, REMOTE_ADDR="192.0.2.44", **FORGED)
    assert signature.address == "192.0.2.44"


def test_forwarded_address_of_a_trusted_proxy_is_kept(client_of, pledge, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    signature = sign(client_of(pledge.signer), pledge, REMOTE_ADDR="192.0.2.1", **FORGED)
    assert signature.address == "203.0.113.9"


@pytest.mark.parametrize("name", ["enter", "sign", "review", "receipt", "check"])
def test_link_signs_for_nobody_who_opens_it(client, client_of, pledge, name):
    """Every address that a mail, a QR code or a paper leads to, opened by a stranger and by a
    colleague."""
    target = {"enter": pledge.occasion_id, "check": "0" * 64}.get(name, pledge.pk)
    address = reverse(f"pledges:{name}", args=[target])
    for browser in (client, client_of(CadreFactory())):
        browser.get(address)
        browser.post(address, {"password": PASSWORD, "digest": "0" * 64})
    assert not Signature.objects.exists()


def test_ledger_keeps_what_is_old_whatever_tidies_up(db):
    tell(kind=EntryKind.LOGIN, by=None)
    before = list(LedgerEntry.objects.values_list("leaf", flat=True))
    for command in ("clearsessions", "discard_batches"):
        call_command(command)
    assert list(LedgerEntry.objects.values_list("leaf", flat=True)) == before
    assert ledger.verify().entries == len(before)
