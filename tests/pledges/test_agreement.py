"""The signing agreement: built in, accepted once by each, kept in the ledger, read at any time."""

import re

import pytest
from django.db import transaction
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from pledges.agreements.accepting import accept_agreement, has_accepted
from pledges.agreements.builtin import load_builtin_agreement
from pledges.exceptions import AgreementNotAccepted
from pledges.models import Agreement, AgreementAcceptance, EntryKind, LedgerEntry
from tests.factories import AgreementFactory, CadreFactory, accept

pytestmark = pytest.mark.django_db
URL = "/pledges/agreement/"


def accept_newest(by, **changes):
    given = {"agreement": Agreement.objects.newest(), "address": "192.0.2.7", "browser": "Chromium"}
    return accept_agreement(by=by, **{**given, **changes})


def test_builtin_agreement_says_what_signing_rests_on():
    agreement = load_builtin_agreement()
    assert agreement == Agreement.objects.get(version=1)
    paragraphs = agreement.text.splitlines()
    assert len(paragraphs) == 10
    for word in ("甲级", "乙级", "丙级", "《中华人民共和国电子签名法》第十三条", "随时可以用纸"):
        assert word in agreement.text
    assert all(len(paragraph) < 260 for paragraph in paragraphs)
    assert not re.search(r"[a-zA-Z]", agreement.text)


def test_accepting_is_kept_and_told_to_the_ledger(signer):
    assert not has_accepted(signer)
    acceptance = accept_newest(signer)
    assert has_accepted(signer)
    entry = LedgerEntry.objects.get(kind=EntryKind.AGREEMENT_ACCEPTED)
    assert (entry.actor, entry.subject) == (signer.staff_number, "agreement:1")
    assert acceptance.agreement.sha256 in bytes(entry.payload).decode()
    assert entry.private == {"address": "192.0.2.7"}
    assert "192.0.2.7" not in bytes(entry.payload).decode()


def test_accepting_twice_is_accepting_once(signer):
    first = accept_newest(signer)
    again = accept_newest(signer, browser="Firefox")
    assert again == first
    assert again.accepted_at == first.accepted_at
    assert LedgerEntry.objects.filter(kind=EntryKind.AGREEMENT_ACCEPTED).count() == 1


def test_one_persons_acceptance_is_nobody_elses(signer):
    accept_newest(signer)
    assert not has_accepted(CadreFactory())


def test_next_version_has_to_be_accepted_again(signer):
    accept_newest(signer)
    AgreementFactory()
    assert not has_accepted(signer)
    accept_newest(signer)
    assert has_accepted(signer)
    assert AgreementAcceptance.objects.filter(signer=signer).count() == 2


def test_version_out_of_force_is_not_accepted(signer):
    old = Agreement.objects.newest()
    AgreementFactory()
    with pytest.raises(AgreementNotAccepted):
        accept_newest(signer, agreement=old)
    assert not AgreementAcceptance.objects.exists()


def test_acceptance_without_its_ledger_entry_is_not_kept(signer, monkeypatch):
    def broken(**entry):
        raise RuntimeError

    monkeypatch.setattr("pledges.agreements.accepting.ledger.append", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        accept_newest(signer)
    assert not has_accepted(signer)


def test_page_before_accepting_says_so(client):
    html = client.get(URL).content.decode()
    assert "电子签名使用约定" in html
    assert "note-success" not in html


def test_page_after_accepting_says_when_and_keeps_earlier_versions(client, signer):
    accept(signer)
    AgreementFactory(text="一、第二版。")
    accept(signer)
    response = client.get(URL)
    assert "note-success" in response.content.decode()
    assert [past.agreement.version for past in response.context["earlier"]] == [1]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_page_reads_in_both_languages(client, language):
    client.cookies["django_language"] = language
    assert client.get(URL).status_code == 200


def test_page_is_for_people_logged_in():
    assert Client().get(URL).url.startswith(reverse("account_login"))


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_page_refuses_other_methods(client, method):
    assert getattr(client, method)(URL).status_code == 405


def test_fold_without_a_form_has_no_box_to_tick():
    html = render_to_string("pledges/_agreement.html", {"agreement": Agreement.objects.newest()})
    assert "三个等级" in html
    assert "checkbox" not in html
