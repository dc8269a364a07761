"""Pledges in bulk: asked for, watched while they are made, fetched; and each way it may end."""

import zipfile

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from meetings.models import Batch, BatchKind, BatchState, Role
from tests.factories import (
    AttendanceFactory,
    MeetingFactory,
    RoleAssignmentFactory,
    UnitFactory,
)


@pytest.fixture
def secretary(db):
    return RoleAssignmentFactory(role=Role.SECRETARY, cadre__unit=UnitFactory()).cadre


@pytest.fixture
def meeting(secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    AttendanceFactory.create_batch(2, meeting=meeting, signed=True)
    return meeting


def begun(secretary, meeting) -> Batch:
    """A batch that some worker is at."""
    now = timezone.now()
    return Batch.objects.create(
        kind=BatchKind.PDF,
        meeting=meeting,
        asked_by=secretary,
        created_at=now,
        started_at=now,
        beat_at=now,
        state=BatchState.RUNNING,
        total=300,
        done=120,
    )


def test_bulk_is_asked_for_and_fetched(page, log_in, check, secretary, meeting):
    log_in(page, secretary)
    page.goto(f"/meetings/{meeting.pk}/batches/")
    check(page, "ask")
    page.click("main button.btn-primary")
    fetch = page.locator("#batch-state a.btn-primary")
    expect(fetch).to_be_visible()
    check(page, "done")
    with page.expect_download() as download:
        fetch.click()
    with zipfile.ZipFile(download.value.path()) as bundle:
        assert len(bundle.namelist()) == 4
    page.goto("/batches/")
    check(page, "list")


def test_bulk_is_watched_until_it_ends(page, log_in, check, secretary, meeting):
    batch = begun(secretary, meeting)
    log_in(page, secretary)
    page.goto(f"/batches/{batch.pk}/")
    check(page, "running")
    Batch.objects.update(done=240, beat_at=timezone.now())
    expect(page.locator("#batch-state .gauge-count")).to_have_text("240/300")
    Batch.objects.update(
        state=BatchState.FAILED,
        beat_at=None,
        finished_at=timezone.now(),
        failure="字体中没有这个字：䶵",
        person="王䶵（办公室）",
    )
    expect(page.locator("#batch-state strong")).to_have_text("王䶵（办公室）")
    check(page, "failed")


def test_bulk_is_cancelled(page, log_in, check, secretary, meeting):
    batch = begun(secretary, meeting)
    log_in(page, secretary)
    page.goto(f"/batches/{batch.pk}/")
    page.click("#batch-state button.btn-danger")
    expect(page.locator("#batch-state .state-cancelled")).to_be_visible()
    check(page, "cancelled")
    batch.refresh_from_db()
    assert batch.state == BatchState.CANCELLED
