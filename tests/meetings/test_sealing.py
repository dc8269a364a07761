"""Sealing a record: states, one seal whatever happens, retry, alert; the pages that show it."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event
from urllib.parse import quote

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from meetings import closing, sealing, tasks
from meetings.closing import close_meeting, list_checks
from meetings.exceptions import MeetingIncomplete
from meetings.models import SEAL_STALE_AFTER, Block, Record, RecordState, SealState
from meetings.papers.exceptions import SealError
from meetings.papers.gathering import facts_of
from meetings.papers.record import render_record
from meetings.papers.seal_keys import configured_seal, root_pem
from meetings.sealing import list_unsealed, resume_sealing, retry_seal, seal_pending_record
from pledges import verifying
from pledges.ledger.notes import public_key
from pledges.models import Checkpoint, EntryKind, LedgerEntry
from pledges.verify import verify_record
from tests.evidence import SigningKeyFactory, sign_on_paper, sign_with_key
from tests.factories import AttendanceFactory, MeetingFactory, RoleAssignmentFactory, UnitFactory
from tests.pledges.test_signing_at_once import at_once

from .papers import samples
from .papers.authorities import Authority, TimeStampAuthority, serve, write_roots

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="session")
def blank_pdf():
    return render_record(samples.minimal_record_facts())


class Queue:
    """Stands for the task: keeps what would have been queued."""

    def __init__(self):
        self.ids = []

    def enqueue(self, record_id):
        self.ids.append(record_id)


@pytest.fixture
def quick(monkeypatch, blank_pdf):
    """A real PDF without the typesetting, and sealing left to the test."""
    queue = Queue()
    monkeypatch.setattr(closing, "render_record", lambda facts: blank_pdf)
    monkeypatch.setattr(tasks, "seal_record", queue)
    return queue


def close_one(django_capture_on_commit_callbacks=None):
    """A closed meeting with a pledge of each level: its record, made and not sealed yet."""
    unit = UnitFactory()
    secretary = RoleAssignmentFactory(unit=unit, cadre__unit=unit).cadre
    meeting = MeetingFactory(unit=unit, created_by=secretary, signing=True)
    AttendanceFactory(meeting=meeting, signed=True)
    by_key = AttendanceFactory(meeting=meeting, asked=True, pledge__drafted=True).pledge
    sign_with_key(by_key, SigningKeyFactory(owner=by_key.signer, enrolled_at=timezone.now()))
    sign_on_paper(AttendanceFactory(meeting=meeting, asked=True).pledge)
    meeting.agenda_items.create(order=1, block=Block.TALK, minutes=40, notes="围绕四个方面谈话。")
    if django_capture_on_commit_callbacks is None:
        close_meeting(by=secretary, meeting=meeting)
    else:
        with django_capture_on_commit_callbacks(execute=True):
            close_meeting(by=secretary, meeting=meeting)
    return meeting.records.get()


@pytest.fixture
def record(db, quick, django_capture_on_commit_callbacks):
    return close_one(django_capture_on_commit_callbacks)


def told(record):
    """What the ledger has of a record's sealing."""
    subject = f"record:{record.facts['number']}/{record.revision}"
    return list(LedgerEntry.objects.filter(kind=EntryKind.RECORD_SEALED, subject=subject))


def fail(monkeypatch, reason="印章不在"):
    def refuse(record):
        raise SealError(reason)

    monkeypatch.setattr(sealing, "_seal", refuse)


# The job --------------------------------------------------------------------------------------


def test_record_that_is_made_goes_on_to_its_seal(record, quick):
    assert (record.state, record.seal_state) == (RecordState.READY, SealState.PENDING)
    assert quick.ids == [record.pk]


def test_sealing_keeps_the_file_and_tells_the_ledger(record):
    sealed = seal_pending_record(record.pk)
    assert sealed.seal_state == SealState.SEALED
    assert bytes(sealed.sealed_pdf).startswith(bytes(record.pdf))
    assert (sealed.seal_level, sealed.seal_error, sealed.seal_started_at) == ("B-B", "", None)
    (entry,) = told(record)
    assert entry.actor == ""
    payload = bytes(entry.payload).decode()
    assert sealed.sealed_sha256 in payload
    assert '"level":"B-B"' in payload
    assert Checkpoint.objects.filter(size__lte=entry.number).exists()


