"""Noting that a meeting took place, and opening its pledges."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from meetings.models import State
from pledges.models import Pledge
from tests.factories import MORNING, AttendanceFactory, MeetingFactory

pytestmark = pytest.mark.django_db
TIMES = {"started_at": "2026-03-05T09:05", "ended_at": "2026-03-05T10:20"}


@pytest.fixture
def client(client_of, secretary):
    return client_of(secretary)


def make(secretary, **state):
    return MeetingFactory(unit=secretary.unit, created_by=secretary, **state)


def url(meeting, name="meeting_hold"):
    return reverse(f"meetings:{name}", args=[meeting.pk])


def test_hold_offers_the_planned_time(client, secretary):
    html = client.get(url(make(secretary, announced=True))).content.decode()
    assert 'value="2026-03-05T09:05"' in html
    assert 'value="2026-03-05T10:35"' in html


def test_hold_does_not_offer_an_end_that_has_not_come(client, secretary):
    soon = timezone.now() + timedelta(hours=1)
    meeting = make(secretary, announced=True, starts_at=MORNING, ends_at=soon)
    assert client.get(url(meeting)).context["form"].initial["ended_at"] is None


def test_hold_notes_the_time_of_shanghai(client, secretary):
    meeting = make(secretary, announced=True)
    response = client.post(url(meeting), TIMES)
    assert response.url == reverse("meetings:meeting_detail", args=[meeting.pk])
    meeting.refresh_from_db()
    assert meeting.state == State.HELD
    assert meeting.started_at == MORNING
    assert meeting.ended_at == MORNING + timedelta(minutes=75)


def test_hold_without_an_end_is_enough_for_now(client, secretary):
    meeting = make(secretary, announced=True)
    client.post(url(meeting), {**TIMES, "ended_at": ""})
    meeting.refresh_from_db()
    assert (meeting.state, meeting.ended_at) == (State.HELD, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"started_at": ""},
        {"started_at": "yesterday"},
        {"ended_at": "2026-03-05T09:05"},
        {"ended_at": "2026-03-05T08:00"},
    ],
)
def test_hold_with_a_wrong_time_shows_it_again(client, secretary, wrong):
    meeting = make(secretary, announced=True)
    response = client.post(url(meeting), {**TIMES, **wrong})
    assert response.status_code == 422
    assert "error-summary" in response.content.decode()
    meeting.refresh_from_db()
    assert meeting.state == State.ANNOUNCED


def test_hold_of_a_meeting_with_pledges_changes_the_end_alone(client, secretary):
    meeting = make(secretary, signing=True, started_at=MORNING + timedelta(microseconds=7))
    response = client.post(url(meeting), {**TIMES, "started_at": "2026-03-05T08:00"})
    assert response.status_code == 302
    meeting.refresh_from_db()
    assert meeting.started_at == MORNING + timedelta(microseconds=7)
    assert meeting.ended_at == MORNING + timedelta(minutes=75)


@pytest.mark.parametrize("state", [{}, {"closed": True}])
def test_hold_outside_its_time_is_a_conflict(client, secretary, state):
    meeting = make(secretary, **state)
    assert client.get(url(meeting)).status_code == 409
    assert client.post(url(meeting), TIMES).status_code == 409


def test_open_signing_asks_those_present(client, secretary):
    meeting = make(secretary, held=True, people=2)
    response = client.post(url(meeting, "open_signing"))
    assert response.url == reverse("meetings:meeting_detail", args=[meeting.pk])
    assert Pledge.objects.count() == 2


def test_open_signing_with_nobody_present_leads_to_the_desk(client, secretary):
    meeting = make(secretary, held=True)
    AttendanceFactory(meeting=meeting)
    response = client.post(url(meeting, "open_signing"))
    assert response.url == reverse("meetings:desk", args=[meeting.pk])


def test_open_signing_before_the_meeting_is_a_conflict(client, secretary):
    meeting = make(secretary, announced=True, people=1)
    assert client.post(url(meeting, "open_signing")).status_code == 409


@pytest.mark.parametrize(
    ("who", "status"), [("inspector", 403), ("speaker", 403), ("cadre", 404), ("outsider", 404)]
)
def test_holding_is_the_secretarys_alone(request, client_of, secretary, who, status):
    client = client_of(request.getfixturevalue(who))
    meeting = make(secretary, held=True, people=1)
    assert client.get(url(meeting)).status_code == status
    assert client.post(url(meeting), TIMES).status_code == status
    assert client.post(url(meeting, "open_signing")).status_code == status
    assert not Pledge.objects.exists()


def test_open_signing_refuses_the_wrong_method(client, secretary):
    assert client.get(url(make(secretary, held=True), "open_signing")).status_code == 405
