"""From a meeting's rows to the facts of its letters."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from meetings.models import Meeting
from meetings.papers.gathering_letters import (
    gather_make_up_forms,
    gather_minutes,
    gather_notice,
    gather_outline,
)
from meetings.papers.notice import render_notice
from tests.factories import (
    MORNING,
    AgendaItemFactory,
    AttendanceFactory,
    CadreFactory,
    MeetingFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(secretary):
    section = UnitFactory(name="人事科", parent=secretary.unit)
    secretary.phone = "0532-60000000"
    secretary.save()
    meeting = MeetingFactory(
        unit=secretary.unit,
        created_by=secretary,
        announced=True,
        reminders="带笔记本。\n\n 手机静音",
        pledge_due_on=date(2026, 3, 8),
    )
    AgendaItemFactory(meeting=meeting, block="talk", title="", minutes=40)
    AttendanceFactory(meeting=meeting, cadre=meeting.chair, order=1)
    AttendanceFactory(
        meeting=meeting,
        cadre=CadreFactory(unit=section, name="石𬸦", gender="女", ethnicity="回族"),
        order=2,
        newly_placed=True,
    )
    AttendanceFactory(meeting=meeting, cadre__name="陈列席", observing=True, order=3)
    AttendanceFactory(meeting=meeting, cadre__name="孔借调", excluded=True, order=4)
    return Meeting.objects.get(pk=meeting.pk)


def test_notice_is_what_was_announced(meeting, secretary):
    facts = gather_notice(meeting)
    assert (facts.number, facts.title, facts.place) == (meeting.number, meeting.title, "三楼会议室")
    assert facts.issued_at == meeting.announced_at
    assert facts.starts_at == MORNING
    assert facts.starts_at.isoformat().endswith("+08:00")
    assert facts.reminders == ("带笔记本。", "手机静音")
    assert facts.pledge_due_on == date(2026, 3, 8)
    assert (facts.contact.name, facts.contact.phone) == (secretary.name, "0532-60000000")
    assert facts.speaker.name == meeting.speaker.name


def test_notice_calls_the_called_and_nobody_else(meeting):
    facts = gather_notice(meeting)
    assert [row.name for row in facts.called] == [meeting.chair.name, "石𬸦"]
    assert (facts.called[1].gender_mark, facts.called[1].ethnicity_mark) == ("女", "回族")
    assert facts.called[1].remark == "新任职"
    assert [(row.name, row.remark) for row in facts.observing] == [("陈列席", "列席")]


def test_notice_goes_to_the_units_of_the_called_but_not_to_its_issuer(meeting):
    assert gather_notice(meeting).addressees == ("人事科",)


def test_notice_stays_when_people_move_and_are_marked(meeting):
    before = render_notice(gather_notice(meeting))
    row = meeting.attendances.get(name="石𬸦")
    type(row.cadre).objects.filter(pk=row.cadre_id).update(post="局长", name="石鸟")
    meeting.attendances.filter(pk=row.pk).update(state="leave", reason="住院", approved_by="冯")
    assert render_notice(gather_notice(Meeting.objects.get(pk=meeting.pk))) == before


def test_notice_is_chinese_on_an_english_page(meeting):
    with translation.override("en"):
        facts = gather_notice(meeting)
    assert facts.kind == "集体廉政谈话"
    assert [entry.kind for entry in facts.agenda] == ["领导集体廉政谈话"]


def test_outline_is_the_first_attachment_of_its_notice(meeting):
    facts = gather_outline(meeting)
    assert (facts.number, facts.attachment) == (meeting.number, 1)
    assert facts == gather_notice(meeting).outline
    assert [point.heading for point in facts.points] == [
        point.heading for point in meeting.outline.points.all()
    ]


def test_notice_takes_as_many_queries_for_many(meeting):
    with CaptureQueriesContext(connection) as few:
        gather_notice(Meeting.objects.get(pk=meeting.pk))
    for _number in range(30):
        AttendanceFactory(meeting=meeting)
    with CaptureQueriesContext(connection) as many:
        gather_notice(Meeting.objects.get(pk=meeting.pk))
    assert len(many) == len(few)


def test_minutes_before_closing_are_the_rows_as_they_are(secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, held=True, people=2)
    facts = gather_minutes(meeting)
    assert facts.counts.present == 2
    meeting.attendances.filter(pk=meeting.attendances.first().pk).update(state="absent")
    assert gather_minutes(meeting).counts.present == 1


def test_minutes_after_closing_are_the_newest_records(secretary, closed_meeting):
    facts = gather_minutes(closed_meeting)
    assert facts.number == closed_meeting.number
    type(closed_meeting).objects.filter(pk=closed_meeting.pk).update(place="别处")
    assert gather_minutes(Meeting.objects.get(pk=closed_meeting.pk)) == facts


@pytest.fixture
def missed(secretary):
    """A meeting that took place without three, two of whom were called."""
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, held=True, people=1)
    AttendanceFactory(meeting=meeting, order=3, absent=True, reason="", cadre__name="陈未至")
    row = AttendanceFactory(meeting=meeting, order=2, on_leave=True, cadre__name="石𬸦")
    AttendanceFactory(meeting=meeting, order=4, observing=True, state="absent")
    type(row).objects.filter(pk=row.pk).update(reason="住院", approved_by="冯守正")
    return Meeting.objects.get(pk=meeting.pk)


def test_make_up_forms_are_of_the_called_who_did_not_come(missed):
    forms = gather_make_up_forms(missed, made_at=MORNING)
    assert [missed.attendances.get(pk=key).name for key in forms] == ["石𬸦", "陈未至"]
    leave, absence = forms.values()
    assert (leave.person.name, leave.missed, leave.reason) == ("石𬸦", "请假", "住院，冯守正批准")
    assert (absence.person.name, absence.missed, absence.reason) == ("陈未至", "缺席", None)
    assert (leave.meeting_number, leave.meeting_held_at) == (missed.number, missed.started_at)
    assert leave.to_fill


def test_make_up_form_names_the_post_held_at_the_meeting(missed):
    row = missed.attendances.get(name="石𬸦")
    type(row.cadre).objects.filter(pk=row.cadre_id).update(post="局长", name="石鸟")
    person = gather_make_up_forms(missed, made_at=MORNING)[row.pk].person
    assert (person.name, person.unit, person.post) == ("石𬸦", row.unit_name, row.post)


def test_make_up_forms_take_as_many_queries_for_many(missed):
    with CaptureQueriesContext(connection) as few:
        gather_make_up_forms(Meeting.objects.get(pk=missed.pk), made_at=MORNING)
    for _number in range(10):
        AttendanceFactory(meeting=missed, absent=True)
    with CaptureQueriesContext(connection) as many:
        gather_make_up_forms(Meeting.objects.get(pk=missed.pk), made_at=MORNING)
    assert len(many) == len(few)


@pytest.fixture
def closed_meeting(secretary, monkeypatch):
    from meetings.closing import close_meeting

    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, held=True, people=2)
    close_meeting(by=secretary, meeting=meeting)  # no commit here, so no PDF either
    return Meeting.objects.get(pk=meeting.pk)