def test_sealed_record_stands_verification_by_a_stranger(record):
    sealed = seal_pending_record(record.pk)
    report = verify_record(
        bytes(sealed.sealed_pdf), roots=[root_pem(configured_seal())], ledger_key=public_key()
    )
    assert report.good, report.to_json()
    assert report.summary["seal"]["trial"] is True
    assert report.summary["number"] == record.meeting.number


def test_sealing_a_sealed_record_changes_nothing(record):
    before = seal_pending_record(record.pk)
    after = seal_pending_record(record.pk)
    assert after.sealed_sha256 == before.sealed_sha256
    assert after.sealed_at == before.sealed_at
    assert len(told(record)) == 1


def test_record_whose_pdf_is_not_there_is_not_sealed(db):
    meeting = MeetingFactory(closed=True)
    record = Record.objects.create(
        meeting=meeting,
        revision=1,
        facts={"number": meeting.number},
        made_at=timezone.now(),
        made_by=meeting.created_by,
    )
    assert seal_pending_record(record.pk).seal_state == SealState.PENDING


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_one_seal(quick):
    record = close_one()
    states = {made.seal_state for made in at_once(3, lambda _: seal_pending_record(record.pk))}
    assert SealState.SEALED in states
    assert states <= {SealState.SEALED, SealState.SEALING}
    record.refresh_from_db()
    assert record.seal_state == SealState.SEALED
    assert len(told(record)) == 1


def test_seal_of_a_worker_that_was_overtaken_does_not_count(record, monkeypatch):
    seal = sealing._seal

    def slowly(taken):
        made = seal(taken)
        monkeypatch.setattr(sealing, "_seal", seal)
        Record.objects.update(seal_started_at=timezone.now() - SEAL_STALE_AFTER * 2)
        seal_pending_record(record.pk)
        return made

    monkeypatch.setattr(sealing, "_seal", slowly)
    seal_pending_record(record.pk)
    (entry,) = told(record)
    record.refresh_from_db()
    assert record.sealed_sha256 in bytes(entry.payload).decode()


def test_failure_after_being_overtaken_does_not_count(record, monkeypatch):
    seal = sealing._seal

    def slowly(taken):
        monkeypatch.setattr(sealing, "_seal", seal)
        Record.objects.update(seal_started_at=timezone.now() - SEAL_STALE_AFTER * 2)
        seal_pending_record(record.pk)
        raise SealError("zu spät")

    monkeypatch.setattr(sealing, "_seal", slowly)
    assert seal_pending_record(record.pk).seal_state == SealState.SEALED
    assert mail.outbox == []


# Failing --------------------------------------------------------------------------------------


def test_failure_is_kept_in_words_and_mailed(record, monkeypatch, settings):
    settings.ALERT_EMAILS = ["alert@liantan.example", "boss@liantan.example"]
    fail(monkeypatch)
    failed = seal_pending_record(record.pk)
    assert (failed.seal_state, failed.seal_error) == (SealState.FAILED, "印章不在")
    assert failed.seal_started_at is None
    assert not told(record)
    (message,) = mail.outbox
    assert message.to == settings.ALERT_EMAILS
    assert record.meeting.number in message.subject
    assert "印章不在" in message.body
    assert reverse("meetings:record_revision", args=[record.meeting_id, 1]) in message.body


def test_failure_without_anybody_to_mail_is_kept(record, monkeypatch):
    fail(monkeypatch)
    assert seal_pending_record(record.pk).seal_state == SealState.FAILED
    assert mail.outbox == []


@pytest.mark.logs_errors
def test_failure_is_kept_though_the_mail_fails_too(record, monkeypatch, settings):
    settings.ALERT_EMAILS = ["alert@liantan.example"]

    def refuse(message):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    fail(monkeypatch)
    assert seal_pending_record(record.pk).seal_state == SealState.FAILED


@pytest.mark.logs_errors
def test_unexpected_fault_is_a_failure_too(record, monkeypatch):
    monkeypatch.setattr(sealing, "_seal", lambda record: 1 / 0)
    assert seal_pending_record(record.pk).seal_state == SealState.FAILED


