"""The page on which a cadre reads, confirms, writes and draws."""

from datetime import timedelta

import pytest
from django.core import signing as tokens
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pledges.models import PointConfirmation
from pledges.occasions import close_occasion
from pledges.text import outline_points
from pledges.views.drafting import OPENED_SALT
from tests.factories import PASSWORD, OutlineFactory, PledgeFactory

from .conftest import PAD

pytestmark = pytest.mark.django_db


def page_of(pledge):
    return reverse("pledges:sign", args=[pledge.pk])


def body(response):
    return response.content.decode()


HTMX = {"HX-Request": "true"}


def test_page_shows_everything_that_is_promised(client, pledge):
    response = client.get(page_of(pledge))
    assert response.status_code == 200
    html = body(response)
    outline = pledge.occasion.outline
    assert pledge.occasion.title in html
    assert outline.pledge_opening in html
    assert outline.pledge_closing in html
    for point in outline.points.all():
        assert point.heading in html
        for clause in point.clauses.all():
            assert clause.heading in html
            assert clause.commitment in html
    assert html.count('name="confirm"') == 4
    assert "我承诺资金支付" in html  # an example for this post


def test_page_seen_alone_writes_nothing(client, pledge):
    client.get(page_of(pledge))
    pledge.refresh_from_db()
    assert pledge.opened_at is None


def test_page_of_another_is_not_found(client_of, pledge, outsider, secretary, inspector):
    for user in (outsider, secretary, inspector):
        assert client_of(user).get(page_of(pledge)).status_code == 404
        assert client_of(user).post(page_of(pledge), {"confirm": "1"}).status_code == 404
    assert not PointConfirmation.objects.exists()


def test_page_asks_a_stranger_to_log_in(pledge):
    response = Client().get(page_of(pledge))
    assert response.url == f"{reverse('account_login')}?next={page_of(pledge)}"


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_page_refuses_other_methods(client, pledge, method):
    assert getattr(client, method)(page_of(pledge)).status_code == 405


def test_point_confirmed_without_javascript_saves_what_was_written(client, pledge):
    response = client.post(
        page_of(pledge), {"confirm": "2", "personal_commitment": "不说情。", "strokes": PAD}
    )
    assert response.url == f"{page_of(pledge)}#point-1"
    pledge.refresh_from_db()
    assert pledge.confirmations.get().point.number == 2
    assert pledge.personal_commitment == "不说情。"
    assert pledge.signature_method == "drawn"


def test_point_confirmed_with_htmx_gives_its_card_and_what_is_missing(client, pledge):
    response = client.post(page_of(pledge), {"confirm": "1"}, headers=HTMX)
    html = body(response)
    assert html.count("<section") == 1
    assert 'id="point-1"' in html
    assert "point-confirmed" in html
    assert 'id="missing"' in html
    assert "#point-1" not in html
    assert "#point-2" in html


@pytest.mark.parametrize("number", ["5", "0", "x", "", "١", "99999999999999999999"])
def test_point_that_does_not_exist_is_not_found(client, pledge, number):
    assert client.post(page_of(pledge), {"confirm": number}).status_code == 404


def test_opening_is_the_time_the_page_was_handed_out(client, pledge):
    token = client.get(page_of(pledge)).context["opened"]
    handed_out = tokens.loads(token, salt=OPENED_SALT)[1]
    client.post(page_of(pledge), {"action": "save", "opened": token})
    pledge.refresh_from_db()
    assert pledge.opened_at.isoformat() == handed_out


def test_opening_is_not_taken_from_another_pledge_or_a_forger(client, pledge, signer):
    other = PledgeFactory(signer=signer)
    early = (timezone.now() - timedelta(days=1)).isoformat()
    tokens_tried = [
        tokens.dumps([str(other.pk), early], salt=OPENED_SALT),
        tokens.dumps([str(pledge.pk), early], salt="other"),
        "forged",
    ]
    before = timezone.now()
    for token in tokens_tried:
        client.post(page_of(pledge), {"action": "save", "opened": token})
    pledge.refresh_from_db()
    assert pledge.opened_at >= before


