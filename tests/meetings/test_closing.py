"""Closing: the checklist, the record that is made, and corrections beside it."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from meetings.closing import (
    Corrections,
    close_meeting,
    correct_record,
    list_checks,
    retry_record,
)
from meetings.exceptions import MeetingError, MeetingIncomplete, StateConflict
from meetings.models import AttendanceChange, Block, Cadre, Meeting, Record, RecordState, State
from meetings.papers.gathering import facts_of
from tests.factories import MORNING, AttendanceFactory, MeetingFactory

pytestmark = pytest.mark.django_db


def signing_meeting(secretary: Cadre) -> Meeting:
    """Open for signing: two signed, one on leave, one absent; noted, with both times."""
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    AttendanceFactory.create_batch(2, meeting=meeting, signed=True)
    AttendanceFactory(meeting=meeting, on_leave=True)
    AttendanceFactory(meeting=meeting, absent=True)
    meeting.agenda_items.create(order=1, block=Block.TALK, minutes=40, notes="围绕四个方面谈话。")
    return meeting


@pytest.fixture
def quick_pdf(monkeypatch):
    """A stand-in for the typesetter, which has tests of its own."""
    monkeypatch.setattr(
        "meetings.closing.render_record", lambda facts: b"%PDF-1.7 " + facts.number.encode()
    )


@pytest.fixture
def closed(secretary, quick_pdf, django_capture_on_commit_callbacks):
    meeting = signing_meeting(secretary)
    with django_capture_on_commit_callbacks(execute=True):
        close_meeting(by=secretary, meeting=meeting)
    meeting.refresh_from_db()
    return meeting


def test_close_makes_a_record_with_the_counts_of_the_roll(closed):
    record = closed.records.get()
    counts = facts_of(record).counts
    assert record.state == RecordState.READY
    assert bytes(record.pdf).startswith(b"%PDF")
    assert (counts.called, counts.present, counts.on_leave, counts.absent) == (4, 2, 1, 1)
    assert len(facts_of(record).signed) == 2
    assert closed.occasion.closed_at == closed.closed_at


def test_close_twice_gives_the_same_record(closed, secretary):
    assert close_meeting(by=secretary, meeting=closed) == closed.records.get()


def test_close_with_somebody_unmarked_is_refused(secretary):
    meeting = signing_meeting(secretary)
    AttendanceFactory(meeting=meeting)
    with pytest.raises(MeetingIncomplete) as caught:
        close_meeting(by=secretary, meeting=meeting)
    assert len(caught.value.problems) == 1
    meeting.refresh_from_db()
    assert meeting.state == State.SIGNING
    assert not meeting.records.exists()


@pytest.mark.parametrize("missing", ["reason", "approved_by"])
def test_close_with_an_undecided_leave_is_refused(secretary, missing):
    meeting = signing_meeting(secretary)
    meeting.attendances.filter(state="leave").update(**{missing: ""})
    with pytest.raises(MeetingIncomplete):
        close_meeting(by=secretary, meeting=meeting)


def test_close_without_the_actual_end_is_refused(secretary):
    meeting = signing_meeting(secretary)
    Meeting.objects.filter(pk=meeting.pk).update(ended_at=None)
    with pytest.raises(MeetingIncomplete):
        close_meeting(by=secretary, meeting=meeting)


def test_close_with_a_character_that_no_font_has_is_refused_with_its_person(secretary):
    """While it can still be mended: what a closed meeting's record says is frozen."""
    meeting = signing_meeting(secretary)
    meeting.attendances.filter(state="leave").update(name="张\ue000")
    with pytest.raises(MeetingIncomplete, match=r"U\+E000.*张\ue000"):
        close_meeting(by=secretary, meeting=meeting)
    meeting.refresh_from_db()
    assert meeting.state == State.SIGNING
    assert not meeting.records.exists()


def test_close_before_the_meeting_is_held_is_refused(secretary):
    meeting = MeetingFactory(unit=secretary.unit, announced=True)
    with pytest.raises(StateConflict):
        close_meeting(by=secretary, meeting=meeting)


def test_checklist_says_who_has_not_signed_without_blocking(secretary):
    meeting = signing_meeting(secretary)
    AttendanceFactory(meeting=meeting, asked=True)
    unsigned = next(check for check in list_checks(meeting) if check.url_name == "unsigned")
    assert (unsigned.done, unsigned.blocking) == (False, False)