def test_seal_that_does_not_stand_verification_is_not_kept(record, monkeypatch):
    gather = sealing.gather_evidence

    def forge(**arguments):
        files = gather(**arguments)
        return [
            replace(file, data=file.data.replace(b'"password"', b'"key"'))
            if file.name == "assertions.json"
            else file
            for file in files
        ]

    monkeypatch.setattr(sealing, "gather_evidence", forge)
    failed = seal_pending_record(record.pk)
    assert failed.seal_state == SealState.FAILED
    assert failed.sealed_pdf is None


@pytest.mark.parametrize(
    "change",
    [
        {"level": "B-T"},
        {"trial": False},
        {"certificate": "另一枚印章"},
    ],
)
def test_seal_other_than_the_record_says_is_refused(record, change, monkeypatch):
    facts = facts_of(record)
    promised = replace(facts, seal=replace(facts.seal, **change))
    monkeypatch.setattr(sealing, "facts_of", lambda record: promised)
    assert seal_pending_record(record.pk).seal_state == SealState.FAILED


def test_record_from_a_time_without_seals_is_refused(record, monkeypatch):
    promised = replace(facts_of(record), seal=None)
    monkeypatch.setattr(sealing, "facts_of", lambda record: promised)
    assert seal_pending_record(record.pk).seal_state == SealState.FAILED


def test_time_stamp_set_up_later_is_not_in_a_seal_that_promised_none(record, settings, tmp_path):
    stamps = Authority("时间戳根证书")
    settings.SEAL_TSA_ROOTS = write_roots(tmp_path / "tsa.pem", stamps.certificate)
    settings.SEAL_TSA_URL = "http://127.0.0.1:1/"
    sealed = seal_pending_record(record.pk)
    assert (sealed.seal_state, sealed.seal_level) == (SealState.SEALED, "B-B")


@pytest.fixture
def stamped(db, quick, settings, tmp_path, django_capture_on_commit_callbacks):
    """A record that promises a time stamp, and what the server answers with."""
    stamps = Authority("时间戳根证书")
    settings.SEAL_TSA_ROOTS = write_roots(tmp_path / "tsa.pem", stamps.certificate)
    stamper, answers = TimeStampAuthority(stamps), []
    with serve(lambda request: answers[-1](stamper, request)) as url:
        settings.SEAL_TSA_URL = url
        yield close_one(django_capture_on_commit_callbacks), answers


def test_time_stamp_that_fails_is_never_left_out(stamped):
    record, answers = stamped
    answers.append(lambda stamper, request: (503, b""))
    failed = seal_pending_record(record.pk)
    assert failed.seal_state == SealState.FAILED
    assert "503" in failed.seal_error
    answers.append(lambda stamper, request: (200, stamper.answer(request)))
    sealed = seal_pending_record(record.pk)
    assert (sealed.seal_state, sealed.seal_level) == (SealState.SEALED, "B-T")
    assert facts_of(record).seal.level == "B-T"


def test_time_stamp_that_leads_to_no_root_fails_in_words(stamped, settings, tmp_path):
    record, answers = stamped
    answers.append(lambda stamper, request: (200, stamper.answer(request)))
    elsewhere = Authority("时间戳根证书")
    settings.SEAL_TSA_ROOTS = write_roots(tmp_path / "elsewhere.pem", elsewhere.certificate)
    failed = seal_pending_record(record.pk)
    assert (failed.seal_state, failed.sealed_pdf) == (SealState.FAILED, None)
    assert "SEAL_TSA_ROOTS" in failed.seal_error


def test_seal_that_leads_to_no_root_fails_in_words(record, monkeypatch, tmp_path):
    write_roots(tmp_path / "elsewhere.pem", Authority().certificate)
    monkeypatch.setattr(verifying, "root_files", lambda: [tmp_path / "elsewhere.pem"])
    failed = seal_pending_record(record.pk)
    assert (failed.seal_state, failed.sealed_pdf) == (SealState.FAILED, None)
    assert "SEAL_ROOTS" in failed.seal_error


