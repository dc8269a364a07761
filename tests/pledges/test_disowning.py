"""This was not me: the signer's own word, kept beside the signature that it is about."""

import pytest
from django.test import Client
from django.urls import reverse

from pledges.disowning import disown_signature
from pledges.exceptions import NotTheSigner, PledgeError, TextRefused, WrongPassword
from pledges.models import EntryKind, LedgerEntry, Pledge, Revocation, Signature
from tests.evidence import RevocationFactory, sign_on_paper, sign_with_key
from tests.factories import PASSWORD, CadreFactory, PledgeFactory

pytestmark = pytest.mark.django_db
REASON = "那天我在外出差，没有签过。"


@pytest.fixture
def signed(signer):
    return PledgeFactory(signer=signer, signed=True)


def disown(pledge, **changes):
    given = {"by": pledge.signer, "reason": REASON, "password": PASSWORD, "address": "192.0.2.7"}
    return disown_signature(pledge=pledge, **{**given, **changes})


@pytest.mark.parametrize(
    "sign", [sign_with_key, sign_on_paper, lambda pledge: PledgeFactory(signed=True).signature]
)
def test_signature_stays_and_is_marked_on_every_level(sign):
    signature = sign(PledgeFactory(drafted=True))
    revocation = disown(signature.pledge)
    kept = Pledge.objects.get(pk=signature.pledge_id)
    assert kept.is_signed
    assert kept.is_disowned
    assert (revocation.reason, revocation.address) == (REASON, "192.0.2.7")
    assert Signature.objects.get(pledge=kept).digest == signature.digest


def test_ledger_tells_of_it_and_keeps_the_reason_to_itself(signed):
    disown(signed)
    entry = LedgerEntry.objects.get(kind=EntryKind.PLEDGE_REVOKED)
    assert (entry.subject, entry.actor) == (f"pledge:{signed.pk}", signed.staff_number)
    assert entry.private == {"reason": REASON, "address": "192.0.2.7"}
    assert REASON not in bytes(entry.payload).decode()


def test_first_statement_stands(signed):
    first = disown(signed)
    assert disown(signed, reason="另一个说法") == first
    assert Revocation.objects.get().reason == REASON
    assert LedgerEntry.objects.filter(kind=EntryKind.PLEDGE_REVOKED).count() == 1


def test_nobody_disowns_for_another(signed, secretary, inspector):
    for by in (secretary, inspector, CadreFactory(is_superuser=True), CadreFactory()):
        with pytest.raises(NotTheSigner):
            disown(signed, by=by)
    assert not Revocation.objects.exists()


def test_password_is_asked_for(signed):
    with pytest.raises(WrongPassword):
        disown(signed, password="wrong")


@pytest.mark.parametrize(("reason", "error"), [("  ", PledgeError), ("长" * 501, TextRefused)])
def test_reason_is_needed_and_bounded(signed, reason, error):
    with pytest.raises(error):
        disown(signed, reason=reason)


def test_unsigned_pledge_cannot_be_disowned(pledge):
    with pytest.raises(PledgeError, match=r"not signed|没有签署|尚未签署|未签"):
        disown(pledge)


# The page ---------------------------------------------------------------------------------------


def url_of(pledge):
    return reverse("pledges:disown", args=[pledge.pk])


def post(client, pledge, **changes):
    return client.post(url_of(pledge), {"reason": REASON, "password": PASSWORD, **changes})


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_page_says_what_will_happen_in_both_languages(client, signed, language):
    client.cookies["django_language"] = language
    html = client.get(url_of(signed)).content.decode()
    assert signed.signature.short_code in html
    assert 'name="reason"' in html
    assert 'autocomplete="current-password"' in html


def test_statement_leads_back_to_a_receipt_that_shows_it(client, signed):
    response = post(client, signed)
    assert response.url == reverse("pledges:receipt", args=[signed.pk])
    html = client.get(response.url).content.decode()
    assert "state-disowned" in html
    assert REASON in html
    assert signed.signature.digest in html
    assert url_of(signed) not in html


def test_wrong_password_is_counted_and_loses_nothing(client, signed, empty_cache):
    for _attempt in range(5):
        response = post(client, signed, password="wrong")
        assert response.status_code == 422
        assert REASON in response.content.decode()
    assert post(client, signed).status_code == 429
    assert not Revocation.objects.exists()


@pytest.mark.parametrize("missing", ["reason", "password"])
def test_what_is_missing_is_said(client, signed, missing):
    response = post(client, signed, **{missing: ""})
    assert response.status_code == 422
    assert f'href="#id_{missing}"' in response.content.decode()


def test_disowned_signature_has_no_page_to_disown_it_again(client, signed):
    RevocationFactory(pledge=signed)
    assert client.get(url_of(signed)).url == reverse("pledges:receipt", args=[signed.pk])


def test_unsigned_pledge_leads_to_signing(client, pledge):
    assert client.get(url_of(pledge)).url == reverse("pledges:sign", args=[pledge.pk])


def test_page_is_its_signers_alone(client_of, signed, secretary, inspector, outsider):
    for user in (secretary, inspector, outsider):
        assert client_of(user).get(url_of(signed)).status_code == 404
        assert post(client_of(user), signed).status_code == 404
    assert Client().get(url_of(signed)).url.startswith(reverse("account_login"))


@pytest.mark.parametrize("method", ["put", "delete"])
def test_page_refuses_other_methods(client, signed, method):
    assert getattr(client, method)(url_of(signed)).status_code == 405
