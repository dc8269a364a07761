"""Asking for pledges in bulk, cancelling, going on; and how long the files are kept."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from meetings.bulk import (
    NothingToExport,
    ask_batch,
    cancel_batch,
    discard_outdated,
    exportable_years,
    pledges_of,
    resume_batch,
)
from meetings.models import Batch, BatchKind, BatchState, Role
from meetings.models.batch import KEPT_FOR, SILENT_AFTER
from pledges.models import EntryKind, LedgerEntry
from tests.factories import (
    MORNING,
    AttendanceFactory,
    MeetingFactory,
    RoleAssignmentFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(secretary):
    return MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)


@pytest.fixture
def signed(meeting):
    """Two who signed, the second in the roll first made, and one who has not."""
    AttendanceFactory(meeting=meeting, asked=True, order=1)
    last = AttendanceFactory(meeting=meeting, signed=True, order=3, cadre__name="钱若谷")
    first = AttendanceFactory(meeting=meeting, signed=True, order=2, cadre__name="赵文澜")
    return [first, last]


def batch(secretary, meeting=None, **values):
    """A batch as it stands somewhere on its way."""
    now = timezone.now()
    given = {"kind": BatchKind.ZIP, "meeting": meeting, "asked_by": secretary, "total": 2}
    state = values.get("state", BatchState.WAITING)
    if state == BatchState.RUNNING:
        given |= {"started_at": now, "beat_at": now}
    elif state != BatchState.WAITING:
        given |= {"started_at": now, "finished_at": now}
    if state == BatchState.DONE:
        given |= {"size": 1, "sha256": "0" * 64, "done": 2}
    if state == BatchState.FAILED:
        given |= {"failure": "no font", "person": "赵文澜"}
    return Batch.objects.create(created_at=now, **{**given, **values})


def test_asked_batch_waits_with_those_who_signed(secretary, meeting, signed):
    asked = ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=meeting)
    assert (asked.state, asked.total, asked.done) == (BatchState.WAITING, 2, 0)
    assert [pledge.name for pledge in pledges_of(asked)] == ["赵文澜", "钱若谷"]


def test_asking_is_told_to_the_ledger_without_names_in_the_payload(secretary, meeting, signed):
    asked = ask_batch(by=secretary, kind=BatchKind.PDF, meeting=meeting)
    entry = LedgerEntry.objects.get(kind=EntryKind.EXPORTED)
    assert (entry.actor, entry.subject) == (secretary.staff_number, f"batch:{asked.pk}")
    assert entry.private["total"] == 2
    assert meeting.number.encode() not in bytes(entry.payload)


def test_asking_again_while_it_is_on_its_way_gives_the_same(secretary, meeting, signed):
    first = ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=meeting)
    assert ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=meeting) == first
    assert ask_batch(by=secretary, kind=BatchKind.PDF, meeting=meeting) != first
    assert LedgerEntry.objects.filter(kind=EntryKind.EXPORTED).count() == 2


def test_asking_again_after_its_end_makes_another(secretary, meeting, signed):
    done = batch(secretary, meeting, state=BatchState.DONE)
    assert ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=meeting) != done


def test_who_signs_after_asking_is_not_in_it(secretary, meeting, signed):
    asked = ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=meeting)
    Batch.objects.filter(pk=asked.pk).update(created_at=MORNING)
    asked.refresh_from_db()
    assert not pledges_of(asked).exists()


def test_nothing_signed_is_refused_in_words(secretary, meeting):
    AttendanceFactory(meeting=meeting, asked=True)
    with pytest.raises(NothingToExport):
        ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=meeting)
    assert not Batch.objects.exists()


def test_year_holds_the_unit_and_those_below(secretary, meeting, signed):
    below = UnitFactory(parent=secretary.unit)
    later = MORNING + timedelta(days=1)
    other = MeetingFactory(
        unit=below, signing=True, starts_at=later, ends_at=later + timedelta(hours=1)
    )
    inner = AttendanceFactory(meeting=other, signed=True)
    AttendanceFactory(meeting=MeetingFactory(signing=True), signed=True)  # elsewhere
    year = ask_batch(by=secretary, kind=BatchKind.ZIP, unit=secretary.unit, year=2026)
    assert list(pledges_of(year)) == [*(row.pledge for row in signed), inner.pledge]
    assert exportable_years(secretary) == [2026]
    assert exportable_years(inner.cadre) == []
    with pytest.raises(NothingToExport):
        ask_batch(by=secretary, kind=BatchKind.ZIP, unit=secretary.unit, year=2025)


@pytest.mark.parametrize("role", [Role.SECRETARY, Role.INSPECTOR])
def test_secretary_and_inspector_of_a_unit_above_may_ask(meeting, signed, role):
    above = UnitFactory()
    meeting.unit.parent, meeting.unit.path = above, f"{above.path}{meeting.unit.pk}/"
    meeting.unit.save()
    who = RoleAssignmentFactory(role=role, unit=above, cadre__unit=above).cadre
    assert ask_batch(by=who, kind=BatchKind.ZIP, meeting=meeting).total == 2


@pytest.mark.parametrize("who", ["speaker", "cadre", "outsider"])
def test_others_may_not_ask(request, secretary, meeting, signed, who):
    other = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied):
        ask_batch(by=other, kind=BatchKind.ZIP, meeting=meeting)
    with pytest.raises(PermissionDenied):
        ask_batch(by=other, kind=BatchKind.ZIP, unit=secretary.unit, year=2026)
    assert not LedgerEntry.objects.filter(kind=EntryKind.EXPORTED).exists()


@pytest.mark.parametrize("state", [BatchState.WAITING, BatchState.RUNNING])
def test_cancelling_stops_what_is_on_its_way(secretary, meeting, state):
    stopped = cancel_batch(by=secretary, batch=batch(secretary, meeting, state=state))
    assert stopped.state == BatchState.CANCELLED
    assert stopped.finished_at is not None


@pytest.mark.parametrize("state", [BatchState.DONE, BatchState.FAILED, BatchState.CANCELLED])
def test_cancelling_what_has_ended_changes_nothing(secretary, meeting, state):
    ended = batch(secretary, meeting, state=state)
    assert cancel_batch(by=secretary, batch=ended).state == state


def test_others_cancel_and_resume_nothing(secretary, inspector, meeting):
    asked = batch(secretary, meeting)
    for service in (cancel_batch, resume_batch):
        with pytest.raises(PermissionDenied):
            service(by=inspector, batch=asked)


def test_failed_batch_waits_again(secretary, meeting):
    resumed = resume_batch(by=secretary, batch=batch(secretary, meeting, state=BatchState.FAILED))
    assert (resumed.state, resumed.failure, resumed.person) == (BatchState.WAITING, "", "")


def test_failed_batch_is_not_resumed_beside_a_newer_one(secretary, meeting):
    failed = batch(secretary, meeting, state=BatchState.FAILED)
    newer = batch(secretary, meeting)
    assert resume_batch(by=secretary, batch=failed) == newer


@pytest.mark.parametrize(("silent", "queued"), [(SILENT_AFTER * 2, 1), (timedelta(0), 0)])
def test_only_a_batch_that_was_left_is_put_into_the_queue_again(
    secretary, meeting, monkeypatch, django_capture_on_commit_callbacks, silent, queued
):
    running = batch(secretary, meeting, state=BatchState.RUNNING, beat_at=timezone.now() - silent)
    with django_capture_on_commit_callbacks() as callbacks:
        resume_batch(by=secretary, batch=running)
    assert len(callbacks) == queued


def test_right_lost_in_the_meantime_resumes_nothing(secretary, meeting):
    failed = batch(secretary, meeting, state=BatchState.FAILED)
    secretary.role_assignments.all().delete()
    with pytest.raises(PermissionDenied):
        resume_batch(by=secretary, batch=failed)


def test_files_go_after_a_week(secretary, meeting):
    old = batch(secretary, meeting, state=BatchState.DONE)
    new = batch(secretary, meeting, state=BatchState.DONE)
    for one in (old, new):
        one.directory.mkdir(parents=True)
        one.path.write_bytes(b"PK")
    Batch.objects.filter(pk=old.pk).update(finished_at=timezone.now() - KEPT_FOR)
    assert discard_outdated() == 1
    old.refresh_from_db()
    assert not old.directory.exists()
    assert new.path.exists()
    assert (old.is_fetchable, new.is_fetchable) == (False, True)
    assert discard_outdated() == 0


def test_command_removes_what_is_outdated(secretary, meeting, capsys):
    old = batch(secretary, meeting, state=BatchState.FAILED)
    Batch.objects.filter(pk=old.pk).update(finished_at=timezone.now() - KEPT_FOR)
    call_command("discard_batches")
    assert "1 removed" in capsys.readouterr().out
    old.refresh_from_db()
    assert not old.may_resume


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "tar"},
        {"state": "lost"},
        {"meeting": None},
        {"year": 2026},
        {"done": 3},
        {"state": BatchState.RUNNING, "beat_at": None},
        {"beat_at": MORNING},
        {"finished_at": MORNING},
        {"state": BatchState.DONE, "finished_at": None},
        {"state": BatchState.FAILED, "failure": ""},
        {"failure": "no font"},
        {"person": "赵文澜"},
        {"state": BatchState.DONE, "sha256": "x"},
        {"size": 1},
        {"removed_at": MORNING},
    ],
)
def test_database_refuses_a_batch_that_cannot_be(secretary, meeting, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        batch(secretary, **{"meeting": meeting, **values})


def test_database_refuses_a_second_one_on_its_way(secretary, meeting):
    for scope in ({"meeting": meeting}, {"unit": meeting.unit, "year": 2026}):
        batch(secretary, **scope)
        with pytest.raises(IntegrityError), transaction.atomic():
            batch(secretary, **scope)


def test_asking_takes_the_same_queries_for_any_number(secretary):
    counts = []
    for people in (3, 30):
        asked = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
        AttendanceFactory.create_batch(people, meeting=asked, signed=True)
        with CaptureQueriesContext(connection) as queries:
            ask_batch(by=secretary, kind=BatchKind.ZIP, meeting=asked)
        counts.append(len(queries))
    # The ledger's tree may take a node more or less.
    assert abs(counts[0] - counts[1]) <= 2
