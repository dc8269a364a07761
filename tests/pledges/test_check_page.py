"""Where the code on a pledge leads a stranger: known or not, how it was signed, and no name."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from pledges import ledger
from pledges.models import LedgerEntry
from tests.evidence import RevocationFactory, sign_on_paper, sign_with_key
from tests.factories import PledgeFactory

pytestmark = pytest.mark.django_db


def look(digest, language="zh-hans"):
    client = Client()
    client.cookies["django_language"] = language
    return client.get(reverse("pledges:check", args=[digest]))


def page(digest, **options):
    response = look(digest, **options)
    assert response.status_code == 200
    return response.content.decode()


def entry_of(pledge):
    return LedgerEntry.objects.get(subject=f"pledge:{pledge.pk}", kind="pledge_signed").number


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    "sign", [sign_with_key, sign_on_paper, lambda pledge: PledgeFactory(signed=True).signature]
)
def test_signed_pledge_is_known_with_its_level_and_no_name(sign, language):
    signature = sign(PledgeFactory(drafted=True))
    html = page(signature.digest, language=language)
    pledge = signature.pledge
    assert signature.short_code in html
    assert "note-success" in html
    assert reverse("pledges:entry", args=[entry_of(pledge)]) in html
    for secret in (pledge.name, pledge.staff_number, pledge.unit_name, str(pledge.occasion)):
        assert secret not in html


def test_code_of_the_printed_form_leads_to_the_same_pledge():
    signature = sign_on_paper(PledgeFactory())
    response = look(signature.paper.form_digest)
    assert response.context["by_form"]
    assert signature.short_code in response.content.decode()
    assert not look(signature.digest).context["by_form"]


def test_disowned_pledge_says_so_first():
    signature = PledgeFactory(signed=True).signature
    RevocationFactory(pledge=signature.pledge)
    html = page(signature.digest)
    assert "note-error" in html
    assert "note-success" not in html
    assert "那天我不在单位" not in html


def test_checkpoint_is_named_once_there_is_one():
    signature = PledgeFactory(signed=True).signature
    checkpoint = ledger.make_checkpoint()
    place = look(signature.digest).context["place"]
    assert place.checkpoint == checkpoint


def test_unknown_code_is_said_plainly():
    response = look("a" * 64)
    assert response.status_code == 404
    assert "a" * 64 in response.content.decode()


def test_pledge_that_the_ledger_does_not_know_is_not_called_good():
    """A signature put into the table past the services."""
    pledge = PledgeFactory(drafted=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pledges_signature (pledge_id, level, manifest, digest, signed_at, browser)"
            " VALUES (%s, 'key', %s, %s, %s, '')",
            [pledge.pk.hex if connection.vendor == "sqlite" else pledge.pk, b"{}", "b" * 64,
             pledge.requested_at],
        )  # fmt: skip
    html = page("b" * 64)
    assert "note-success" not in html
    assert "note-error" in html


@pytest.mark.parametrize("digest", ["a" * 63, "A" * 64, "g" * 64, "１" * 64])
def test_what_is_no_digest_is_not_found(digest):
    assert look(digest).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_page_refuses_other_methods(method):
    assert getattr(Client(), method)(reverse("pledges:check", args=["a" * 64])).status_code == 405
