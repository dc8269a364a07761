"""The record of a make-up talk (补谈记录): one person, and the meeting it makes up for.

Make-up talks are not kept in the database. The meeting's page of papers offers the record as a form
(``to_fill``): what the roll knows is printed, what is still to happen is written by hand. A record
with everything printed is set from facts alone; nothing gathers those until the talks are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext as _

from .exceptions import PaperError
from .letter_facts import MakeUpFacts
from .record import described
from .render import Paper, render_pdf, render_together
from .typography import UNIT_LINE, UNRECORDED, day, office, period, title_lines

# A form is one sheet, printed on both sides; what is long on its first page is set closer, and only
# an outline too long for that takes more.
FORM_PAGES, FORM_SIZES = 2, ("", "closer")
# Lines to write on that fill the form's second page: how the talk went, what the person said.
LINES = {"notes": 9, "statement": 5}
# More would take longer than a page may.
MOST_TOGETHER = 100


def render_make_up_record(facts: MakeUpFacts) -> bytes:
    """The make-up record as PDF/A-3a.

    Raises:
        MissingGlyphs: a name or text has a character that no font has.
        PaperError: the record could not be set.
    """
    return render_pdf(make_up_paper(facts), facts)


def render_make_up_records(records: Sequence[MakeUpFacts]) -> bytes:
    """The records of one meeting as one PDF/A-3a, a bookmark each.

    Raises PaperError for more than MOST_TOGETHER, and as above.
    """
    if len(records) > MOST_TOGETHER:
        raise PaperError(
            _("%(count)s forms are too many for one PDF. Take them one by one, from the preview.")
            % {"count": len(records)}
        )

    def papers() -> Iterator[tuple[Paper, MakeUpFacts, str]]:
        for facts in records:
            yield make_up_paper(facts), facts, facts.person.name

    first = records[0]
    title = f"{first.unit}{make_up_title(first)}（{first.meeting_number}）"
    return render_together(papers(), title=title, author=first.unit, finish=lambda _pdf: None)


def make_up_paper(facts: MakeUpFacts) -> Paper:
    """The make-up record's template, style sheets and context."""
    heading = make_up_title(facts)
    form = ("papers/make_up_form.html", ("gbt9704.css", "record.css", "make_up_form.css"))
    printed = ("papers/make_up_record.html", ("gbt9704.css", "record.css"))
    template, styles = form if facts.to_fill else printed
    return Paper(
        template=template,
        styles=styles,
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
            "lines": {name: range(count) for name, count in LINES.items()},
        },
        sizes=FORM_SIZES if facts.to_fill else ("",),
        most_pages=FORM_PAGES if facts.to_fill else None,
        may_grow=True,
    )


def make_up_preview(forms: Mapping[int, MakeUpFacts]) -> dict[str, object]:
    """What the page shows of a meeting's forms: what is the same in all, and whom they are for."""
    first = next(iter(forms.values()))
    context = make_up_paper(first).context
    return {
        "title_lines": context["title_lines"],
        "meeting": make_up_organisation(first)[0],
        "points": first.points,
        "people": [
            (
                key,
                facts.person.name,
                office(facts.person.unit, facts.person.post),
                _why_missed(facts),
            )
            for key, facts in forms.items()
        ],
    }


def make_up_title(facts: MakeUpFacts) -> str:
    """The meeting's title as its make-up record's: …集体廉政谈话 gives …集体廉政谈话补谈记录."""
    title = facts.meeting_title
    return f"{title.removesuffix('会') if title.endswith('谈话会') else title}补谈记录"


def make_up_organisation(facts: MakeUpFacts) -> list[tuple[str, str]]:
    """The printed lines of the organisation block: the meeting first, then the talk.

    Those of a form end with why the meeting was missed: the talk's own are lines to write on.
    """
    meeting = f"{facts.meeting_title}（{facts.meeting_number}，{day(facts.meeting_held_at)}）"
    known = [
        ("原定会议", meeting),
        ("谈话对象", described(facts.person)),
        ("未到原因", _why_missed(facts)),
    ]
    if facts.to_fill:
        return known
    return [
        *known,
        ("时间", period(facts.starts_at, facts.ends_at)),
        ("地点", facts.place or UNRECORDED),
        ("谈话人", described(facts.speaker)),
        ("记录人", described(facts.recorder)),
        ("承诺书", facts.pledge or "未签署"),
    ]


def _why_missed(facts: MakeUpFacts) -> str:
    """How and why the meeting was missed; a form leaves a reason that nobody recorded open."""
    reason = facts.reason or ("" if facts.to_fill else UNRECORDED)
    return "，".join(part for part in (facts.missed, reason) if part)


def make_up_sections(facts: MakeUpFacts) -> dict[str, int]:
    """The number of each section that the record has; empty ones get none, but in a form."""
    parts = {"points": facts.points, "notes": facts.notes, "statement": facts.statement}
    to_write = LINES if facts.to_fill else {}
    present = [name for name, part in parts.items() if part or name in to_write]
    return {name: number for number, name in enumerate(present, start=1)}
