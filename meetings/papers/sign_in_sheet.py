"""The sign-in sheet (签到册): everyone called, in official order, with room to sign."""

from __future__ import annotations

from .render import Paper, render_pdf
from .sheet_facts import SheetOccasion, SheetRow, SignInFacts
from .typography import UNIT_LINE, UNRECORDED, office, period, title_lines

# A line of the sheet: serial number, person, unit and post as one text.
NumberedRow = tuple[int, SheetRow, str]


def render_sign_in_sheet(facts: SignInFacts) -> bytes:
    """The sign-in sheet as PDF/A-3a.

    Raises:
        MissingGlyphs: a name or text has a character that no font has.
        PaperError: the sheet could not be set.
    """
    return render_pdf(sign_in_sheet_paper(facts), facts)


def sign_in_sheet_paper(facts: SignInFacts) -> Paper:
    """The sign-in sheet's template, style sheets and context."""
    return Paper(
        template="papers/sign_in_sheet.html",
        styles=("gbt9704.css", "sheets.css", "sign_in_sheet.css"),
        title=f"{facts.occasion.unit}{facts.occasion.title}签到册（{facts.occasion.number}）",
        author=facts.occasion.unit,
        made_at=facts.made_at,
        context={
            "facts": facts,
            "title": sheet_title(facts.occasion, "签到册"),
            "title_lines": sheet_title_lines(facts.occasion, "签到册"),
            "heading": heading_lines(facts.occasion),
            "called": numbered(facts.called),
            "observing": numbered(facts.observing),
            "excluded": "；".join(excluded(row) for row in facts.excluded),
            "blank_lines": range(facts.blank_lines),
            "columns": 5,
        },
    )


def sheet_title(occasion: SheetOccasion, last: str) -> str:
    """A sheet's title in one line: the unit, the talk, and what the sheet is."""
    return f"{occasion.unit}{occasion.title}{last}"


def sheet_title_lines(occasion: SheetOccasion, last: str) -> list[str]:
    """A sheet's title broken by sense: the unit by itself, the talk and what the sheet is below."""
    return [*title_lines(occasion.unit, UNIT_LINE), *title_lines(f"{occasion.title}{last}")]


def heading_lines(occasion: SheetOccasion) -> list[tuple[str, str]]:
    """What stands between a sheet's title and its table, label and text."""
    people = (
        ("主持人", occasion.chair), ("谈话人", occasion.speaker), ("记录人", occasion.recorder),
    )  # fmt: skip
    return [
        ("时间", period(occasion.starts_at, occasion.ends_at)),
        ("地点", occasion.place or UNRECORDED),
        *((label, person.name if person else UNRECORDED) for label, person in people),
    ]


def numbered(rows: tuple[SheetRow, ...]) -> list[NumberedRow]:
    """The rows with their serial numbers."""
    return [(number, row, office(row.unit, row.post)) for number, row in enumerate(rows, start=1)]


def excluded(row: SheetRow) -> str:
    """Somebody outside 应到, with unit and reason."""
    return f"{row.name}（{'，'.join(part for part in (row.unit, row.remark) if part)}）"
