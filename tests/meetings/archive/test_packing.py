"""Packing a closed meeting: what is refused, what is in it, whole or not at all."""

import json
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from meetings.archive import collecting, packing
from meetings.archive.checking import check_package
from meetings.archive.collecting import NotPackable
from meetings.archive.findings import FAILED, PASSED, UNCHECKED
from meetings.archive.layout import look_through
from meetings.archive.numbering import set_archive_number
from meetings.archive.packing import pack
from meetings.exceptions import MeetingError, StateConflict
from meetings.models import Meeting
from meetings.papers.exceptions import PaperError
from pledges.models import EntryKind, LedgerEntry
from tests.factories import AttachmentFactory, MeetingFactory

from .conftest import close_one, correct_one


def results(packed):
    return {found.code: found.result for found in packed.findings}


def nothing_left(folder):
    return not any(folder.iterdir())


# Packing ----------------------------------------------------------------------------------------


def test_same_meeting_gives_the_same_bytes(closed, tmp_path, monkeypatch):
    """Whether this process sets the pledges, or processes of their own."""
    packed = [pack(closed, tmp_path / "one")]
    monkeypatch.setattr(collecting, "WORTH_PROCESSES", 1)
    packed.append(pack(closed, tmp_path / "two"))
    assert packed[0].sha256 == packed[1].sha256
    files = [look_through(tmp_path / name).files for name in ("one", "two")]
    assert files[0] == files[1]
    assert check_package(tmp_path / "one").good


def test_packing_is_told_to_the_ledger_with_the_hash_of_the_whole(closed, tmp_path):
    packed = pack(closed, tmp_path / "out")
    (entry,) = LedgerEntry.objects.filter(subject=f"archive:{closed.number}")
    assert entry.kind == EntryKind.EXPORTED
    assert json.loads(bytes(entry.payload))["data"] == {"sha256": packed.sha256}


def test_archive_number_and_later_attachment_are_said(closed, tmp_path):
    set_archive_number(by=closed.created_by, meeting=closed, number="YL-2026-30-0017")
    AttachmentFactory(meeting=closed, content=b"%PDF-1.7\n%%EOF\n", name="a/../b.pdf")
    packed = pack(Meeting.objects.get(pk=closed.pk), tmp_path / "out")
    found = results(packed)
    assert (found["number"], found["added"]) == (PASSED, UNCHECKED)
    # It has no page: written all the same, since it was kept with the meeting, and said.
    assert found["foreign"] == FAILED
    assert [failure.code for failure in packed.failures] == ["foreign"]
    assert not check_package(tmp_path / "out").good
    assert "档号" in (tmp_path / "out/metadata.xml").read_text("utf-8")
    assert {path.parent.name for path in tmp_path.rglob("*b.pdf")} == {"attachments"}


def test_older_record_without_a_seal_is_packed_and_said(db, small_pdf, tmp_path):
    meeting = correct_one(close_one(small_pdf, sealed=False))
    packed = pack(meeting, tmp_path / "out")
    assert results(packed)["older"] == UNCHECKED
    assert check_package(tmp_path / "out").good


def test_newest_record_without_a_seal_is_refused(closed, tmp_path):
    meeting = correct_one(closed, sealed=False)
    with pytest.raises(NotPackable):
        pack(meeting, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_open_meeting_is_refused(db, tmp_path):
    with pytest.raises(NotPackable):
        pack(MeetingFactory(signing=True), tmp_path / "out")


def test_folder_with_something_in_it_is_refused(closed, tmp_path):
    (tmp_path / "kept.txt").write_text("kept")
    with pytest.raises(NotPackable):
        pack(closed, tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["kept.txt"]


def test_empty_folder_is_taken(closed, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    pack(closed, out)
    assert check_package(out).good


def test_what_is_stopped_in_the_middle_leaves_nothing(closed, tmp_path, monkeypatch):
    def stop(facts):
        raise PaperError("no paper")

    monkeypatch.setattr(packing, "render_report", stop)
    parent = tmp_path / "parent"
    with pytest.raises(PaperError):
        pack(closed, parent / "out")
    assert nothing_left(parent)
    assert not LedgerEntry.objects.filter(subject__startswith="archive:").exists()


def test_attachment_that_changed_on_the_disk_is_refused(closed, tmp_path):
    attachment = closed.attachments.get(name="现场.png")
    Path(attachment.file.path).write_bytes(b"other")
    with pytest.raises(NotPackable, match=r"现场\.png"):
        pack(closed, tmp_path / "out")


def test_attachment_that_is_gone_is_refused(closed, tmp_path):
    Path(closed.attachments.get(name="现场.png").file.path).unlink()
    with pytest.raises(NotPackable, match=r"现场\.png"):
        pack(closed, tmp_path / "out")


# The command ------------------------------------------------------------------------------------


def test_command_packs_and_checks(closed, tmp_path, capsys):
    out = tmp_path / "out"
    call_command("archive", closed.number, out=out)
    call_command("archive", check=out)
    assert "档案包无误" in capsys.readouterr().out
    (out / "README.txt").unlink()
    with pytest.raises(CommandError):
        call_command("archive", check=out)


def test_command_refuses_what_it_does_not_know(db, tmp_path):
    with pytest.raises(CommandError):
        call_command("archive", "青农廉谈〔2020〕1号", out=tmp_path / "out")
    with pytest.raises(CommandError):
        call_command("archive")


# The archive number -----------------------------------------------------------------------------


def closed_bare(secretary):
    return MeetingFactory(unit=secretary.unit, created_by=secretary, closed=True)


def test_archive_number_is_cleaned_and_may_be_taken_away(secretary):
    meeting = closed_bare(secretary)
    set_archive_number(by=secretary, meeting=meeting, number="  YL  17 ")
    assert Meeting.objects.get(pk=meeting.pk).archive_number == "YL 17"
    set_archive_number(by=secretary, meeting=meeting, number="")
    assert Meeting.objects.get(pk=meeting.pk).archive_number == ""


def test_archive_number_is_given_once(secretary):
    one, two, three = (closed_bare(secretary) for _ in range(3))
    set_archive_number(by=secretary, meeting=one, number="YL-1")
    with pytest.raises(MeetingError, match="YL-1"):
        set_archive_number(by=secretary, meeting=two, number="YL-1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Meeting.objects.filter(pk=two.pk).update(archive_number="YL-1")
    # None at all is nobody's number.
    assert two.archive_number == three.archive_number == ""


def test_archive_number_is_the_secretarys_to_give(secretary, outsider):
    meeting = closed_bare(secretary)
    for stranger in (outsider, meeting.speaker):
        with pytest.raises(PermissionDenied):
            set_archive_number(by=stranger, meeting=meeting, number="YL-1")


def test_archive_number_waits_for_closing(secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    with pytest.raises(StateConflict):
        set_archive_number(by=secretary, meeting=meeting, number="YL-1")
