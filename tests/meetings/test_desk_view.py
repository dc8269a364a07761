"""The attendance desk in the browser's words: rows, conflicts, other people's marks."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from meetings.attendance import mark_attendance
from meetings.models import AttendanceChange, Role
from tests.factories import (
    AttendanceFactory,
    CadreFactory,
    MeetingFactory,
    RoleAssignmentFactory,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def meeting(secretary):
    return MeetingFactory(unit=secretary.unit, created_by=secretary, announced=True)


@pytest.fixture
def row(meeting):
    return AttendanceFactory(meeting=meeting, cadre__name="欧阳慎之")


@pytest.fixture
def other(secretary):
    """A second secretary of the same unit."""
    cadre = CadreFactory(unit=secretary.unit, name="许知行")
    return RoleAssignmentFactory(role=Role.SECRETARY, unit=secretary.unit, cadre=cadre).cadre


@pytest.fixture
def stranger():
    return Client()


@pytest.fixture
def client(client_of, secretary):
    return client_of(secretary)


def url(name, meeting, *more):
    return reverse(f"meetings:{name}", args=[meeting.pk, *more])


def mark(client, row, state, version=None, headers=None, **fields):
    fields |= {"state": state, "version": row.version if version is None else version}
    return client.post(url("desk_row", row.meeting, row.pk), fields, headers=headers)


def test_desk_shows_the_whole_roll_in_official_order(client, meeting):
    names = ["钱若谷", "孙明远", "赵文澜"]
    for order, name in enumerate(names, start=1):
        AttendanceFactory(meeting=meeting, cadre__name=name, order=order)
    AttendanceFactory(meeting=meeting, cadre__name="李借调", excluded=True)
    response = client.get(url("desk", meeting))
    assert [line.row.name for line in response.context["lines"]] == names
    html = response.content.decode()
    assert html.index("李借调") > html.index("赵文澜")
    assert "借调" in html


def test_desk_filters_without_javascript(client, meeting):
    AttendanceFactory(meeting=meeting, cadre__name="钱若谷", cadre__post="科长", present=True)
    AttendanceFactory(meeting=meeting, cadre__name="钱守正", cadre__post="局长")
    page = url("desk", meeting)
    found = {
        query: [line.row.name for line in client.get(page + query).context["lines"]]
        for query in ("?q=钱", "?q=钱 局长", "?q=钱&show=present", "?q=无此人", "?show=nonsense")
    }
    assert found == {
        "?q=钱": ["钱若谷", "钱守正"],
        "?q=钱 局长": ["钱守正"],
        "?q=钱&show=present": ["钱若谷"],
        "?q=无此人": [],
        "?show=nonsense": ["钱若谷", "钱守正"],
    }


def test_desk_of_a_draft_says_that_there_is_no_roll_yet(client, secretary):
    draft = MeetingFactory(unit=secretary.unit, created_by=secretary, people=1)
    person = draft.attendances.get().pk
    for page in (url("desk", draft), url("desk_rest", draft), url("desk_row", draft, person)):
        assert client.get(page).status_code == 409


def test_desk_of_a_closed_meeting_is_read_only(client, secretary):
    closed = MeetingFactory(unit=secretary.unit, created_by=secretary, closed=True, people=1)
    html = client.get(url("desk", closed)).content.decode()
    assert 'name="state"' not in html
    assert "state-present" in html


def test_desk_takes_the_same_queries_for_any_number(client, secretary):
    counts = []
    for people in (3, 30):
        meeting = MeetingFactory(unit=secretary.unit, announced=True, people=people)
        client.get(url("desk", meeting))
        with CaptureQueriesContext(connection) as queries:
            client.get(url("desk", meeting))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_mark_without_javascript_leads_back_to_the_row(client, meeting, row):
    response = mark(client, row, "present")
    assert response.status_code == 302
    assert response.url == f"{url('desk', meeting)}#p{row.pk}"
    row.refresh_from_db()
    assert row.state == "present"


def test_mark_without_javascript_keeps_the_filter(client, meeting, row):
    page = url("desk_row", meeting, row.pk)
    response = client.post(f"{page}?q=%E6%AC%A7", {"state": "present", "version": 0})
    assert response.url == f"{url('desk', meeting)}?q=%E6%AC%A7#p{row.pk}"


def test_mark_by_htmx_gives_the_row_and_the_counts(client, row):
    response = mark(client, row, "leave", reason="病假", approved_by="李明", headers=HTMX)
    html = response.content.decode()
    assert response.status_code == 200
    assert f'id="p{row.pk}"' in html
    assert 'data-version="1"' in html
    assert 'value="病假"' in html
    assert 'id="desk-counts" class="balance" hx-swap-oob="true"' in html
    assert "<html" not in html


def test_mark_leaves_out_what_does_not_belong_to_the_state(client, row):
    everything = {"late": "1", "left_early": "1", "reason": "事假", "approved_by": "李明"}
    mark(client, row, "present", **everything)
    row.refresh_from_db()
    assert (row.late, row.left_early, row.reason, row.approved_by) == (True, True, "", "")
    mark(client, row, "leave", **everything)
    row.refresh_from_db()
    assert (row.late, row.left_early, row.reason, row.approved_by) == (False, False, "事假", "李明")
    mark(client, row, "absent", **everything)
    row.refresh_from_db()
    assert (row.state, row.reason, row.approved_by) == ("absent", "事假", "")


@pytest.mark.parametrize("headers", [None, HTMX])
def test_conflict_shows_their_mark_who_made_it_and_what_was_wanted(client, row, other, headers):
    mark_attendance(by=other, attendance=row, version=0, state="absent", reason="未请假")
    response = mark(
        client, row, "leave", version=0, reason="住院治疗", approved_by="李明", headers=headers
    )
    assert response.status_code == 409
    html = response.content.decode()
    for word in ("许知行", "未请假", "住院治疗", "李明"):
        assert word in html
    row.refresh_from_db()
    assert (row.state, row.version) == ("absent", 1)
    # What was wanted is one button away, against the newer version.
    wanted = response.context["line"].wanted
    again = mark(client, row, **{**wanted, "version": row.version}, headers=headers)
    assert again.status_code in (200, 302)
    row.refresh_from_db()
    assert (row.state, row.reason) == ("leave", "住院治疗")


def test_mark_of_somebody_who_opened_the_pledge_says_why_not(client, secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    row = AttendanceFactory(meeting=meeting, signed=True)
    response = mark(client, row, "absent", headers=HTMX)
    assert response.status_code == 409
    assert response.context["line"].problem
    assert 'aria-pressed="true">' in response.content.decode()


def test_mark_after_closing_is_told_in_the_row(client, secretary):
    row = AttendanceFactory(
        meeting=MeetingFactory(unit=secretary.unit, created_by=secretary, closed=True)
    )
    response = mark(client, row, "absent", headers=HTMX)
    assert response.status_code == 409
    assert response.context["line"].problem


@pytest.mark.parametrize(
    "fields", [{"state": "asleep"}, {"version": "x"}, {"state": "leave", "reason": "长" * 201}]
)
def test_mark_out_of_shape_is_refused(client, row, fields):
    data = {"state": "present", "version": 0, **fields}
    response = client.post(url("desk_row", row.meeting, row.pk), data, headers=HTMX)
    assert response.status_code == 422
    assert not AttendanceChange.objects.exists()


def test_mark_of_a_row_of_another_meeting_is_not_found(client, meeting):
    elsewhere = AttendanceFactory(meeting=MeetingFactory(announced=True))
    response = client.post(url("desk_row", meeting, elsewhere.pk), {"state": "present"})
    assert response.status_code == 404


def test_row_page_tells_every_mark(client, row, other):
    mark_attendance(by=other, attendance=row, version=0, state="absent")
    mark_attendance(by=other, attendance=row, version=1, state="present", late=True)
    response = client.get(url("desk_row", row.meeting, row.pk))
    assert len(response.context["changes"]) == 2
    assert response.content.decode().count("许知行") == 2


def test_changes_gives_the_rows_marked_since(client, meeting, row, other):
    AttendanceFactory(meeting=meeting, cadre__name="钱若谷")
    page = url("desk_changes", meeting)
    since = client.get(url("desk", meeting)).context["since"]
    assert client.get(f"{page}?since={since}", headers=HTMX).status_code == 204
    mark_attendance(by=other, attendance=row, version=0, state="absent")
    response = client.get(f"{page}?since={since}", headers=HTMX)
    html = response.content.decode()
    assert "欧阳慎之" in html
    assert "钱若谷" not in html
    newer = response.context["since"]
    assert f"since={newer}" in html
    assert client.get(f"{page}?since={newer}", headers=HTMX).status_code == 204


@pytest.mark.parametrize("since", ["", "x", "-1", "9" * 30])
def test_changes_since_nonsense_is_a_bad_request(client, meeting, since):
    assert client.get(url("desk_changes", meeting), {"since": since}).status_code == 400


def test_changes_of_a_closed_meeting_end_the_polling(client, secretary):
    closed = MeetingFactory(unit=secretary.unit, created_by=secretary, closed=True)
    assert client.get(url("desk_changes", closed), {"since": 0}).status_code == 286


def test_rest_asks_first_and_then_marks(client, meeting):
    AttendanceFactory.create_batch(2, meeting=meeting)
    asked = client.get(url("desk_rest", meeting))
    assert len(asked.context["rows"]) == 2
    assert not AttendanceChange.objects.exists()
    response = client.post(url("desk_rest", meeting))
    assert response.url == url("desk", meeting)
    assert meeting.attendances.present().count() == 2


def test_rest_after_closing_is_a_conflict(client, secretary):
    closed = MeetingFactory(unit=secretary.unit, created_by=secretary, closed=True)
    assert client.post(url("desk_rest", closed)).status_code == 409


@pytest.mark.parametrize("name", ["desk", "desk_changes", "desk_rest", "desk_row"])
@pytest.mark.parametrize(
    ("who", "status"),
    [("inspector", 403), ("speaker", 403), ("cadre", 404), ("outsider", 404), (None, 302)],
)
def test_desk_is_the_secretarys_alone(request, client_of, row, name, who, status):
    client = client_of(request.getfixturevalue(who)) if who else request.getfixturevalue("stranger")
    page = url(name, row.meeting, *([row.pk] if name == "desk_row" else []))
    assert client.get(page).status_code == status
    if name in ("desk_rest", "desk_row"):
        assert client.post(page, {"state": "present", "version": 0}).status_code == status
    assert not AttendanceChange.objects.exists()


@pytest.mark.parametrize(("name", "method"), [("desk", "post"), ("desk_changes", "post")])
def test_desk_refuses_the_wrong_method(client, meeting, name, method):
    assert getattr(client, method)(url(name, meeting)).status_code == 405
