"""Hostile files end as bad ones, within bounds of memory and time, and reach for nothing."""

import socket
import subprocess
import sys
import zlib
from functools import cache
from pathlib import Path

import pytest

from pledges import verify as verifier
from pledges.verify import verify_receipt, verify_record

from .builder import as_files
from .conftest import FOLDER, Verify, trust
from .sealing import make_pdf, seal_pdf
from .tampering import good_parts

PROGRAM = Path(verifier.__file__)


def pdf_of(objects: list[bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    """A small PDF from its objects, numbered from 1."""
    out, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d %s>>\n" % (len(objects) + 1, trailer)
    return out + b"startxref\n%d\n%%%%EOF\n" % start


def stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d %s>>\nstream\n" % (len(data), more) + data + b"\nendstream"


def nested(opening: bytes, closing: bytes, depth: int) -> bytes:
    return opening * depth + closing * depth


@cache
def hostile() -> dict[str, bytes]:
    bomb = zlib.compress(bytes(2**26), 9)
    xref = stream(bomb, b"/Type/XRef/Size 99999999/W[1 4 1]/Filter/FlateDecode/Root 1 0 R")
    good = (FOLDER / "good.pdf").read_bytes()
    return {
        "nothing": b"",
        "blanks": b" " * 1000,
        "only a header": b"%PDF-1.7\n",
        "noise": bytes(range(256)) * 100,
        "cut in half": good[: len(good) // 2],
        "cut at its end": good[:-8],
        "deep arrays": pdf_of([b"<</Type/Catalog/X " + nested(b"[", b"]", 50_000) + b">>"]),
        "deep dictionaries": pdf_of([nested(b"<</A ", b">>", 20_000)]),
        "catalogue of itself": pdf_of([b"1 0 R"]),
        "fields in a circle": pdf_of(
            [b"<</Type/Catalog/AcroForm<</Fields[2 0 R]>>>>", b"<</T(a)/Kids[2 0 R]>>"]
        ),
        "a table that says it is huge": b"%PDF-1.7\nxref\n0 999999999\nstartxref\n9\n%%EOF\n",
        "tables in a circle": b"%PDF-1.7\nxref\n0 0\ntrailer\n<</Size 1/Prev 9/Root 1 0 R>>\n"
        b"startxref\n9\n%%EOF\n",
        "a bomb for a table": b"%PDF-1.7\n1 0 obj\n" + xref + b"\nendobj\nstartxref\n9\n%%EOF\n",
    }


@pytest.mark.parametrize("name", hostile())
def test_hostile_file_is_bad(name: str) -> None:
    data = hostile()[name]
    assert verify_record(data, **trust()).verdict == "bad"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"null", b"[]", b"{}", b"[" * 1_000_000, b'{"a":' * 100_000,
        b'{"type":"liantan-receipt"}', b'"' + b"x" * 9_000_000 + b'"',
        b"\xff" * 100, b"1" * 100_000,
    ],
    ids=range(11),
)  # fmt: skip
def test_hostile_receipt_is_bad(data: bytes) -> None:
    assert verify_receipt(data, ledger_key=bytes(32)).verdict == "bad"


def test_attachment_that_unpacks_beyond_the_bound_is_bad() -> None:
    """Sealed as it should be, so that only the bound on what is unpacked stands in its way."""
    parts = as_files(good_parts())
    parts["facts.json"] = b'"' + bytes(101 * 2**20) + b'"'
    report = verify_record(seal_pdf(make_pdf(parts)), **own_trust())
    assert [check.code for check in report.checks if not check.ok] == ["files"]


def test_json_nested_deep_and_sealed_is_bad() -> None:
    parts = as_files(good_parts())
    parts["facts.json"] = nested(b"[", b"]", 100_000)
    report = verify_record(seal_pdf(make_pdf(parts)), **own_trust())
    assert [check.fault for check in report.checks if not check.ok] == ["files.json"]


def own_trust() -> dict[str, list[bytes]]:
    from .sealing import authority

    return {"roots": [authority().pem]}


def test_file_larger_than_the_bound_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "MAX_FILE", 1000)
    report = verify_record((FOLDER / "good.pdf").read_bytes(), **trust())
    assert [check.fault for check in report.checks] == ["file.size"]


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch, verify: Verify) -> None:
    connections: list[object] = []

    def connect(_self: socket.socket, address: object) -> None:
        connections.append(address)
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: connect(socket.socket(), "name"))
    for name in ("good.pdf", "good-stamped.pdf", "certificate_issued_by_itself.pdf"):
        verify(name)
    assert connections == []
    assert verify("good.pdf").good


def test_process_that_computes_too_long_ends_badly() -> None:
    """The command bounds itself: here what it reads has no end."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import verify;"
        "\n"
        "def endless(self):\n while True: pass\n"
        "verify.SealedFile.read = endless;"
        "sys.exit(verify.main(sys.argv[2:]))"
    )
    arguments = [str(FOLDER / "good.pdf"), "--root", str(FOLDER / "root.pem"), "--seconds", "1"]
    ended = subprocess.run(
        [sys.executable, "-I", "-c", code, str(PROGRAM.parent), *arguments],
        capture_output=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert "TimeoutError" in ended.stdout.decode()
