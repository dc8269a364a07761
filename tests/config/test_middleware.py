"""The language of the page, idle sessions, and fragments asked for after a session ran out."""

import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

LOGIN = "/account/login/"


def language_of(response):
    return response.content.decode().split('<html lang="')[1].split('"')[0]


@pytest.mark.django_db
def test_language_of_a_browser_asking_for_english_is_chinese(client):
    response = client.get(LOGIN, headers={"accept-language": "en"})
    assert language_of(response) == "zh-hans"
    assert response.headers["Content-Language"] == "zh-hans"


@pytest.mark.django_db
def test_language_chosen_in_the_page_is_used_for_this_reader_alone(client, settings):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    response = client.get(LOGIN)
    assert language_of(response) == "en"
    assert response.headers["Content-Language"] == "en"
    assert "Staff number" in response.content.decode()
    del client.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert language_of(client.get(LOGIN)) == "zh-hans"


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["xx", "../../etc", ""])
def test_language_unknown_here_is_chinese(client, settings, value):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = value
    assert language_of(client.get(LOGIN)) == "zh-hans"


def make_session_end_in(seconds, client, seen_seconds_ago):
    session = client.session
    session["seen_at"] = int(time.time()) - seen_seconds_ago
    session.save()
    end = timezone.now() + timedelta(seconds=seconds)
    Session.objects.update(expire_date=end)
    return end


def test_session_of_an_active_user_is_prolonged(client_of, cadre, settings):
    client = client_of(cadre)
    make_session_end_in(60, client, seen_seconds_ago=settings.SESSION_COOKIE_AGE // 2)
    client.get("/account/password/")
    left = Session.objects.get().expire_date - timezone.now()
    assert left > timedelta(seconds=settings.SESSION_COOKIE_AGE - 60)


def test_session_is_not_prolonged_by_what_a_page_asks_by_itself(client_of, cadre, settings):
    client = client_of(cadre)
    end = make_session_end_in(60, client, seen_seconds_ago=settings.SESSION_COOKIE_AGE // 2)
    client.get("/account/password/", headers={"x-poll": "1"})
    assert Session.objects.get().expire_date == end


def test_session_seen_a_moment_ago_is_not_written_again(client_of, cadre):
    client = client_of(cadre)
    end = make_session_end_in(60, client, seen_seconds_ago=10)
    client.get("/account/password/")
    assert Session.objects.get().expire_date == end


def test_session_idle_too_long_asks_to_log_in_again(client_of, cadre):
    client = client_of(cadre)
    make_session_end_in(-1, client, seen_seconds_ago=10)
    response = client.get("/account/password/")
    assert response.status_code == 302
    assert response.url == f"{LOGIN}?next=/account/password/"


@pytest.mark.django_db
def test_fragment_after_the_session_ran_out_is_401_and_no_page(client):
    response = client.get("/account/password/", headers={"hx-request": "true"})
    assert response.status_code == 401
    assert response.content == b""


def test_fragment_while_logged_in_is_left_alone(client_of, cadre):
    response = client_of(cadre).get("/account/password/", headers={"hx-request": "true"})
    assert response.status_code == 200