def test_closing_looks_at_the_seal_once_and_before_it_locks(quick, db, monkeypatch):
    """A token is slow to open: nobody else waits for it."""
    depths, outside = [], len(connection.savepoint_ids)
    look = closing.look_at_seal

    def looking():
        depths.append(len(connection.savepoint_ids))
        return look()

    monkeypatch.setattr(closing, "look_at_seal", looking)
    assert close_one().facts["seal"]["level"] == "B-B"
    assert depths == [outside]


# Retrying -------------------------------------------------------------------------------------


def retry(by, record, capture):
    with capture(execute=True):
        return retry_seal(by=by, record=record)


def test_retry_seals_what_had_failed(record, monkeypatch, django_capture_on_commit_callbacks):
    with monkeypatch.context() as failing:
        fail(failing)
        seal_pending_record(record.pk)
    put_back = retry(record.made_by, record, django_capture_on_commit_callbacks)
    assert put_back.seal_state == SealState.PENDING
    record.refresh_from_db()
    assert record.seal_state == SealState.SEALED


def test_retry_of_what_is_being_sealed_now_changes_nothing(
    record, django_capture_on_commit_callbacks
):
    Record.objects.update(seal_state=SealState.SEALING, seal_started_at=timezone.now())
    retry(record.made_by, record, django_capture_on_commit_callbacks)
    record.refresh_from_db()
    assert record.seal_state == SealState.SEALING


def test_retry_of_what_was_left_in_the_middle_seals(record, django_capture_on_commit_callbacks):
    Record.objects.update(
        seal_state=SealState.SEALING, seal_started_at=timezone.now() - SEAL_STALE_AFTER * 2
    )
    retry(record.made_by, record, django_capture_on_commit_callbacks)
    record.refresh_from_db()
    assert record.seal_state == SealState.SEALED


def test_retry_of_a_sealed_record_changes_nothing(record, django_capture_on_commit_callbacks):
    seal_pending_record(record.pk)
    after = retry(record.made_by, record, django_capture_on_commit_callbacks)
    assert after.seal_state == SealState.SEALED
    assert len(told(record)) == 1


def test_retry_by_somebody_else_is_refused(record, outsider):
    with pytest.raises(PermissionDenied):
        retry_seal(by=outsider, record=record)


# Left behind ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "age", "options", "queued"),
    [
        ("pending", None, {}, True),
        ("sealing", timedelta(seconds=1), {}, False),
        ("sealing", timedelta(seconds=1), {"interrupted": True}, True),
        ("sealing", SEAL_STALE_AFTER * 2, {}, True),
        ("failed", None, {}, False),
        ("failed", None, {"failed": True}, True),
    ],
)
def test_resuming_queues_what_was_left_behind(
    record, monkeypatch, quick, state, age, options, queued
):
    monkeypatch.setattr(sealing, "seal_record", Queue())
    Record.objects.update(
        seal_state=state,
        seal_started_at=timezone.now() - age if age else None,
        seal_error="x" if state == "failed" else "",
    )
    found = resume_sealing(**options)
    assert [one.pk for one in found] == ([record.pk] if queued else [])
    assert sealing.seal_record.ids == ([record.pk] if queued else [])
    record.refresh_from_db()
    assert record.seal_state == ("pending" if queued else state)


def test_resuming_leaves_the_sealed_alone(record):
    seal_pending_record(record.pk)
    assert resume_sealing(interrupted=True, failed=True) == []


def test_resuming_makes_a_pdf_that_was_left_behind(db, monkeypatch, capsys):
    meeting = MeetingFactory(closed=True)
    record = Record.objects.create(
        meeting=meeting,
        revision=1,
        facts={"number": meeting.number},
        made_at=timezone.now(),
        made_by=meeting.created_by,
    )
    monkeypatch.setattr(sealing, "make_record", Queue())
    call_command("seal_pending")
    assert sealing.make_record.ids == [record.pk]
    assert meeting.number in capsys.readouterr().out


def test_command_seals_what_failed(record, monkeypatch, capsys):
    with monkeypatch.context() as failing:
        fail(failing)
        seal_pending_record(record.pk)
    call_command("seal_pending")
    assert "Nothing" in capsys.readouterr().out
    call_command("seal_pending", "--failed")
    record.refresh_from_db()
    assert record.seal_state == SealState.SEALED


