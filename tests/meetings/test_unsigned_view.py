"""Who has not signed yet, and the one gentle reminder."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from meetings.models import Notice, NoticeKind
from tests.factories import MORNING, AttendanceFactory, MeetingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(secretary):
    return MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)


@pytest.fixture
def client(client_of, secretary):
    return client_of(secretary)


def url(meeting, name="unsigned"):
    return reverse(f"meetings:{name}", args=[meeting.pk])


def names(rows):
    return [row.name for row in rows]


def test_unsigned_lists_those_present_who_have_not_signed(client, meeting):
    AttendanceFactory(meeting=meeting, asked=True, order=2, cadre__name="钱若谷")
    AttendanceFactory(
        meeting=meeting, asked=True, order=1, cadre__name="赵文澜", pledge__opened_at=MORNING
    )
    AttendanceFactory(meeting=meeting, on_leave=True, cadre__name="孙请假")
    AttendanceFactory(meeting=meeting, signed=True, cadre__name="李已签")
    response = client.get(url(meeting))
    assert names(response.context["waiting"]) == ["赵文澜", "钱若谷"]
    html = response.content.decode()
    assert "孙请假" not in html
    # The signed are folded away behind the waiting.
    assert html.index("李已签") > html.index('<details class="fold"') > html.index("钱若谷")


def test_signed_stand_in_official_order_and_not_by_who_was_slowest(client, meeting):
    for order, name in [(2, "钱若谷"), (1, "赵文澜")]:
        AttendanceFactory(meeting=meeting, signed=True, order=order, cadre__name=name)
    signed = client.get(url(meeting)).context["signatures"]
    assert [signature.pledge.name for signature in signed] == ["赵文澜", "钱若谷"]


def test_unsigned_takes_the_same_queries_for_any_number(client, secretary):
    counts = []
    for people in (3, 30):
        meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
        AttendanceFactory.create_batch(people, meeting=meeting, asked=True)
        AttendanceFactory.create_batch(people, meeting=meeting, signed=True)
        client.get(url(meeting))
        with CaptureQueriesContext(connection) as queries:
            client.get(url(meeting))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_remind_reaches_those_who_wait_once(client, meeting, secretary):
    row = AttendanceFactory(meeting=meeting, asked=True)
    AttendanceFactory(meeting=meeting, signed=True)
    response = client.post(url(meeting, "remind"), follow=True)
    notice = Notice.objects.get()
    assert (notice.attendance, notice.kind, notice.sent_by) == (row, "reminder", secretary)
    assert response.context["fresh"] == 0


def test_remind_a_second_time_asks_before_it_sends(client, meeting):
    AttendanceFactory(meeting=meeting, asked=True)
    client.post(url(meeting, "remind"))
    asked = client.post(url(meeting, "remind"), follow=True)
    assert asked.context["asks_again"]
    assert Notice.objects.count() == 1
    client.post(url(meeting, "remind"), {"again": "1"})
    assert Notice.objects.filter(kind=NoticeKind.REMINDER).count() == 2


def test_remind_spares_those_reminded_before(client, meeting):
    first = AttendanceFactory(meeting=meeting, asked=True)
    client.post(url(meeting, "remind"))
    AttendanceFactory(meeting=meeting, asked=True)
    client.post(url(meeting, "remind"))
    assert first.notices.count() == 1
    assert Notice.objects.count() == 2


def test_remind_with_nobody_waiting_sends_nothing(client, meeting):
    AttendanceFactory(meeting=meeting, signed=True)
    response = client.post(url(meeting, "remind"))
    assert response.status_code == 302
    assert not Notice.objects.exists()


@pytest.mark.parametrize("state", ["held", "closed"])
def test_remind_while_signing_is_not_open_is_a_conflict(client, secretary, state):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, **{state: True})
    assert client.post(url(meeting, "remind")).status_code == 409


@pytest.mark.parametrize("state", ["announced", "held", "closed"])
def test_unsigned_in_another_state_says_what_to_do_and_offers_no_reminder(client, secretary, state):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, **{state: True})
    response = client.get(url(meeting) + "?again=1")
    assert response.status_code == 200
    assert url(meeting, "remind") not in response.content.decode()


@pytest.mark.parametrize(
    ("who", "status"), [("inspector", 403), ("speaker", 403), ("cadre", 404), ("outsider", 404)]
)
def test_unsigned_is_the_secretarys_alone(request, client_of, meeting, who, status):
    client = client_of(request.getfixturevalue(who))
    AttendanceFactory(meeting=meeting, asked=True)
    assert client.get(url(meeting)).status_code == status
    assert client.post(url(meeting, "remind")).status_code == status
    assert not Notice.objects.exists()


def test_remind_refuses_the_wrong_method(client, meeting):
    assert client.get(url(meeting, "remind")).status_code == 405
    assert client.post(url(meeting)).status_code == 405
