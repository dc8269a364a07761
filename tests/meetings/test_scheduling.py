"""From a draft to an announced meeting: numbers, the frozen roll, what is missing, warnings."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from meetings.exceptions import MeetingIncomplete, StateConflict
from meetings.models import Attendance, Block, Cadre, Meeting, Notice, State
from meetings.scheduling import (
    announce_meeting,
    call_cadres,
    copy_meeting,
    count_similar_pledges,
    discard_draft,
    dismiss_cadres,
    draft_meeting,
    find_overlaps,
    list_what_is_missing,
    save_draft,
)
from tests.factories import (
    MORNING,
    AttendanceFactory,
    CadreFactory,
    MeetingFactory,
    RoleAssignmentFactory,
    UnitFactory,
)

# A character of names (CJK extension E) that none of the fonts supplied has.
RARE = "\U0002b81d"


def ready_draft(secretary: Cadre, people: int = 3, **values: object) -> Meeting:
    """A draft of the secretary's unit that can be announced."""
    meeting = MeetingFactory(
        unit=secretary.unit,
        created_by=secretary,
        pledge_due_on=(MORNING + timedelta(days=3)).date(),
        people=people,
        **values,
    )
    meeting.agenda_items.create(order=1, block=Block.TALK, minutes=40)
    return meeting


def test_draft_begins_with_usual_agenda_and_newest_outline(secretary, unit):
    meeting = draft_meeting(by=secretary, unit=unit, title="谈话会")
    assert [item.block for item in meeting.agenda_items.all()][2] == Block.TALK
    assert meeting.number is None
    assert meeting.recorder == secretary


def test_draft_by_a_secretary_of_elsewhere_is_refused(outsider, unit):
    with pytest.raises(PermissionDenied):
        draft_meeting(by=outsider, unit=unit, title="谈话会")


def test_draft_by_the_secretary_of_a_unit_above_is_made(secretary, unit):
    assert draft_meeting(by=secretary, unit=UnitFactory(parent=unit), title="谈话会").is_draft


def test_save_draft_keeps_agenda_in_the_given_order(secretary):
    meeting = ready_draft(secretary)
    save_draft(
        by=secretary,
        meeting=meeting,
        values={"title": "新名称"},
        agenda=[{"block": b, "title": "", "minutes": 5} for b in (Block.SUMMARY, Block.OPENING)],
        post_changes=[],
    )
    meeting.refresh_from_db()
    assert meeting.title == "新名称"
    assert [i.block for i in meeting.agenda_items.all()] == [Block.SUMMARY, Block.OPENING]


def test_save_draft_keeps_lines_as_paper_prints_them(secretary):
    """A browser sends CR LF, and no font has a glyph for CR."""
    draft = ready_draft(secretary)
    values = {"basis": "岗位调整较多。\r\n依据党组会议决定。"}
    save_draft(by=secretary, meeting=draft, values=values, agenda=[], post_changes=[])
    draft.refresh_from_db()
    assert draft.basis == "岗位调整较多。\n依据党组会议决定。"


def test_save_draft_with_an_end_before_the_start_changes_nothing(secretary):
    meeting = ready_draft(secretary)
    with pytest.raises(ValidationError):
        save_draft(
            by=secretary,
            meeting=meeting,
            values={"title": "新名称", "ends_at": MORNING - timedelta(hours=1)},
            agenda=[],
            post_changes=[],
        )
    meeting.refresh_from_db()
    assert meeting.title != "新名称"
    assert meeting.agenda_items.count() == 1


def test_call_cadres_twice_changes_their_role_and_adds_nobody(secretary):
    meeting = ready_draft(secretary, people=0)
    cadres = CadreFactory.create_batch(3, unit=secretary.unit)
    call_cadres(by=secretary, meeting=meeting, cadres=cadres)
    call_cadres(by=secretary, meeting=meeting, cadres=cadres[:1], role="observing")
    assert sorted(meeting.attendances.values_list("role", flat=True)) == [
        "called",
        "called",
        "observing",
    ]


