"""What goes into a package, taken from the rows: records, papers, pledges, attachments, roots."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePath
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from meetings.exceptions import MeetingError
from meetings.models import Attachment, Meeting, Record
from meetings.papers.bundling import safe_name
from meetings.papers.facts import PledgeFacts
from meetings.papers.gathering import facts_of, gather_pledge
from meetings.papers.gathering_letters import gather_notice, gather_outline
from meetings.papers.gathering_sheets import gather_sign_in_sheet, gather_signature_book
from meetings.papers.notice import render_notice
from meetings.papers.outline import render_outline
from meetings.papers.pool import Job, Pool, make_here
from meetings.papers.sign_in_sheet import render_sign_in_sheet
from meetings.papers.signature_book import render_signature_book
from pledges import verify
from pledges.ledger.notes import public_key
from pledges.models import Level, Pledge
from pledges.verifying import root_files

from . import layout
from .contents import PDF_TYPE
from .describing import Json
from .metadata import Item, record_path

# What the papers set here claim to be.
PDFA: Json = {"格式版本": "PDF/A-3a"}
PEM_TYPE = "application/x-pem-file"
SUFFIXES = {PDF_TYPE: ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
# Fewer pledges than this are set before a process of their own would have started.
WORTH_PROCESSES = 12
CHUNK = 20
# File systems count a name in bytes.
MOST_NAME_BYTES = 180


class NotPackable(MeetingError):
    """This meeting cannot be packed, or not into this folder; `message` says why."""


@dataclass
class Packing:
    """A package on its way: the folder it grows in, and what is in it so far."""

    meeting: Meeting
    records: Sequence[Record]
    folder: Path
    items: list[Item] = field(default_factory=list)

    def add(self, item: Item, data: bytes) -> None:
        """Write a file that the metadata will list."""
        self.write(item.path, data)
        self.items.append(item)

    def write(self, path: str, data: bytes) -> None:
        """Write a file. Raises OSError."""
        target = self.folder / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)

    @property
    def newest(self) -> str:
        return record_path(self.records[-1].revision)


def collect(packing: Packing, as_of: datetime) -> None:
    """Write every file that the metadata lists; papers made now bear the time `as_of`.

    Raises NotPackable, PaperError when a paper cannot be made, and OSError.
    """
    _add_records(packing)
    _add_papers(packing, as_of)
    _add_pledges(packing)
    _add_attachments(packing)
    _add_material(packing)


def _add_records(packing: Packing) -> None:
    for record in packing.records:
        correction = record.revision > 1
        sealed = "是" if record.is_sealed else "否"
        more = {**PDFA, "修订号": record.revision, "盖章": sealed}
        kind = layout.CORRECTION if correction else layout.RECORD
        item = Item(
            path=record_path(record.revision),
            kind=kind,
            title=f"{facts_of(record).title}（{kind}）",
            media_type=PDF_TYPE,
            relation="更正" if correction else "",
            other=record_path(record.revision - 1) if correction else "",
            more=more,
        )
        packing.add(item, record.best_pdf)


def _add_papers(packing: Packing, as_of: datetime) -> None:
    """The letters and the two sheets, made from the rows as they are."""
    meeting = packing.meeting
    sheet = gather_sign_in_sheet(meeting, made_at=as_of)
    book = gather_signature_book(meeting, made_at=as_of)
    made = (
        ("notice", layout.NOTICE, render_notice(gather_notice(meeting))),
        ("outline", layout.OUTLINE, render_outline(gather_outline(meeting))),
        ("sign-in-sheet", layout.SHEET, render_sign_in_sheet(sheet)),
        ("signature-book", layout.BOOK, render_signature_book(book)),
    )
    for name, kind, pdf in made:
        title = f"{meeting.title}（{kind}）"
        item = Item(f"papers/{name}.pdf", kind, title, PDF_TYPE, "附属于", packing.newest, PDFA)
        packing.add(item, pdf)


def signed_pledges(meeting: Meeting) -> QuerySet[Pledge]:
    """The signed pledges of the meeting, in the roll's order."""
    return Pledge.objects.signed().filter(attendance__meeting=meeting)


