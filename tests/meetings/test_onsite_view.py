"""The screen in the meeting room: a code to sign at, a count, and never a name."""

import base64
import re
from urllib.parse import unquote

import pytest
from django.urls import reverse

from tests.factories import AttendanceFactory, MeetingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def signing(secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    AttendanceFactory(meeting=meeting, signed=True, cadre__name="欧阳慎之")
    AttendanceFactory(meeting=meeting, asked=True, cadre__name="诸葛守正")
    return meeting


def url(meeting, name="screen"):
    return reverse(f"meetings:{name}", args=[meeting.pk])


def test_screen_leads_to_the_occasions_sign_page(settings, client_of, secretary, signing):
    settings.SITE_URL = "https://liantan.example"
    response = client_of(secretary).get(url(signing))
    html = response.content.decode()
    wanted = "https://liantan.example" + reverse("pledges:enter", args=[signing.occasion_id])
    assert response.context["url"] == wanted
    assert wanted in html
    source = re.search(r'<img src="data:image/svg\+xml([^"]*)"', html)
    assert source is not None
    kind, _comma, data = source.group(1).partition(",")
    svg = base64.b64decode(data).decode() if "base64" in kind else unquote(data)
    assert svg.startswith("<svg")


def test_screen_counts_and_names_nobody(client_of, secretary, signing):
    html = client_of(secretary).get(url(signing)).content.decode()
    assert re.search(r"<b>1</b> / 2", html)
    assert "欧阳慎之" not in html
    assert "诸葛守正" not in html


@pytest.mark.parametrize("state", ["announced", "held", "closed"])
def test_screen_has_no_code_while_signing_is_not_open(client_of, secretary, state):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, **{state: True})
    response = client_of(secretary).get(url(meeting))
    assert response.status_code == 200
    assert "<img" not in response.content.decode()
    assert "screen-message" in response.content.decode()


def test_count_asks_for_the_whole_page_when_the_meeting_moved_on(client_of, secretary, signing):
    client, page = client_of(secretary), url(signing, "screen_count")
    assert client.get(page, {"state": "held"})["HX-Refresh"] == "true"
    assert "HX-Refresh" not in client.get(page, {"state": "signing"})


@pytest.mark.parametrize("name", ["screen", "screen_count"])
@pytest.mark.parametrize(("who", "status"), [("inspector", 403), ("cadre", 404), ("outsider", 404)])
def test_screen_is_the_secretarys_alone(request, client_of, signing, name, who, status):
    client = client_of(request.getfixturevalue(who))
    assert client.get(url(signing, name)).status_code == status


def test_screen_asks_strangers_to_log_in(client, signing):
    assert client.get(url(signing)).status_code == 302


def test_screen_refuses_the_wrong_method(client_of, secretary, signing):
    assert client_of(secretary).post(url(signing)).status_code == 405
