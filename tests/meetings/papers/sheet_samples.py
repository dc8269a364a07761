"""Facts of the table papers, for the invented office of samples.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from meetings.papers.facts import Counts, Person
from meetings.papers.sheet_facts import (
    BookRow,
    Breakdown,
    KindLines,
    RosterFacts,
    RosterLine,
    SheetOccasion,
    SheetRow,
    SignatureBookFacts,
    SignInFacts,
    Slip,
    SlipsFacts,
    StatisticsFacts,
    Tally,
    TallyLine,
)

from .samples import HELD, POSTS, UNITS, attendance_of, roll_row

LONG_NAME = "阿布都热合曼·买买提吐尔逊·艾则孜江·阿不都热依木江·肉孜江"
UNIT = "云岭县市场监督管理局"

OCCASION = SheetOccasion(
    number="廉谈〔2026〕3号",
    title="2026年春节后新任职干部任前集体廉政谈话",
    unit=UNIT,
    starts_at=HELD,
    ends_at=HELD + timedelta(minutes=100),
    place="局机关三楼会议室",
    chair=Person("周守正", None, "局党组成员、副局长"),
    speaker=Person("沈清源", None, "局党组书记、局长"),
    recorder=Person("许立新", None, "办公室副主任"),
)


def name_of(number: int) -> str:
    return LONG_NAME if number == 5 else roll_row(number).name


def sheet_row(number: int, remark: str = "") -> SheetRow:
    row = roll_row(number)
    return SheetRow(
        name=name_of(number),
        unit=row.unit,
        post=row.post,
        gender_mark=row.gender_mark,
        ethnicity_mark="维吾尔族" if number == 5 else row.ethnicity_mark,
        remark=remark,
    )


def sign_in_facts(people: int = 8, *, held: bool = False) -> SignInFacts:
    """Before the talk, or `held`: with what became known."""
    remarks = {"请假": "请假（公差）", "缺席": "缺席", "迟到": "迟到（车辆故障）"}
    called = tuple(
        sheet_row(number, remarks.get(attendance_of(number), "") if held else "")
        for number in range(1, people + 1)
    )
    return SignInFacts(
        occasion=OCCASION,
        called=called,
        observing=(
            SheetRow("韩一鸣", "县纪委监委", "第三纪检监察室副主任"),
            SheetRow("秦慧", "县委组织部", "干部监督科科长", gender_mark="女"),
        ),
        excluded=(SheetRow("孔文军", "办公室", "二级主任科员", remark="借调县政府办公室"),),
        counts=Counts(people, people - 3, 2, 1, excluded=1, observing=2, late=1) if held else None,
        blank_lines=3 + people // 20,
        made_at=HELD - timedelta(days=1),
    )


def book_facts(people: int = 8) -> SignatureBookFacts:
    rows = []
    for number in range(1, people + 1):
        row = roll_row(number, attendance_of(number))
        signature = row.pledge if number % 9 else None
        if signature and number % 5 == 0:
            signature = replace(signature, level="甲", svg=None, typed=None)
        remark = "请假（公差）" if row.attendance == "请假" else ""
        rows.append(BookRow(sheet_row(number, remark), signature))
    return SignatureBookFacts(
        occasion=OCCASION,
        pledge_title="廉政承诺书",
        outline_title="集体廉政谈话提纲",
        outline_version=1,
        rows=tuple(rows),
        blank_lines=3,
        made_at=HELD + timedelta(days=1),
    )


def slips_facts(people: int = 8) -> SlipsFacts:
    alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
    slips = []
    for number in range(1, people + 1):
        code = "".join(alphabet[(number * step * step) % 31] for step in range(3, 15))
        slips.append(
            Slip(
                name=name_of(number),
                unit="农业综合行政执法大队第三中队" if number == 2 else UNITS[number % len(UNITS)],
                staff_number=f"{1000 + number}",
                code=f"{code[:4]}-{code[4:8]}-{code[8:]}",
                expires_at=HELD + timedelta(days=30),
            )
        )
    return SlipsFacts(UNIT, "https://liantan.example.cn/activate/", tuple(slips), HELD)


def roster_line(number: int) -> RosterLine:
    row = roll_row(number)
    return RosterLine(
        staff_number=f"{1000 + number}",
        name=name_of(number),
        gender="女" if row.gender_mark else "男",
        ethnicity=row.ethnicity_mark or "汉族",
        birth_month=f"{1966 + number % 27}.{number % 12 + 1:02}",
        political_status="中共党员" if number % 8 else "中共预备党员",
        unit=row.unit or "",
        post=POSTS[number % len(POSTS)],
        rank=("正科级", "副科级", "一级主任科员")[number % 3],
        post_since=f"{2012 + number % 13}.{number % 12 + 1:02}",
        phone="139****0000",
        note="挂职至2026年12月" if number == 4 else "",
    )


def roster_facts(people: int = 8, scope: str = "") -> RosterFacts:
    lines = tuple(roster_line(number) for number in range(1, people + 1))
    return RosterFacts(UNIT, scope, lines, HELD, "许立新")


def narrow_roster_facts(people: int = 8) -> RosterFacts:
    """A roster of which only the necessary columns were ever filled in."""
    optional = ("gender", "ethnicity", "birth_month", "political_status", "rank", "post_since")
    bare = dict.fromkeys((*optional, "note"), "")
    facts = roster_facts(people)
    return replace(facts, lines=tuple(replace(line, **bare) for line in facts.lines))


def tally(seed: int) -> Tally:
    called, present = 20 * seed + 7, 19 * seed + 5
    leave = called - present - 1
    return Tally(
        meetings=seed, called=called, present=present, on_leave=leave, absent=1,
        people_called=18 * seed + 7, people_reached=18 * seed + 5, asked=present,
        by_key=2 * seed, by_password=15 * seed, by_paper=1, disowned=1 if seed == 3 else 0,
    )  # fmt: skip


def statistics_facts(units: int = len(UNITS)) -> StatisticsFacts:
    kinds = (("collective", "集体廉政谈话", 3), ("pre_appointment", "任前集体廉政谈话", 1))
    names = [UNITS[at] if at < len(UNITS) else f"第{at}市场监督管理所" for at in range(units)]
    labels = {
        ("按季度", "季度"): ("第一季度", "第三季度"),
        ("按职务层次、职级", "职务层次、职级"): ("正科级", "副科级", "一级主任科员", "未填"),
        ("按单位", "单位"): tuple(names),
        ("按谈话人", "谈话人"): ("沈清源", "周守正"),
    }
    return StatisticsFacts(
        unit=UNIT,
        period="2026年",
        kinds=tuple(KindLines(kind, label, tally(seed)) for kind, label, seed in kinds),
        breakdowns=tuple(
            Breakdown(
                heading,
                by,
                tuple(
                    KindLines(
                        kind, label, tally(seed),
                        tuple(TallyLine(word, tally(1 + at % 2)) for at, word in enumerate(words)),
                    )
                    for kind, label, seed in kinds
                ),
            )
            for (heading, by), words in labels.items()
        ),
        made_at=HELD,
        made_by="许立新",
    )  # fmt: skip
