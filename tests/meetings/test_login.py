"""Logging in: staff number and password, five failures, and nothing else of allauth."""

import time
from types import SimpleNamespace

import pytest
from allauth.account import urls as allauth_urls
from allauth.account.adapter import get_adapter
from allauth.core.context import request_context
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from meetings.models import Cadre
from meetings.roster.activation import issue_codes, reset_account
from tests.factories import PASSWORD, CadreFactory, UnitFactory

LOGIN = "/account/login/"
WRONG = "Wrong-Password-1"
MOUNTED = {"account_login", "account_logout", "account_change_password"}

pytestmark = pytest.mark.usefixtures("db", "empty_cache")


@pytest.fixture
def reader():
    """A browser set to English, so that tests can read what the page says."""
    client = Client()
    client.cookies["django_language"] = "en"
    return client


def attempt(client, staff_number, password=PASSWORD, **more):
    return client.post(LOGIN, {"login": staff_number, "password": password}, **more)


def is_logged_in(client):
    return "_auth_user_id" in client.session


def lock(client, cadre):
    for _ in range(5):
        attempt(client, cadre.staff_number, WRONG)


def test_login_with_staff_number_and_password_leads_to_ones_own_page(client, cadre):
    response = attempt(client, cadre.staff_number)
    assert response.status_code == 302
    assert response.url == reverse("meetings:me")
    assert is_logged_in(client)


def test_login_with_full_width_digits_and_blanks_is_understood(client):
    CadreFactory(staff_number="G2026")
    attempt(client, " Ｇ２０２６ ")
    assert is_logged_in(client)


def test_login_ends_with_the_browser_and_after_the_idle_time(client, cadre, settings):
    response = attempt(client, cadre.staff_number)
    assert response.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == ""
    left = (Session.objects.get().expire_date - timezone.now()).total_seconds()
    assert left <= settings.SESSION_COOKIE_AGE


def test_login_with_a_wrong_password_says_so_and_keeps_the_number(reader, cadre):
    response = attempt(reader, cadre.staff_number, WRONG)
    page = response.content.decode()
    assert "The staff number or the password is wrong." in page
    assert cadre.staff_number in page
    assert WRONG not in page
    assert not is_logged_in(reader)


def test_login_of_an_unknown_number_says_the_same_as_a_wrong_password(reader, cadre):
    wrong = attempt(reader, cadre.staff_number, WRONG).context["form"].non_field_errors()
    unknown = attempt(reader, "G99999", WRONG).context["form"].non_field_errors()
    assert unknown == wrong


def test_login_of_a_closed_account_is_refused_in_words(reader):
    cadre = CadreFactory(is_active=False)
    response = reader.post(LOGIN, {"login": cadre.staff_number, "password": PASSWORD}, follow=True)
    assert "This account is closed." in response.content.decode()
    assert not is_logged_in(reader)


def test_login_page_leads_to_activation(reader):
    assert reverse("meetings:activate") in reader.get(LOGIN).content.decode()


def test_anonymous_reader_comes_back_to_the_page_asked_for(client, cadre):
    asked = client.get(reverse("account_change_password"))
    assert asked.url == f"{LOGIN}?next=/account/password/"
    form = client.get(asked.url).content.decode()
    assert 'name="next" value="/account/password/"' in form
    assert attempt(client, cadre.staff_number, QUERY_STRING="next=/account/password/").url == (
        "/account/password/"
    )


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", r"/\evil.example"]
)
def test_login_never_leads_to_another_site(client, cadre, target):
    response = client.post(
        LOGIN, {"login": cadre.staff_number, "password": PASSWORD, "next": target}
    )
    assert response.url == reverse("meetings:me")


def test_sixth_attempt_is_refused_even_with_the_right_password(reader, cadre):
    lock(reader, cadre)
    response = attempt(reader, cadre.staff_number)
    assert not is_logged_in(reader)
    assert "The account is locked after five failed attempts." in response.content.decode()


def test_fifth_attempt_with_the_right_password_is_let_in(client, cadre):
    for _ in range(4):
        attempt(client, cadre.staff_number, WRONG)
    attempt(client, cadre.staff_number)
    assert is_logged_in(client)