def test_one_wrong_part_loses_nothing(client, pledge):
    typed = {"personal_commitment": "😀 不说情。", "typed_name": "欧阳文澜", "action": "review"}
    response = client.post(page_of(pledge), typed)
    assert response.status_code == 422
    html = body(response)
    assert "😀 不说情。</textarea>" in html
    assert "U+1F600" in html
    pledge.refresh_from_db()
    assert pledge.signature_text == "欧阳文澜"
    assert pledge.personal_commitment == ""


def test_wrong_name_is_said_beside_it_and_kept(client, pledge):
    response = client.post(page_of(pledge), {"typed_name": "旁人", "action": "save"})
    assert response.status_code == 422
    assert 'value="旁人"' in body(response)
    assert response.context["form"].errors.keys() == {"typed_name"}


def test_drawing_that_cannot_be_read_is_refused(client, pledge):
    response = client.post(page_of(pledge), {"strokes": "<svg/>", "action": "save"})
    assert response.status_code == 422
    pledge.refresh_from_db()
    assert pledge.signature_method == ""


def test_picture_sent_by_the_client_is_never_kept(client, pledge):
    client.post(
        page_of(pledge),
        {"signature_image": "<svg onload='x'/>", "signature_method": "drawn", "action": "save"},
    )
    pledge.refresh_from_db()
    assert pledge.signature_image == ""


def test_part_that_was_not_sent_stays(client, completed):
    client.post(page_of(completed), {"personal_commitment": "不说情。", "action": "save"})
    client.post(page_of(completed), {"action": "save"})
    completed.refresh_from_db()
    assert completed.personal_commitment == "不说情。"
    assert completed.signature_method == "drawn"


def test_saved_drawing_is_shown_and_given_up_on_asking(client, completed):
    assert "data:image/svg+xml;base64," in body(client.get(page_of(completed)))
    response = client.post(page_of(completed), {"action": "redraw"})
    assert response.url == f"{page_of(completed)}#signature"
    completed.refresh_from_db()
    assert completed.signature_method == ""


def test_saved_drawing_given_up_with_htmx_brings_the_pad_back(client, completed):
    html = body(client.post(page_of(completed), {"action": "redraw"}, headers=HTMX))
    assert "<canvas" in html
    assert 'id="missing"' in html


def test_cleared_pad_takes_the_drawing_away(client, completed):
    client.post(page_of(completed), {"strokes": "[]", "action": "save"})
    completed.refresh_from_db()
    assert completed.signature_method == ""


def test_emptied_name_takes_the_typed_signature_away(client, pledge):
    client.post(page_of(pledge), {"typed_name": "欧阳文澜", "strokes": ""})
    client.post(page_of(pledge), {"typed_name": "", "strokes": ""})
    pledge.refresh_from_db()
    assert pledge.signature_method == ""


def test_autosave_says_what_is_wrong_and_saves_the_rest(client, pledge):
    data = {"personal_commitment": "😀", "typed_name": "欧阳文澜"}
    html = body(client.post(page_of(pledge), data, headers=HTMX))
    assert "U+1F600" in html
    assert "error-summary" not in html
    pledge.refresh_from_db()
    assert (pledge.personal_commitment, pledge.signature_text) == ("", "欧阳文澜")


def test_autosave_answers_with_the_time_alone(client, pledge):
    response = client.post(page_of(pledge), {"personal_commitment": "不"}, headers=HTMX)
    html = body(response)
    assert 'id="saved"' in html
    assert "<textarea" not in html
    pledge.refresh_from_db()
    assert pledge.personal_commitment == "不"


def test_example_is_added_to_what_was_written(client, pledge):
    data = {"personal_commitment": "不说情。", "example": "0"}
    assert client.post(page_of(pledge), data).url == f"{page_of(pledge)}#personal"
    pledge.refresh_from_db()
    first, second = pledge.personal_commitment.split("\n")
    assert first == "不说情。"
    assert second.startswith("我承诺资金支付")
    html = body(client.post(page_of(pledge), {**data, "example": "1"}, headers=HTMX))
    assert "不说情。\n" in html
    assert html.count("<section") == 1