def database_url():
    """The test database's address for another process."""
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    return f"postgres://{at['USER']}@{quote(at['HOST'], safe='')}/{at['NAME']}"


def start_worker(record, settings):
    """Another process that seals the record, as a task worker would."""
    script = (
        "import django; django.setup();"
        "from meetings.sealing import seal_pending_record;"
        f"seal_pending_record({record.pk})"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": database_url(),
            "KEY_DIR": str(settings.KEY_DIR),
            "SEAL_TSA_URL": settings.SEAL_TSA_URL,
            "SEAL_TSA_ROOTS": ",".join(settings.SEAL_TSA_ROOTS),
        },
    )


@pytest.mark.django_db(transaction=True)
def test_worker_killed_in_the_middle_leaves_a_clear_state_and_the_retry_succeeds(
    quick, settings, tmp_path
):
    stamps = Authority("时间戳根证书")
    stamper, asked, go_on = TimeStampAuthority(stamps), Event(), Event()

    def answer(request):
        asked.set()
        go_on.wait(timeout=60)
        return 200, stamper.answer(request)

    settings.SEAL_TSA_ROOTS = write_roots(tmp_path / "tsa.pem", stamps.certificate)
    with serve(answer) as url:
        settings.SEAL_TSA_URL = url
        record = close_one()
        worker = start_worker(record, settings)
        try:
            assert asked.wait(timeout=60), "the worker never came to the time stamp"
        finally:
            worker.send_signal(signal.SIGKILL)
        assert worker.wait() == -signal.SIGKILL
        go_on.set()

        record.refresh_from_db()
        assert record.seal_state == SealState.SEALING
        assert record.seal_started_at is not None
        assert record.sealed_pdf is None
        assert not told(record)
        client = Client()
        client.force_login(record.made_by)
        page = client.get(reverse("meetings:record", args=[record.meeting_id]))
        assert b"hx-trigger" in page.content

        Record.objects.update(seal_started_at=timezone.now() - SEAL_STALE_AFTER * 2)
        again = reverse("meetings:record_seal", args=[record.meeting_id, 1])
        page = client.get(reverse("meetings:record", args=[record.meeting_id]))
        assert again in page.content.decode()
        client.post(again)
        record.refresh_from_db()
        assert (record.seal_state, record.seal_level) == (SealState.SEALED, "B-T")
        assert len(told(record)) == 1


# Closing --------------------------------------------------------------------------------------


def test_meeting_without_a_seal_set_up_cannot_be_closed(secretary, settings):
    settings.TRIAL = False
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    AttendanceFactory(meeting=meeting, signed=True)
    (seal,) = [check for check in list_checks(meeting) if "SEAL_PKCS12" in check.text]
    assert (seal.done, seal.blocking) == (False, True)
    with pytest.raises(MeetingIncomplete):
        close_meeting(by=secretary, meeting=meeting)
    assert not meeting.records.exists()


