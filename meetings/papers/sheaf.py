"""Pledges by the hundred: each set once, at the size that fits, alone or bound in sheaves.

A sheaf is a PDF/A-3a of its own, and is made to be joined with others by ``merging.py``: its page
numbers and the names in its tags already are those that they will be in the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from .facts import Person, PledgeFacts, Signature
from .placing import place_in_the_whole
from .pledge import pledge_paper
from .render import CommonText, Paper, fits, render_pdf, render_together


def render_one(facts: PledgeFacts) -> bytes:
    """What ``render_pledge`` gives, byte for byte, without trying sizes that cannot fit.

    Raises what ``render_pledge`` raises.
    """
    return render_pdf(_paper(facts), facts)


def render_sheaf(
    pledges: Sequence[PledgeFacts],
    *,
    first: int,
    title: str,
    author: str,
    begun: Callable[[int], None],
) -> bytes:
    """Pledges as one PDF/A-3a, a page and a bookmark each.

    ``first`` is the number of pages before it in the whole; ``begun`` is told each pledge's index
    before it is set. Raises what ``render_pledge`` raises.
    """

    def papers() -> Iterator[tuple[Paper, PledgeFacts, str]]:
        for index, facts in enumerate(pledges):
            begun(index)
            yield _paper(facts), facts, bookmark(facts)

    return render_together(
        papers(), title=title, author=author, finish=lambda pdf: place_in_the_whole(pdf, first)
    )


def bookmark(facts: PledgeFacts) -> str:
    """A pledge's line in the bookmarks: the name, and the unit that tells namesakes apart."""
    signer = facts.signer
    return f"{signer.name}（{signer.unit}）" if signer.unit else signer.name


def _paper(facts: PledgeFacts) -> Paper:
    sizes, common = _of_the_same_text(_bare(facts))
    return replace(pledge_paper(facts), sizes=sizes, common=common)


def _bare(facts: PledgeFacts) -> PledgeFacts:
    """The pledge without what each signer adds to it: all that takes room in every one."""
    return replace(
        facts,
        signer=Person(""),
        signature=Signature("", None, "", ""),
        personal_commitment="",
        level_meaning="",
        verify_url=None,
        keys=(),
    )


@lru_cache(maxsize=16)
def _of_the_same_text(bare: PledgeFacts) -> tuple[tuple[str, ...], CommonText]:
    """What the pledges of one meeting share: the sizes worth trying, and how they begin.

    The sizes are those from the first at which the bare pledge fits: more text never fits where
    less does not.
    """
    paper = pledge_paper(bare)
    place = next((place for place, size in enumerate(paper.sizes) if fits(paper, size)), -1)
    with_words = pledge_paper(replace(bare, personal_commitment="我承诺。"))
    return paper.sizes[place:], CommonText(paper, with_words)
