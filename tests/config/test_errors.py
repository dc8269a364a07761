"""Errors: each a page in plain words, with a way on."""

import pytest
from django.shortcuts import render
from django.test import Client, RequestFactory
from django.views.defaults import bad_request, server_error

WAY_ON = 'href="/"'


@pytest.mark.django_db
def test_unknown_address_is_a_page_for_anonymous_and_cadre(client, client_of, cadre, settings):
    for visitor in (client, client_of(cadre)):
        visitor.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        response = visitor.get("/no/such/page/")
        assert response.status_code == 404
        assert "There is no such page" in response.content.decode()
        assert WAY_ON in response.content.decode()


def test_forbidden_page_says_whom_to_ask(client_of, cadre, settings):
    client = client_of(cadre)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    response = client.get("/admin/login/")
    assert response.status_code == 403
    assert "ask the secretary of your unit" in response.content.decode()


@pytest.mark.django_db
def test_form_without_its_token_is_refused_in_plain_words(settings):
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    response = client.post("/account/login/", {"login": "G1", "password": "x"})
    assert response.status_code == 403
    assert "This page was too old to send" in response.content.decode()


@pytest.mark.parametrize(("view", "status"), [(server_error, 500), (bad_request, 400)])
def test_broken_request_is_a_page_without_user_or_database(view, status):
    request = RequestFactory().get("/")
    response = view(request, ValueError()) if view is bad_request else view(request)
    assert response.status_code == status
    assert WAY_ON in response.content.decode()


def test_conflict_page_says_what_changed_and_leads_back(rf, cadre):
    request = rf.get("/")
    request.user = cadre
    request.session = {}
    context = {"message": "王守正已将会议办结。", "back_url": "/meetings/7/"}
    response = render(request, "meetings/conflict.html", context, status=409)
    assert "王守正已将会议办结。" in response.content.decode()
    assert 'href="/meetings/7/"' in response.content.decode()
