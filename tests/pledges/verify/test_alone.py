"""The file runs alone, copied anywhere, as a stranger has it; and its exit status tells."""

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from meetings.papers import facts
from pledges import verify as verifier

from .conftest import FOLDER

PROGRAM = Path(verifier.__file__)
ROOT = ["--root", str(FOLDER / "root.pem")]
LEDGER = ["--ledger-key", str(FOLDER / "ledger.key")]


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copy(PROGRAM, tmp_path_factory.mktemp("stranger") / "verify.py"))


def run(program: Path, *arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-I", str(program), *arguments],
        cwd=program.parent,
        env={"PYTHONUTF8": "1"},
        input=data,
        capture_output=True,
        timeout=60,
    )


def imported(source: str) -> set[str]:
    tree = ast.parse(source)
    return {
        (alias.name if isinstance(node, ast.Import) else node.module).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def test_verifier_imports_neither_django_nor_this_project() -> None:
    others = imported(PROGRAM.read_text()) - set(sys.stdlib_module_names)
    assert others == {"asn1crypto", "cryptography", "fido2", "pyhanko", "pyhanko_certvalidator",
                      "rfc8785"}  # fmt: skip


def test_running_it_loads_no_django() -> None:
    code = "import sys, pledges.verify; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROGRAM.parent.parent).returncode == 0


def test_good_record_ends_with_0_and_says_so_first(copied: Path) -> None:
    ended = run(copied, str(FOLDER / "good.pdf"), *ROOT, *LEDGER)
    assert ended.returncode == 0, ended.stderr.decode()
    assert ended.stdout.decode().startswith("真实有效")


def test_forged_record_ends_with_1(copied: Path) -> None:
    ended = run(copied, str(FOLDER / "page_content_replaced.pdf"), *ROOT)
    assert ended.returncode == 1
    assert ended.stdout.decode().startswith("不可信")


def test_json_tells_the_same(copied: Path) -> None:
    ended = run(copied, "-", *ROOT, "--json", data=(FOLDER / "good.pdf").read_bytes())
    report = json.loads(ended.stdout)
    assert (ended.returncode, report["verdict"], report["summary"]["levels"]["key"]) == (
        0, "good", 2
    )  # fmt: skip


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The command in this process, which must not bound the tests' own time and memory."""
    monkeypatch.setattr(verifier, "limit_resources", lambda *_: None)

    def run_here(*arguments: str) -> int:
        try:
            return verifier.main(arguments)
        except SystemExit as ended:
            return int(ended.code or 0)

    return run_here


def test_record_in_english(main: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(str(FOLDER / "good.pdf"), *ROOT, "--english") == 0
    assert "The seal covers the whole file" in capsys.readouterr().out


def test_receipt_ends_with_0(main: Callable[..., int]) -> None:
    assert main(str(FOLDER / "good-receipt-0.json"), *LEDGER) == 0


def test_older_record_and_pinned_keys_are_heeded(main: Callable[..., int], tmp_path: Path) -> None:
    older = ["--older", str(FOLDER / "older.pdf")]
    assert main(str(FOLDER / "good.pdf"), *ROOT, *older) == 0
    assert main(str(FOLDER / "ledger_cut_and_written_anew.pdf"), *ROOT, *older) == 1
    pins = tmp_path / "pins.json"
    pins.write_text(json.dumps({"G001": ["00" * 32]}))
    assert main(str(FOLDER / "good.pdf"), *ROOT, "--keys", str(pins)) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [str(FOLDER / "good.pdf")],
        [str(FOLDER / "no-such.pdf"), *ROOT],
        [str(FOLDER), *ROOT],
        [str(FOLDER / "good.pdf"), "--root", str(FOLDER / "no-such.pem")],
        [str(FOLDER / "good.pdf"), "--root", str(FOLDER / "index.json")],
        [str(FOLDER / "good.pdf"), *ROOT, "--ledger-key", str(FOLDER / "root.pem")],
        [str(FOLDER / "good.pdf"), *ROOT, "--keys", str(FOLDER / "index.json")],
        [str(FOLDER / "good.pdf"), *ROOT, "--trust-me"],
        [str(FOLDER / "good-receipt-0.json")],
    ],
    ids=range(10),
)
def test_wrong_use_ends_with_2(
    main: Callable[..., int], capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.err
    assert not captured.out


def test_help_names_what_it_needs(copied: Path) -> None:
    words = run(copied, "--help").stdout.decode()
    assert all(name in words for name in ("pyhanko", "rfc8785", "fido2", "exit status"))


def keys_of(kind: type) -> set[str]:
    return set(kind.__dataclass_fields__)


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        (facts.RecordFacts, verifier.FACTS),
        (facts.RollRow, verifier.ROW),
        (facts.Signature, verifier.SIGNED),
        (facts.Counts, verifier.COUNTS),
        (facts.Point, verifier.POINT),
        (facts.Seal, verifier.SEAL),
    ],
)
def test_verifier_asks_only_for_facts_that_records_tell(kind: type, shape: dict) -> None:
    """A record of one version is read by the verifier of another: no field here may be renamed."""
    assert set(shape) <= keys_of(kind)