def test_record_that_fails_says_why_and_is_made_on_retry(
    secretary, monkeypatch, django_capture_on_commit_callbacks
):
    from meetings.papers.exceptions import MissingGlyph, MissingGlyphs

    def refuse(facts):
        raise MissingGlyphs((MissingGlyph("\U0002ffff", "某\U0002ffff", "王某"),))

    monkeypatch.setattr("meetings.closing.render_record", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        record = close_meeting(by=secretary, meeting=signing_meeting(secretary))
    record.refresh_from_db()
    assert record.state == RecordState.FAILED
    assert "王某" in record.error
    monkeypatch.setattr("meetings.closing.render_record", lambda facts: b"%PDF-1.7")
    with django_capture_on_commit_callbacks(execute=True):
        retry_record(by=secretary, record=record)
    record.refresh_from_db()
    assert record.state == RecordState.READY


@pytest.mark.logs_errors
def test_record_that_fails_unexpectedly_is_failed_and_logged(
    secretary, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("meetings.closing.render_record", lambda facts: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True):
        record = close_meeting(by=secretary, meeting=signing_meeting(secretary))
    record.refresh_from_db()
    assert record.state == RecordState.FAILED


def test_correction_stands_beside_the_old_record_and_shows_what_changed(
    closed, secretary, django_capture_on_commit_callbacks
):
    first = closed.records.get()
    item = closed.agenda_items.get()
    with django_capture_on_commit_callbacks(execute=True):
        second = correct_record(
            by=secretary,
            meeting=closed,
            reason="地点记错",
            corrections=Corrections(meeting={"place": "二楼会议室"}, notes={item.pk: "补记一句。"}),
        )
    second.refresh_from_db()
    assert (second.revision, second.state) == (2, RecordState.READY)
    talk = item.get_block_display()
    assert second.changes == [
        ["地点", "三楼会议室", "二楼会议室"],
        [f"议程“{talk}”的记录", "围绕四个方面谈话。", "补记一句。"],
    ]
    again = Record.objects.get(pk=first.pk)
    assert (again.sha256, again.facts) == (first.sha256, first.facts)


def test_correction_of_a_mark_keeps_its_history(closed, secretary):
    row = closed.attendances.get(state="absent")
    correct_record(
        by=secretary,
        meeting=closed,
        reason="事后核实为请假",
        corrections=Corrections(
            marks={row.pk: {"state": "leave", "reason": "住院", "approved_by": "冯守正"}}
        ),
    )
    counts = facts_of(closed.records.order_by("revision").last()).counts
    assert (counts.on_leave, counts.absent) == (2, 0)
    assert AttendanceChange.objects.get(attendance=row).after["state"] == "leave"


def test_correction_that_makes_a_signer_absent_is_refused(closed, secretary):
    row = closed.attendances.filter(pledge__isnull=False).first()
    with pytest.raises(ValidationError):
        correct_record(
            by=secretary,
            meeting=closed,
            reason="改为缺席",
            corrections=Corrections(marks={row.pk: {"state": "absent", "reason": "未到"}}),
        )
    assert closed.records.count() == 1


def test_correction_that_changes_nothing_is_refused(closed, secretary):
    with pytest.raises(MeetingError):
        correct_record(
            by=secretary,
            meeting=closed,
            reason="看看",
            corrections=Corrections(meeting={"place": closed.place}),
        )


def test_correction_without_a_reason_is_refused(closed, secretary):
    with pytest.raises(MeetingError):
        correct_record(
            by=secretary,
            meeting=closed,
            reason="  ",
            corrections=Corrections(meeting={"place": "二楼"}),
        )


def test_correction_of_the_times_with_an_end_before_the_start_is_refused(closed, secretary):
    with pytest.raises(ValidationError):
        correct_record(
            by=secretary,
            meeting=closed,
            reason="时间",
            corrections=Corrections(
                meeting={"started_at": MORNING, "ended_at": MORNING - timedelta(minutes=1)}
            ),
        )


def test_correction_of_an_open_meeting_is_refused(secretary):
    with pytest.raises(StateConflict):
        correct_record(
            by=secretary,
            meeting=signing_meeting(secretary),
            reason="早了",
            corrections=Corrections(meeting={"place": "二楼"}),
        )
