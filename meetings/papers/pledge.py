"""The integrity pledge (廉政承诺书): one page a person."""

from __future__ import annotations

import segno

from .facts import PledgeFacts
from .ink import Pictures, data_address
from .render import Paper, render_pdf
from .typography import office, title_lines

# From the standard's own size down to the smallest that is still read with ease on paper.
SIZES = ("size-16", "size-14", "size-12", "size-11", "size-10", "size-9")


def render_pledge(facts: PledgeFacts) -> bytes:
    """The pledge as PDF/A-3a on one page, its text as large as the page allows.

    Raises:
        MissingGlyphs: a name or text has a character that no font has.
        PaperError: the pledge does not fit on one page even at the smallest size.
    """
    return render_pdf(pledge_paper(facts), facts)


def pledge_paper(facts: PledgeFacts) -> Paper:
    """The pledge's template, style sheets and context."""
    pictures = Pictures()
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
            "code": data_address(qr_code(facts.verify_url)) if facts.verify_url else None,
            "office": office(facts.signer.unit, facts.signer.post),
            "personal_number": len(facts.points) + 1,
        },
        sizes=SIZES,
        most_pages=1,
    )


def qr_code(address: str) -> str:
    """The address as a QR code, error correction M, in SVG."""
    svg: str = segno.make(address, error="m", micro=False).svg_inline(border=0, omitsize=True)
    return svg
