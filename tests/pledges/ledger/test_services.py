"""Whatever makes evidence, or concerns security, tells the ledger, last in its transaction."""

import hashlib
import re
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from meetings.attendance import mark_attendance, mark_rest_present
from meetings.models import Attendance, RecordState, SealState
from meetings.roster.activation import activate, issue_codes, reset_account
from meetings.scheduling import announce_meeting
from pledges import ledger
from pledges.exceptions import LedgerBroken
from pledges.ledger.evidence_rows import EVIDENCE
from pledges.models import EntryKind, LedgerEntry, Outline
from pledges.outlines.publishing import publish_outline, words_of
from pledges.signing import open_pledge
from tests.factories import (
    PASSWORD,
    AttachmentFactory,
    CadreFactory,
    MeetingFactory,
    PledgeFactory,
)
from tests.meetings.test_scheduling import ready_draft

from .story import hold_whole_talk

pytestmark = pytest.mark.usefixtures("db", "empty_cache")

LOGIN = "/account/login/"
NEW = "Spring-2027-Rain"
BROWSER = {"address": "127.0.0.1", "browser": ""}
# What would wait for another's lock, or write, while the ledger is locked. Sessions and counts are
# written after the transaction, by the frame.
WORK = re.compile(r"^\s*(INSERT|UPDATE|DELETE)|FOR (NO KEY )?UPDATE", re.I)
FRAME = re.compile(r'"(django_session|liantan_cache)"')
LEDGER_TABLES = re.compile(r'"pledges_ledger(entry|node)"')


@pytest.fixture
def client():
    """A browser in which nobody is logged in."""
    return Client()


class Told:
    """What the ledger is told inside a `with`, and whether anything came after it."""

    def __enter__(self):
        self.before = ledger.size()
        self.queries = CaptureQueriesContext(connection)
        self.queries.__enter__()
        return self

    def __exit__(self, *failure):
        self.queries.__exit__(*failure)
        self.entries = list(LedgerEntry.objects.filter(number__gte=self.before))

    @property
    def entry(self):
        (entry,) = self.entries
        return entry

    @property
    def came_last(self):
        """Whether all work of the transaction was done before the ledger was asked for."""
        statements = [query["sql"] for query in self.queries]
        work = [
            bool(LEDGER_TABLES.search(statement))
            for statement in statements
            if WORK.search(statement) and not FRAME.search(statement)
        ]
        return True in work and work == sorted(work)

    def is_about(self, kind, by, subject=""):
        entry = self.entry
        actor = by.staff_number if by else ""
        return (entry.kind, entry.actor, entry.subject) == (kind, actor, subject)


def test_publishing_an_outline_is_told(secretary):
    words = replace(words_of(Outline.objects.newest()), title="另一份提纲")
    with Told() as told:
        publish_outline(by=secretary, based_on=1, words=words, note="")
    assert told.is_about(EntryKind.OUTLINE_PUBLISHED, secretary, "outline:2")
    assert told.came_last


def test_publishing_the_same_words_again_is_not_told(secretary):
    with Told() as told:
        publish_outline(by=secretary, based_on=1, words=words_of(Outline.objects.newest()), note="")
    assert told.entries == []


def test_builtin_outline_is_told_by_the_migration():
    assert LedgerEntry.objects.filter(kind=EntryKind.OUTLINE_PUBLISHED).get().subject == "outline:1"


def test_announcing_is_told(secretary):
    draft = ready_draft(secretary, people=2)
    with Told() as told:
        meeting = announce_meeting(by=secretary, meeting=draft)
    assert told.is_about(EntryKind.MEETING_ANNOUNCED, secretary, f"meeting:{meeting.number}")
    assert told.came_last
    with Told() as again:
        announce_meeting(by=secretary, meeting=meeting)
    assert again.entries == []


def mark(secretary, row, state="present", **more):
    row.refresh_from_db()
    return mark_attendance(by=secretary, attendance=row, version=row.version, state=state, **more)


@pytest.fixture
def roll(unit, secretary):
    meeting = MeetingFactory(unit=unit, created_by=secretary, announced=True, people=3)
    return list(meeting.attendances.order_by("order"))


def test_mark_is_told_first_as_recorded_then_as_changed(secretary, roll):
    row, subject = roll[0], f"meeting:{roll[0].meeting.number}"
    with Told() as told:
        mark(secretary, row)
    assert told.is_about(EntryKind.ATTENDANCE_RECORDED, secretary, subject)
    assert told.came_last
    (kept,) = told.entry.private["rows"]
    assert kept["staff_number"] == row.staff_number
    assert (kept["before"]["state"], kept["after"]["state"]) == ("unmarked", "present")
    with Told() as told:
        mark(secretary, row, "absent")
    assert told.is_about(EntryKind.ATTENDANCE_CHANGED, secretary, subject)
    assert row.name.encode() not in bytes(told.entry.payload)


