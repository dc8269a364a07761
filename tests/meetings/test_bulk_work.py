"""How a batch is made: what it holds, and what happens when it is cancelled, fails or is killed."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from urllib.parse import quote

import pypdf
import pytest
from django.conf import settings as configured
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from meetings import bulk_work
from meetings.bulk import ask_batch, cancel_batch, resume_batch
from meetings.bulk_work import make_taken_batch, take_batch
from meetings.models import Batch, BatchKind, BatchState
from meetings.models.batch import SILENT_AFTER
from meetings.papers import pool
from meetings.papers.exceptions import PaperError
from meetings.papers.gathering import gather_pledge
from meetings.papers.pledge import render_pledge
from meetings.tasks import make_batch
from tests.evidence import RevocationFactory
from tests.factories import MORNING, AttendanceFactory, MeetingFactory

ROOT = Path(__file__).resolve().parent.parent.parent


def call(secretary, people: int, **meeting_values):
    """A meeting at which so many have signed."""
    meeting = MeetingFactory(
        unit=secretary.unit, created_by=secretary, signing=True, **meeting_values
    )
    AttendanceFactory.create_batch(people, meeting=meeting, signed=True)
    return meeting


def run(batch: Batch) -> Batch:
    """What the task worker does with a batch."""
    taken = take_batch(batch.pk)
    assert taken is not None
    make_taken_batch(taken)
    batch.refresh_from_db()
    return batch


def parts(batch: Batch) -> list[str]:
    return sorted(path.name for path in (batch.directory / "parts").glob("*"))


@pytest.fixture
def quick(monkeypatch):
    """Sets nothing: a file is its people's names. Gives those that were set, in order."""
    made = []

    def make(job, begun):
        for index, facts in enumerate(job.pledges):
            begun(index)
            made.append(facts.signer.name)
        job.path.write_bytes("、".join(facts.signer.name for facts in job.pledges).encode())

    monkeypatch.setattr(pool, "make", make)
    return made


@pytest.mark.django_db
def test_zip_holds_each_pledge_as_its_own_paper(secretary):
    meeting = call(secretary, 2)
    batch = run(ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=meeting))
    assert (batch.state, batch.done, batch.failure) == (BatchState.DONE, 2, "")
    with zipfile.ZipFile(batch.path) as bundle:
        manifest = json.loads(bundle.read("manifest.json"))
        files = [bundle.read(pledge["file"]) for pledge in manifest["pledges"]]
    rows = meeting.attendances.order_by("order")
    assert [p["staff_number"] for p in manifest["pledges"]] == [row.staff_number for row in rows]
    assert files == [
        render_pledge(gather_pledge(row.pledge, site_url=configured.SITE_URL)) for row in rows
    ]
    assert parts(batch) == []
    assert batch.size == batch.path.stat().st_size


@pytest.mark.django_db
def test_print_holds_a_page_and_a_bookmark_each(secretary):
    meeting = call(secretary, 2)
    batch = run(ask_batch(by=secretary, kind=BatchKind.PDF, meeting=meeting))
    assert batch.state == BatchState.DONE, batch.failure
    read = pypdf.PdfReader(batch.path)
    rows = meeting.attendances.order_by("order")
    assert [mark.title for mark in read.outline] == [f"{r.name}（{r.unit_name}）" for r in rows]
    assert len(read.pages) == 2


@pytest.mark.django_db
def test_batch_of_many_is_made_by_processes_in_order(secretary, monkeypatch):
    monkeypatch.setattr(bulk_work, "WORTH_PROCESSES", 1)
    monkeypatch.setattr(bulk_work, "SHEAF", 2)
    meeting = call(secretary, 3)
    names = [row.name for row in meeting.attendances.order_by("order")]
    bundle = run(ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=meeting))
    printed = run(ask_batch(by=secretary, kind=BatchKind.PDF, meeting=meeting))
    with zipfile.ZipFile(bundle.path) as held:
        assert [name[4:-4] for name in held.namelist()[:3]] == names
    outline = pypdf.PdfReader(printed.path).outline
    assert [mark.title.partition("（")[0] for mark in outline] == names


@pytest.mark.django_db
def test_year_is_in_folders_by_meeting(secretary, quick):
    later = MORNING + timedelta(days=1)
    meetings = [
        call(secretary, 1),
        call(secretary, 1, starts_at=later, ends_at=later + timedelta(hours=1)),
    ]
    batch = run(ask_batch(by=secretary, kind=BatchKind.ZIP, unit=secretary.unit, year=2026))
    with zipfile.ZipFile(batch.path) as bundle:
        folders = [name.partition("/")[0] for name in bundle.namelist()[:2]]
        manifest = json.loads(bundle.read("manifest.json"))
    assert folders == [meeting.number for meeting in meetings]
    assert (manifest["unit"], manifest["year"]) == (secretary.unit.name, 2026)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", BatchKind.values)
