"""The integrity pledge (廉政承诺书): one page a person."""

from __future__ import annotations

from .facts import PledgeFacts
from .ink import Pictures
from .qr import DIGEST_MASK, Code
from .render import Paper, render_pdf
from .typography import office, title_lines

# From the standard's own size and block (GB/T 9704-2012, 5.2) down to a larger block and smaller
# text: the longest commitment that can be signed has to print.
SIZES = (
    "size-16", "size-14", "size-12", "size-12 wide", "size-11 wide", "size-10 wide", "size-9 wide",
    "size-8 wide", "size-7 wide",
)  # fmt: skip


def render_pledge(facts: PledgeFacts) -> bytes:
    """The pledge as PDF/A-3a on one page, its text as large as the page allows.

    Raises:
        MissingGlyphs: a name or text has a character that no font has.
        PaperError: the pledge does not fit on one page even at the smallest size.
    """
    return render_pdf(pledge_paper(facts), facts)


def pledge_paper(facts: PledgeFacts) -> Paper:
    """The pledge's template, style sheets and context."""
    pictures, address = Pictures(), facts.verify_url
    return Paper(
        template="papers/pledge.html",
        styles=("gbt9704.css", "pledge.css"),
        title=f"{facts.title}（{facts.signer.name}）",
        author=facts.signer.name,
        made_at=facts.signature.signed_at,
        pictures=pictures,
        context={
            "facts": facts,
            "addressee": facts.addressee,
            "title_lines": title_lines(facts.title),
            "signature": pictures.address(facts.signature.svg),
            "code": pictures.add(Code(address, DIGEST_MASK), address) if address else None,
            "office": office(facts.signer.unit, facts.signer.post),
            "personal_number": len(facts.points) + 1,
        },
        sizes=SIZES,
        most_pages=1,
    )