def test_same_mark_again_is_not_told(secretary, roll):
    mark(secretary, roll[0])
    with Told() as told:
        mark(secretary, roll[0])
    assert told.entries == []


def test_marking_the_rest_is_told_in_one_entry(secretary, roll):
    with Told() as told:
        mark_rest_present(by=secretary, meeting=roll[0].meeting)
    assert told.is_about(
        EntryKind.ATTENDANCE_RECORDED, secretary, f"meeting:{roll[0].meeting.number}"
    )
    assert len(told.entry.private["rows"]) == 3
    assert told.came_last
    with Told() as again:
        mark_rest_present(by=secretary, meeting=roll[0].meeting)
    assert again.entries == []


def test_opening_a_pledge_is_told_once():
    pledge = PledgeFactory()
    with Told() as told:
        open_pledge(by=pledge.signer, pledge=pledge, at=timezone.now())
        open_pledge(by=pledge.signer, pledge=pledge, at=timezone.now())
    assert told.is_about(EntryKind.PLEDGE_OPENED, pledge.signer, f"pledge:{pledge.pk}")


def test_first_step_on_the_page_tells_the_ledger_last(client_of):
    pledge = PledgeFactory()
    with Told() as told:
        client_of(pledge.signer).post(
            f"/pledges/{pledge.pk}/", {"confirm": "1", "personal_commitment": "不收礼。"}
        )
    assert told.is_about(EntryKind.PLEDGE_OPENED, pledge.signer, f"pledge:{pledge.pk}")
    assert pledge.confirmations.count() == 1
    assert told.came_last


def test_account_from_slip_to_reset_is_told(secretary):
    cadre = CadreFactory(unit=secretary.unit, activated_at=None)
    with Told() as told:
        [(_, code)] = issue_codes(by=secretary, cadres=[cadre])
    assert told.is_about(EntryKind.EXPORTED, secretary, "slips")
    assert told.entry.private == {"staff_numbers": [cadre.staff_number]}
    assert told.came_last
    with Told() as told:
        activate(staff_number=cadre.staff_number, code=code, password=NEW)
    assert told.is_about(EntryKind.ACCOUNT_ACTIVATED, cadre)
    assert told.came_last
    with Told() as told:
        reset_account(by=secretary, cadre=cadre)
    assert told.is_about(EntryKind.ACCOUNT_RESET, secretary)
    assert told.entry.private == {"staff_number": cadre.staff_number}
    assert told.came_last


def test_activation_page_is_told_as_a_log_in_too(secretary):
    cadre = CadreFactory(unit=secretary.unit, activated_at=None)
    [(_, code)] = issue_codes(by=secretary, cadres=[cadre])
    typed = {"staff_number": cadre.staff_number, "code": code}
    with Told() as told:
        Client().post(
            reverse("meetings:activate"), {**typed, "password": NEW, "password_again": NEW}
        )
    assert [entry.kind for entry in told.entries] == ["account_activated", "login"]


def test_log_in_is_told_with_its_address(client, cadre):
    with Told() as told:
        client.post(LOGIN, {"login": cadre.staff_number, "password": PASSWORD})
    assert told.is_about(EntryKind.LOGIN, cadre)
    assert told.entry.private == BROWSER


@pytest.mark.parametrize("known", [True, False])
def test_failed_log_in_is_told_without_naming_anybody(client, cadre, known):
    number = cadre.staff_number if known else "G99999"
    with Told() as told:
        client.post(LOGIN, {"login": number, "password": "Wrong-Password-1"})
    assert told.is_about(EntryKind.LOGIN_FAILED, None)
    assert told.entry.private == {**BROWSER, "staff_number": number}
    assert number.encode() not in bytes(told.entry.payload)


def test_failed_log_in_with_an_odd_browser_is_told(client, cadre):
    with Told() as told:
        client.post(
            LOGIN,
            {"login": cadre.staff_number, "password": "Wrong"},
            headers={"user-agent": "a\0b" + "ü" * 400},
        )
    assert told.entry.private["browser"] == "ab" + "ü" * 297


def test_change_of_password_is_told(client_of, cadre):
    with Told() as told:
        client_of(cadre).post(
            "/account/password/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
        )
    assert told.is_about(EntryKind.PASSWORD_CHANGED, cadre)
    assert told.came_last
    cadre.refresh_from_db()
    assert cadre.check_password(NEW)


