"""`manage.py ledger`: what it prints, and its exit status."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from pledges import ledger
from pledges.models import LedgerEntry
from pledges.verify import leaf_hash, verify_consistency, verify_inclusion

from .conftest import append_some, unguarded

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def some_entries():
    append_some(9)


def output(capsys, *arguments):
    call_command("ledger", *arguments)
    return capsys.readouterr().out


def test_verify_says_how_much_agrees(capsys):
    ledger.make_checkpoint()
    said = output(capsys, "verify")
    size = ledger.size()
    assert f"{size} entries, {size - size.bit_count()} nodes and 1 checkpoints agree" in said
    assert ledger.root(size).hex() in said
    assert "pledge_signed: 0 told" in said


def test_verify_says_the_first_wrong_place():
    with unguarded():
        LedgerEntry.objects.filter(number__in=[4, 7]).update(subject="changed")
    with pytest.raises(CommandError, match=r"entry 4: the payload is not .* subject") as error:
        call_command("ledger", "verify")
    assert error.value.returncode == 1


def test_checkpoint_prints_the_note_and_check_note_takes_it(capsys, tmp_path):
    note = output(capsys, "checkpoint")
    assert note == ledger.newest_checkpoint().note
    kept = tmp_path / "kept.txt"
    kept.write_text(note, encoding="utf-8")
    append_some(4)
    assert "Good" in output(capsys, "check-note", str(kept))


def test_check_note_says_what_is_wrong(capsys, tmp_path):
    kept = tmp_path / "kept.txt"
    kept.write_text(output(capsys, "checkpoint"), encoding="utf-8")
    with unguarded():
        LedgerEntry.objects.filter(number__gte=5).delete()
    with pytest.raises(CommandError, match="cut off"):
        call_command("ledger", "check-note", str(kept))
    kept.write_bytes(b"\xff not a note")
    with pytest.raises(CommandError):
        call_command("ledger", "check-note", str(kept))
    with pytest.raises(CommandError, match="No such file"):
        call_command("ledger", "check-note", str(tmp_path / "nowhere.txt"))


@pytest.mark.parametrize("more", [[], ["--size", "7"]])
def test_proof_of_an_entry_holds(capsys, more):
    said = json.loads(output(capsys, "prove", "3", *more))
    assert said["size"] == (7 if more else ledger.size())
    assert verify_inclusion(
        leaf=leaf_hash(said["payload"].encode()),
        number=3,
        size=said["size"],
        proof=[bytes.fromhex(part) for part in said["proof"]],
        root=bytes.fromhex(said["root"]),
    )


def test_proof_leads_to_the_newest_checkpoint_over_the_entry(capsys):
    checkpoint = ledger.make_checkpoint()
    append_some(3)
    said = json.loads(output(capsys, "prove", "3"))
    assert (said["root"], said["checkpoint"]) == (checkpoint.root, checkpoint.note)
    assert json.loads(output(capsys, "prove", str(checkpoint.size)))["checkpoint"] is None


def test_proof_of_consistency_holds(capsys):
    said = json.loads(output(capsys, "consistency", "4", "9"))
    assert verify_consistency(
        old_size=4,
        old_root=bytes.fromhex(said["old"]["root"]),
        new_size=9,
        new_root=bytes.fromhex(said["new"]["root"]),
        proof=[bytes.fromhex(part) for part in said["proof"]],
    )


@pytest.mark.parametrize(
    "arguments", [["prove", "99"], ["consistency", "9", "4"], ["consistency", "4", "99"]]
)
def test_proof_of_what_is_not_there_is_refused(arguments):
    with pytest.raises(CommandError):
        call_command("ledger", *arguments)


def test_checkpoints_at_an_interval_go_on_until_stopped(tmp_path):
    """In a process and a database of its own, as `script/server` runs it."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "TRIAL": "1",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/ledger.sqlite3",
    }
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    process = subprocess.Popen(
        [*manage, "ledger", "checkpoint", "--every", "3600"],
        cwd=ROOT,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline().startswith("checkpoint over ")
        time.sleep(0.2)  # by now it waits for its next time
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.stdout.close()
