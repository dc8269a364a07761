"""Checks an archive package of Liantan: no database, no server, no connection.

    python -m meetings.archive.checking DIR --root unit-root.pem

Exit status 0 only when nothing failed; 1 for a bad package, 2 for wrong use. Code inside the
package is never run: the verifier used is this system's own.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pledges import verify

from . import layout
from .contents import Roots, examine
from .findings import FAILED, HEADS, PASSED, UNCHECKED, Finding
from .layout import Package, look_through, read_sums

MARKS = {PASSED: "[+]", FAILED: "[X]", UNCHECKED: "[ ]"}
SECONDS, MEGABYTES = 3600, 3072


@dataclass(frozen=True)
class Outcome:
    """What is wrong with the package's lists, what was found under the four heads, and the hash
    of its list of hashes, which stands for the whole (None: there is none)."""

    faults: tuple[str, ...]
    findings: tuple[Finding, ...]
    sha256: str | None

    @property
    def good(self) -> bool:
        """Whether nothing failed; what could not be checked is not a failure."""
        failed = any(found.result == FAILED for found in self.findings)
        return bool(self.findings) and not failed and not self.faults


def check_package(folder: Path, own: Roots | None = None) -> Outcome:
    """Checks the package in `folder`, against the roots `own` as well where they are given.

    Raises OSError where `folder` cannot be read, and ValueError for a root of `own` that is no
    certificate.
    """
    if own is not None:
        verify.certificates([*own.seal, *own.stamps])
    package = look_through(folder)
    sums = package.files.get(layout.SUMS)
    return Outcome(
        tuple(envelope_faults(package)),
        tuple(examine(package, own)),
        sums.sha256 if sums else None,
    )


def envelope_faults(package: Package) -> Iterator[str]:
    """What is wrong with the two lists of everything in the package, and with what they list."""
    yield from package.faults
    for name in sorted(layout.ENVELOPE - package.files.keys()):
        yield f"缺 {name}"
    try:
        sums = read_sums(package.read(layout.SUMS, layout.MOST_TEXT))
    except (ValueError, OSError) as error:
        yield f"{layout.SUMS} 读不出：{error}"
        return
    found = {name: seen.sha256 for name, seen in package.files.items() if name != layout.SUMS}
    yield from (f"清单所列文件缺少：{name}" for name in sorted(sums.keys() - found.keys()))
    yield from (f"清单以外的文件：{name}" for name in sorted(found.keys() - sums.keys()))
    same = sums.keys() & found.keys()
    yield from (f"文件被改动：{name}" for name in sorted(same) if sums[name] != found[name])
    try:
        listed = verify.strict_json(package.read(layout.MANIFEST, layout.MOST_TEXT))
        verify.strict_json(package.read(layout.REPORT_JSON, layout.MOST_TEXT))
    except (ValueError, OSError, verify.EvidenceError) as error:
        yield f"清单或报告的 JSON 读不出：{error}"
        return
    if listed != manifest_of(package):
        yield f"{layout.MANIFEST} 与包内文件不符"


def manifest_of(package: Package) -> dict[str, Any]:
    """The JSON manifest of what is in the package: everything but the two lists themselves."""
    return {
        "type": "liantan-archive-manifest",
        "version": 1,
        "algorithm": "SHA-256",
        "files": [
            {"path": name, "size": seen.size, "sha256": seen.sha256}
            for name, seen in sorted(package.files.items())
            if name not in (layout.MANIFEST, layout.SUMS)
        ],
    }


def lines_of(outcome: Outcome) -> Iterator[str]:
    """The outcome to read: the verdict, the lists' faults, and each finding under its head."""
    yield "档案包无误 SOUND" if outcome.good else "档案包有误 NOT SOUND"
    results = [found.result for found in outcome.findings]
    yield "，".join(f"{result} {results.count(result)} 项" for result in MARKS)
    if outcome.sha256:
        yield f"{layout.SUMS} 的 SHA-256：{outcome.sha256}"
    yield from (f"[X] {fault}" for fault in outcome.faults)
    for head in HEADS:
        yield f"\n{head}"
        for found in outcome.findings:
            if found.head == head:
                note = f"：{found.note}" if found.note else ""
                yield f"{MARKS[found.result]} {found.item}（{found.result}）{note}"


def command_line() -> argparse.ArgumentParser:
    """The options, as `manage.py archive --check` takes them too."""
    parser = argparse.ArgumentParser(
        prog="archive --check", description="Checks an archive package; needs no database."
    )
    # What manage.py was told, and is said by calling this at all.
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("folder", type=Path, metavar="DIR", help="the package")
    for option, what in (("--root", "the seal"), ("--tsa-root", "time stamps")):
        parser.add_argument(
            option,
            action="append",
            default=[],
            type=Path,
            metavar="CERT",
            help=f"a root of {what} that you have from elsewhere, PEM",
        )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Gives the exit status: 0 for a sound package alone."""
    parser = command_line()
    options = parser.parse_args(arguments)
    verify.limit_resources(SECONDS, MEGABYTES * 2**20)
    try:
        own = read_roots(options.root, options.tsa_root)
        outcome = check_package(options.folder, own)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return 2
    except (MemoryError, TimeoutError):
        sys.stderr.write(f"{parser.prog}: 核验所需的时间或内存超出限度\n")
        return 1
    sys.stdout.write("\n".join(lines_of(outcome)) + "\n")
    return 0 if outcome.good else 1


def read_roots(seal: Sequence[Path], stamps: Sequence[Path]) -> Roots | None:
    """The roots in some files; None where none is given for the seal. Raises OSError, and
    ValueError for time-stamp roots alone."""
    if not seal and stamps:
        raise ValueError("--tsa-root needs --root")
    if not seal:
        return None
    return Roots(
        tuple(file.read_bytes() for file in seal), tuple(file.read_bytes() for file in stamps)
    )


if __name__ == "__main__":
    sys.exit(main())