@pytest.fixture
def closed(secretary, settings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=False):
        return hold_whole_talk(secretary)


def test_correction_is_told_with_what_it_changed(closed, secretary):
    entry = LedgerEntry.objects.get(kind=EntryKind.RECORD_CORRECTED)
    assert entry.subject == f"record:{closed.number}/2"
    assert entry.actor == secretary.staff_number
    assert entry.private["reason"] == "地点记错"
    assert entry.private["changes"][0][0] == "地点"


def test_reader_of_a_record_is_told(closed, client_of, inspector):
    with Told() as told:
        client_of(inspector).get(reverse("meetings:record", args=[closed.pk]))
    assert told.is_about(EntryKind.FILE_VIEWED, inspector, f"record:{closed.number}/2")
    assert told.entry.private == BROWSER


def seal(closed):
    """Stands in for the worker that makes and seals the first record's file."""
    record = closed.records.get(revision=1)
    record.state, record.pdf, record.sha256 = RecordState.READY, b"%PDF-1.7", "0" * 64
    record.save()
    record.seal_state, record.seal_level = SealState.SEALED, "B-B"
    record.sealed_at, record.sealed_pdf = timezone.now(), b"%PDF-1.7 sealed"
    record.sealed_sha256 = hashlib.sha256(record.sealed_pdf).hexdigest()
    record.seal_certificate = "0" * 64
    record.save()
    return record


def test_download_of_a_record_is_told(closed, client_of, inspector):
    seal(closed)
    with Told() as told:
        client_of(inspector).get(reverse("meetings:record_pdf", args=[closed.pk, 1]))
    assert told.is_about(EntryKind.EXPORTED, inspector, f"record:{closed.number}/1")


def test_export_of_a_record_by_command_is_told(closed, tmp_path, capsys):
    seal(closed)
    with Told() as told:
        call_command("export_record", closed.number, revision=1, out=tmp_path / "record.pdf")
    assert told.is_about(EntryKind.EXPORTED, None, f"record:{closed.number}/1")
    assert told.entry.private["command"] == "export_record"


def test_download_of_ones_own_pledge_is_told(closed, client_of):
    row = Attendance.objects.exclude(pledge=None).get()
    with Told() as told:
        client_of(row.cadre).get(reverse("meetings:pledge_pdf", args=[row.pledge_id]))
    assert told.is_about(EntryKind.EXPORTED, row.cadre, f"pledge:{row.pledge_id}")


def test_download_of_an_attachment_is_told(client_of, secretary, unit):
    file = AttachmentFactory(meeting=MeetingFactory(unit=unit, created_by=secretary))
    with Told() as told:
        client_of(secretary).get(reverse("meetings:attachment", args=[file.pk])).getvalue()
    assert told.is_about(EntryKind.EXPORTED, secretary, f"attachment:{file.pk}")


def test_whole_talk_is_told_and_agrees(closed):
    found = ledger.verify()
    assert found.evidence["pledge_signed"] == 1
    assert found.evidence["agreement_accepted"] == 1
    assert found.evidence["record_corrected"] == 1
    assert found.evidence["checkpoint_made"] == found.checkpoints == 1
    assert {evidence.kind for evidence in EVIDENCE} < set(found.evidence)


def test_sealed_record_that_no_entry_tells_of_is_found(closed):
    record = seal(closed)
    with pytest.raises(LedgerBroken, match=f"record_sealed tells of record:{closed.number}/1"):
        ledger.verify()
    data = {"sha256": record.sealed_sha256, "level": "B-B"}
    subject = f"record:{closed.number}/1"
    ledger.append(kind=EntryKind.RECORD_SEALED, by=None, subject=subject, data=data)
    assert ledger.verify().evidence["record_sealed"] == 1


def test_entry_of_another_sealed_file_is_found(closed):
    seal(closed)
    entry = ledger.append(
        kind=EntryKind.RECORD_SEALED,
        by=None,
        subject=f"record:{closed.number}/1",
        data={"sha256": "0" * 64, "level": "B-B"},
    )
    with pytest.raises(LedgerBroken, match="the sealed file is another") as broken:
        ledger.verify()
    assert broken.value.number == entry.number


def test_payloads_of_a_whole_talk_name_nobody(closed, secretary):
    people = {secretary, *(row.cadre for row in closed.attendances.all())}
    payloads = b"".join(bytes(entry.payload) for entry in LedgerEntry.objects.all())
    for person in people:
        for word in (person.name, person.staff_number, person.phone or person.name):
            assert word.encode() not in payloads
