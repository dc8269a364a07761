"""The services of the attendance desk: every mark kept, no mark overwritten unseen."""

import threading

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from meetings.attendance import count_attendance, mark_attendance, mark_rest_present
from meetings.exceptions import AttendanceConflict, MeetingError, StateConflict
from meetings.models import AttendanceChange, Role
from pledges.models import Pledge
from tests.factories import (
    MORNING,
    AttendanceFactory,
    CadreFactory,
    MeetingFactory,
    RoleAssignmentFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(secretary):
    return MeetingFactory(unit=secretary.unit, created_by=secretary, announced=True)


@pytest.fixture
def row(meeting):
    return AttendanceFactory(meeting=meeting)


def test_mark_changes_the_row_and_writes_who_did_it(secretary, row):
    marked = mark_attendance(
        by=secretary, attendance=row, version=0, state="leave", reason=" 病假 ", approved_by="李明"
    )
    row.refresh_from_db()
    assert (row.state, row.reason, row.approved_by, row.version) == ("leave", "病假", "李明", 1)
    assert marked.version == 1
    change = row.changes.get()
    assert change.changed_by == secretary
    assert change.before["state"] == "unmarked"
    assert change.after["state"] == "leave"
    assert change.after["reason"] == "病假"


def test_mark_again_changes_nothing_even_from_an_older_page(secretary, row):
    mark_attendance(by=secretary, attendance=row, version=0, state="present")
    again = mark_attendance(by=secretary, attendance=row, version=0, state="present")
    assert again.version == 1
    assert row.changes.count() == 1


def test_mark_from_an_older_page_is_refused_and_the_other_stands(secretary, row):
    other = RoleAssignmentFactory(
        role=Role.SECRETARY, unit=row.meeting.unit, cadre__unit=row.meeting.unit
    ).cadre
    mark_attendance(by=other, attendance=row, version=0, state="present", late=True)
    with pytest.raises(AttendanceConflict, match=row.name):
        mark_attendance(by=secretary, attendance=row, version=0, state="absent")
    row.refresh_from_db()
    assert (row.state, row.late, row.version) == ("present", True, 1)


@pytest.mark.parametrize(
    "mark",
    [
        {"state": "absent", "late": True},
        {"state": "present", "approved_by": "李明"},
        {"state": "asleep"},
        {"state": "absent", "reason": "长" * 201},
    ],
)
def test_mark_that_does_not_fit_is_refused(secretary, row, mark):
    with pytest.raises(ValidationError):
        mark_attendance(by=secretary, attendance=row, version=0, **mark)
    assert not AttendanceChange.objects.exists()


def test_mark_of_somebody_excluded_is_refused(secretary, meeting):
    row = AttendanceFactory(meeting=meeting, excluded=True)
    with pytest.raises(ValidationError):
        mark_attendance(by=secretary, attendance=row, version=0, state="present")


@pytest.mark.parametrize("who", ["cadre", "inspector", "speaker", "outsider"])
def test_mark_is_the_secretarys_alone(request, row, who):
    with pytest.raises(PermissionDenied):
        mark_attendance(by=request.getfixturevalue(who), attendance=row, version=0, state="present")


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_mark_outside_its_time_is_refused(secretary, state):
    traits = {} if state == "draft" else {state: True}
    row = AttendanceFactory(meeting=MeetingFactory(unit=secretary.unit, **traits))
    with pytest.raises(StateConflict):
        mark_attendance(by=secretary, attendance=row, version=0, state="absent")


def test_latecomer_is_asked_for_the_pledge(secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    row = AttendanceFactory(meeting=meeting)
    marked = mark_attendance(by=secretary, attendance=row, version=0, state="present", late=True)
    marked.refresh_from_db()
    assert marked.pledge.signer == row.cadre
    assert marked.pledge.occasion == meeting.occasion


def test_observer_is_not_asked_for_a_pledge(secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    row = AttendanceFactory(meeting=meeting, observing=True)
    mark_attendance(by=secretary, attendance=row, version=0, state="present")
    assert not Pledge.objects.exists()


def test_untouched_pledge_goes_when_the_person_was_not_there(secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    row = AttendanceFactory(meeting=meeting, asked=True)
    mark_attendance(by=secretary, attendance=row, version=0, state="absent")
    row.refresh_from_db()
    assert (row.state, row.pledge) == ("absent", None)
    assert not Pledge.objects.exists()


@pytest.mark.parametrize("touched", [{"pledge__opened_at": MORNING}, {"signed": True}])
def test_pledge_that_was_opened_keeps_its_signer_present(secretary, touched):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    row = AttendanceFactory(meeting=meeting, **{"asked": True, **touched})
    with pytest.raises(MeetingError, match=row.name):
        mark_attendance(by=secretary, attendance=row, version=0, state="absent")
    row.refresh_from_db()
    assert row.state == "present"
    assert row.pledge is not None
    assert not row.changes.exists()


def test_mark_rest_leaves_marked_and_excluded_people_alone(secretary, meeting):
    AttendanceFactory.create_batch(2, meeting=meeting)
    AttendanceFactory(meeting=meeting, observing=True)
    absent = AttendanceFactory(meeting=meeting, absent=True)
    AttendanceFactory(meeting=meeting, excluded=True)
    assert mark_rest_present(by=secretary, meeting=meeting) == 3
    absent.refresh_from_db()
    assert absent.state == "absent"
    assert AttendanceChange.objects.filter(changed_by=secretary).count() == 3
    assert mark_rest_present(by=secretary, meeting=meeting) == 0


def test_mark_rest_asks_for_pledges_once_signing_is_open(secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    AttendanceFactory.create_batch(2, meeting=meeting)
    mark_rest_present(by=secretary, meeting=meeting)
    assert meeting.attendances.filter(pledge__isnull=False).count() == 2


def test_mark_rest_is_the_secretarys_alone(inspector, meeting):
    with pytest.raises(PermissionDenied):
        mark_rest_present(by=inspector, meeting=meeting)


def test_counts_balance_only_when_everybody_called_is_marked(meeting):
    AttendanceFactory(meeting=meeting, present=True, late=True)
    AttendanceFactory(meeting=meeting, on_leave=True)
    AttendanceFactory(meeting=meeting, on_leave=True, approved_by="")
    AttendanceFactory(meeting=meeting, absent=True)
    AttendanceFactory(meeting=meeting, observing=True, present=True)
    AttendanceFactory(meeting=meeting, excluded=True)
    open_row = AttendanceFactory(meeting=meeting)
    counts = count_attendance(meeting)
    assert (counts.called, counts.present, counts.on_leave, counts.absent) == (5, 1, 2, 1)
    assert (counts.unmarked, counts.observing, counts.excluded) == (1, 1, 1)
    assert (counts.late, counts.undecided_leave) == (1, 1)
    assert not counts.balances
    open_row.delete()
    assert count_attendance(meeting).balances


@pytest.mark.django_db(transaction=True)
def test_two_secretaries_at_once_lose_no_mark(secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, announced=True)
    rows = AttendanceFactory.create_batch(6, meeting=meeting)
    other = RoleAssignmentFactory(
        role=Role.SECRETARY, unit=secretary.unit, cadre=CadreFactory(unit=secretary.unit)
    ).cadre
    start = threading.Barrier(2)
    refused = []

    def work(by, state):
        start.wait()
        try:
            for row in rows:
                try:
                    mark_attendance(by=by, attendance=row, version=0, state=state)
                except AttendanceConflict:
                    refused.append((row.pk, state))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=work, args=(secretary, "present")),
        threading.Thread(target=work, args=(other, "absent")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for row in rows:
        row.refresh_from_db()
        # One of the two marks stands with its entry; the other one was told.
        assert row.version == 1
        assert row.changes.get().after["state"] == row.state
        loser = "absent" if row.state == "present" else "present"
        assert (row.pk, loser) in refused
    assert len(refused) == len(rows)


def test_mark_as_absent_of_somebody_who_made_a_statement_is_refused(secretary, meeting):
    row = AttendanceFactory(meeting=meeting, present=True)
    meeting.statements.create(attendance=row, order=1, summary="坚决做到。")
    with pytest.raises(MeetingError):
        mark_attendance(by=secretary, attendance=row, version=0, state="absent")
    row.refresh_from_db()
    assert row.state == "present"
