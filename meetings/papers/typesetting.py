"""WeasyPrint, made ready for papers once a process.

Import this only through render.py, which first points Fontconfig at the papers' own fonts.
"""

from __future__ import annotations

import hashlib
import io
import logging
import threading
import zlib
from functools import cache
from importlib.resources import files
from pathlib import Path

import pydyf
from weasyprint import CSS, HTML
from weasyprint.css import ColorProfile
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from . import linelayout
from .exceptions import PaperNotClean
from .ink import Pictures

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


class Typesetter:
    """One process's fonts and style sheets; ``typeset`` turns HTML into pages and PDF."""

    def __init__(self, styles: Path) -> None:
        linelayout.install()
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
        warnings = _Warnings()
        logger = logging.getLogger("weasyprint")
        logger.addHandler(warnings)
        try:
            sheets = [self.style_sheet(name) for name in styles]
            source = HTML(string=html, url_fetcher=self._fetcher)
            document = source.render(
                font_config=self._fonts,
                stylesheets=sheets,
                color_profiles={"srgb": _colour_profile()},
                cache=dict(pictures.images),
                **OPTIONS,
            )
            if most_pages is not None and len(document.pages) > most_pages:
                return None
            pdf: bytes = document.write_pdf(
                **OPTIONS,
                pdf_identifier=_identifier(html, pictures),
                finisher=_finish,
            )
        except BlockedFetch as error:
            raise PaperNotClean(str(error)) from error
        finally:
            logger.removeHandler(warnings)
        if warnings.messages:
            raise PaperNotClean("; ".join(dict.fromkeys(warnings.messages)))
        return pdf


@cache
def _srgb() -> bytes:
    return (files("weasyprint.pdf") / "sRGB2014.icc").read_bytes()


def _colour_profile() -> ColorProfile:
    """The colours that all papers are in (ISO 19005-3, 6.2.3); one a document, which marks it."""
    channels = (["r"], ["g"], ["b"])
    return ColorProfile(io.BytesIO(_srgb()), "sRGB2014.icc", "relative-colorimetric", channels)


def _identifier(html: str, pictures: Pictures) -> bytes:
    """The file identifier (ISO 32000-1, 14.4), from the content and from nothing else."""
    digest = hashlib.sha256(html.encode())
    for source in pictures.sources.values():
        digest.update(source.encode())
    return digest.hexdigest()[:32].encode()


def _finish(document: object, pdf: pydyf.PDF) -> None:
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
        pdf.objects[number] = _Written(item)


class _Written(pydyf.Object):  # type: ignore[misc]  # pydyf carries no types
    """An object whose bytes are made already."""

    def __init__(self, item: pydyf.Object) -> None:
        super().__init__()
        self.number = item.number
        self.generation = item.generation
        self._data = bytes(item.data)
        self._compressible = item.compressible

    @property
    def data(self) -> bytes:
        return self._data

    @property
    def compressible(self) -> bool:
        return bool(self._compressible)


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
        content = zlib.compress(content, 6)
    if content.endswith(b"\r"):
        content += b" "
    return bytes(_written_stream(pydyf.Stream([content], extra)))
