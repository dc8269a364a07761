"""WeasyPrint, made ready for papers once a process.

Import this only through render.py, which first points Fontconfig at the papers' own fonts.
"""

from __future__ import annotations

import hashlib
import io
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pydyf
from weasyprint import CSS, DEFAULT_OPTIONS, HTML
from weasyprint.css import ColorProfile
from weasyprint.document import Page
from weasyprint.pdf import VARIANTS, generate_pdf
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from . import drawmemory, fontmemory, layoutmemory, linelayout, ownfonts, stylememory, tagging
from .exceptions import PaperNotClean
from .fontmemory import Drawn
from .galley import Galley
from .ink import Drawing, Pictures

# PDF/A-3a: level A asks for tags, part 3 lets the evidence be attached (evidence.md).
# No output intent is named, or WeasyPrint opens its colour profile itself and leaves it open.
OPTIONS = {"pdf_variant": "pdf/a-3a", "output_intent": ""}

# The tags are good enough for PDF/UA-1 as well. Saying so takes its identification (ISO 14289-1, 5)
# and, since PDF/A knows no such schema, a description of it (ISO 19005-3, 6.6.2.3.3).
UNIVERSAL_ACCESS = b"""<rdf:Description rdf:about=""
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>
<rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description></rdf:RDF>"""


# What a paper's text begins after.
BODY = "<body>"
# Changes the objects of a PDF before they are written.
Finish = Callable[[pydyf.PDF], None]

_written_stream = pydyf.Stream.data.fget


class BlockedFetch(FatalURLFetchingError):  # type: ignore[misc]  # WeasyPrint carries no types
    """A paper asked for something outside itself. A BaseException, so that nothing swallows it."""


class LockedFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint carries no types
    """Hands out ``data:`` addresses and nothing else: no network, no files."""

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """The content of a ``data:`` address.

        Raises:
            BlockedFetch: any other address.
        """
        if not url.startswith("data:"):
            raise BlockedFetch(f"a paper may not load {url[:80]}")
        return super().fetch(url, headers)


class _Warnings(logging.Handler):
    """Collects what WeasyPrint warns of in this thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.messages.append(record.getMessage())


@dataclass(frozen=True)
class LaidOut:
    """Pages that wait to be written, and the file identifier that follows from their content."""

    document: Any
    identifier: bytes

    def set_bookmark(self, label: str) -> None:
        """Make one bookmark of all that the pages have, at the first one's place."""
        places = [place for page in self.document.pages for place in page.bookmarks]
        for page in self.document.pages:
            page.bookmarks = []
        (_level, _label, target, _state) = places[0]
        self.document.pages[0].bookmarks = [(1, label, target, "open")]


@dataclass(frozen=True)
class Beginning:
    """The first blocks of a page's body, laid out once for all papers that begin with them.

    Boxes are not changed by being drawn, so that many pages may share them.
    """

    html: str
    boxes: tuple[Any, ...]
    height: float

    @classmethod
    def of(cls, laid_out: LaidOut, html: str, blocks: int) -> Beginning:
        """The first ``blocks`` blocks, ``html`` in the source, of a body that goes on after."""
        children = _body(laid_out.document.pages[0]).children
        height = children[blocks].position_y - children[0].position_y
        drawmemory.SharedDrawing(children[:blocks])
        return cls(html, tuple(children[:blocks]), height)

    def leave_out(self, html: str) -> str:
        """The source with an empty block of the same height in the place of the beginning."""
        empty = f'<div style="height:{self.height!r}px"></div>'
        return html.replace(BODY + self.html, BODY + empty, 1)

    def put_into(self, document: Any) -> None:
        """Put the boxes in the place of the empty block."""
        page = document.pages[0]
        body = _body(page)
        body.children = [*self.boxes, *body.children[1:]]
        document.pages[0] = Page(page._page_box)  # finds the bookmarks again


def _body(page: Page) -> Any:
    (html, *_margins) = page._page_box.children
    (body,) = html.children
    return body


