"""The pledge printed to be signed by hand (level C, 丙): one page a person, with its code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from .facts import BlankPledgeFacts, Person
from .ink import Pictures
from .pledge import SIZES
from .qr import DIGEST_MASK, Code
from .render import Paper, fits, render_pdf, render_together
from .typography import office, title_lines

LEVEL_MEANING = "丙级（纸面签署）：在纸上亲笔签名，扫描录入，另有一人见证；不是电子签名。"


def render_blank_pledge(facts: BlankPledgeFacts) -> bytes:
    """The form as PDF/A-3a on one page, its text as large as the page allows.

    Raises:
        MissingGlyphs: a name or text has a character that no font has.
        PaperError: the pledge does not fit on one page even at the smallest size.
    """
    return render_pdf(_paper(facts), facts)


def render_blank_pledges(forms: Sequence[BlankPledgeFacts], *, title: str, author: str) -> bytes:
    """Several forms as one PDF/A-3a, a page and a bookmark each. Raises as above."""

    def papers() -> Iterator[tuple[Paper, BlankPledgeFacts, str]]:
        for facts in forms:
            yield _paper(facts), facts, facts.signer.name

    return render_together(papers(), title=title, author=author, finish=lambda _pdf: None)


def blank_pledge_paper(facts: BlankPledgeFacts) -> Paper:
    """The form's template, style sheets and context."""
    pictures = Pictures()
    return Paper(
        template="papers/blank_pledge.html",
        styles=("gbt9704.css", "pledge.css", "blank_pledge.css"),
        title=f"{facts.title}（{facts.signer.name}，纸面签署用）",
        author=facts.signer.name,
        made_at=facts.printed_at,
        pictures=pictures,
        context={
            "facts": facts,
            "addressee": "",
            "title_lines": title_lines(facts.title),
            "code": pictures.add(Code(facts.verify_url, DIGEST_MASK), facts.verify_url),
            "office": office(facts.signer.unit, facts.signer.post),
            "personal_number": len(facts.points) + 1,
            "level_meaning": LEVEL_MEANING,
        },
        sizes=SIZES,
        most_pages=1,
    )


def _paper(facts: BlankPledgeFacts) -> Paper:
    return replace(blank_pledge_paper(facts), sizes=_sizes_worth_trying(_bare(facts)))


def _bare(facts: BlankPledgeFacts) -> BlankPledgeFacts:
    """The form without what differs from signer to signer: what all of them have room for."""
    return replace(
        facts, signer=Person("某"), personal_commitment="", code="", form_digest="", verify_url=""
    )


@lru_cache(maxsize=64)
def _sizes_worth_trying(bare: BlankPledgeFacts) -> tuple[str, ...]:
    """The sizes from the first at which the bare form fits: more text never fits where less does
    not. Forms printed together share one text, so this is asked once for them all."""
    paper = blank_pledge_paper(bare)
    for place, size in enumerate(paper.sizes):
        if fits(paper, size):
            return paper.sizes[place:]
    return paper.sizes[-1:]
