"""Many papers as one ZIP, with a manifest that says what is in it and the digest of each file."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from .facts import Json

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
# What no file system takes, or what a shell or a spreadsheet would take for something else.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]')
_NAME_LENGTH = 80
_BEFORE_ANYTHING = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP can say
_READABLE = 0o100644 << 16


@dataclass(frozen=True)
class Entry:
    """One signed pledge in a bundle: where its PDF lies, the folder it goes to, and what it is.

    ``folder`` is empty in the bundle of one meeting; ``signed_at`` is when the server took the
    signature in.
    """

    source: Path
    folder: str
    meeting: str
    name: str
    staff_number: str
    unit: str
    post: str
    level: str
    digest: str
    signed_at: datetime
    disowned: bool


def write_bundle(
    target: Path, entries: Sequence[Entry], *, scope: dict[str, Json]
) -> Iterator[None]:
    """Write the ZIP, giving control back after every file; it is whole once this is exhausted.

    PDFs are compressed already, so they are stored. The same entries give the same bytes:
    nothing in it says when or where it was made.
    """
    listed: list[dict[str, Json]] = []
    sums: list[str] = []
    newest = _BEFORE_ANYTHING
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as bundle:
        for entry, path in zip(entries, _paths(entries), strict=True):
            pdf = entry.source.read_bytes()
            sha256 = hashlib.sha256(pdf).hexdigest()
            newest = max(newest, _zip_time(entry.signed_at))
            bundle.writestr(_member(path, _zip_time(entry.signed_at)), pdf)
            listed.append({"file": path, "sha256": sha256, **_described(entry)})
            sums.append(f"{sha256}  {path}\n")
            yield
        manifest: dict[str, Json] = {
            "type": "liantan-pledges",
            "version": 1,
            **scope,
            "pledges": [*listed],
        }
        text = (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()
        bundle.writestr(_member(MANIFEST, newest), text)
        sums.append(f"{hashlib.sha256(text).hexdigest()}  {MANIFEST}\n")
        bundle.writestr(_member(SUMS, newest), "".join(sums).encode())


def safe_name(text: str) -> str:
    """A text as part of a file name on any system: without what file systems refuse, not hidden,
    not too long. Chinese stays as it is."""
    name = _UNSAFE.sub("", text).strip(" .")
    return name[:_NAME_LENGTH].rstrip(" .") or "_"


def _paths(entries: Sequence[Entry]) -> Iterator[str]:
    """Each entry's path in the bundle: its place in the roll keeps namesakes apart."""
    counts: dict[str, int] = {}
    for entry in entries:
        counts[entry.folder] = counts.get(entry.folder, 0) + 1
    places = dict.fromkeys(counts, 0)
    for entry in entries:
        places[entry.folder] += 1
        width = max(3, len(str(counts[entry.folder])))
        name = f"{places[entry.folder]:0{width}} {safe_name(entry.name)}.pdf"
        folder = [safe_name(entry.folder)] if entry.folder else []
        yield str(PurePosixPath(*folder, name))


def _described(entry: Entry) -> dict[str, Json]:
    return {
        "meeting": entry.meeting,
        "name": entry.name,
        "staff_number": entry.staff_number,
        "unit": entry.unit,
        "post": entry.post,
        "level": entry.level,
        "digest": entry.digest,
        "signed_at": entry.signed_at.isoformat(),
        "disowned": entry.disowned,
    }


def _member(path: str, moment: tuple[int, int, int, int, int, int]) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path, moment)
    info.create_system = 3  # as if made on Unix, wherever it is made
    info.external_attr = _READABLE
    return info


def _zip_time(moment: datetime) -> tuple[int, int, int, int, int, int]:
    return (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