def _add_pledges(packing: Packing) -> None:
    """Each pledge as a PDF, and the scan of each that was signed on paper."""
    pledges = signed_pledges(packing.meeting).order_by("attendance__order", "attendance__id")
    rows = pledges.values_list("pk", "name", "signature__digest", "signature__level")
    on_paper = []
    paths = {}
    for place, (pk, name, digest, level) in enumerate(rows, start=1):
        stem = f"{place:03} {safe_name(name)}"
        item = Item(
            path=f"pledges/{stem}.pdf",
            kind=layout.PLEDGE,
            title=f"廉政承诺书（{name}）",
            media_type=PDF_TYPE,
            relation="签署于",
            other=packing.newest,
            more={**PDFA, "承诺书摘要": digest},
        )
        packing.items.append(item)
        paths[pk] = packing.folder / item.path
        if level == Level.PAPER:
            on_paper.append((pk, stem))
    _set_pledges(paths)
    for pk, stem in on_paper:
        _add_scan(packing, Pledge.objects.select_related("signature__paper").get(pk=pk), stem)


def _set_pledges(paths: Mapping[UUID, Path]) -> None:
    """The PDFs of some pledges, as the bulk export makes them."""
    for path in paths.values():
        path.parent.mkdir(exist_ok=True)
    jobs = (Job(paths[pk], (facts,)) for pk, facts in _gathered(list(paths)))
    if len(paths) < WORTH_PROCESSES:
        for job in jobs:
            list(make_here(job))
    else:
        with Pool() as pool:
            list(pool.make(jobs))


def _gathered(ids: Sequence[UUID]) -> Iterator[tuple[UUID, PledgeFacts]]:
    """The facts of pledges, a few at a time: a large meeting's never lie in memory together."""
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        found = Pledge.objects.select_related(
            "signature", "occasion__outline", "revocation"
        ).in_bulk(some)
        for pk in some:
            yield pk, gather_pledge(found[pk], site_url=settings.SITE_URL)


def _add_scan(packing: Packing, pledge: Pledge, stem: str) -> None:
    paper = pledge.signature.paper
    item = Item(
        path=f"scans/{stem}{SUFFIXES.get(paper.media_type, '')}",
        kind=layout.SCAN,
        title=f"廉政承诺书扫描件（{pledge.name}）",
        media_type=paper.media_type,
        relation="扫描自原件",
        other=f"pledges/{stem}.pdf",
        more={"承诺书摘要": pledge.signature.digest},
    )
    packing.add(item, bytes(paper.scan))


def _add_attachments(packing: Packing) -> None:
    attachments = packing.meeting.attachments.order_by("uploaded_at", "pk")
    for place, attachment in enumerate(attachments, start=1):
        item = Item(
            path=f"attachments/{place:02} {_file_name(attachment.name)}",
            kind=layout.ATTACHMENT,
            title=attachment.name,
            media_type=attachment.media_type,
            relation="附属于",
            other=packing.newest,
        )
        packing.add(item, _read(attachment))


def _file_name(name: str) -> str:
    """An upload's name as it may be on any disk, its ending kept."""
    path = PurePath(name)
    stem = safe_name(path.stem).encode()[:MOST_NAME_BYTES].decode(errors="ignore").strip(" .")
    suffix = path.suffix.lower()
    return (stem or "_") + (f".{safe_name(suffix)}" if suffix else "")


def _read(attachment: Attachment) -> bytes:
    """The attachment's bytes. Raises NotPackable when they are not those that were uploaded."""
    try:
        with attachment.file.open("rb") as file:
            data: bytes = file.read()
    except OSError as error:
        raise NotPackable(
            _("The attachment “%(name)s” cannot be read: %(why)s")
            % {"name": attachment.name, "why": error.strerror or error}
        ) from error
    if hashlib.sha256(data).hexdigest() != attachment.sha256:
        raise NotPackable(
            _("The attachment “%(name)s” is not the file that was uploaded.")
            % {"name": attachment.name}
        )
    return data


def _add_material(packing: Packing) -> None:
    """What a stranger needs to verify the record: roots, the ledger's key, the verifier."""
    key = base64.b64encode(public_key()) + b"\n"
    roots = b"".join(path.read_bytes() for path in root_files())
    stamps = b"".join(Path(name).read_bytes() for name in settings.SEAL_TSA_ROOTS)
    verifier = Path(verify.__file__).read_bytes()
    material = [
        (layout.ROOT_CERTIFICATE, "电子印章的根证书", PEM_TYPE, roots),
        (layout.LEDGER_KEY, "存证账本的公钥（Ed25519，Base64）", "text/plain", key),
        (layout.VERIFIER, "核验程序", "text/x-python", verifier),
    ]
    if stamps:
        material.append((layout.TSA_ROOTS, "时间戳的根证书", PEM_TYPE, stamps))
    for path, title, media_type, data in material:
        item = Item(path, layout.EVIDENCE, title, media_type, "用于核验", packing.newest)
        packing.add(item, data)