def test_call_cadres_excluded_without_reason_is_refused(secretary):
    meeting = ready_draft(secretary, people=0)
    with pytest.raises(ValidationError):
        call_cadres(
            by=secretary,
            meeting=meeting,
            cadres=[CadreFactory(unit=secretary.unit)],
            role="excluded",
        )
    assert not meeting.attendances.exists()


def test_call_cadres_who_left_office_are_passed_over(secretary):
    meeting = ready_draft(secretary, people=0)
    gone = CadreFactory(unit=secretary.unit, is_active=False)
    assert call_cadres(by=secretary, meeting=meeting, cadres=[gone]) == 0


def test_dismiss_cadres_takes_them_off_the_roll(secretary):
    meeting = ready_draft(secretary)
    row = meeting.attendances.first()
    assert dismiss_cadres(by=secretary, meeting=meeting, cadres=[row.cadre]) == 1
    assert meeting.attendances.count() == 2


def test_announce_gives_numbers_without_gaps_per_unit_and_year(secretary):
    numbers = []
    for _ in range(2):
        discard_draft(by=secretary, meeting=ready_draft(secretary))
        numbers.append(announce_meeting(by=secretary, meeting=ready_draft(secretary)).number)
    next_year = ready_draft(
        secretary,
        starts_at=MORNING + timedelta(days=365),
        ends_at=MORNING + timedelta(days=365, hours=1),
    )
    next_year.pledge_due_on = (MORNING + timedelta(days=366)).date()
    next_year.save()
    numbers.append(announce_meeting(by=secretary, meeting=next_year).number)
    prefix = secretary.unit.number_prefix
    assert numbers == [f"{prefix}〔2026〕1号", f"{prefix}〔2026〕2号", f"{prefix}〔2027〕1号"]


def test_announce_takes_the_year_of_the_local_date(secretary):
    # Half past midnight on New Year's Day in Shanghai is still last year in UTC.
    start = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    meeting = ready_draft(secretary, starts_at=start, ends_at=start + timedelta(hours=1))
    meeting.pledge_due_on = (start + timedelta(days=2)).date()
    meeting.save()
    assert announce_meeting(by=secretary, meeting=meeting).year == 2027


def test_announce_freezes_the_roll_against_later_changes_of_post(secretary):
    meeting = ready_draft(secretary, people=0)
    cadre = CadreFactory(unit=secretary.unit, post="副科长")
    call_cadres(by=secretary, meeting=meeting, cadres=[cadre])
    meeting.post_changes.create(cadre=cadre, to_post="副科长", newly_placed=True)
    announce_meeting(by=secretary, meeting=meeting)
    Cadre.objects.filter(pk=cadre.pk).update(post="科长", name="改名")
    row = meeting.attendances.get(cadre=cadre)
    assert (row.post, row.name, row.newly_placed) == ("副科长", cadre.name, True)


def test_announce_twice_gives_one_number_and_one_notice_each(secretary):
    meeting = ready_draft(secretary)
    first = announce_meeting(by=secretary, meeting=meeting)
    again = announce_meeting(by=secretary, meeting=meeting)
    assert again.number == first.number
    assert Notice.objects.filter(attendance__meeting=meeting).count() == 3


def test_announce_says_everything_that_is_missing_at_once(secretary, unit):
    meeting = draft_meeting(by=secretary, unit=unit, title="谈话会")
    with pytest.raises(MeetingIncomplete) as caught:
        announce_meeting(by=secretary, meeting=meeting)
    assert len(caught.value.problems) == 7
    meeting.refresh_from_db()
    assert meeting.is_draft


def test_announce_with_pledges_due_before_the_talk_is_refused(secretary):
    meeting = ready_draft(secretary)
    meeting.pledge_due_on = (MORNING - timedelta(days=1)).date()
    meeting.save()
    assert len(list_what_is_missing(meeting)) == 1


@pytest.mark.parametrize("field", ["name", "post", "rank"])
def test_announce_with_a_person_whom_no_paper_can_name_is_refused(secretary, field):
    meeting = ready_draft(secretary)
    cadre = meeting.attendances.last().cadre
    Cadre.objects.filter(pk=cadre.pk).update(**{field: f"王{RARE}"})
    cadre.refresh_from_db()
    with pytest.raises(MeetingIncomplete) as caught:
        announce_meeting(by=secretary, meeting=meeting)
    (problem,) = caught.value.problems
    assert f"{RARE}”（U+2B81D）" in problem
    assert cadre.name in problem
    meeting.refresh_from_db()
    assert meeting.is_draft
    assert not Notice.objects.exists()