# The database ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"seal_state": "unknown"},
        {"seal_state": "sealed"},
        {"seal_state": "sealing"},
        {"seal_state": "failed"},
        {"seal_error": "x"},
        {"seal_level": "B-X"},
        {"seal_level": "B-B"},
        {"seal_started_at": timezone.now()},
        {"sealed_pdf": b"%PDF"},
        {"sealed_sha256": "0" * 64},
    ],
)
def test_states_that_contradict_themselves_are_refused(record, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        Record.objects.update(**change)


def test_record_without_a_pdf_cannot_be_sealing(db):
    meeting = MeetingFactory(closed=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Record.objects.create(
            meeting=meeting,
            revision=1,
            facts={"number": meeting.number},
            made_at=timezone.now(),
            made_by=meeting.created_by,
            seal_state=SealState.SEALING,
            seal_started_at=timezone.now(),
        )


@pytest.mark.parametrize(
    "change",
    [
        {"sealed_pdf": b"other"},
        {"sealed_sha256": "0" * 64},
        {"sealed_at": timezone.now()},
        {"seal_certificate": "0" * 64},
        {"seal_level": "B-T"},
    ],
)
def test_sealed_record_refuses_every_change(record, change):
    seal_pending_record(record.pk)
    with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
        Record.objects.update(**change)


# The pages ------------------------------------------------------------------------------------


def url(name, record, *more):
    return reverse(f"meetings:{name}", args=[record.meeting_id, *more])


def test_page_of_a_sealed_record_tells_of_the_seal(record, client_of):
    sealed = seal_pending_record(record.pk)
    page = client_of(record.made_by).get(url("record", record)).content.decode()
    for words in (sealed.sealed_sha256, "PAdES B-B", "TRIAL", "note-warning"):
        assert words in page
    assert "hx-trigger" not in page
    assert url("record_seal", record, 1) not in page


def test_pdf_of_a_sealed_record_is_the_sealed_one(record, client_of):
    sealed = seal_pending_record(record.pk)
    response = client_of(record.made_by).get(url("record_pdf", record, 1))
    assert response.content == bytes(sealed.sealed_pdf)
    assert quote("未加盖") not in response["Content-Disposition"]
    assert "unsealed" not in response["Content-Disposition"]


def test_pdf_of_an_unsealed_record_says_so_in_its_name(record, client_of):
    client = client_of(record.made_by)
    client.cookies["django_language"] = "en"
    response = client.get(url("record_pdf", record, 1))
    assert response.content == bytes(record.pdf)
    assert "unsealed" in response["Content-Disposition"]


def test_page_asks_again_until_the_record_is_sealed(record, client_of):
    client = client_of(record.made_by)
    assert b"hx-trigger" in client.get(url("record_state", record, 1)).content
    seal_pending_record(record.pk)
    assert b"hx-trigger" not in client.get(url("record_state", record, 1)).content


def test_page_of_a_failed_seal_says_why_and_offers_to_try_again(
    record, client_of, monkeypatch, inspector
):
    fail(monkeypatch, "时间戳服务器没有应答")
    seal_pending_record(record.pk)
    page = client_of(record.made_by).get(url("record", record)).content.decode()
    assert "时间戳服务器没有应答" in page
    assert url("record_seal", record, 1) in page
    assert "hx-trigger" not in page


def test_trying_again_from_the_page(record, client_of, django_capture_on_commit_callbacks):
    Record.objects.update(seal_state=SealState.FAILED, seal_error="x")
    with django_capture_on_commit_callbacks(execute=True):
        response = client_of(record.made_by).post(url("record_seal", record, 1))
    assert response.url == url("record_revision", record, 1)
    record.refresh_from_db()
    assert record.seal_state == SealState.SEALED


def test_trying_again_is_the_secretary_s_alone(record, client_of, outsider):
    Record.objects.update(seal_state=SealState.FAILED, seal_error="x")
    where = url("record_seal", record, 1)
    assert client_of(record.made_by).get(where).status_code == 405
    assert client_of(outsider).post(where).status_code == 404
    inspector = RoleAssignmentFactory(
        role="inspector", unit=record.meeting.unit, cadre__unit=record.meeting.unit
    ).cadre
    assert client_of(inspector).post(where).status_code == 403
    assert Client().post(where).status_code == 302
    record.refresh_from_db()
    assert record.seal_state == SealState.FAILED


@pytest.mark.parametrize("name", ["meetings:meeting_list", "meetings:me"])
def test_failed_seal_is_shown_on_the_secretary_s_pages(record, client_of, outsider, name):
    where = url("record_revision", record, 1)
    assert where not in client_of(record.made_by).get(reverse(name)).content.decode()
    Record.objects.update(seal_state=SealState.FAILED, seal_error="x")
    assert where in client_of(record.made_by).get(reverse(name)).content.decode()
    assert where not in client_of(outsider).get(reverse(name)).content.decode()
    assert list_unsealed(outsider) == []


# The commands ---------------------------------------------------------------------------------


def test_export_gives_the_sealed_file(record, tmp_path):
    with pytest.raises(CommandError, match="not sealed"):
        call_command("export_record", record.meeting.number, out=tmp_path / "record.pdf")
    assert not (tmp_path / "record.pdf").exists()
    sealed = seal_pending_record(record.pk)
    call_command("export_record", record.meeting.number, out=tmp_path / "record.pdf")
    assert (tmp_path / "record.pdf").read_bytes() == bytes(sealed.sealed_pdf)
