"""The language and the size of the type, kept in cookies."""

import pytest
from django.urls import reverse

LANGUAGE, TYPE_SIZE = "/preferences/language/", "/preferences/type-size/"
LOGIN = "/account/login/"

pytestmark = pytest.mark.django_db


def test_language_is_remembered_for_a_year_and_leads_back(client, settings):
    response = client.post(LANGUAGE, {"language": "en", "next": LOGIN})
    assert response.url == LOGIN
    cookie = response.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert cookie.value == "en"
    assert cookie["max-age"] == 365 * 24 * 3600
    assert cookie["httponly"]
    assert '<html lang="en"' in client.get(LOGIN).content.decode()


def test_type_size_is_remembered_and_taken_back(client):
    client.post(TYPE_SIZE, {"type_size": "large", "next": LOGIN})
    assert 'class="type-large"' in client.get(LOGIN).content.decode()
    client.post(TYPE_SIZE, {"type_size": "normal", "next": LOGIN})
    assert 'class="type-large"' not in client.get(LOGIN).content.decode()


@pytest.mark.parametrize(("url", "field"), [(LANGUAGE, "language"), (TYPE_SIZE, "type_size")])
def test_unknown_choice_is_refused_and_not_kept(client, url, field):
    response = client.post(url, {field: "xx", "next": LOGIN})
    assert response.status_code == 400
    assert not response.cookies


@pytest.mark.parametrize("url", [LANGUAGE, TYPE_SIZE])
def test_get_changes_nothing(client, url):
    response = client.get(url, {"language": "en", "type_size": "large"})
    assert response.status_code == 405
    assert not response.cookies


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", ""])
def test_choice_never_leads_to_another_site(client, target):
    response = client.post(LANGUAGE, {"language": "en", "next": target})
    assert response.url == reverse("meetings:me")
