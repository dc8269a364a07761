"""The database refuses to change marks of attendance and finished records."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from meetings.models import AttendanceChange, Record, RecordState
from tests.factories import AttendanceFactory, MeetingFactory

pytestmark = pytest.mark.django_db


def refuses(sql: str, *params) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, params)
    except IntegrityError as error:
        return "refused" in str(error)
    return False


@pytest.fixture
def record():
    meeting = MeetingFactory(closed=True)
    return Record.objects.create(
        meeting=meeting,
        revision=1,
        facts={"number": meeting.number},
        made_at=timezone.now(),
        made_by=meeting.created_by,
    )


def finish(record):
    record.state, record.pdf, record.sha256 = RecordState.READY, b"%PDF", "0" * 64
    record.save()


def test_change_of_attendance_neither_changes_nor_goes():
    attendance = AttendanceFactory(meeting__held=True, present=True)
    AttendanceChange.objects.create(
        attendance=attendance,
        changed_at=timezone.now(),
        changed_by=attendance.meeting.created_by,
        before={"state": "unmarked"},
        after={"state": "present"},
    )
    assert refuses("UPDATE meetings_attendancechange SET changed_at = changed_at")
    assert refuses("DELETE FROM meetings_attendancechange")


FACTS = {
    "id": 999_999,
    "meeting_id": 999_999,
    "revision": 9,
    "reason": "改",
    "changes": '["x"]',
    "facts": '{"number": "x"}',
    "made_at": "2020-01-01 00:00:00+00:00",
    "made_by_id": 999_999,
}


@pytest.mark.parametrize(("column", "value"), FACTS.items())
def test_record_refuses_other_facts_while_it_is_made(column, value, record):
    assert refuses(f"UPDATE meetings_record SET {column} = %s", value)  # noqa: S608


def test_record_can_fail_and_then_be_finished(record):
    record.state, record.error = RecordState.FAILED, "字体缺字"
    record.save()
    finish(record)
    assert Record.objects.get().state == RecordState.READY


def test_record_finished_refuses_every_change(record):
    finish(record)
    assert refuses("UPDATE meetings_record SET pdf = %s", b"other")
    assert refuses("UPDATE meetings_record SET state = 'pending'")
    assert refuses("UPDATE meetings_record SET error = 'x'")


def test_record_does_not_go(record):
    assert refuses("DELETE FROM meetings_record")