def test_same_content_gives_the_same_bytes(secretary, kind):
    meeting = call(secretary, 2)
    digests = {
        run(ask_batch(by=secretary, kind=kind, meeting=meeting)).sha256 for _time in range(2)
    }
    assert len(digests) == 1


@pytest.mark.django_db
def test_name_that_no_font_has_is_said_before_anything_is_made(secretary, quick):
    meeting = call(secretary, 1)
    wrong = AttendanceFactory(
        meeting=meeting, signed=True, cadre__name="王\U000e0041", cadre__unit__name="办公室"
    )
    batch = run(ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=meeting))
    assert batch.state == BatchState.FAILED
    assert batch.person == f"{wrong.name}（{wrong.unit_name}）"
    assert "\U000e0041" in batch.failure
    assert quick == []
    assert not batch.path.exists()


@pytest.mark.django_db
def test_pledge_that_cannot_be_set_names_the_person_and_leaves_no_half_file(secretary, monkeypatch):
    meeting = call(secretary, 3)
    second = meeting.attendances.order_by("order")[1]

    def make(job, begun):
        begun(0)
        if job.pledges[0].signer.name == second.name:
            raise PaperError("does not fit")
        job.path.write_bytes(b"%PDF")

    monkeypatch.setattr(pool, "make", make)
    batch = run(ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=meeting))
    assert (batch.state, batch.failure) == (BatchState.FAILED, "does not fit")
    assert batch.person == f"{second.name}（{second.unit_name}）"
    assert not batch.path.exists()
    assert len(parts(batch)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("kind", BatchKind.values)
def test_resumed_batch_makes_only_what_is_missing(secretary, quick, monkeypatch, kind):
    monkeypatch.setattr(bulk_work, "SHEAF", 2)
    monkeypatch.setattr(
        bulk_work, "bind", lambda binding: [binding.target.write_bytes(b"%PDF bound")][:0]
    )
    meeting = call(secretary, 6)
    names = [row.name for row in meeting.attendances.order_by("order")]
    whole = pool.make

    def fail_at_the_fifth(job, begun):
        if names[4] in [facts.signer.name for facts in job.pledges]:
            raise PaperError("full disk")
        whole(job, begun)

    monkeypatch.setattr(pool, "make", fail_at_the_fifth)
    batch = run(ask_batch(by=secretary, kind=kind, meeting=meeting))
    assert batch.state == BatchState.FAILED
    monkeypatch.setattr(pool, "make", whole)
    batch = run(resume_batch(by=secretary, batch=batch))
    assert (batch.state, batch.done) == (BatchState.DONE, 6)
    assert quick == names


@pytest.mark.django_db
def test_pledge_disowned_before_going_on_is_set_anew(secretary, quick):
    meeting = call(secretary, 1)
    batch = ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=meeting)
    pledge = meeting.attendances.get().pledge
    (batch.directory / "parts").mkdir(parents=True)
    (batch.directory / "parts" / f"{pledge.pk}.pdf").write_bytes(b"as it was")
    RevocationFactory(pledge=pledge)
    with zipfile.ZipFile(run(batch).path) as bundle:
        (listed,) = json.loads(bundle.read("manifest.json"))["pledges"]
        assert bundle.read(listed["file"]) == pledge.name.encode()
    assert listed["disowned"]


@pytest.mark.django_db
def test_cancelling_takes_effect_at_the_next_pledge(secretary, quick, monkeypatch):
    meeting = call(secretary, 5)
    batch = ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=meeting)
    whole = pool.make

    def cancel_at_the_second(job, begun):
        if len(quick) == 1:
            cancel_batch(by=secretary, batch=batch)
        whole(job, begun)

    monkeypatch.setattr(pool, "make", cancel_at_the_second)
    batch = run(batch)
    assert batch.state == BatchState.CANCELLED
    assert len(quick) <= 2
    assert not batch.directory.exists()


@pytest.mark.django_db
def test_worker_that_lost_the_batch_leaves_it_to_the_other(secretary, quick, monkeypatch):
    """It was taken for dead, and another goes on: it neither fails nor finishes it."""
    meeting = call(secretary, 3)
    batch = ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=meeting)
    whole = pool.make

    def be_overtaken(job, begun):
        Batch.objects.filter(pk=batch.pk).update(run=7)
        whole(job, begun)

    monkeypatch.setattr(pool, "make", be_overtaken)
    batch = run(batch)
    assert (batch.state, batch.run) == (BatchState.RUNNING, 7)
    assert len(quick) == 1
    assert len(parts(batch)) == 1


