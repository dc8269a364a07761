"""The roster (花名册), as PDF and as a workbook: landscape when its columns need it."""

from __future__ import annotations

from dataclasses import dataclass

from .render import Paper, render_pdf
from .sheet_facts import RosterFacts, RosterLine
from .typography import day
from .workbooks import Column, Sheet, make_workbook

# GB/T 9704-2012, 5.2.1: how wide the text block is, in millimetres, upright and landscape.
UPRIGHT, LANDSCAPE = 156, 225


@dataclass(frozen=True)
class RosterColumn:
    """A column of the roster: its heading (broken where it breaks in print), the field it shows.

    Its ``width`` is in millimetres. One that is ``optional`` is left out when nobody has anything
    in it.
    """

    heading: str
    field: str
    width: int
    text: bool = False
    optional: bool = True


COLUMNS = (
    RosterColumn("工号", "staff_number", 16, optional=False),
    RosterColumn("姓名", "name", 26, optional=False),
    RosterColumn("性别", "gender", 8),
    RosterColumn("民族", "ethnicity", 16),
    RosterColumn("出生\n年月", "birth_month", 14),
    RosterColumn("政治\n面貌", "political_status", 16),
    RosterColumn("单位", "unit", 32, text=True, optional=False),
    RosterColumn("职务", "post", 33, text=True, optional=False),
    RosterColumn("职务层次、\n职级", "rank", 23),
    RosterColumn("任现职\n时间", "post_since", 15),
    RosterColumn("联系电话", "phone", 22),
    RosterColumn("备注", "note", 19, text=True),
)
NUMBER_WIDTH = 9


def render_roster(facts: RosterFacts) -> bytes:
    """The roster as PDF/A-3a.

    Raises:
        MissingGlyphs: a name or text has a character that no font has.
        PaperError: the roster could not be set.
    """
    return render_pdf(roster_paper(facts), facts)


def roster_paper(facts: RosterFacts) -> Paper:
    """The roster's template, style sheets and context."""
    columns = used_columns(facts)
    styles = ("gbt9704.css", "sheets.css", "roster.css")
    whole = NUMBER_WIDTH + sum(column.width for column in columns)
    return Paper(
        template="papers/roster.html",
        styles=(*styles, "landscape.css") if whole > UPRIGHT else styles,
        title=f"{roster_title(facts)}（{day(facts.made_at)}）",
        author=facts.unit,
        made_at=facts.made_at,
        context={
            "facts": facts,
            "title": roster_title(facts),
            "note": roster_note(facts),
            "columns": [(column, f"{100 * column.width / whole:.3f}") for column in columns],
            "number_width": f"{100 * NUMBER_WIDTH / whole:.3f}",
            "rows": [
                (number, [(column, getattr(line, column.field)) for column in columns])
                for number, line in enumerate(facts.lines, start=1)
            ],
        },
    )


def roster_title(facts: RosterFacts) -> str:
    """The roster's title, the unit first."""
    return f"{facts.unit}干部花名册"


def used_columns(facts: RosterFacts) -> list[RosterColumn]:
    """The columns that this roster needs."""
    return [
        column
        for column in COLUMNS
        if not column.optional or any(getattr(line, column.field) for line in facts.lines)
    ]


def roster_workbook(facts: RosterFacts) -> bytes:
    """The same roster as .xlsx; every cell but the serial number is text, as it was typed."""
    columns = used_columns(facts)
    sheet = Sheet(
        name="花名册",
        title=roster_title(facts),
        note=roster_note(facts),
        columns=(
            Column("序号", 6, centred=True),
            *(
                Column(
                    column.heading.replace("\n", ""),
                    max(7, round(column.width * 0.65)),
                    centred=not column.text,
                )
                for column in columns
            ),
        ),
        rows=tuple(_cells(number, line, columns) for number, line in enumerate(facts.lines, 1)),
    )
    return make_workbook([sheet], author=facts.unit, made_at=facts.made_at)


def roster_note(facts: RosterFacts) -> str:
    """How many, as of when, and which part of the roster."""
    scope = f"（{facts.scope}）" if facts.scope else ""
    return f"共{len(facts.lines)}人{scope}，截至{day(facts.made_at)}"


def _cells(number: int, line: RosterLine, columns: list[RosterColumn]) -> tuple[int | str, ...]:
    return (number, *(getattr(line, column.field) for column in columns))