class Typesetter:
    """One process's fonts and style sheets; ``typeset`` turns HTML into pages and PDF."""

    def __init__(self, styles: Path) -> None:
        linelayout.install()
        fontmemory.install()
        stylememory.install()
        drawmemory.install()
        ownfonts.install()
        layoutmemory.install()
        tagging.install()
        pydyf.Stream.data = property(_stream_data)
        self._styles = styles
        self._fetcher = LockedFetcher()
        # One for the life of the process: each one made leaks.
        self._fonts = FontConfiguration()
        self.style_sheet = cache(self._read_style_sheet)

    def _read_style_sheet(self, name: str) -> CSS:
        return CSS(
            string=(self._styles / name).read_text(encoding="utf-8"),
            font_config=self._fonts,
            url_fetcher=self._fetcher,
        )

    def typeset(
        self,
        html: str,
        styles: tuple[str, ...],
        pictures: Pictures,
        most_pages: int | None,
    ) -> bytes | None:
        """The PDF/A of an HTML text, or None when it has more pages than ``most_pages``.

        Raises:
            PaperNotClean: WeasyPrint warned of something, or the text asks for a file or address.
        """
        laid_out = self.lay_out(html, styles, pictures, most_pages)
        return self.write(laid_out) if laid_out is not None else None

    def lay_out(
        self,
        html: str,
        styles: tuple[str, ...],
        pictures: Pictures,
        most_pages: int | None,
        beginning: Beginning | None = None,
    ) -> LaidOut | None:
        """The pages of an HTML text, or None when there are more than ``most_pages``.

        ``beginning`` is what its body begins with, laid out before with the same styles.

        Raises:
            PaperNotClean: WeasyPrint warned of something, or the text asks for a file or address.
        """
        source = beginning.leave_out(html) if beginning else html
        with _without_warnings():
            document = HTML(string=source, url_fetcher=self._fetcher).render(
                **self._settings(styles, pictures.images)
            )
        if most_pages is not None and len(document.pages) > most_pages:
            return None
        if beginning:
            beginning.put_into(document)
        return LaidOut(document, identifier(html, pictures))

    def galley(
        self,
        html: str,
        styles: tuple[str, ...],
        images: dict[str, Drawing],
        table: str,
        first: int,
    ) -> Galley:
        """The boxes of an HTML text whose ``table`` has the rows from ``first`` on.

        Raises:
            PaperNotClean: as ``lay_out``.
        """
        with _without_warnings():
            source = HTML(string=html, url_fetcher=self._fetcher)
            return Galley(source, table, first, self._settings(styles, images))

    def _settings(self, styles: tuple[str, ...], images: dict[str, Drawing]) -> dict[str, Any]:
        return {
            "font_config": self._fonts,
            "stylesheets": [self.style_sheet(name) for name in styles],
            "color_profiles": {"srgb": _colour_profile()},
            "cache": dict(images),
            **OPTIONS,
        }

    def join(self, parts: Sequence[LaidOut], title: str, author: str) -> LaidOut:
        """The pages of several as one document, with a title and an author of its own."""
        document = parts[0].document.copy([page for part in parts for page in part.document.pages])
        document.metadata.title, document.metadata.authors = title, [author]
        document.metadata.keywords = []  # each paper's own
        digest = hashlib.sha256(b"".join(part.identifier for part in parts))
        return LaidOut(document, digest.hexdigest()[:32].encode())

    def shared_fonts(
        self, share: Callable[[list[Drawn]], list[Drawn] | None]
    ) -> fontmemory.SharedFonts:
        """The fonts of a document that becomes a part of a file; see there."""
        return fontmemory.SharedFonts(self._fonts.font_map, share)

    def draw(self, document: Any) -> pydyf.PDF:
        """The objects of a document, drawn and tagged, not yet written. Raises PaperNotClean."""
        variant = OPTIONS["pdf_variant"]
        options = {**DEFAULT_OPTIONS, **VARIANTS[variant][1], **OPTIONS}
        with _without_warnings():
            return generate_pdf(document, None, 1, **options)

    def write(self, laid_out: LaidOut, finish: Finish | None = None) -> bytes:
        """The PDF/A of pages that were laid out; ``finish`` has a last look at its objects.

        Raises:
            PaperNotClean: WeasyPrint warned of something.
        """

        def finisher(document: object, pdf: pydyf.PDF) -> None:
            if finish is not None:
                finish(pdf)
            _finish(pdf)

        with _without_warnings():
            return bytes(
                laid_out.document.write_pdf(
                    **OPTIONS, pdf_identifier=laid_out.identifier, finisher=finisher
                )
            )


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Turns every warning of WeasyPrint, and every fetch that it tried, into PaperNotClean."""
    warnings = _Warnings()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(warnings)
    try:
        yield
    except BlockedFetch as error:
        raise PaperNotClean(str(error)) from error
    finally:
        logger.removeHandler(warnings)
    if warnings.messages:
        raise PaperNotClean("; ".join(dict.fromkeys(warnings.messages)))


@cache
def _srgb() -> bytes:
    return (files("weasyprint.pdf") / "sRGB2014.icc").read_bytes()


def _colour_profile() -> ColorProfile:
    """The colours that all papers are in (ISO 19005-3, 6.2.3); one a document, which marks it."""
    channels = (["r"], ["g"], ["b"])
    return ColorProfile(io.BytesIO(_srgb()), "sRGB2014.icc", "relative-colorimetric", channels)


def identifier(html: str, pictures: Pictures) -> bytes:
    """The file identifier (ISO 32000-1, 14.4), from the content and from nothing else."""
    digest = hashlib.sha256(html.encode())
    for source in pictures.sources.values():
        digest.update(source.encode())
    return digest.hexdigest()[:32].encode()


def _finish(pdf: pydyf.PDF) -> None:
    """Mend what keeps the PDF from being PDF/UA, and write every object once.

    pydyf writes each object twice, the second time for a hash that is not used here.
    """
    for number, item in enumerate(pdf.objects):
        if item.free == "f":
            continue
        if isinstance(item, pydyf.Stream) and item.extra.get("Type") == "/Metadata":
            item.stream = [item.stream[0].replace(b"</rdf:RDF>", UNIVERSAL_ACCESS)]
            # The XMP packet stays readable for tools that know no PDF (ISO 16684-1).
            item.compress = False
        pdf.objects[number] = Written(item)


class Written(pydyf.Object):  # type: ignore[misc]  # pydyf carries no types
    """An object whose bytes are made already."""

    def __init__(self, item: pydyf.Object) -> None:
        super().__init__()
        self.number = item.number
        self.generation = item.generation
        self._data = bytes(item.data)
        self._compressible = item.compressible and not _is_asked_for_first(item)

    def rename(self, number: int, references: Callable[[bytes], bytes]) -> None:
        """Give the object a number, and those that it refers to theirs."""
        self.number = number
        head, stream, content = self._data.partition(b"\nstream\n")
        self._data = references(head) + stream + content

    @property
    def data(self) -> bytes:
        return self._data

    @property
    def compressible(self) -> bool:
        return bool(self._compressible)


def _is_asked_for_first(item: pydyf.Object) -> bool:
    """Whether a reader wants it before all else: it need not unpack the tags to find it then."""
    return isinstance(item, dict) and item.get("Type") in ("/Catalog", "/Pages", "/Page")


def _stream_data(stream: pydyf.Stream) -> bytes:
    """What pydyf writes for a stream, compressed faster and never ending in CR.

    A reader takes CR LF before ``endstream`` for one end of line and misses a byte of the stream
    (ISO 19005-3, 6.1.7.1). What follows the end of zlib's data is ignored.
    """
    extra = dict(stream.extra)
    content = _written_stream(pydyf.Stream(stream.stream)).partition(b"\nstream\n")[2]
    content = content.removesuffix(b"\nendstream")
    if stream.compress:
        extra["Filter"] = "/FlateDecode"
        content = fontmemory.compress(content)
    if content.endswith(b"\r"):
        content += b" "
    return bytes(_written_stream(pydyf.Stream([content], extra)))
