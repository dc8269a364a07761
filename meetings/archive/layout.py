"""What lies where in a package, and what is there: names, sizes, hashes.

A stranger's package may be made to harm: nothing is followed that is not a plain file or folder,
and no name from inside a file is ever opened as a path.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

README, SUMS, MANIFEST = "README.txt", "SHA256SUMS", "manifest.json"
METADATA_JSON, METADATA_XML = "metadata.json", "metadata.xml"
REPORT_JSON, REPORT_PDF = "report.json", "report.pdf"
# What the metadata cannot list, because it is made of it or after it.
ENVELOPE = frozenset({README, SUMS, MANIFEST, METADATA_JSON, METADATA_XML, REPORT_JSON, REPORT_PDF})
ROOT_CERTIFICATE, TSA_ROOTS = "verify/root.pem", "verify/tsa-root.pem"
LEDGER_KEY, VERIFIER = "verify/ledger-key.txt", "verify/verify.py"

RECORD, CORRECTION, PLEDGE = "谈话记录", "更正记录", "承诺书"
NOTICE, OUTLINE, SHEET, BOOK = "会议通知", "谈话提纲", "签到册", "签名册"
ATTACHMENT, SCAN, EVIDENCE = "附件", "纸面承诺书扫描件", "核验材料"
# Set by this system, so PDF/A by its own claim.
MADE_HERE = frozenset({RECORD, CORRECTION, PLEDGE, NOTICE, OUTLINE, SHEET, BOOK})

MOST_FILES = 100_000
MOST_BYTES = 200 * 2**20
MOST_TEXT = 64 * 2**20
MOST_DEPTH = 8
# No name may hold what another system reads as a path, and none what a terminal obeys.
BAD_NAME = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]'
)
SUM_LINE = re.compile(r"([0-9a-f]{64})  ([^\n\r\\]+)")
XML_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it lies on the disk."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Package:
    """A folder that was looked through: its plain files by path, and what else was found."""

    folder: Path
    files: Mapping[str, Seen]
    faults: tuple[str, ...] = ()

    def read(self, name: str, most: int = MOST_BYTES) -> bytes:
        """The bytes of a file that was seen, the same as then.

        Raises ValueError when it was not seen, is too large, or is another by now.
        """
        seen = self.files.get(name)
        if seen is None:
            raise ValueError(f"{name} 不在包内")
        if seen.size > most:
            raise ValueError(f"{name} 太大")
        with open_plain(self.folder / name) as file:
            data: bytes = file.read(seen.size + 1)
        if hashlib.sha256(data).hexdigest() != seen.sha256:
            raise ValueError(f"{name} 在核验期间变了")
        return data


def look_through(folder: Path) -> Package:
    """Every file of `folder` with its size and hash. Raises OSError where it cannot be read."""
    files: dict[str, Seen] = {}
    faults: list[str] = []
    for name, fault in sorted(_walk(folder)):
        if fault:
            faults.append(f"{_shown(name)}：{fault}")
        elif len(files) >= MOST_FILES:
            return Package(folder, files, (*faults, "文件太多"))
        else:
            with open_plain(folder / name) as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                files[name] = Seen(os.fstat(file.fileno()).st_size, digest)
    return Package(folder, files, tuple(faults))


def open_plain(path: Path) -> Any:
    """The file at `path` for reading, never through a symbolic link, never a device or pipe.

    Raises OSError.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(f"{path} 不是普通文件")
    return os.fdopen(handle, "rb")


def _walk(folder: Path, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Each thing below `folder` as (path, what is wrong with it); folders only when wrong."""
    with os.scandir(folder) as found:
        for entry in found:
            name = prefix + entry.name
            if BAD_NAME.search(entry.name) or not _is_text(entry.name):
                yield name, "文件名不规范"
            elif entry.is_symlink():
                yield name, "符号链接"
            elif entry.is_dir(follow_symlinks=False):
                if depth >= MOST_DEPTH:
                    yield name, "文件夹太深"
                else:
                    yield from _walk(folder / entry.name, f"{name}/", depth + 1)
            elif entry.is_file(follow_symlinks=False):
                yield name, ""
            else:
                yield name, "不是普通文件"


def _is_text(name: str) -> bool:
    """Whether a name is UTF-8 on the disk."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(name: str) -> str:
    """A name that is fit for a terminal, whatever is in it."""
    return ascii(name) if BAD_NAME.search(name.replace("/", "")) or not _is_text(name) else name


def write_sums(files: Mapping[str, Seen]) -> bytes:
    """The lines that ``sha256sum -c`` reads."""
    lines = (f"{seen.sha256}  {name}\n" for name, seen in sorted(files.items()))
    return "".join(lines).encode()


def read_sums(data: bytes) -> dict[str, str]:
    """What `write_sums` wrote: hash by name. Raises ValueError for any other form."""
    text = data.decode("utf-8")
    if not text.endswith("\n"):
        raise ValueError("末行不完整")
    sums: dict[str, str] = {}
    for line in text[:-1].split("\n"):
        found = SUM_LINE.fullmatch(line)
        if found is None or found[2] in sums:
            raise ValueError("有一行不合格式，或同一文件出现两次")
        sums[found[2]] = found[1]
    return sums
