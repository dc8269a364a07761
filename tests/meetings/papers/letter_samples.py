"""Facts of an invented office's letters."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from meetings.papers.facts import AgendaEntry, Person
from meetings.papers.letter_facts import Contact, MakeUpFacts, NoticeFacts, OutlineFacts
from meetings.papers.sheet_facts import SheetRow

from . import samples
from .samples import HELD, POINTS

ISSUED = HELD - timedelta(days=3)
UNIT = "云岭县市场监督管理局"


def outline_facts() -> OutlineFacts:
    return OutlineFacts(
        title="集体廉政谈话提纲",
        unit=UNIT,
        number="廉谈〔2026〕3号",
        attachment=1,
        issued_at=ISSUED,
        points=POINTS,
    )


def sheet_row(number: int, remark: str = "") -> SheetRow:
    row = samples.roll_row(number)
    return SheetRow(
        row.name, row.unit, row.post, row.gender_mark, row.ethnicity_mark, remark=remark
    )


def notice_facts(people: int = 58) -> NoticeFacts:
    called = tuple(sheet_row(number) for number in range(1, people + 1))
    return NoticeFacts(
        number="廉谈〔2026〕3号",
        title="2026年春节后新任职干部任前集体廉政谈话",
        kind="任前集体廉政谈话",
        unit=UNIT,
        issued_at=ISSUED,
        starts_at=HELD,
        ends_at=HELD + timedelta(minutes=100),
        place="局机关三楼会议室",
        outline=outline_facts(),
        called=called,
        observing=(sheet_row(people + 1, "列席"), sheet_row(people + 2, "列席")),
        addressees=tuple(dict.fromkeys(row.unit for row in called if row.unit)),
        basis="近期部分中层岗位和分工作了调整，依据局党组会议决定，对新任职干部进行任前集体谈话",
        chair=Person("周守正", None, "局党组成员、副局长"),
        speaker=Person("沈清源", None, "局党组书记、局长"),
        agenda=(
            AgendaEntry("主持开场", "", 5),
            AgendaEntry("宣读任职文件", "云市监党〔2026〕8号", 10),
            AgendaEntry("领导集体廉政谈话", "", 45),
        ),
        study_list=("《中国共产党章程》", "《中国共产党廉洁自律准则》"),
        reminders=(
            "请提前十分钟入场，将手机调至静音，自带笔记本。",
            "因故不能参加的，请于会前请假",
        ),
        pledge_due_on=date(2026, 3, 8),
        contact=Contact("许立新", "0871-60000000"),
    )


def bare_notice_facts() -> NoticeFacts:
    """Only what a notice cannot do without."""
    return replace(
        notice_facts(3),
        unit="云岭县农业农村局",
        observing=(),
        addressees=(),
        basis=None,
        agenda=(),
        study_list=(),
        reminders=(),
        pledge_due_on=None,
        contact=None,
    )


def make_up_facts() -> MakeUpFacts:
    return MakeUpFacts(
        meeting_number="廉谈〔2026〕3号",
        meeting_title="2026年春节后新任职干部任前集体廉政谈话",
        meeting_held_at=HELD,
        unit=UNIT,
        person=Person("阿依古丽·买买提", "综合行政执法大队", "副大队长"),
        reason="病假（沈清源批准）",
        starts_at=HELD + timedelta(days=4),
        ends_at=HELD + timedelta(days=4, minutes=30),
        place="局长办公室",
        speaker=Person("沈清源", None, "局党组书记、局长"),
        recorder=None,
        points=POINTS,
        made_at=HELD + timedelta(days=4, hours=1),
        notes="沈清源同志逐条讲明四个方面的要求，并说明执法岗位的廉政风险。",
        statement="我将带好队伍，守住执法底线。",
        pledge="已签署（乙级，短码3F2A 91BC）",
    )


def make_up_form_facts() -> MakeUpFacts:
    """The same talk before it took place: a form."""
    return replace(
        make_up_facts(),
        to_fill=True,
        missed="请假",
        reason="病假，沈清源批准",
        starts_at=None,
        ends_at=None,
        place=None,
        speaker=None,
        notes="",
        statement="",
        pledge=None,
    )