def test_right_password_ends_the_count(client, cadre):
    for _ in range(2):
        for _ in range(4):
            attempt(Client(), cadre.staff_number, WRONG)
        attempt(Client(), cadre.staff_number)
    attempt(client, cadre.staff_number)
    assert is_logged_in(client)


def test_lock_of_one_account_leaves_the_others_at_its_address_alone(client, cadre):
    lock(client, cadre)
    attempt(client, CadreFactory().staff_number)
    assert is_logged_in(client)


@pytest.mark.parametrize(
    "evasion",
    [
        {"headers": {"host": "testserver:81"}},
        {"REMOTE_ADDR": "10.0.0.9"},
        {"headers": {"x-forwarded-for": "10.0.0.8"}},
    ],
)
def test_lock_holds_under_another_host_header_or_address(client, cadre, evasion):
    lock(Client(), cadre)
    attempt(client, cadre.staff_number, **evasion)
    assert not is_logged_in(client)


def test_lock_holds_for_another_spelling_of_the_number(client):
    cadre = CadreFactory(staff_number="Gk001")
    lock(Client(), cadre)
    for spelling in ("GK001", "ＧＫ００１", "G\u212a001"):
        attempt(client, spelling)
        assert not is_logged_in(client)


@pytest.mark.parametrize(("minutes", "open_again"), [(29, False), (31, True)])
def test_lock_ends_after_thirty_minutes(client, cadre, monkeypatch, minutes, open_again):
    lock(client, cadre)
    later = SimpleNamespace(
        time=lambda: time.time() + minutes * 60, monotonic=time.monotonic, sleep=time.sleep
    )
    monkeypatch.setattr("allauth.core.internal.ratelimit.time", later)
    attempt(client, cadre.staff_number)
    assert is_logged_in(client) is open_again


def test_new_slip_ends_the_lock_of_who_forgot_the_password(client, cadre, secretary):
    lock(Client(), cadre)
    reset_account(by=secretary, cadre=cadre)
    [(_, code)] = issue_codes(by=secretary, cadres=[cadre])
    new = {"password": "Spring-2027-Rain", "password_again": "Spring-2027-Rain"}
    entry = {"staff_number": cadre.staff_number, "code": code, **new}
    assert Client().post(reverse("meetings:activate"), entry).status_code == 302
    attempt(client, cadre.staff_number, "Spring-2027-Rain")
    assert is_logged_in(client)


def test_hall_of_500_at_one_address_with_mistypings_locks_nobody(rf):
    unit = UnitFactory()
    hall = Cadre.objects.bulk_create(CadreFactory.build_batch(500, unit=unit))
    request = rf.post(LOGIN)
    with request_context(request):
        adapter = get_adapter(request)
        for cadre in hall[::20]:
            wrong = {"username": cadre.staff_number, "password": WRONG}
            assert adapter.authenticate(request, **wrong) is None
        for cadre in hall:
            right = {"username": cadre.staff_number, "password": PASSWORD}
            assert adapter.authenticate(request, **right) == cadre


def test_page_lets_forty_in_from_one_address_within_a_minute(unit):
    for cadre in Cadre.objects.bulk_create(CadreFactory.build_batch(40, unit=unit)):
        client = Client()
        attempt(client, cadre.staff_number)
        assert is_logged_in(client)


def test_logout_by_get_only_asks(client_of, cadre):
    client = client_of(cadre)
    assert client.get("/account/logout/").status_code == 200
    assert is_logged_in(client)


def test_logout_by_post_ends_the_session(client_of, cadre):
    client = client_of(cadre)
    assert client.post("/account/logout/").url == LOGIN
    assert not is_logged_in(client)


@pytest.mark.parametrize("pattern", allauth_urls.urlpatterns, ids=lambda pattern: pattern.name)
def test_no_other_address_of_allauth_exists(client, pattern):
    if pattern.name in MOUNTED:
        assert reverse(pattern.name)
        return
    with pytest.raises(NoReverseMatch):
        reverse(pattern.name)
    for prefix in ("account", "accounts"):
        assert client.get(f"/{prefix}/{pattern.pattern}").status_code == 404
