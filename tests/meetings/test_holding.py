"""The services around a meeting that takes place: time, signing, notes, statements."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import translation

from meetings.exceptions import MeetingError, NotesConflict, StateConflict
from meetings.holding import (
    add_statement,
    fingerprint,
    hold_meeting,
    note_agenda_item,
    open_signing,
    remove_statement,
)
from meetings.models import AgendaItem, Block, State
from tests.factories import MORNING, AttendanceFactory, MeetingFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def announced(secretary):
    return MeetingFactory(unit=secretary.unit, created_by=secretary, announced=True)


@pytest.fixture
def held(secretary):
    return MeetingFactory(unit=secretary.unit, created_by=secretary, held=True)


@pytest.fixture
def item(held):
    return AgendaItem.objects.create(meeting=held, order=1, block=Block.TALK)


def test_hold_notes_the_time_and_moves_on(secretary, announced):
    meeting = hold_meeting(by=secretary, meeting=announced, started_at=MORNING, ended_at=None)
    assert (meeting.state, meeting.started_at, meeting.ended_at) == (State.HELD, MORNING, None)
    assert meeting.held_by == secretary


def test_hold_again_notes_the_end_and_keeps_who_held_it(secretary, held):
    first = held.held_at
    meeting = hold_meeting(
        by=secretary, meeting=held, started_at=MORNING, ended_at=MORNING + 2 * HOUR
    )
    assert (meeting.ended_at, meeting.held_at) == (MORNING + 2 * HOUR, first)


def test_hold_with_the_end_before_the_beginning_is_refused(secretary, announced):
    with pytest.raises(ValidationError):
        hold_meeting(by=secretary, meeting=announced, started_at=MORNING, ended_at=MORNING - HOUR)


def test_hold_keeps_the_beginning_that_pledges_state(secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    with pytest.raises(MeetingError):
        hold_meeting(
            by=secretary, meeting=meeting, started_at=MORNING + HOUR, ended_at=MORNING + 2 * HOUR
        )
    kept = hold_meeting(
        by=secretary, meeting=meeting, started_at=MORNING, ended_at=MORNING + 2 * HOUR
    )
    assert kept.ended_at == MORNING + 2 * HOUR


@pytest.mark.parametrize("state", [{}, {"closed": True}])
def test_hold_outside_its_time_is_refused(secretary, state):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, **state)
    with pytest.raises(StateConflict):
        hold_meeting(by=secretary, meeting=meeting, started_at=MORNING, ended_at=None)


def test_open_signing_asks_those_present_and_nobody_else(secretary, held):
    present = AttendanceFactory.create_batch(2, meeting=held, present=True)
    others = [
        AttendanceFactory(meeting=held, on_leave=True),
        AttendanceFactory(meeting=held, absent=True),
        AttendanceFactory(meeting=held),
        AttendanceFactory(meeting=held, observing=True, present=True),
        AttendanceFactory(meeting=held, excluded=True),
    ]
    meeting = open_signing(by=secretary, meeting=held)
    assert meeting.state == State.SIGNING
    assert meeting.occasion.number == held.number
    for row in present:
        row.refresh_from_db()
        assert row.pledge.signer == row.cadre
        assert row.pledge.name == row.name
    for row in others:
        row.refresh_from_db()
        assert row.pledge is None


def test_open_signing_twice_changes_nothing(secretary, held):
    AttendanceFactory(meeting=held, present=True)
    first = open_signing(by=secretary, meeting=held)
    second = open_signing(by=secretary, meeting=held)
    assert second.signing_at == first.signing_at
    assert held.attendances.get().pledge is not None


def test_open_signing_with_nobody_present_is_refused(secretary, held):
    AttendanceFactory(meeting=held, absent=True)
    with pytest.raises(MeetingError):
        open_signing(by=secretary, meeting=held)
    held.refresh_from_db()
    assert held.state == State.HELD


def test_open_signing_before_the_meeting_is_refused(secretary, announced):
    AttendanceFactory(meeting=announced, present=True)
    with pytest.raises(StateConflict):
        open_signing(by=secretary, meeting=announced)


def test_open_signing_is_the_secretarys_alone(speaker, held):
    with pytest.raises(PermissionDenied):
        open_signing(by=speaker, meeting=held)


def test_note_keeps_the_text_without_the_browsers_line_ends(secretary, item):
    note_agenda_item(by=secretary, item=item, notes="一、学习\r\n二、担当\r\n")
    item.refresh_from_db()
    assert item.notes == "一、学习\n二、担当"


def test_note_of_somebody_else_is_not_overwritten_unseen(secretary, item):
    seen = fingerprint("")
    note_agenda_item(by=secretary, item=item, notes="先写的", seen=seen)
    with pytest.raises(NotesConflict):
        note_agenda_item(by=secretary, item=item, notes="后写的", seen=seen)
    item.refresh_from_db()
    assert item.notes == "先写的"
    note_agenda_item(by=secretary, item=item, notes="后写的", seen=fingerprint("先写的"))
    item.refresh_from_db()
    assert item.notes == "后写的"


def test_note_that_both_wrote_alike_is_no_conflict(secretary, item):
    note_agenda_item(by=secretary, item=item, notes="同样的话", seen=fingerprint(""))
    note_agenda_item(by=secretary, item=item, notes="同样的话", seen=fingerprint(""))
    item.refresh_from_db()
    assert item.notes == "同样的话"


def test_note_after_closing_is_refused(secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, closed=True)
    item = AgendaItem.objects.create(meeting=meeting, order=1, block=Block.TALK)
    with pytest.raises(StateConflict):
        note_agenda_item(by=secretary, item=item, notes="迟到的话")


def test_note_is_the_secretarys_alone(inspector, item):
    with pytest.raises(PermissionDenied):
        note_agenda_item(by=inspector, item=item, notes="改一改")


def test_statements_stand_in_the_order_they_were_made(secretary, held):
    people = AttendanceFactory.create_batch(2, meeting=held, present=True)
    for person in people:
        add_statement(by=secretary, meeting=held, attendance=person, summary="坚决落实。")
    assert [s.order for s in held.statements.all()] == [1, 2]
    remove_statement(by=secretary, statement=held.statements.first())
    third = add_statement(by=secretary, meeting=held, attendance=people[0], summary="补充。")
    assert third.order == 3


def test_statement_of_somebody_not_on_the_roll_is_refused(secretary, held):
    stranger = AttendanceFactory(present=True)
    with pytest.raises(MeetingError):
        add_statement(by=secretary, meeting=held, attendance=stranger, summary="你好")


def test_statement_of_somebody_not_present_is_refused(secretary, held):
    person = AttendanceFactory(meeting=held, absent=True)
    with pytest.raises(MeetingError, match=person.name):
        add_statement(by=secretary, meeting=held, attendance=person, summary="你好")


def test_statement_without_words_is_refused(secretary, held):
    person = AttendanceFactory(meeting=held, present=True)
    with pytest.raises(ValidationError):
        add_statement(by=secretary, meeting=held, attendance=person, summary="  ")


def test_statement_after_closing_stays(secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, held=True)
    person = AttendanceFactory(meeting=meeting, present=True)
    statement = add_statement(by=secretary, meeting=meeting, attendance=person, summary="落实。")
    meeting.state = State.CLOSED
    meeting.save()
    with pytest.raises(StateConflict):
        remove_statement(by=secretary, statement=statement)
    with pytest.raises(StateConflict):
        add_statement(by=secretary, meeting=meeting, attendance=person, summary="再说一句")


def test_occasion_is_named_in_chinese_whatever_the_language_of_the_page(secretary):
    meeting = MeetingFactory(unit=secretary.unit, held=True, kind="special")
    AttendanceFactory(meeting=meeting, present=True)
    with translation.override("en"):
        opened = open_signing(by=secretary, meeting=meeting)
    assert opened.occasion.kind == "专项集体廉政谈话"
