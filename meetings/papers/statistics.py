"""The statistics (统计表), as PDF and as a workbook.

场次, 人数 and 人次 are counted apart, and each kind by itself (domain.md, "Kinds of talk").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .render import Paper, render_pdf
from .sheet_facts import Breakdown, KindLines, StatisticsFacts, Tally
from .typography import day, numeral
from .workbooks import Column, Sheet, Value, make_workbook

# Headings of the figures, with the line break they have in print.
ATTENDANCE = (
    "场次", "应到\n人次", "实到\n人次", "请假\n人次", "缺席\n人次", "到会率", "应谈\n人数",
    "实谈\n人数", "覆盖率",
)  # fmt: skip
PLEDGES = ("应签", "已签", "甲级", "乙级", "丙级", "未签", "本人\n否认")
FOOTNOTES = (
    "1.本表统计已办结的集体廉政谈话，各类谈话分别统计，不合并；提醒谈话、约谈等个别谈话不在其内。",
    "2.场次为谈话的次数；人次按每次谈话累计；人数按人计算，同一人多次参加的计一人，因此各分项的人数、"
    "场次之和不一定等于本类总数。",
    "3.应到不含列席人员和经批准不列入的人员，实到不含补谈；到会率为实到人次与应到人次之比，"
    "覆盖率为实谈人数与应谈人数之比，均不进位。",
    "4.单位、职务层次和职级以谈话时为准。",
    "5.承诺书以份计，已签含甲级（本人密钥）、乙级（本人账号和密码）、丙级（纸面），"
    "经本人否认的不计入已签。",
)


def render_statistics(facts: StatisticsFacts) -> bytes:
    """The statistics as PDF/A-3a.

    Raises:
        MissingGlyphs: a name or text has a character that no font has.
        PaperError: the statistics could not be set.
    """
    return render_pdf(statistics_paper(facts), facts)


def statistics_paper(facts: StatisticsFacts) -> Paper:
    """The statistics' template, style sheets and context."""
    return Paper(
        template="papers/statistics.html",
        styles=("gbt9704.css", "sheets.css", "statistics.css"),
        title=f"{statistics_title(facts)}（{facts.period}）",
        author=facts.unit,
        made_at=facts.made_at,
        context={
            "facts": facts,
            "title": statistics_title(facts),
            "attendance": ATTENDANCE,
            "pledges": PLEDGES,
            "kinds": [(kind.label, printed(attendance(kind.tally))) for kind in facts.kinds],
            "signed": [(kind.label, printed(pledges(kind.tally))) for kind in facts.kinds],
            "breakdowns": [
                (numeral(number), breakdown, _printed_kinds(breakdown))
                for number, breakdown in enumerate(facts.breakdowns, start=2)
            ],
            "last": numeral(len(facts.breakdowns) + 2),
            "footnotes": FOOTNOTES,
        },
    )


def statistics_title(facts: StatisticsFacts) -> str:
    """The statistics' title, the unit first."""
    return f"{facts.unit}集体廉政谈话统计表"


def attendance(tally: Tally) -> list[Value]:
    """The figures of attendance, in the order of ATTENDANCE."""
    return [
        tally.meetings, tally.called, tally.present, tally.on_leave, tally.absent,
        (tally.present, tally.called), tally.people_called, tally.people_reached,
        (tally.people_reached, tally.people_called),
    ]  # fmt: skip


def pledges(tally: Tally) -> list[Value]:
    """The figures of the pledges, in the order of PLEDGES."""
    return [
        tally.asked, tally.signed, tally.by_key, tally.by_password, tally.by_paper,
        tally.unsigned, tally.disowned,
    ]  # fmt: skip


def percentage(part: int, whole: int) -> str:
    """A share with one decimal, never rounded up: 100% means everybody. — of nobody."""
    if not whole:
        return "—"
    tenths = 1000 * part // whole
    return "100%" if tenths == 1000 else f"{tenths // 10}.{tenths % 10}%"


def printed(figures: Iterable[Value]) -> list[str]:
    """The figures as they stand in print."""
    return [percentage(*figure) if isinstance(figure, tuple) else str(figure) for figure in figures]


def statistics_workbook(facts: StatisticsFacts) -> bytes:
    """The same statistics as .xlsx: a sheet for each table, the kind in every row, to filter by."""
    return make_workbook(
        [
            _sheet(facts, "总体情况", (), ATTENDANCE, _kind_rows(facts.kinds, attendance)),
            *(
                _sheet(facts, table.heading, (table.by,), ATTENDANCE, _line_rows(table))
                for table in facts.breakdowns
            ),
            _sheet(facts, "承诺书签署", (), PLEDGES, _kind_rows(facts.kinds, pledges)),
        ],
        author=facts.unit,
        made_at=facts.made_at,
    )


def statistics_note(facts: StatisticsFacts) -> str:
    """Which talks, and as of when."""
    return f"统计期间：{facts.period}　制表日期：{day(facts.made_at)}"


def _printed_kinds(table: Breakdown) -> list[tuple[str, list[str], list[tuple[str, list[str]]]]]:
    """Of each kind: its name and figures, and its lines."""
    return [
        (
            kind.label,
            printed(attendance(kind.tally)),
            [(line.label, printed(attendance(line.tally))) for line in kind.lines],
        )
        for kind in table.kinds
    ]


def _kind_rows(
    kinds: Iterable[KindLines], figures: Callable[[Tally], list[Value]]
) -> list[list[Value]]:
    return [[kind.label, *figures(kind.tally)] for kind in kinds]


def _line_rows(table: Breakdown) -> list[list[Value]]:
    return [
        [kind.label, line.label, *attendance(line.tally)]
        for kind in table.kinds
        for line in kind.lines
    ]


def _sheet(
    facts: StatisticsFacts,
    name: str,
    by: tuple[str, ...],
    headings: tuple[str, ...],
    rows: list[list[Value]],
) -> Sheet:
    return Sheet(
        name=name.replace("、", "和"),
        title=statistics_title(facts),
        note=f"{name}　{statistics_note(facts)}",
        columns=(
            Column("谈话类型", 22),
            *(Column(heading, 24) for heading in by),
            *(Column(heading.replace("\n", ""), 9, centred=True) for heading in headings),
        ),
        rows=tuple(rows),
        footnotes=FOOTNOTES,
    )
