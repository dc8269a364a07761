"""The outline of a talk (谈话提纲): four points, and what is required under each."""

from __future__ import annotations

from .letter_facts import OutlineFacts
from .render import Paper, render_pdf
from .typography import title_lines


def render_outline(facts: OutlineFacts) -> bytes:
    """The outline by itself as PDF/A-3a.

    Raises:
        MissingGlyphs: a text has a character that no font has.
        PaperError: the outline could not be set.
    """
    return render_pdf(outline_paper(facts), facts)


def outline_paper(facts: OutlineFacts) -> Paper:
    """The outline's template, style sheets and context.

    An attachment that is not bound with its letter names the letter by its number before the
    word 附件 (GB/T 9704-2012, 7.3.7).
    """
    return Paper(
        template="papers/outline.html",
        styles=("gbt9704.css", "letters.css"),
        title=f"{facts.title}（{facts.number}）",
        author=facts.unit,
        made_at=facts.issued_at,
        context={
            "outline": facts,
            "outline_label": f"{facts.number}{attachment_label(facts.attachment)}",
            "outline_lines": title_lines(facts.title),
        },
    )


def attachment_label(number: int) -> str:
    """What stands on the first line of an attachment (GB/T 9704-2012, 7.3.7): 附件1."""
    return f"附件{number}"