@pytest.mark.django_db
@pytest.mark.logs_errors
def test_unexpected_fault_is_logged_and_said(secretary, quick, monkeypatch, caplog):
    def break_down(*args, **kwargs):
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(bulk_work, "write_bundle", break_down)
    batch = run(ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=call(secretary, 1)))
    assert batch.state == BatchState.FAILED
    assert "disk on fire" in caplog.text
    assert "disk on fire" not in batch.failure


@pytest.mark.django_db
def test_batch_is_taken_once_and_again_when_it_was_left(secretary):
    batch = ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=call(secretary, 1))
    assert take_batch(batch.pk).run == 1
    assert take_batch(batch.pk) is None
    Batch.objects.update(beat_at=timezone.now() - SILENT_AFTER * 2)
    assert take_batch(batch.pk).run == 2


@pytest.mark.django_db
@pytest.mark.parametrize("state", [BatchState.DONE, BatchState.CANCELLED])
def test_task_for_what_has_ended_does_nothing(secretary, quick, state):
    batch = ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=call(secretary, 1))
    if state == BatchState.DONE:
        run(batch)
    else:
        cancel_batch(by=secretary, batch=batch)
    quick.clear()
    assert make_batch.call(str(batch.pk)) == state
    assert quick == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_not_both_make_one_batch(secretary):
    batch = waiting(secretary, 1)
    start = Barrier(4)

    def take(_number: int) -> bool:
        try:
            start.wait(timeout=20)
            return take_batch(batch.pk) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(take, range(4))) == 1


def database_url() -> str:
    """The test database's address for another process."""
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    return f"postgres://{at['USER']}@{quote(at['HOST'], safe='')}/{at['NAME']}"


def start_task_worker(media: Path) -> subprocess.Popen:
    """The task worker as it runs in earnest, until nothing is left in the queue."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_url(),
        "VAR_DIR": str(media.parent),
        "PAPER_FONT_DIR": str(configured.PAPER_FONT_DIR),
        "TASKS_IMMEDIATE": "",
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "db_worker", "--batch", "--no-startup-delay",
         "--verbosity", "0"],
        cwd=ROOT,
        env=environment,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_batch_goes_on_after_its_worker_was_killed(secretary, settings):
    """SIGKILL in the middle; the next worker finds the batch in the queue and finishes it."""
    batch = waiting(secretary, 40)
    worker = start_task_worker(settings.MEDIA_ROOT)
    try:
        wait_until(lambda: len(finished(batch)) >= 2)
        helpers = children(worker.pid)
    finally:
        worker.send_signal(signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL
    batch.refresh_from_db()
    assert batch.state == BatchState.RUNNING
    assert len(helpers) == 2
    wait_until(lambda: not any(is_running(helper) for helper in helpers))

    kept = finished(batch)[0]
    kept.write_bytes(b"%PDF as the first worker left it")
    Batch.objects.update(beat_at=timezone.now() - SILENT_AFTER * 2)
    assert DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now()) == 1
    assert start_task_worker(settings.MEDIA_ROOT).wait(timeout=120) == 0
    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.run) == (BatchState.DONE, 40, 2), batch.failure
    with zipfile.ZipFile(batch.path) as bundle:
        files = [bundle.read(name) for name in bundle.namelist() if name.endswith(".pdf")]
    assert len(files) == 40
    assert files.count(b"%PDF as the first worker left it") == 1


def waiting(secretary, people: int) -> Batch:
    """A batch in the database's queue, as the page leaves it there in earnest."""
    batch = Batch.objects.create(
        kind=BatchKind.ZIP,
        meeting=call(secretary, people),
        asked_by=secretary,
        created_at=timezone.now(),
        total=people,
    )
    DBTaskResult.objects.create(
        args_kwargs={"args": [str(batch.pk)], "kwargs": {}},
        task_path="meetings.tasks.make_batch",
        backend_name="default",
        run_after=timezone.now(),
    )
    return batch


def finished(batch: Batch) -> list[Path]:
    return sorted((batch.directory / "parts").glob("*.pdf"))


def children(process_id: int) -> list[int]:
    """The processes that a worker has started to set pledges."""
    listed = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    commands = {int(one): Path(f"/proc/{one}/cmdline").read_bytes() for one in listed}
    return [one for one, command in commands.items() if b"spawn_main" in command]


def is_running(process_id: int) -> bool:
    try:
        status = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def wait_until(holds: Callable[[], bool], seconds: int = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.05)
