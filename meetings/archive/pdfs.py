"""What a PDF says of itself: that it opens, how many pages it has, which PDF/A it claims to be."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

from pyhanko.pdf_utils.reader import PdfFileReader

from pledges import verify

PDFA = "{http://www.aiim.org/pdfa/ns/id/}"
KEYWORDS, DIGEST = "{http://ns.adobe.com/pdf/1.3/}Keywords", "sha256:"
PDFA_3A = {"part": "3", "conformance": "A"}
MOST_PAGES, MOST_LEVELS = 100_000, 40


def open_pdf(data: bytes) -> PdfFileReader:
    """A reader of the PDF. Raises ValueError when it is encrypted, and what pyHanko raises."""
    reader = PdfFileReader(BytesIO(data), strict=False, decode_limits=verify.LIMITS)
    if reader.encrypted:
        raise ValueError("已加密")
    return reader


def count_pages(reader: PdfFileReader) -> int:
    """How many pages the page tree really has (ISO 32000-1, 7.7.3). Raises ValueError when they
    are none, or other than it says."""
    root = reader.root["/Pages"]
    pages = _leaves(root, 0)
    if not 0 < pages == root["/Count"]:
        raise ValueError("页数与页树不符")
    return pages


def _leaves(node: Any, level: int) -> int:
    if level > MOST_LEVELS:
        raise ValueError("页树太深")
    if "/Kids" not in node:
        return 1
    pages = 0
    for kid in node["/Kids"]:
        pages += _leaves(kid.get_object(), level + 1)
        if pages > MOST_PAGES:
            raise ValueError("页数太多")
    return pages


def told_digest(reader: PdfFileReader) -> str:
    """The digest that a pledge's PDF tells in its XMP (pdf:Keywords); empty where it tells none."""
    for element in _xmp(reader):
        if element.tag == KEYWORDS and (element.text or "").startswith(DIGEST):
            return (element.text or "").removeprefix(DIGEST)
    return ""


def claimed_pdfa(reader: PdfFileReader) -> dict[str, str]:
    """The part and conformance level that a PDF claims in its XMP (ISO 19005-3, 6.6.4)."""
    claim: dict[str, str] = {}
    for element in _xmp(reader):
        claim |= {name[len(PDFA) :]: value for name, value in element.items() if PDFA in name}
        if element.tag.startswith(PDFA):
            claim[element.tag[len(PDFA) :]] = element.text or ""
    return claim


def _xmp(reader: PdfFileReader) -> Iterator[ElementTree.Element]:
    """The elements of the PDF's metadata; none where it has none that can be read."""
    try:
        xmp = reader.root["/Metadata"].data
        if b"<!" not in xmp:
            yield from ElementTree.fromstring(xmp).iter()  # noqa: S314  no document type: no entities
    except (KeyError, ElementTree.ParseError):
        return
