"""A whole talk by its services, from the draft to the corrected record."""

from datetime import timedelta

from django.utils import timezone

from meetings.attendance import mark_attendance, mark_rest_present
from meetings.closing import Corrections, close_meeting, correct_record
from meetings.holding import hold_meeting, open_signing
from meetings.models import Cadre, Meeting
from meetings.scheduling import announce_meeting
from pledges import ledger
from pledges.models import Pledge
from pledges.signing import (
    confirm_point,
    open_pledge,
    prepare_pledge,
    save_draft,
    sign_pledge,
)
from tests.factories import PASSWORD
from tests.meetings.test_scheduling import ready_draft


def hold_whole_talk(secretary: Cadre, draft: Meeting | None = None) -> Meeting:
    """Two are called, one signs, one is on leave; the place is corrected after closing."""
    meeting = announce_meeting(by=secretary, meeting=draft or ready_draft(secretary, people=2))
    first, second = meeting.attendances.order_by("order")
    mark_attendance(
        by=secretary,
        attendance=second,
        version=second.version,
        state="leave",
        reason="住院治疗",
        approved_by="冯守正",
    )
    mark_rest_present(by=secretary, meeting=meeting)
    hold_meeting(
        by=secretary,
        meeting=meeting,
        started_at=meeting.starts_at,
        ended_at=meeting.starts_at + timedelta(hours=1),
    )
    open_signing(by=secretary, meeting=meeting)
    first.refresh_from_db()
    sign(first.pledge)
    close_meeting(by=secretary, meeting=meeting)
    correct_record(
        by=secretary,
        meeting=meeting,
        reason="地点记错",
        corrections=Corrections(meeting={"place": "二楼会议室"}),
    )
    ledger.make_checkpoint()
    return meeting


def sign(pledge: Pledge) -> None:
    """Opens, confirms, types the name and signs at level B, accepting the agreement."""
    by = pledge.signer
    open_pledge(by=by, pledge=pledge, at=timezone.now())
    for point in pledge.occasion.outline.points.all():
        confirm_point(by=by, pledge=pledge, point=point)
    pledge = save_draft(by=by, pledge=pledge, typed_name=pledge.name)
    sign_pledge(
        by=by,
        pledge=pledge,
        digest_seen=prepare_pledge(by=by, pledge=pledge).digest,
        password=PASSWORD,
        address="192.0.2.7",
        browser="Chromium",
        accepts_agreement=True,
    )
