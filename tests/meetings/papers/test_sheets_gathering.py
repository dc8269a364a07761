"""From rows to the facts of the table papers; the figures of the statistics."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetings.models import Cadre, Kind, Meeting
from meetings.papers.exceptions import PaperError
from meetings.papers.gathering_sheets import (
    blank_lines,
    gather_roster,
    gather_sign_in_sheet,
    gather_signature_book,
    gather_slips,
    masked,
)
from meetings.papers.gathering_statistics import gather_statistics
from meetings.roster.activation import VALID_FOR, issue_codes
from pledges.models import Level
from tests.evidence import RevocationFactory, sign_on_paper
from tests.factories import (
    MORNING,
    AttendanceFactory,
    CadreFactory,
    MeetingFactory,
    SignatureFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db


def sign_in(meeting):
    return gather_sign_in_sheet(meeting, made_at=MORNING)


def book(meeting):
    return gather_signature_book(meeting, made_at=MORNING)


def figures(**choice):
    return gather_statistics(
        Meeting.objects.filter(**choice),
        unit="局",
        period="2026年",
        made_at=MORNING,
        made_by=Cadre.objects.first(),
    )


def by(facts, heading):
    """The lines of one breakdown, by kind and label."""
    (table,) = [table for table in facts.breakdowns if table.by == heading]
    return {(kind.label, line.label): line.tally for kind in table.kinds for line in kind.lines}


def test_draft_has_no_sheet():
    meeting = MeetingFactory(people=2)
    with pytest.raises(PaperError):
        sign_in(meeting)
    with pytest.raises(PaperError):
        book(meeting)


def test_sheet_before_the_talk_leaves_the_figures_open():
    facts = sign_in(MeetingFactory(announced=True, people=3))
    assert len(facts.called) == 3
    assert facts.counts is None
    assert {row.remark for row in facts.called} == {""}


def test_sheet_of_a_held_talk_says_what_is_known():
    meeting = MeetingFactory(held=True)
    AttendanceFactory(
        meeting=meeting, order=1, present=True, late=True, left_early=True, newly_placed=True
    )
    AttendanceFactory(meeting=meeting, order=2, on_leave=True)
    AttendanceFactory(meeting=meeting, order=3, absent=True, reason="")
    AttendanceFactory(meeting=meeting, order=4, observing=True, present=True)
    AttendanceFactory(meeting=meeting, order=5, excluded=True)
    facts = sign_in(meeting)
    assert [row.remark for row in facts.called] == [
        "新任职；迟到、早退",
        "请假（住院治疗）",
        "缺席",
    ]
    assert len(facts.observing) == 1
    assert [row.remark for row in facts.excluded] == ["借调"]
    assert (facts.counts.called, facts.counts.present, facts.counts.absent) == (3, 1, 1)


def test_sheet_takes_names_as_frozen_when_announced():
    meeting = MeetingFactory(announced=True)
    row = AttendanceFactory(meeting=meeting, cadre__gender="女", cadre__ethnicity="回族")
    Cadre.objects.filter(pk=row.cadre_id).update(name="改名了", post="局长")
    (line,) = sign_in(meeting).called
    assert (line.name, line.post) == (row.name, "科长")
    assert (line.gender_mark, line.ethnicity_mark) == ("女", "回族")


def test_sheet_stands_in_the_order_of_the_roll():
    meeting = MeetingFactory(announced=True)
    for order, name in ((2, "后来"), (1, "先到")):
        AttendanceFactory(meeting=meeting, order=order, cadre__name=name)
    assert [row.name for row in sign_in(meeting).called] == ["先到", "后来"]


def test_book_has_the_signatures_made_up_to_now():
    meeting = MeetingFactory(signing=True)
    signed = AttendanceFactory(meeting=meeting, order=1, signed=True)
    AttendanceFactory(meeting=meeting, order=2, asked=True)
    AttendanceFactory(meeting=meeting, order=3, on_leave=True)
    facts = book(meeting)
    assert [row.signature is not None for row in facts.rows] == [True, False, False]
    assert facts.rows[0].signature.level == "乙"
    assert facts.rows[0].signature.short_code == signed.pledge.signature.short_code
    assert facts.rows[2].person.remark == "请假（住院治疗）"


def test_book_marks_a_disowned_signature():
    row = AttendanceFactory(meeting=MeetingFactory(signing=True), signed=True)
    RevocationFactory(pledge=row.pledge)
    (line,) = book(row.meeting).rows
    assert line.person.remark == "本人否认"


def test_book_gives_a_paper_the_day_written_on_it_and_no_other():
    """When it was entered is not when it was signed."""
    row = AttendanceFactory(meeting=MeetingFactory(signing=True), asked=True)
    sign_on_paper(row.pledge)
    (line,) = book(row.meeting).rows
    assert line.signature.level == "丙"
    assert line.signature.signed_at is None


def test_sheets_take_the_same_queries_for_any_number():
    counts = []
    for people in (3, 30):
        meeting = MeetingFactory(signing=True)
        AttendanceFactory.create_batch(people, meeting=meeting, signed=True)
        meeting = Meeting.objects.get(pk=meeting.pk)
        with CaptureQueriesContext(connection) as queries:
            sign_in(meeting)
            book(meeting)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_slips_carry_the_code_and_its_expiry(secretary):
    cadre = CadreFactory(unit=secretary.unit, activated_at=None)
    issued = issue_codes(by=secretary, cadres=[cadre])
    facts = gather_slips(issued, issuer="局", address="https://x.example/", made_at=MORNING)
    (slip,) = facts.slips
    cadre.refresh_from_db()
    assert slip.code == issued[0][1]
    assert slip.expires_at == cadre.activation_code.expires_at
    assert slip.expires_at - cadre.activation_code.issued_at == VALID_FOR


def test_roster_prints_months_with_a_dot_and_hides_the_phone():
    cadre = CadreFactory(birth_month="1975-10", phone="13912345678")
    facts = gather_roster([cadre], unit="局", scope="", made_at=MORNING, made_by=cadre)
    (line,) = facts.lines
    assert (line.birth_month, line.phone) == ("1975.10", "139****5678")


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13912345678", "139****5678"),
        ("0971-8123456", "097*****3456"),
        ("81234567", "****4567"),
        ("8123456", "*******"),
        ("", ""),
    ],
)
def test_phone_never_shows_more_than_seven_figures(phone, shown):
    assert masked(phone) == shown


def test_blank_lines_grow_with_the_people_within_reason():
    assert [blank_lines(people) for people in (8, 60, 2000)] == [3, 6, 10]


def test_people_talks_and_attendances_are_counted_apart():
    unit = UnitFactory()
    cadre = CadreFactory(unit=unit)
    for _talk in range(2):
        meeting = MeetingFactory(closed=True, unit=unit)
        AttendanceFactory(meeting=meeting, cadre=cadre, present=True)
        AttendanceFactory(meeting=meeting, on_leave=True)
        AttendanceFactory(meeting=meeting, excluded=True)
        AttendanceFactory(meeting=meeting, observing=True, present=True)
    (kind,) = figures().kinds
    tally = kind.tally
    assert (tally.meetings, tally.called, tally.present, tally.on_leave) == (2, 4, 2, 2)
    assert (tally.people_called, tally.people_reached) == (3, 1)


def test_kinds_are_never_mixed():
    unit = UnitFactory()
    cadre = CadreFactory(unit=unit)
    for kind in (Kind.COLLECTIVE, Kind.PRE_HOLIDAY):
        meeting = MeetingFactory(closed=True, unit=unit, kind=kind)
        AttendanceFactory(meeting=meeting, cadre=cadre, present=True)
    facts = figures()
    assert [(kind.kind, kind.tally.meetings) for kind in facts.kinds] == [
        ("collective", 1), ("pre_holiday", 1),
    ]  # fmt: skip
    for table in facts.breakdowns:
        assert [kind.kind for kind in table.kinds] == ["collective", "pre_holiday"]


def test_figures_are_broken_down_by_quarter_rank_unit_and_speaker():
    unit = UnitFactory(name="局领导", order=1)
    below = UnitFactory(name="办公室", parent=unit)
    speaker = CadreFactory(unit=unit, name="沈清源")
    spring = MeetingFactory(closed=True, unit=unit, speaker=speaker)
    autumn = MeetingFactory(
        closed=True,
        unit=unit,
        speaker=speaker,
        started_at=MORNING + timedelta(days=200),
        ended_at=MORNING + timedelta(days=200, hours=1),
    )
    low = CadreFactory(unit=below, rank="副股级")
    AttendanceFactory(meeting=spring, cadre=low, absent=True)
    AttendanceFactory(meeting=spring, present=True, cadre__rank="")
    AttendanceFactory(meeting=autumn, present=True, cadre__rank="正科级")
    facts = figures()
    collective = "集体廉政谈话"
    quarters = by(facts, "季度")
    assert list(quarters) == [(collective, "第一季度"), (collective, "第三季度")]
    assert quarters[collective, "第一季度"].called == 2
    assert [label for _kind, label in by(facts, "职务层次、职级")] == ["正科级", "副股级", "未填"]
    units = by(facts, "单位")
    assert [label for _kind, label in units] == ["局领导", "办公室"]
    assert units[collective, "办公室"].absent == 1
    assert units[collective, "局领导"].meetings == 2
    assert by(facts, "谈话人")[collective, "沈清源"].meetings == 2


def test_quarter_is_that_of_the_office_and_not_of_greenwich():
    new_year = MORNING.replace(month=3, day=31, hour=17)  # one in the morning of 1 April, there
    MeetingFactory(closed=True, started_at=new_year, ended_at=new_year + timedelta(hours=1))
    assert [label for _kind, label in by(figures(), "季度")] == ["第二季度"]


def test_talk_that_nobody_was_called_to_is_still_a_talk():
    MeetingFactory(closed=True)
    (kind,) = figures().kinds
    assert (kind.tally.meetings, kind.tally.called) == (1, 0)


def test_speakers_of_one_name_are_told_apart_by_unit():
    for name in ("甲科", "乙科"):
        speaker = CadreFactory(name="王明", unit__name=name)
        MeetingFactory(closed=True, speaker=speaker)
    labels = {label for _kind, label in by(figures(), "谈话人")}
    assert labels == {"王明（甲科）", "王明（乙科）"}


def test_pledges_are_counted_by_level_and_disowned_ones_apart():
    meeting = MeetingFactory(closed=True)
    for level in (Level.PASSWORD, Level.PASSWORD, Level.KEY):
        row = AttendanceFactory(meeting=meeting, asked=True, pledge__drafted=True)
        SignatureFactory(pledge=row.pledge, level=level)
    AttendanceFactory(meeting=meeting, asked=True)
    disowned = AttendanceFactory(meeting=meeting, signed=True)
    RevocationFactory(pledge=disowned.pledge)
    (kind,) = figures().kinds
    tally = kind.tally
    assert (tally.asked, tally.signed, tally.by_password, tally.by_key) == (5, 3, 2, 1)
    assert (tally.unsigned, tally.disowned) == (1, 1)


def test_statistics_take_the_same_queries_for_any_number():
    counts = []
    for meetings in (1, 6):
        unit = UnitFactory()
        for _meeting in range(meetings):
            MeetingFactory(closed=True, unit=unit, people=meetings)
        with CaptureQueriesContext(connection) as queries:
            figures(unit=unit)
        counts.append(len(queries))
    assert counts[0] == counts[1]
