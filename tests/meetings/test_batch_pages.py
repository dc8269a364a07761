"""Pledges in bulk, in the page: asking, watching, cancelling, resuming, fetching."""

import io
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from meetings.models import Batch, BatchKind, BatchState
from meetings.models.batch import SILENT_AFTER
from meetings.papers import pool
from pledges.models import EntryKind, LedgerEntry
from tests.factories import AttendanceFactory, MeetingFactory

from .test_bulk import batch as make_batch

pytestmark = pytest.mark.django_db
POLLS = b'hx-trigger="every 2s"'


@pytest.fixture
def meeting(secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    AttendanceFactory(meeting=meeting, signed=True, cadre__name="赵文澜")
    return meeting


@pytest.fixture
def client(client_of, secretary):
    return client_of(secretary)


@pytest.fixture
def quick(monkeypatch):
    """Sets nothing: every file is the same few bytes."""
    monkeypatch.setattr(pool, "make", lambda job, begun: job.path.write_bytes(b"%PDF-1.7"))


def url(name, *args):
    return reverse(f"meetings:{name}", args=args)


@pytest.fixture
def done(client, meeting, quick, django_capture_on_commit_callbacks):
    """A ZIP that was asked for in the page, and made."""
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("meeting_batches", meeting.pk), {"kind": "zip"})
    return Batch.objects.get()


def test_asking_for_a_meeting_leads_to_the_batchs_page(client, meeting):
    page = client.get(url("meeting_batches", meeting.pk))
    assert page.status_code == 200
    answer = client.post(url("meeting_batches", meeting.pk), {"kind": "pdf"})
    asked = Batch.objects.get()
    assert (asked.kind, asked.meeting, asked.state) == ("pdf", meeting, "waiting")
    assert answer.url == url("batch", asked.pk)


def test_asking_for_a_year_leads_to_the_batchs_page(client, secretary, meeting):
    values = {"kind": "zip", "unit": secretary.unit_id, "year": 2026}
    answer = client.post(url("batches"), values)
    asked = Batch.objects.get()
    assert (asked.unit, asked.year, asked.total) == (secretary.unit, 2026, 1)
    assert answer.url == url("batch", asked.pk)


@pytest.mark.parametrize(
    "values", [{"kind": "tar"}, {"year": "soon"}, {"unit": "0"}, {"year": 2025}]
)
def test_wrong_answer_is_said_and_kept(client, secretary, meeting, values):
    given = {"kind": "zip", "unit": secretary.unit_id, "year": 2026} | values
    answer = client.post(url("batches"), given)
    assert answer.status_code == 422
    assert not Batch.objects.exists()


