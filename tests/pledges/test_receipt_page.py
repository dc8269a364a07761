"""What the signer has in hand afterwards."""

import hashlib
import json

import pytest
from django.test import Client
from django.urls import reverse

from pledges.models import Pledge
from pledges.signing import prepare_pledge, sign_pledge
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
    assert reverse("account_change_password") in html
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


@pytest.mark.parametrize("page", ["receipt", "manifest"])
def test_page_is_its_signers_alone(page, client_of, secretary, inspector, outsider):
    url = reverse(f"pledges:{page}", args=[PledgeFactory(signed=True).pk])
    for user in (secretary, inspector, outsider):
        assert client_of(user).get(url).status_code == 404
    assert Client().get(url).url.startswith(reverse("account_login"))


@pytest.mark.parametrize("page", ["receipt", "manifest"])
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_page_refuses_other_methods(page, method, client, signed):
    url = reverse(f"pledges:{page}", args=[signed.pk])
    assert getattr(client, method)(url).status_code == 405
