"""What the signer has in hand afterwards."""

import hashlib
import json

import pytest
from django.test import Client
from django.urls import reverse

from pledges import ledger
from pledges.ledger.notes import public_key
from pledges.models import EntryKind, LedgerEntry, Pledge
from pledges.signing import prepare_pledge, sign_pledge
from pledges.verify import verify_receipt
from tests.evidence import SCAN, RevocationFactory, SigningKeyFactory, sign_on_paper, sign_with_key
from tests.factories import PASSWORD, PledgeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(completed):
    sign_pledge(
        by=completed.signer,
        pledge=completed,
        digest_seen=prepare_pledge(by=completed.signer, pledge=completed).digest,
        password=PASSWORD,
        address=None,
        browser="",
    )
    return Pledge.objects.get(pk=completed.pk)


def test_receipt_says_level_code_time_and_the_way_to_the_paper(client, signed):
    html = client.get(reverse("pledges:receipt", args=[signed.pk])).content.decode()
    assert signed.signature.short_code in html
    assert signed.signature.digest in html
    assert str(signed.signature.get_level_display()) in html
    assert reverse("meetings:pledge_pdf", args=[signed.pk]) in html
    assert reverse("pledges:disown", args=[signed.pk]) in html
    assert "data:image/svg+xml" in html


def test_receipt_before_signing_leads_to_the_pledge(client, pledge):
    response = client.get(reverse("pledges:receipt", args=[pledge.pk]))
    assert response.url == reverse("pledges:sign", args=[pledge.pk])


def test_manifest_is_the_very_bytes_that_were_signed(client, signed):
    response = client.get(reverse("pledges:manifest", args=[signed.pk]))
    digest = hashlib.sha256(b"liantan-pledge-v1\n" + response.content).hexdigest()
    assert digest == signed.signature.digest
    assert json.loads(response.content)["signer"]["name"] == signed.name
    assert "attachment" in response.headers["Content-Disposition"]


def test_manifest_before_signing_is_not_found(client, pledge):
    assert client.get(reverse("pledges:manifest", args=[pledge.pk])).status_code == 404


def receipt_of(client, pledge):
    return client.get(reverse("pledges:receipt", args=[pledge.pk])).content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_receipt_names_the_key_that_signed(client, signer, language):
    client.cookies["django_language"] = language
    signature = sign_with_key(PledgeFactory(signer=signer, drafted=True))
    html = receipt_of(client, signature.pledge)
    assert str(signature.assertion.key.short_fingerprint) in html
    assert signature.assertion.key.label in html


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_receipt_of_a_paper_names_both_people_and_no_signing_time(client, signer, language):
    client.cookies["django_language"] = language
    signature = sign_on_paper(PledgeFactory(signer=signer), signed_on=None)
    html = receipt_of(client, signature.pledge)
    assert signature.paper.witness.name in html
    assert signature.paper.entered_by.name in html
    assert reverse("pledges:scan", args=[signature.pledge_id]) in html
    if language == "en":
        assert "not recorded" in html


def test_receipt_reads_what_was_signed_and_not_what_came_later(client, signed):
    later = SigningKeyFactory(owner=signed.signer)
    assert later.short_fingerprint not in receipt_of(client, signed)


def test_receipt_says_where_it_stands_in_the_ledger(client, signed):
    number = LedgerEntry.objects.get(kind=EntryKind.PLEDGE_SIGNED).number
    download = reverse("pledges:receipt_json", args=[signed.pk])
    html = receipt_of(client, signed)
    assert reverse("pledges:entry", args=[number]) in html
    assert download not in html
    ledger.make_checkpoint()
    assert download in receipt_of(client, signed)


@pytest.mark.parametrize("level", ["key", "password", "paper"])
@pytest.mark.parametrize("disowned", [False, True])
def test_downloaded_receipt_convinces_a_stranger(client, signer, level, disowned):
    pledge = PledgeFactory(signer=signer, drafted=level == "key", signed=level == "password")
    if level != "password":
        {"key": sign_with_key, "paper": sign_on_paper}[level](pledge)
    if disowned:
        RevocationFactory(pledge=pledge)
    ledger.make_checkpoint()
    response = client.get(reverse("pledges:receipt_json", args=[pledge.pk]))
    report = verify_receipt(response.content, ledger_key=public_key())
    assert report.good, [check for check in report.checks if not check.ok]
    told = LedgerEntry.objects.get(kind=EntryKind.EXPORTED)
    assert (told.subject, told.actor) == (f"pledge:{pledge.pk}", signer.staff_number)


def test_receipt_file_before_a_checkpoint_leads_back(client, signed):
    response = client.get(reverse("pledges:receipt_json", args=[signed.pk]), follow=True)
    assert response.redirect_chain == [(reverse("pledges:receipt", args=[signed.pk]), 302)]


def test_scan_is_a_download_of_what_was_entered(client, signer):
    signature = sign_on_paper(PledgeFactory(signer=signer))
    response = client.get(reverse("pledges:scan", args=[signature.pledge_id]))
    assert response.content == SCAN
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_scan_of_another_level_is_not_found(client, signed):
    assert client.get(reverse("pledges:scan", args=[signed.pk])).status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_history_tells_everything_in_order(client, signed, language):
    client.cookies["django_language"] = language
    client.get(reverse("meetings:pledge_pdf", args=[signed.pk]))
    RevocationFactory(pledge=signed)
    steps = client.get(reverse("pledges:history", args=[signed.pk])).context["steps"]
    numbers = [step.entry for step in steps if step.entry is not None]
    assert numbers == sorted(numbers)
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    # Asked for; opened, signed, exported and disowned by the ledger; four points between.
    assert len(steps) == 1 + 4 + 4
    assert {step.who for step in steps} == {"", signed.name}


@pytest.mark.parametrize("page", ["receipt", "manifest", "receipt_json", "scan", "history"])
def test_page_is_its_signers_alone(page, client_of, secretary, inspector, outsider):
    url = reverse(f"pledges:{page}", args=[PledgeFactory(signed=True).pk])
    for user in (secretary, inspector, outsider):
        assert client_of(user).get(url).status_code == 404
    assert Client().get(url).url.startswith(reverse("account_login"))


@pytest.mark.parametrize("page", ["receipt", "manifest", "receipt_json", "scan", "history"])
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_page_refuses_other_methods(page, method, client, signed):
    url = reverse(f"pledges:{page}", args=[signed.pk])
    assert getattr(client, method)(url).status_code == 405
