"""The last step: the whole text, its code, the password."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pledges.models import Signature
from pledges.occasions import close_occasion
from pledges.signing import prepare_pledge, save_draft
from tests.factories import PASSWORD, CadreFactory, PledgeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def page_of(pledge):
    return reverse("pledges:review", args=[pledge.pk])


def receipt_of(pledge):
    return reverse("pledges:receipt", args=[pledge.pk])


def digest_of(pledge):
    return prepare_pledge(by=pledge.signer, pledge=pledge).digest


def password(pledge, value=PASSWORD, **changes):
    return {"digest": digest_of(pledge), "password": value, **changes}


def test_page_shows_the_whole_text_and_its_code(client, completed):
    save_draft(by=completed.signer, pledge=completed, personal_commitment="不说情。")
    completed.refresh_from_db()
    response = client.get(page_of(completed))
    html = response.content.decode()
    prepared = prepare_pledge(by=completed.signer, pledge=completed)
    text = prepared.text
    for shown in (
        prepared.short_code,
        text.title,
        text.opening,
        text.closing,
        "不说情。",
        text.signer.name,
        text.signer.unit,
        text.signer.post,
        text.signer.staff_number,
        text.talk.number,
        text.talk.kind,
        text.talk.title,
        text.talk.place,
        text.talk.speaker,
        *(clause.commitment for point in text.points for clause in point.clauses),
        *(clause.heading for point in text.points for clause in point.clauses),
    ):
        assert shown in html
    assert f'value="{prepared.digest}"' in html
    assert "data:image/svg+xml" in html


def test_page_before_everything_is_there_leads_back(client, pledge):
    assert client.get(page_of(pledge)).url == reverse("pledges:sign", args=[pledge.pk])


def test_page_of_another_is_not_found(client_of, completed, secretary, outsider, inspector):
    data = password(completed)
    for user in (secretary, outsider, inspector, CadreFactory(is_superuser=True, is_staff=True)):
        assert client_of(user).get(page_of(completed)).status_code == 404
        assert client_of(user).post(page_of(completed), data).status_code == 404
    assert not Signature.objects.exists()


def test_page_asks_a_stranger_to_log_in(completed):
    response = Client().post(page_of(completed), password(completed))
    assert response.url.startswith(reverse("account_login"))
    assert not Signature.objects.exists()


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_page_refuses_other_methods(client, completed, method):
    assert getattr(client, method)(page_of(completed)).status_code == 405


def test_right_password_signs_and_gives_the_receipt(client, completed):
    response = client.post(
        page_of(completed), password(completed), headers={"User-Agent": "B" * 400}
    )
    assert response.url == receipt_of(completed)
    signature = Signature.objects.get()
    assert signature.address == "127.0.0.1"
    assert signature.browser == "B" * 300
    assert client.get(response.url).status_code == 200


def test_signing_sent_twice_gives_the_receipt_twice(client, completed):
    data = password(completed)
    for _ in range(2):
        assert client.post(page_of(completed), data).url == receipt_of(completed)
    assert Signature.objects.count() == 1


def test_wrong_password_is_said_and_nothing_is_signed(client, completed):
    response = client.post(page_of(completed), password(completed, "wrong"))
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"password"}
    assert "wrong" not in response.content.decode()
    assert not Signature.objects.exists()


def test_no_password_is_no_failure(client, completed):
    for _ in range(6):
        assert client.post(page_of(completed), password(completed, "")).status_code == 422
    assert client.post(page_of(completed), password(completed)).status_code == 302


def test_text_changed_in_another_tab_is_shown_before_signing(client, completed):
    data = password(completed)
    save_draft(by=completed.signer, pledge=completed, personal_commitment="加一条。")
    response = client.post(page_of(completed), data)
    assert response.status_code == 409
    html = response.content.decode()
    assert "加一条。" in html
    completed.refresh_from_db()
    assert f'value="{digest_of(completed)}"' in html
    assert not Signature.objects.exists()
    assert client.post(page_of(completed), password(completed)).url == receipt_of(completed)


def test_part_given_up_in_another_tab_signs_nothing(client, completed):
    data = password(completed)
    save_draft(by=completed.signer, pledge=completed, strokes=())
    assert client.post(page_of(completed), data).url == reverse("pledges:sign", args=[completed.pk])
    assert not Signature.objects.exists()


def test_closed_occasion_signs_nothing(client, completed):
    data = password(completed)
    close_occasion(occasion=completed.occasion, closed_at=timezone.now())
    assert client.post(page_of(completed), data).status_code == 409
    assert not Signature.objects.exists()


# The lock-out: one count with the log-in ---------------------------------------------------------


def test_fifth_wrong_password_locks_signing_and_log_in(client, completed):
    for _ in range(5):
        assert client.post(page_of(completed), password(completed, "wrong")).status_code == 422
    locked = client.post(page_of(completed), password(completed))
    assert locked.status_code == 429
    assert not Signature.objects.exists()
    login = Client().post(
        reverse("account_login"),
        {"login": completed.signer.staff_number, "password": PASSWORD},
    )
    assert login.status_code == 200  # the form again, with the reason
    assert not login.wsgi_request.user.is_authenticated


def test_failures_at_log_in_count_at_signing(client, completed):
    for _ in range(5):
        Client().post(
            reverse("account_login"),
            {"login": completed.signer.staff_number, "password": "wrong"},
        )
    assert client.post(page_of(completed), password(completed)).status_code == 429


def test_lock_is_of_the_account_and_not_of_the_address(client_of, completed):
    client = client_of(completed.signer)
    for _ in range(6):
        client.post(page_of(completed), password(completed, "wrong"))
    other = CadreFactory()
    drafted = PledgeFactory(signer=other, drafted=True)
    response = client_of(other).post(page_of(drafted), password(drafted))
    assert response.url == receipt_of(drafted)


def test_right_password_ends_the_count_whatever_else_is_wrong(client, completed):
    stale = password(completed)
    save_draft(by=completed.signer, pledge=completed, personal_commitment="加一条。")
    completed.refresh_from_db()
    for _ in range(6):
        assert client.post(page_of(completed), stale).status_code == 409
    for _ in range(4):
        client.post(page_of(completed), password(completed, "wrong"))
    assert client.post(page_of(completed), stale).status_code == 409
    for _ in range(4):
        assert client.post(page_of(completed), password(completed, "wrong")).status_code == 422


def test_signed_pledge_does_not_end_the_count_without_a_password(client, completed, signer):
    signed = PledgeFactory(signer=signer, signed=True)
    for _ in range(5):
        client.post(page_of(completed), password(completed, "wrong"))
        client.post(page_of(signed), {"digest": "0" * 64, "password": "wrong"})
    assert client.post(page_of(completed), password(completed)).status_code == 429
