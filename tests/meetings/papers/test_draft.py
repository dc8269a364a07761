"""What of a draft no paper could show, before it is announced."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from meetings.models import Block, Cadre, Meeting, Unit
from meetings.papers.draft import FONTS, find_unprintable
from tests.factories import AttendanceFactory, MeetingFactory

pytestmark = pytest.mark.django_db

RARE = "\U0002b81d"


@pytest.fixture
def draft(secretary):
    return MeetingFactory(unit=secretary.unit, people=3)


def parts(meeting):
    return [part for part, _words in find_unprintable(Meeting.objects.get(pk=meeting.pk))]


def test_draft_whose_texts_print_is_blameless(draft):
    draft.agenda_items.create(order=1, block=Block.OTHER, title="参观廉政教育基地")
    Meeting.objects.update(basis="岗位调整较多。\n依据党组会议决定。")
    assert parts(draft) == []


@pytest.mark.parametrize("field", ["title", "basis", "place", "study_list", "reminders"])
def test_text_of_the_draft_is_told_with_its_field(draft, field):
    Meeting.objects.update(**{field: f"甲{RARE}"})
    assert parts(draft) == [field]


def test_agenda_post_changes_and_reasons_are_looked_at(draft):
    draft.agenda_items.create(order=1, block=Block.OTHER, title=f"学{RARE}")
    cadre = draft.attendances.first().cadre
    draft.post_changes.create(cadre=cadre, to_post=f"科{RARE}长")
    AttendanceFactory(meeting=draft, role="excluded", exclusion_reason=f"借调{RARE}")
    assert parts(draft) == ["agenda", "post_changes", "people"]


def test_unit_is_told_once_however_many_are_of_it(draft):
    Unit.objects.update(name=f"青禾{RARE}县")
    assert parts(draft) == ["unit"]


def test_outline_is_looked_at(draft):
    draft.outline = type(draft.outline).objects.create(
        version=99, title="提纲", pledge_title=f"承诺{RARE}书", pledge_opening="一",
        pledge_closing="二", created_at=draft.created_at,
    )  # fmt: skip
    draft.save()
    point = draft.outline.points.create(number=1, heading="学习")
    point.clauses.create(number=1, heading="理论", requirement=f"学{RARE}", commitment="学")
    assert parts(draft) == ["outline", "outline"]


def test_chair_who_is_called_too_is_told_once(draft):
    Cadre.objects.filter(pk=draft.chair_id).update(name=f"王{RARE}")
    AttendanceFactory(meeting=draft, cadre=draft.chair)
    with translation.override("en"):
        ((part, words),) = find_unprintable(Meeting.objects.get(pk=draft.pk))
    assert part == "chair"
    assert words == f"no font has the character {RARE} (U+2B81D) in “王{RARE}” (王{RARE})"


def test_very_many_people_are_counted_after_the_first_fifty(draft):
    for _number in range(50):
        AttendanceFactory(meeting=draft)
    Cadre.objects.filter(attendances__meeting=draft).update(post=f"科{RARE}长")
    found = find_unprintable(Meeting.objects.get(pk=draft.pk))
    assert len(found) == 51
    assert "3" in found[-1][1]


def test_queries_are_the_same_for_few_and_many(draft):
    counts = []
    for more in (0, 20):
        for _number in range(more):
            AttendanceFactory(meeting=draft)
        with CaptureQueriesContext(connection) as captured:
            parts(draft)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_fonts_that_cannot_be_had_are_told_instead(draft, unusable_font, monkeypatch):
    ((part, words),) = find_unprintable(draft)
    assert (part, "/nowhere/rare.ttf" in words) == (FONTS, True)

    def refuse():
        raise PermissionError("no entry")

    monkeypatch.setattr("meetings.papers.glyphs.prepared_fonts", refuse)
    ((part, words),) = find_unprintable(draft)
    assert (part, "no entry" in words) == (FONTS, True)