def test_announce_with_a_number_taken_by_another_unit_is_refused(secretary):
    announce_meeting(by=secretary, meeting=ready_draft(secretary))
    other = RoleAssignmentFactory(cadre__unit=UnitFactory(), unit=UnitFactory()).cadre
    other.role_assignments.update(unit=other.unit)
    with pytest.raises(MeetingIncomplete) as caught:
        announce_meeting(by=other, meeting=ready_draft(other))
    assert "1号" in caught.value.problems[0]


def test_announce_mails_those_with_an_address_and_attaches_the_calendar(
    secretary, django_capture_on_commit_callbacks
):
    meeting = ready_draft(secretary)
    row = meeting.attendances.first()
    Cadre.objects.filter(pk=row.cadre_id).update(email="invented@example.org")
    with django_capture_on_commit_callbacks(execute=True):
        announce_meeting(by=secretary, meeting=meeting)
    (message,) = mail.outbox
    assert message.to == ["invented@example.org"]
    assert meeting.title in message.subject
    assert "BEGIN:VEVENT" in message.attachments[0][1]
    assert Notice.objects.filter(mailed=True).count() == 1


def test_announced_meeting_can_no_longer_be_changed(secretary):
    meeting = announce_meeting(by=secretary, meeting=ready_draft(secretary))
    for change in (
        lambda: discard_draft(by=secretary, meeting=meeting),
        lambda: call_cadres(by=secretary, meeting=meeting, cadres=[]),
        lambda: save_draft(by=secretary, meeting=meeting, values={}, agenda=[], post_changes=[]),
    ):
        with pytest.raises(StateConflict):
            change()


def test_copy_has_the_people_and_agenda_but_no_date_and_no_number(secretary):
    meeting = announce_meeting(by=secretary, meeting=ready_draft(secretary))
    gone = meeting.attendances.first().cadre
    Cadre.objects.filter(pk=gone.pk).update(is_active=False)
    copy = copy_meeting(by=secretary, meeting=meeting)
    assert (copy.state, copy.starts_at, copy.number) == (State.DRAFT, None, None)
    assert copy.agenda_items.count() == 1
    assert copy.attendances.count() == 2


def test_overlap_is_found_for_those_in_two_announced_meetings(secretary):
    meeting = ready_draft(secretary)
    other = MeetingFactory(unit=secretary.unit, announced=True, sequence=7)
    AttendanceFactory(meeting=other, cadre=meeting.attendances.first().cadre)
    assert [overlap.meeting for overlap in find_overlaps(meeting)] == [other]
    other.starts_at, other.ends_at = meeting.ends_at, meeting.ends_at + timedelta(hours=1)
    other.save()
    assert find_overlaps(meeting) == []


def test_similar_pledge_counts_only_the_same_kind_and_year(secretary):
    earlier = MeetingFactory(unit=secretary.unit, signing=True, sequence=7)
    signed = AttendanceFactory(meeting=earlier, signed=True)
    meeting = ready_draft(secretary, people=0)
    call_cadres(by=secretary, meeting=meeting, cadres=[signed.cadre])
    assert count_similar_pledges(meeting) == 1
    meeting.starts_at = MORNING + timedelta(days=365)
    assert count_similar_pledges(meeting) == 0
    meeting.starts_at = MORNING
    meeting.kind = "special"
    assert count_similar_pledges(meeting) == 0


def test_meeting_announced_without_a_number_is_refused_by_the_database(secretary):
    meeting = ready_draft(secretary)
    with pytest.raises(IntegrityError), transaction.atomic():
        Meeting.objects.filter(pk=meeting.pk).update(state=State.ANNOUNCED)


def test_same_cadre_twice_on_a_roll_is_refused_by_the_database(secretary):
    row = ready_draft(secretary).attendances.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Attendance.objects.create(meeting=row.meeting, cadre=row.cadre)
