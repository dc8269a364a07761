"""The public page: a file in, the plain answer first, then why; and nobody's name."""

import fcntl
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from pledges import verifying
from pledges.exceptions import VerifierBusy
from pledges.verify import read_ledger_key

from .builder import RP_ID
from .conftest import FOLDER

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def site(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A site that believes what the vectors were made by."""
    settings.SEAL_ROOTS = [str(FOLDER / "root.pem")]
    settings.SEAL_TSA_ROOTS = [str(FOLDER / "tsa.pem")]
    settings.RP_ID = RP_ID
    settings.VAR_DIR = tmp_path
    key = read_ledger_key(str(FOLDER / "ledger.key"))
    monkeypatch.setattr(verifying, "public_key", lambda: key)


def upload(client: Client, name: str, data: bytes | None = None) -> Any:
    content = (FOLDER / name).read_bytes() if data is None else data
    return client.post(reverse("pledges:verify"), {"file": SimpleUploadedFile(name, content)})


def test_page_is_there_for_anybody(client: Client) -> None:
    response = client.get(reverse("pledges:verify"))
    assert response.status_code == 200
    assert response.context["answer"] is None


def test_good_record_is_genuine_and_names_nobody(client: Client) -> None:
    response = upload(client, "good.pdf")
    page = response.content.decode()
    assert response.status_code == 200
    assert response.context["answer"]["good"]
    assert response.context["answer"]["levels"] == [("甲", 2), ("乙", 1), ("丙", 1)]
    assert "廉谈〔2026〕3号" in page
    assert not [word for word in ("王芳", "李强", "古丽", "G001") if word in page]


def test_trial_record_is_said_to_be_a_trial(client: Client) -> None:
    assert upload(client, "good.pdf").context["answer"]["trial"]


def test_receipt_is_genuine(client: Client) -> None:
    assert upload(client, "good-receipt-0.json").context["answer"]["good"]


@pytest.mark.parametrize(
    "name",
    ["page_content_replaced.pdf", "level_raised.pdf", "receipt_with_one_character_changed.json"],
)
def test_forged_file_is_not_to_be_trusted(client: Client, name: str) -> None:
    response = upload(client, name)
    assert response.status_code == 200
    assert not response.context["answer"]["good"]
    assert response.context["answer"]["summary"] == {}
    assert not all(check["ok"] for check in response.context["answer"]["checks"])


def test_what_is_no_pdf_is_not_to_be_trusted(client: Client) -> None:
    assert not upload(client, "x.pdf", b"<html>").context["answer"]["good"]


def test_page_speaks_the_language_of_its_reader(client: Client) -> None:
    client.cookies["django_language"] = "en"
    checks = upload(client, "good.pdf").context["answer"]["checks"]
    assert checks[0]["text"] == "The file can be read"
    client.cookies["django_language"] = "zh-hans"
    checks = upload(client, "good.pdf").context["answer"]["checks"]
    assert checks[0]["text"] == "文件可以读取"


def test_no_file_is_said_beside_the_field(client: Client) -> None:
    response = client.post(reverse("pledges:verify"))
    assert response.status_code == 422
    assert response.context["form"].errors["file"]


def test_file_too_large_is_refused_before_it_is_read(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pledges.forms.verify.MAX_FILE", 100)
    monkeypatch.setattr(verifying.subprocess, "run", None)
    response = upload(client, "good.pdf")
    assert response.status_code == 422
    assert response.context["form"].errors["file"]


def test_busy_verifier_says_so(client: Client, tmp_path: Path) -> None:
    locks = [(tmp_path / f"verifying-{n}.lock").open("w") for n in range(verifying.PLACES)]
    for lock in locks:
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        assert upload(client, "good.pdf").status_code == 429
        with pytest.raises(VerifierBusy):
            verifying.verify_apart(BytesIO(b""))
    finally:
        for lock in locks:
            lock.close()
    assert upload(client, "good.pdf").status_code == 200


@pytest.mark.parametrize(
    "outcome",
    [
        subprocess.TimeoutExpired("verify", 1),
        subprocess.CompletedProcess([], -9, b"", b""),
        subprocess.CompletedProcess([], 0, b"{}", b""),
        subprocess.CompletedProcess([], 1, b'{"verdict":"good"}', b""),
        subprocess.CompletedProcess([], 0, b'{"verdict":"bad"}', b""),
    ],
    ids=["too long", "killed", "no report", "status against it", "report against it"],
)
def test_process_that_does_not_plainly_say_good_is_bad(
    monkeypatch: pytest.MonkeyPatch, outcome: Any
) -> None:
    def run(*_args: Any, **_options: Any) -> Any:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(verifying.subprocess, "run", run)
    assert verifying.verify_apart(BytesIO(b"%PDF-"))["verdict"] == "bad"


def test_file_on_disk_is_read_from_its_start() -> None:
    data = (FOLDER / "good.pdf").read_bytes()
    with TemporaryUploadedFile("good.pdf", "application/pdf", len(data), None) as file:
        file.write(data)
        file.read()
        assert verifying.verify_apart(file)["verdict"] == "good"


def test_site_without_a_seal_finds_no_record_good(client: Client, settings: Any) -> None:
    settings.SEAL_ROOTS = []
    settings.KEY_DIR = Path(settings.VAR_DIR) / "none"
    response = upload(client, "good.pdf")
    assert not response.context["answer"]["good"]
    assert not response.context["can_seal"]


def test_trial_site_believes_its_own_root(settings: Any, tmp_path: Path) -> None:
    settings.SEAL_ROOTS, settings.KEY_DIR = [], tmp_path
    assert verifying.root_files() == []
    (tmp_path / "trial-seal").mkdir()
    own = tmp_path / "trial-seal" / "root.pem"
    own.write_bytes((FOLDER / "root.pem").read_bytes())
    assert verifying.root_files() == [own]
    settings.TRIAL = False
    assert verifying.root_files() == []


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert getattr(client, method)(reverse("pledges:verify")).status_code == 405


def test_command_ends_with_0_for_a_good_record_alone(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_record", str(FOLDER / "good.pdf"), older=FOLDER / "older.pdf")
    assert "真实有效" in capsys.readouterr().out
    call_command("verify_record", str(FOLDER / "good-receipt-1.json"), "--json")
    assert '"verdict": "good"' in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        call_command("verify_record", str(FOLDER / "wrong_count.pdf"), "--english")
    assert ended.value.code == 1
    assert "NOT TO BE TRUSTED" in capsys.readouterr().out


def test_command_ends_with_2_for_what_cannot_be_read(settings: Any) -> None:
    with pytest.raises(CommandError) as error:
        call_command("verify_record", str(FOLDER / "no-such.pdf"))
    assert error.value.returncode == 2
    settings.SEAL_ROOTS = [str(FOLDER / "index.json")]
    with pytest.raises(CommandError):
        call_command("verify_record", str(FOLDER / "good.pdf"))
