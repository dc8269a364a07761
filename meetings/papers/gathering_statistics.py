"""From closed meetings to the facts of the statistics.

Three things are counted apart, and no kind of talk is mixed with another (domain.md, "Kinds of
talk"). Facts are in Chinese whatever the language of the page: the papers are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone, translation

from meetings.models import Attendance, AttendanceState, Cadre, Kind, Meeting, Unit
from meetings.roster.ordering import in_official_order
from meetings.roster.ranks import level_of
from pledges.models import Level

from .sheet_facts import Breakdown, KindLines, StatisticsFacts, Tally, TallyLine

QUARTERS = ("第一季度", "第二季度", "第三季度", "第四季度")
NOT_FILLED_IN = "未填"


@dataclass(frozen=True, slots=True)
class Talk:
    """A closed meeting, as far as it is counted."""

    pk: int
    kind: str
    quarter: str
    speaker: str


@dataclass(frozen=True, slots=True)
class Seat:
    """One person called to one of the talks; ``level`` is None where no pledge is signed."""

    talk: Talk
    cadre_id: int
    state: str
    unit: str
    rank: str
    asked: bool
    level: str | None
    disowned: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """One way of breaking the figures down; ``of_talk`` where whole talks fall under a label."""

    heading: str
    by: str
    of_seat: Callable[[Seat], str]
    order: Callable[[str], Any]
    of_talk: Callable[[Talk], str] | None = None


def gather_statistics(
    meetings: QuerySet[Meeting], *, unit: str, period: str, made_at: datetime, made_by: Cadre
) -> StatisticsFacts:
    """The facts of the statistics of these meetings, all of them closed.

    `unit` and `period` say in words what was chosen. As many queries for few meetings as for many.
    """
    rows = list(meetings.select_related("speaker__unit").order_by("pk"))
    speakers = _speaker_labels(rows)
    talks = [_talk(meeting, speakers) for meeting in rows]
    seats = _seats(talks)
    return StatisticsFacts(
        unit=unit,
        period=period,
        kinds=_kinds(talks, seats, None),
        breakdowns=tuple(
            Breakdown(cut.heading, cut.by, _kinds(talks, seats, cut))
            for cut in _cuts(list(speakers.values()))
        ),
        made_at=timezone.localtime(made_at),
        made_by=made_by.name,
    )


def _cuts(speakers: Sequence[str]) -> tuple[Cut, ...]:
    units = _unit_places()
    return (
        Cut(
            "按季度", "季度", lambda seat: seat.talk.quarter, QUARTERS.index,
            lambda talk: talk.quarter,
        ),
        Cut(
            "按职务层次、职级", "职务层次、职级", lambda seat: seat.rank or NOT_FILLED_IN,
            lambda rank: (rank == NOT_FILLED_IN, level_of(rank), rank),
        ),
        Cut(
            "按单位", "单位", lambda seat: seat.unit or NOT_FILLED_IN,
            lambda name: (units.get(name, len(units)), name),
        ),
        Cut(
            "按谈话人", "谈话人", lambda seat: seat.talk.speaker, [*speakers, NOT_FILLED_IN].index,
            lambda talk: talk.speaker,
        ),
    )  # fmt: skip


def _speaker_labels(meetings: Iterable[Meeting]) -> dict[int, str]:
    """The speakers' names in official order; the unit tells those of one name apart."""
    speakers = in_official_order(
        {meeting.speaker_id: meeting.speaker for meeting in meetings if meeting.speaker}.values()
    )
    often = Counter(speaker.name for speaker in speakers)
    return {
        speaker.pk: f"{speaker.name}（{speaker.unit or speaker.staff_number}）"
        if often[speaker.name] > 1
        else speaker.name
        for speaker in speakers
    }


def _talk(meeting: Meeting, speakers: dict[int, str]) -> Talk:
    held = meeting.started_at or meeting.starts_at
    assert held is not None  # a closed meeting has its time (meeting_complete_when_announced)
    return Talk(
        pk=meeting.pk,
        kind=meeting.kind,
        quarter=QUARTERS[(timezone.localtime(held).month - 1) // 3],
        speaker=speakers.get(meeting.speaker_id or 0, NOT_FILLED_IN),
    )


def _seats(talks: Iterable[Talk]) -> list[Seat]:
    """Everyone called to these talks, from the frozen rows."""
    by_pk = {talk.pk: talk for talk in talks}
    rows = Attendance.objects.called().filter(meeting__in=by_pk).values_list(
        "meeting_id", "cadre_id", "state", "unit_name", "rank", "pledge_id",
        "pledge__signature__level", "pledge__revocation",
    )  # fmt: skip
    return [
        Seat(by_pk[meeting], cadre, state, unit, rank, pledge is not None, level, bool(disowned))
        for meeting, cadre, state, unit, rank, pledge, level, disowned in rows
    ]


def _unit_places() -> dict[str, int]:
    """Each unit's name with its place in the official order of units."""
    units = list(Unit.objects.all())
    order = {unit.pk: unit.order for unit in units}

    def key(unit: Unit) -> list[tuple[int, int]]:
        return [(order[int(pk)], int(pk)) for pk in unit.path.strip("/").split("/")]

    return {unit.name: place for place, unit in enumerate(sorted(units, key=key))}


def _kinds(talks: Sequence[Talk], seats: Sequence[Seat], cut: Cut | None) -> tuple[KindLines, ...]:
    """Each kind of talk that was held, by itself."""
    found = []
    for kind in Kind:
        own = [talk for talk in talks if talk.kind == kind]
        taken = [seat for seat in seats if seat.talk.kind == kind]
        if own:
            with translation.override("zh-hans"):
                label = str(kind.label)
            lines = _lines(own, taken, cut) if cut else ()
            found.append(KindLines(kind.value, label, _tally(len(own), taken), lines))
    return tuple(found)


def _lines(talks: Iterable[Talk], seats: Iterable[Seat], cut: Cut) -> tuple[TallyLine, ...]:
    """The figures under each label, in the cut's order."""
    taken: dict[str, list[Seat]] = defaultdict(list)
    held: dict[str, set[int]] = defaultdict(set)
    for seat in seats:
        label = cut.of_seat(seat)
        taken[label].append(seat)
        held[label].add(seat.talk.pk)
    if cut.of_talk:
        for talk in talks:
            held[cut.of_talk(talk)].add(talk.pk)
    return tuple(
        TallyLine(label, _tally(len(held[label]), taken[label]))
        for label in sorted(held, key=cut.order)
    )


def _tally(meetings: int, seats: Sequence[Seat]) -> Tally:
    states = Counter(seat.state for seat in seats)
    signed = Counter(seat.level for seat in seats if seat.level and not seat.disowned)
    return Tally(
        meetings=meetings,
        called=len(seats),
        present=states[AttendanceState.PRESENT],
        on_leave=states[AttendanceState.LEAVE],
        absent=states[AttendanceState.ABSENT],
        people_called=len({seat.cadre_id for seat in seats}),
        people_reached=len(
            {seat.cadre_id for seat in seats if seat.state == AttendanceState.PRESENT}
        ),
        asked=sum(seat.asked for seat in seats),
        by_key=signed[Level.KEY],
        by_password=signed[Level.PASSWORD],
        by_paper=signed[Level.PAPER],
        disowned=sum(seat.disowned for seat in seats),
    )
