"""Writes the archive package of one closed meeting: a folder that is there whole, or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from meetings.models import Meeting, Record
from meetings.papers.gathering import facts_of
from pledges import ledger
from pledges.models import EntryKind

from . import layout
from .checking import envelope_faults, manifest_of
from .collecting import NotPackable, Packing, collect, signed_pledges
from .contents import examine
from .describing import as_json, as_xml
from .findings import FAILED, Finding
from .layout import look_through
from .metadata import describe_package
from .report import ReportFacts, render_report, report_json, report_rows

# The package of a record that does not stand verification is none.
VITAL = {"seal", "described", "pledges", "files", "parts", "metadata", "places", "open", "pdfa"}

README_TEXT = """\
{number} {title}
电子档案包

怎样核验
1. 文件是否完好：在本文件夹内运行  sha256sum -c SHA256SUMS
2. 谈话记录是否真实（需要 Python 和 pip install "pyhanko>=0.38" rfc8785 fido2）：
   python verify/verify.py {record} --root verify/root.pem --ledger-key verify/ledger-key.txt
   根证书和核验程序最好另行从立档单位取得，不用包内的。
3. 整个档案包（需要廉谈系统的程序，不需要其数据库）：
   manage.py archive --check 本文件夹 --root 另行取得的根证书.pem

metadata.xml 与 metadata.json 内容相同，是本包的元数据。
report.pdf 与 report.json 是打包时的检测报告。manifest.json 和 SHA256SUMS 列有每个文件的摘要。
本包不含 OFD 文件（GB/T 33190）。本包没有加密，内有个人信息，请按规定保管。
"""


@dataclass(frozen=True)
class Packed:
    """A package that was written: what was found in it, and the hash that stands for it."""

    folder: Path
    findings: tuple[Finding, ...]
    sha256: str

    @property
    def failures(self) -> list[Finding]:
        """What its report says failed."""
        return [finding for finding in self.findings if finding.result == FAILED]


def pack(meeting: Meeting, out: Path) -> Packed:
    """Write the package of `meeting` as the folder `out`, which is not there yet or is empty.

    The same rows give the same bytes. Raises NotPackable, PaperError when a paper cannot be made,
    SealError without the roots of the seal, and OSError.
    """
    records = _sealed_records(meeting)
    target = out.resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise NotPackable(_("%(folder)s is there already and not empty.") % {"folder": out})
    with _growing(target) as folder, translation.override("zh-hans"):
        packing = Packing(meeting, records, folder)
        as_of = _as_of(meeting, records)
        collect(packing, as_of)
        findings = _finish(packing, as_of)
        sha256 = hashlib.sha256((folder / layout.SUMS).read_bytes()).hexdigest()
        _note(meeting, sha256)
        folder.replace(target)
    return Packed(out, tuple(findings), sha256)


def _sealed_records(meeting: Meeting) -> list[Record]:
    """The record and its corrections, the newest last. Raises NotPackable."""
    if not meeting.is_closed:
        raise NotPackable(_("This meeting is not closed, so it has no record yet."))
    records = list(meeting.records.select_related("made_by").order_by("revision"))
    unmade = next((record for record in records if not record.is_ready), None)
    if unmade is not None:
        raise NotPackable(
            _("Revision %(revision)d of the record has no PDF: %(state)s. %(why)s")
            % {
                "revision": unmade.revision,
                "state": unmade.get_state_display(),
                "why": unmade.error,
            }
        )
    if not records or not records[-1].is_sealed:
        state = records[-1].get_seal_state_display() if records else "—"
        why = records[-1].seal_error if records else ""
        raise NotPackable(
            _("The newest record is not sealed: %(state)s. %(why)s") % {"state": state, "why": why}
        )
    return records


@contextmanager
def _growing(target: Path) -> Iterator[Path]:
    """A folder beside `target` for its owner alone; gone at the end, unless it was renamed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name[:40]}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_of(meeting: Meeting, records: Sequence[Record]) -> datetime:
    """The time that the papers made now say: when anything in them changed last."""
    times = [records[-1].sealed_at, meeting.closed_at]
    times += meeting.attachments.values_list("uploaded_at", flat=True)
    times += (
        signed_pledges(meeting)
        .filter(revocation__isnull=False)
        .values_list("revocation__revoked_at", flat=True)
    )
    return timezone.localtime(max(time for time in times if time is not None))


def _finish(packing: Packing, as_of: datetime) -> list[Finding]:
    """Metadata, report and lists; gives the findings. Raises NotPackable for a bad package."""
    meeting, folder = packing.meeting, packing.folder
    metadata = describe_package(meeting, packing.records, packing.items, folder)
    packing.write(layout.METADATA_JSON, as_json(metadata))
    packing.write(layout.METADATA_XML, as_xml(metadata))
    readme = README_TEXT.format(number=meeting.number, title=meeting.title, record=packing.newest)
    packing.write(layout.README, readme.encode())
    findings = examine(look_through(folder))
    _require(findings)
    facts = ReportFacts(
        number=meeting.number or "",
        title=meeting.title,
        unit=meeting.unit.name,
        archive_number=meeting.archive_number or None,
        retention=facts_of(packing.records[-1]).retention,
        files=len(packing.items),
        made_at=as_of,
        rows=report_rows(findings),
    )
    packing.write(layout.REPORT_JSON, report_json(facts, findings))
    packing.write(layout.REPORT_PDF, render_report(facts))
    packing.write(layout.MANIFEST, as_json(manifest_of(look_through(folder))))
    packing.write(layout.SUMS, layout.write_sums(look_through(folder).files))
    faults = list(envelope_faults(look_through(folder)))
    if faults:
        raise NotPackable("；".join(faults))
    return findings


def _require(findings: Sequence[Finding]) -> None:
    """Raises NotPackable when what was made here, or the seal, does not hold."""
    bad = [found for found in findings if found.result == FAILED and found.code in VITAL]
    if bad:
        why = "；".join(f"{found.item}：{found.note}" for found in bad)
        raise NotPackable(_("The package does not stand its own checks: %(why)s") % {"why": why})


@transaction.atomic
def _note(meeting: Meeting, sha256: str) -> None:
    """Tells the ledger that the package is taken out, and which bytes it has."""
    ledger.append(
        kind=EntryKind.EXPORTED,
        by=None,
        subject=f"archive:{meeting.number}",
        data={"sha256": sha256},
        private={"command": "archive", "uid": os.getuid()},
    )
