"""One true package for all tests of a run: typesetting and sealing it takes seconds."""

import shutil

import pytest
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from meetings.archive.packing import pack
from meetings.closing import Corrections, close_meeting, correct_record, render_pending_record
from meetings.models import Block, Meeting
from meetings.papers.record import render_record
from meetings.sealing import seal_pending_record
from tests.evidence import SigningKeyFactory, sign_on_paper, sign_with_key
from tests.factories import (
    AttachmentFactory,
    AttendanceFactory,
    MeetingFactory,
    RoleAssignmentFactory,
    UnitFactory,
)
from tests.meetings.papers import samples

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


@pytest.fixture(scope="session")
def small_pdf():
    return render_record(samples.minimal_record_facts())


def finish(record, *, sealed=True):
    """What the workers would do with a record."""
    render_pending_record(record)
    if sealed:
        assert seal_pending_record(record.pk).seal_error == ""


def close_one(pdf, *, sealed=True):
    """A closed meeting with a pledge of each level, somebody on leave, two attachments."""
    unit = UnitFactory()
    secretary = RoleAssignmentFactory(unit=unit, cadre__unit=unit).cadre
    # Brackets are what XML would trip over.
    meeting = MeetingFactory(
        unit=unit,
        created_by=secretary,
        signing=True,
        title="中层干部<廉政>谈话",
        basis="一。\n二。",
    )
    AttendanceFactory(meeting=meeting, signed=True)
    by_key = AttendanceFactory(meeting=meeting, asked=True, pledge__drafted=True).pledge
    sign_with_key(by_key, SigningKeyFactory(owner=by_key.signer, enrolled_at=timezone.now()))
    sign_on_paper(AttendanceFactory(meeting=meeting, asked=True).pledge, scan=pdf)
    AttendanceFactory(meeting=meeting, on_leave=True)
    meeting.agenda_items.create(order=1, block=Block.TALK, minutes=40, notes="围绕四个方面谈话。")
    AttachmentFactory(meeting=meeting, content=pdf, kind="speech", name="讲话稿.pdf")
    AttachmentFactory(meeting=meeting, content=PNG, name="现场.png", media_type="image/png")
    finish(close_meeting(by=secretary, meeting=meeting), sealed=sealed)
    return Meeting.objects.get(pk=meeting.pk)


def correct_one(meeting, *, sealed=True):
    """A correction of where it took place."""
    record = correct_record(
        by=meeting.created_by,
        meeting=meeting,
        reason="地点误写。",
        corrections=Corrections(meeting={"place": "四楼会议室"}),
    )
    finish(record, sealed=sealed)
    return Meeting.objects.get(pk=meeting.pk)


@pytest.fixture
def closed(db, small_pdf):
    return close_one(small_pdf)


@pytest.fixture(scope="session")
def sound(django_db_setup, django_db_blocker, tmp_path_factory, small_pdf):
    """A sound package with a correction, and an archive number; its rows are gone again."""
    base = tmp_path_factory.getbasetemp()
    out = tmp_path_factory.mktemp("archive") / "package"
    keys = base / "keys"
    private = override_settings(
        KEY_DIR=keys, LEDGER_KEY_FILE=keys / "ledger.pem", MEDIA_ROOT=base / "archive-media"
    )
    with private, django_db_blocker.unblock(), transaction.atomic():
        meeting = correct_one(close_one(small_pdf))
        meeting.archive_number = "YL-2026-30-0017"
        meeting.save(update_fields=["archive_number"])
        pack(meeting, out)
        transaction.set_rollback(True)
    return out


@pytest.fixture
def package(sound, tmp_path):
    """A copy of the sound package that a test may spoil."""
    return shutil.copytree(sound, tmp_path / "package")
