"""Where the QR code of the on-site screen leads."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import PledgeFactory

pytestmark = pytest.mark.django_db


def page_of(pledge):
    return reverse("pledges:enter", args=[pledge.occasion_id])


def test_code_leads_to_ones_own_pledge(client, pledge):
    PledgeFactory(occasion=pledge.occasion)
    assert client.get(page_of(pledge)).url == reverse("pledges:sign", args=[pledge.pk])


def test_code_tells_somebody_without_a_pledge_why(client_of, cadre, pledge):
    response = client_of(cadre).get(page_of(pledge))
    assert response.status_code == 200
    html = response.content.decode()
    assert str(pledge.pk) not in html
    assert pledge.occasion.title not in html


def test_code_asks_a_stranger_to_log_in_and_come_back(pledge):
    assert Client().get(page_of(pledge)).url == (
        f"{reverse('account_login')}?next={page_of(pledge)}"
    )


@pytest.mark.parametrize("pk", [999_999, 10**30])
def test_code_of_no_occasion_is_not_found(client, pk):
    assert client.get(reverse("pledges:enter", args=[pk])).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_code_refuses_other_methods(client, pledge, method):
    assert getattr(client, method)(page_of(pledge)).status_code == 405