def test_meeting_without_signatures_says_what_to_wait_for(client, secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    page = client.get(url("meeting_batches", meeting.pk))
    assert b'type="radio"' not in page.content
    assert client.post(url("meeting_batches", meeting.pk), {"kind": "zip"}).status_code == 422


@pytest.mark.parametrize("state", [BatchState.WAITING, BatchState.RUNNING])
def test_page_of_a_batch_on_its_way_asks_again_and_can_be_left(client, secretary, meeting, state):
    asked = make_batch(secretary, meeting, state=state, done=1)
    for name in ("batch", "batch_state"):
        content = client.get(url(name, asked.pk)).content
        assert POLLS in content
        assert b'<progress value="1" max="2"' in content
        assert url("batch_cancel", asked.pk).encode() in content
        assert url("batch_resume", asked.pk).encode() not in content


def test_polling_is_nobodys_activity_and_writes_nothing(client, secretary, meeting):
    asked = make_batch(secretary, meeting, state=BatchState.RUNNING)
    client.get(url("batch_state", asked.pk))
    with CaptureQueriesContext(connection) as queries:
        client.get(url("batch_state", asked.pk), headers={"X-Poll": "1"})
    assert not [q for q in queries if not q["sql"].startswith("SELECT")]


def test_finished_batch_is_fetched_and_told_to_the_ledger(client, done):
    page = client.get(url("batch", done.pk)).content
    assert POLLS not in page
    assert url("batch_file", done.pk).encode() in page
    answer = client.get(url("batch_file", done.pk))
    bundle = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert bundle.namelist()[0] == "001 赵文澜.pdf"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    told = LedgerEntry.objects.filter(kind=EntryKind.EXPORTED).order_by("number")
    assert [entry.subject for entry in told] == [f"batch:{done.pk}"] * 2
    assert told[1].private["sha256"] == done.sha256


def test_failed_batch_names_the_person_and_can_be_resumed(client, secretary, meeting):
    failed = make_batch(secretary, meeting, state=BatchState.FAILED)
    page = client.get(url("batch", failed.pk)).content.decode()
    assert "赵文澜" in page
    assert "no font" in page
    assert POLLS.decode() not in page
    client.post(url("batch_resume", failed.pk))
    failed.refresh_from_db()
    assert failed.state == BatchState.WAITING


def test_batch_that_was_left_says_so_and_can_be_resumed(client, secretary, meeting):
    left = make_batch(
        secretary,
        meeting,
        state=BatchState.RUNNING,
        beat_at=timezone.now() - SILENT_AFTER * 2,
    )
    page = client.get(url("batch", left.pk)).content
    assert POLLS in page
    assert url("batch_resume", left.pk).encode() in page


def test_cancelled_batch_says_so(client, secretary, meeting):
    asked = make_batch(secretary, meeting)
    answer = client.post(url("batch_cancel", asked.pk), follow=True)
    asked.refresh_from_db()
    assert asked.state == BatchState.CANCELLED
    assert POLLS not in answer.content


def test_removed_file_is_not_there_and_the_page_says_so(client, done):
    Batch.objects.update(removed_at=timezone.now())
    assert url("batch_file", done.pk).encode() not in client.get(url("batch", done.pk)).content
    assert client.get(url("batch_file", done.pk)).status_code == 404


def test_file_lost_on_disk_is_not_there(client, done):
    done.path.unlink()
    assert client.get(url("batch_file", done.pk)).status_code == 404


@pytest.mark.parametrize("who", ["inspector", "speaker", "cadre", "outsider"])
def test_batch_is_its_owners_alone(request, client_of, done, who):
    other = client_of(request.getfixturevalue(who))
    for name in ("batch", "batch_state", "batch_file"):
        assert other.get(url(name, done.pk)).status_code == 404
    for name in ("batch_cancel", "batch_resume"):
        assert other.post(url(name, done.pk)).status_code == 404


def test_right_lost_in_the_meantime_fetches_nothing(client, secretary, done):
    secretary.role_assignments.all().delete()
    assert client.get(url("batch_file", done.pk)).status_code == 403


@pytest.mark.parametrize(
    ("who", "meeting_status", "year_status"),
    [("inspector", 200, 200), ("speaker", 403, 403), ("cadre", 404, 403), ("outsider", 404, 200)],
)
def test_who_may_ask(request, client_of, meeting, who, meeting_status, year_status):
    other = client_of(request.getfixturevalue(who))
    assert other.get(url("meeting_batches", meeting.pk)).status_code == meeting_status
    assert other.get(url("batches")).status_code == year_status


def test_secretary_of_elsewhere_cannot_choose_this_unit(client_of, outsider, secretary, meeting):
    values = {"kind": "zip", "unit": secretary.unit_id, "year": 2026}
    assert client_of(outsider).post(url("batches"), values).status_code == 422
    assert not Batch.objects.exists()


def test_wrong_methods_are_refused(client, done):
    for name in ("batch_cancel", "batch_resume"):
        assert client.get(url(name, done.pk)).status_code == 405
    for name in ("batch", "batch_state", "batch_file"):
        assert client.post(url(name, done.pk)).status_code == 405


def test_strangers_are_sent_to_log_in(done):
    from django.test import Client

    stranger = Client()
    for name in ("batch", "batch_file"):
        assert "/login/" in stranger.get(url(name, done.pk)).url
    assert "/login/" in stranger.get(url("batches")).url


def test_lists_take_the_same_queries_for_any_number(client, secretary, meeting):
    counts = []
    for number in (3, 15):
        for _one in range(number):
            make_batch(secretary, meeting, state=BatchState.CANCELLED)
            make_batch(
                secretary, unit=meeting.unit, year=2026, state=BatchState.DONE, kind=BatchKind.PDF
            )
        for name, args in (("batches", ()), ("meeting_batches", (meeting.pk,))):
            client.get(url(name, *args))
            with CaptureQueriesContext(connection) as queries:
                client.get(url(name, *args))
            counts.append(len(queries))
    # Beyond a page's length one line of pages stands below the list.
    assert counts[1] == counts[3]
    assert counts[0] == counts[2]
