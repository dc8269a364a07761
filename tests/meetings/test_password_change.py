"""Changing one's password."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import PASSWORD

CHANGE = "/account/password/"
NEW = "Spring-2027-Rain"

pytestmark = pytest.mark.usefixtures("db", "empty_cache")


def change(client, old=PASSWORD, new=NEW, again=NEW):
    return client.post(CHANGE, {"oldpassword": old, "password1": new, "password2": again})


def is_let_in(client):
    return client.get(CHANGE).status_code == 200


def test_password_change_keeps_this_session_and_ends_the_others(client_of, cadre):
    here, elsewhere = client_of(cadre), client_of(cadre)
    assert is_let_in(elsewhere)
    assert change(here).url == reverse("meetings:me")
    cadre.refresh_from_db()
    assert cadre.check_password(NEW)
    assert is_let_in(here)
    assert not is_let_in(elsewhere)


@pytest.mark.parametrize(
    ("field", "entry"),
    [
        ("oldpassword", {"old": "Wrong-Password-1"}),
        ("password1", {"new": "abc", "again": "abc"}),
        ("password1", {"new": "onlysmallletters", "again": "onlysmallletters"}),
        ("password2", {"again": "Spring-2027-Snow"}),
    ],
)
def test_password_change_with_a_wrong_entry_is_refused_at_its_field(client_of, cadre, field, entry):
    response = change(client_of(cadre), **entry)
    assert field in response.context["form"].errors
    cadre.refresh_from_db()
    assert cadre.check_password(PASSWORD)


def test_guessing_the_old_password_locks_the_account_too(client_of, cadre):
    client = client_of(cadre)
    for _ in range(5):
        change(client, old="Wrong-Password-1")
    elsewhere = Client()
    elsewhere.post("/account/login/", {"login": cadre.staff_number, "password": PASSWORD})
    assert "_auth_user_id" not in elsewhere.session


def test_changing_in_a_hurry_is_slowed_down_in_words(client_of, cadre, settings):
    client = client_of(cadre)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    for _ in range(5):
        change(client, again="other")
    response = change(client)
    assert response.status_code == 429
    assert "Too many attempts" in response.content.decode()


def test_password_change_asks_an_anonymous_reader_to_log_in(client):
    assert client.get(CHANGE).status_code == 302