@pytest.mark.parametrize("number", ["-1", "9", "x"])
def test_example_that_does_not_exist_adds_nothing(client, pledge, number):
    client.post(page_of(pledge), {"personal_commitment": "一。", "example": number})
    pledge.refresh_from_db()
    assert pledge.personal_commitment == "一。"


def test_asking_to_sign_too_early_says_what_is_missing(client, pledge):
    response = client.post(page_of(pledge), {"action": "review", "confirm": ""}, follow=False)
    assert response.status_code == 404  # an empty point is none
    response = client.post(page_of(pledge), {"action": "review"}, follow=True)
    html = body(response)
    assert "error-summary" in html
    assert html.count("point-missing") == 5
    assert 'href="#point-1"' in html
    assert 'href="#signature"' in html


def test_asking_to_sign_with_everything_there_leads_to_the_review(client, completed):
    response = client.post(page_of(completed), {"action": "review"})
    assert response.url == reverse("pledges:review", args=[completed.pk])


def test_signed_pledge_leads_to_its_receipt(client, signer):
    signed = PledgeFactory(signer=signer, signed=True)
    receipt = reverse("pledges:receipt", args=[signed.pk])
    assert client.get(page_of(signed)).url == receipt
    assert client.post(page_of(signed), {"confirm": "1"}).url == receipt
    response = client.post(page_of(signed), {"confirm": "1"}, headers=HTMX)
    assert response.headers["HX-Redirect"] == receipt


def test_closed_occasion_is_said_in_words(client, pledge):
    close_occasion(occasion=pledge.occasion, closed_at=timezone.now())
    assert client.get(page_of(pledge)).status_code == 200
    response = client.post(page_of(pledge), {"confirm": "1"})
    assert response.status_code == 409
    assert not PointConfirmation.objects.exists()


def test_what_was_typed_when_the_session_ran_out_is_there_after_the_login(pledge, signer):
    client = Client()
    response = client.post(page_of(pledge), {"personal_commitment": "写了很久。", "strokes": PAD})
    login = client.post(response.url, {"login": signer.staff_number, "password": PASSWORD})
    assert login.url == page_of(pledge)
    html = body(client.get(login.url))
    assert "写了很久。</textarea>" in html
    assert "<canvas" in html
    assert "&quot;points&quot;" in html
    pledge.refresh_from_db()
    assert pledge.personal_commitment == ""
    client.post(page_of(pledge), {"personal_commitment": "写了很久。", "action": "save"})
    assert client.get(page_of(pledge)).context["kept"] is False


def test_what_a_stranger_sends_is_kept_for_no_one_else(pledge, cadre, client_of):
    client = Client()
    client.post(page_of(pledge), {"personal_commitment": "旁人写的。"})
    client.force_login(cadre)
    assert client.get(page_of(pledge)).status_code == 404
    assert "旁人写的。" not in body(client_of(pledge.signer).get(page_of(pledge)))


def test_stranger_without_a_pledge_id_fills_no_session(db, pledge):
    client = Client()
    client.post("/pledges/00000000-0000-4000-8000-000000000000/", {"personal_commitment": "x"})
    client.post(page_of(pledge), {"personal_commitment": "x" * 200_001})
    assert not client.session.keys()


def test_htmx_of_a_session_that_ran_out_is_told_so(pledge):
    assert Client().post(page_of(pledge), {"confirm": "1"}, headers=HTMX).status_code == 401


def test_page_takes_the_same_queries_for_any_outline(client, signer):
    pledges = [
        PledgeFactory(signer=signer),
        PledgeFactory(signer=signer, occasion__outline=OutlineFactory()),
    ]
    client.get(page_of(pledges[0]))  # the first page of a session writes the session
    counts = []
    for pledge in pledges:
        outline_points.cache_clear()
        with CaptureQueriesContext(connection) as queries:
            client.get(page_of(pledge))
        counts.append(len(queries))
    assert counts[0] == counts[1]
