"""Runs the verifier for this site: what it believes, and a process of its own for strange files."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from . import verify
from .exceptions import VerifierBusy
from .ledger.notes import public_key

# One file at a time may take this much, and this many files are looked at at once.
SECONDS = 60
MEGABYTES = 1536
PLACES = 2


def root_files() -> list[Path]:
    """The certificates that seals are held against: those set, else the trial's own.

    Empty where neither is there; then no record is good.
    """
    if settings.SEAL_ROOTS:
        return [Path(name) for name in settings.SEAL_ROOTS]
    trial = Path(settings.KEY_DIR) / "trial-seal" / "root.pem"
    return [trial] if settings.TRIAL and trial.exists() else []


def verify_here(data: bytes, *, older: bytes | None = None) -> verify.Report:
    """Verifies a record, or a receipt, in this process, by what this site believes.

    Raises OSError and ValueError for roots that cannot be read.
    """
    own: dict[str, Any] = {"ledger_key": public_key(), "rp_id": settings.RP_ID}
    if is_receipt(data):
        return verify.verify_receipt(data, **own)
    return verify.verify_record(
        data,
        roots=[path.read_bytes() for path in root_files()],
        tsa_roots=[Path(name).read_bytes() for name in settings.SEAL_TSA_ROOTS],
        older=older,
        **own,
    )


def verify_apart(file: IO[bytes]) -> dict[str, Any]:
    """The report on a stranger's file as JSON, made by a process that has bounds of its own.

    Whatever that process does but give a report is a bad verdict. Raises VerifierBusy when as
    many files as may be are being looked at already.
    """
    command = [sys.executable, "-I", str(verify.__file__), "-", "--json", *_options()]
    with _place(), _as_file(file) as source:
        try:
            ended = subprocess.run(  # noqa: S603  the command is ours, the file its input alone
                command,
                stdin=source,
                capture_output=True,
                timeout=SECONDS * 2,
                env={"PYTHONUTF8": "1"},
                check=False,
            )
            report: dict[str, Any] = json.loads(ended.stdout)
            good = report["verdict"] == "good"
        except (subprocess.TimeoutExpired, ValueError, KeyError):
            # Without a root the command refuses to look at a record at all.
            return _unreadable("file.effort" if root_files() else "file.root")
    # Both must say it: the exit status and the report.
    return report if good == (ended.returncode == 0) else _unreadable("file.effort")


def is_receipt(data: bytes) -> bool:
    """Whether `data` is JSON rather than a PDF."""
    return data.lstrip()[:1] == b"{"


def _options() -> list[str]:
    """What this site believes, as the command takes it."""
    options = ["--seconds", str(SECONDS), "--megabytes", str(MEGABYTES), "--rp-id", settings.RP_ID]
    options += ["--ledger-key", base64.b64encode(public_key()).decode()]
    for path in root_files():
        options += ["--root", str(path)]
    for name in settings.SEAL_TSA_ROOTS:
        options += ["--tsa-root", name]
    return options


def _unreadable(fault: str) -> dict[str, Any]:
    report = verify.Report("record")
    report.attempt("file", lambda: verify.refuse(fault))
    return report.to_json()


@contextmanager
def _as_file(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """`file` as another process can read it from its start: what is in memory gets a file."""
    try:
        os.lseek(file.fileno(), 0, os.SEEK_SET)
    except OSError:  # which io.UnsupportedOperation is
        file.seek(0)
        with os.fdopen(os.memfd_create("evidence"), "w+b") as copy:
            copy.write(file.read())
            copy.seek(0)
            yield copy
    else:
        yield file


@contextmanager
def _place() -> Iterator[None]:
    """One of the few places at which files are looked at, in all processes of this server."""
    folder = Path(settings.VAR_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(PLACES):
        with (folder / f"verifying-{number}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield
            return
    raise VerifierBusy
