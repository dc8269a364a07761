"""The test objects stand for what they say: the database accepts each of them."""

import pytest

from meetings.models import AttendanceState, State
from pledges.models import Pledge
from tests.factories import (
    PASSWORD,
    AttendanceFactory,
    CadreFactory,
    MeetingFactory,
    OutlineFactory,
    PledgeFactory,
    SignatureFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db


def test_unit_below_another_has_its_path_below():
    parent = UnitFactory()
    child = UnitFactory(parent=parent)
    assert child.path == f"/{parent.pk}/{child.pk}/"


def test_cadre_has_the_known_password():
    assert CadreFactory().check_password(PASSWORD)


@pytest.mark.parametrize("state", State.values)
def test_meeting_in_each_state_is_valid(state):
    meeting = MeetingFactory(**({} if state == "draft" else {state: True}), people=2)
    assert meeting.state == state
    meeting.validate_constraints()
    assert meeting.attendances.count() == 2
    assert (meeting.number is None) == (state == "draft")
    assert (meeting.occasion is not None) == (state in {"signing", "closed"})
    for attendance in meeting.attendances.all():
        assert bool(attendance.name) == (state != "draft")
        assert (attendance.state == AttendanceState.PRESENT) == (
            state in {"held", "signing", "closed"}
        )


@pytest.mark.parametrize("trait", ["present", "on_leave", "absent", "excluded", "observing"])
def test_attendance_of_each_kind_is_valid(trait):
    attendance = AttendanceFactory(meeting__held=True, **{trait: True})
    attendance.validate_constraints()


def test_attendance_signed_has_a_whole_pledge():
    attendance = AttendanceFactory(meeting__signing=True, signed=True)
    pledge = Pledge.objects.signed().get()
    assert pledge == attendance.pledge
    assert pledge.signer == attendance.cadre
    assert pledge.confirmations.count() == 4


def test_pledge_alone_is_not_opened():
    pledge = PledgeFactory()
    assert pledge.opened_at is None
    assert not pledge.is_signed


def test_signature_alone_has_a_confirmed_pledge():
    assert SignatureFactory().pledge.confirmations.count() == 4


def test_outline_made_again_is_the_next_version():
    assert OutlineFactory().version + 1 == OutlineFactory().version
