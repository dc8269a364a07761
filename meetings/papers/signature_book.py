"""The signature book (签名册): everyone called, with the signature each made to the pledge."""

from __future__ import annotations

from .ink import Pictures
from .render import Paper, render_pdf
from .sheet_facts import BookRow, SheetRow, SignatureBookFacts
from .sign_in_sheet import heading_lines, sheet_title, sheet_title_lines
from .typography import office

# What stands in the cell of somebody who signed and left no picture, by level.
WITHOUT_PICTURE = {"甲": "密钥签署", "乙": "密码签署", "丙": "见纸面"}


def render_signature_book(facts: SignatureBookFacts) -> bytes:
    """The signature book as PDF/A-3a.

    Raises:
        MissingGlyphs: a name or text has a character that no font has.
        PaperError: the book could not be set.
    """
    return render_pdf(signature_book_paper(facts), facts)


def signature_book_paper(facts: SignatureBookFacts) -> Paper:
    """The signature book's template, style sheets and context."""
    pictures = Pictures()
    occasion = facts.occasion
    return Paper(
        template="papers/signature_book.html",
        styles=("gbt9704.css", "sheets.css", "signature_book.css"),
        title=f"{occasion.unit}{occasion.title}承诺书签名册（{occasion.number}）",
        author=occasion.unit,
        made_at=facts.made_at,
        pictures=pictures,
        context={
            "facts": facts,
            "title": sheet_title(occasion, "承诺书签名册"),
            "title_lines": sheet_title_lines(occasion, "承诺书签名册"),
            "heading": heading_lines(occasion),
            "rows": [
                (number, book_row, *_cells(book_row, pictures))
                for number, book_row in enumerate(facts.rows, start=1)
            ],
            "signed": signed_counts(facts),
            "blank_lines": range(facts.blank_lines),
            "columns": 7,
        },
    )


def signed_counts(facts: SignatureBookFacts) -> str:
    """How many are called and how many signed, by level; what its signer disowned stands apart."""
    signed = [row.signature for row in facts.rows if row.signature]
    levels = [signature.level for signature in signed if not signature.disowned]
    text = f"应到{len(facts.rows)}人，已签署{len(levels)}份"
    by_level = [f"{level}级{levels.count(level)}份" for level in "甲乙丙" if level in levels]
    counted = f"{text}（{'，'.join(by_level)}）" if by_level else text
    disowned = len(signed) - len(levels)
    return f"{counted}；另有{disowned}份经本人否认，不计入" if disowned else counted


def _cells(row: BookRow, pictures: Pictures) -> tuple[SheetRow, str, str | None, str]:
    """Of one line: the person, unit and post, the picture's address, the words without one."""
    signature = row.signature
    person = row.person
    held = office(person.unit, person.post)
    if signature is None:
        return person, held, None, ""
    picture = pictures.address(signature.svg)
    words = "" if picture or signature.typed else WITHOUT_PICTURE.get(signature.level, "—")
    return person, held, picture, words
