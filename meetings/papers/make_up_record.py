"""The record of a make-up talk (补谈记录): one person, and the meeting it makes up for.

Facts to paper only. Make-up talks are not kept in the database yet, so nothing gathers these facts
and no page offers this paper: both come with the make-up talks themselves.
"""

from __future__ import annotations

from .letter_facts import MakeUpFacts
from .record import described
from .render import Paper, render_pdf
from .typography import UNIT_LINE, UNRECORDED, day, period, title_lines


def render_make_up_record(facts: MakeUpFacts) -> bytes:
    """The make-up record as PDF/A-3a.

    Raises:
        MissingGlyphs: a name or text has a character that no font has.
        PaperError: the record could not be set.
    """
    return render_pdf(make_up_paper(facts), facts)


def make_up_paper(facts: MakeUpFacts) -> Paper:
    """The make-up record's template, style sheets and context."""
    heading = make_up_title(facts)
    return Paper(
        template="papers/make_up_record.html",
        styles=("gbt9704.css", "record.css"),
        title=f"{facts.unit}{heading}（{facts.person.name}）",
        author=facts.unit,
        made_at=facts.made_at,
        context={
            "facts": facts,
            "title": f"{facts.unit}{heading}",
            "title_lines": [*title_lines(facts.unit, UNIT_LINE), *title_lines(heading)],
            "organisation": make_up_organisation(facts),
            "sections": make_up_sections(facts),
            "roles": ("谈话人", "本人", "记录人"),
        },
    )


def make_up_title(facts: MakeUpFacts) -> str:
    """The meeting's title as its make-up record's: …集体廉政谈话 gives …集体廉政谈话补谈记录."""
    title = facts.meeting_title
    return f"{title.removesuffix('会') if title.endswith('谈话会') else title}补谈记录"


def make_up_organisation(facts: MakeUpFacts) -> list[tuple[str, str]]:
    """The lines of the organisation block: the meeting first, then the talk."""
    return [
        (
            "原定会议",
            f"{facts.meeting_title}（{facts.meeting_number}，{day(facts.meeting_held_at)}）",
        ),
        ("谈话对象", described(facts.person)),
        ("未到原因", facts.reason or UNRECORDED),
        ("时间", period(facts.starts_at, facts.ends_at)),
        ("地点", facts.place or UNRECORDED),
        ("谈话人", described(facts.speaker)),
        ("记录人", described(facts.recorder)),
        ("承诺书", facts.pledge or "未签署"),
    ]


def make_up_sections(facts: MakeUpFacts) -> dict[str, int]:
    """The number of each section that the record has; empty ones get none."""
    parts = {"points": facts.points, "notes": facts.notes, "statement": facts.statement}
    present = [name for name, part in parts.items() if part]
    return {name: number for number, name in enumerate(present, start=1)}
