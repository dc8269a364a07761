"""Files kept with a meeting: told by content, served only to those who may see it."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from meetings import holding
from meetings.exceptions import AttachmentRefused, StateConflict
from meetings.holding import attach_file, remove_attachment
from meetings.models import State
from meetings.uploads import recognise
from tests.factories import MeetingFactory

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj << >> endobj\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(40)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def zipped(*parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part in parts:
            archive.writestr(part, "<xml/>" * 20)
    return buffer.getvalue()


def workbook():
    buffer = io.BytesIO()
    openpyxl.Workbook().save(buffer)
    return buffer.getvalue()


def old_office_file(*streams):
    """The head of a compound file and the names in its directory, as far as it matters."""
    names = b"".join(stream.encode("utf-16-le").ljust(128, b"\0") for stream in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1528) + names


@pytest.fixture
def meeting(secretary):
    return MeetingFactory(unit=secretary.unit, created_by=secretary, held=True)


@pytest.fixture
def client(client_of, secretary):
    return client_of(secretary)


@pytest.fixture
def kept(secretary, meeting):
    upload = SimpleUploadedFile("谈话 提纲“终稿”.pdf", PDF)
    return attach_file(by=secretary, meeting=meeting, upload=upload, kind="speech")


def url(meeting, name="attachments", *more):
    return reverse(f"meetings:{name}", args=[meeting.pk, *more])


def post(client, meeting, name="通知.pdf", content=PDF, kind="notice"):
    return client.post(url(meeting), {"kind": kind, "file": SimpleUploadedFile(name, content)})


def stored(settings):
    root = Path(settings.MEDIA_ROOT)
    return [path for path in root.rglob("*") if path.is_file()] if root.exists() else []


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("通知.pdf", PDF, "application/pdf"),
        ("会场.PNG", PNG, "image/png"),
        ("会场.jpeg", JPEG, "image/jpeg"),
        ("签到册.xlsx", workbook(), XLSX),
        # As Word orders a package, and as WPS does, with the document behind other parts.
        ("a.docx", zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml"), DOCX),
        (
            "b.docx",
            zipped(
                "[Content_Types].xml", "_rels/.rels", "docProps/app.xml", "docProps/core.xml",
                "docProps/custom.xml", "customXml/item1.xml", "word/document.xml",
            ),
            DOCX,
        ),
        ("旧.doc", old_office_file("Root Entry", "WordDocument"), "application/msword"),
        ("旧.wps", old_office_file("Root Entry", "1Table", "WordDocument"), "application/msword"),
        ("旧.xls", old_office_file("Root Entry", "Workbook"), "application/vnd.ms-excel"),
        # A sheet inside a document: the name decides.
        ("旧.doc", old_office_file("WordDocument", "Workbook"), "application/msword"),
    ],
)  # fmt: skip
def test_what_an_office_attaches_is_recognised(name, content, media_type):
    assert recognise(SimpleUploadedFile(name, content)) == media_type


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("病毒.pdf", b"MZ\x90\x00" + bytes(60)),
        ("网页.pdf", b"<html><script>alert(1)</script></html>"),
        ("图片.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("通知.pdf", PNG),
        ("通知.html", PDF),
        ("通知", PDF),
        ("压缩.zip", zipped("a.txt")),
        ("假.docx", zipped("a.txt", "b.txt")),
        ("假.docx", zipped("word/document.xml")),
        ("假.docx", workbook()),
        ("断.docx", b"PK\x03\x04" + bytes(100)),
        ("加密.docx", old_office_file("EncryptedPackage", "EncryptionInfo")),
        ("旧.doc", old_office_file("Workbook")),
    ],
)
def test_what_is_something_else_is_refused(secretary, meeting, settings, name, content):
    with pytest.raises(AttachmentRefused):
        attach_file(
            by=secretary,
            meeting=meeting,
            upload=SimpleUploadedFile(name, content, content_type="application/pdf"),
            kind="document",
        )
    assert not meeting.attachments.exists()
    assert stored(settings) == []


def test_attach_keeps_the_bytes_under_no_name_of_the_users(kept, settings):
    assert kept.name == "谈话 提纲“终稿”.pdf"
    assert (kept.media_type, kept.size) == ("application/pdf", len(PDF))
    (path,) = stored(settings)
    assert path.read_bytes() == PDF
    assert path.name == kept.sha256


def test_attach_the_same_bytes_twice_keeps_one(secretary, meeting, kept, settings):
    again = attach_file(
        by=secretary, meeting=meeting, upload=SimpleUploadedFile("别名.pdf", PDF), kind="notice"
    )
    assert again == kept
    assert len(stored(settings)) == 1


@pytest.mark.parametrize("content", [b"", PDF + bytes(20 * 1024 * 1024)])
def test_attach_nothing_or_too_much_is_refused(secretary, meeting, content):
    with pytest.raises(AttachmentRefused):
        attach_file(
            by=secretary,
            meeting=meeting,
            upload=SimpleUploadedFile("a.pdf", content),
            kind="notice",
        )


def test_attach_after_closing_is_refused(secretary, meeting, kept):
    meeting.state = State.CLOSED
    meeting.save()
    with pytest.raises(StateConflict):
        attach_file(
            by=secretary, meeting=meeting, upload=SimpleUploadedFile("a.png", PNG), kind="picture"
        )
    with pytest.raises(StateConflict):
        remove_attachment(by=secretary, attachment=kept)


def test_attach_is_the_secretarys_alone(inspector, meeting):
    with pytest.raises(PermissionDenied):
        attach_file(
            by=inspector, meeting=meeting, upload=SimpleUploadedFile("a.pdf", PDF), kind="notice"
        )


def test_remove_deletes_the_file_after_the_commit(
    secretary, kept, settings, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        remove_attachment(by=secretary, attachment=kept)
        assert len(stored(settings)) == 1
    assert stored(settings) == []


def test_upload_by_the_page_keeps_the_file(client, meeting):
    response = post(client, meeting)
    assert response.url == url(meeting)
    html = client.get(url(meeting)).content.decode()
    assert "通知.pdf" in html


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "notice"},
        {"kind": "novel", "file": SimpleUploadedFile("a.pdf", PDF)},
        {"kind": "notice", "file": SimpleUploadedFile("a.pdf", b"")},
        {"kind": "notice", "file": SimpleUploadedFile("a.pdf", b"plain words")},
    ],
)
def test_upload_that_is_wrong_says_so(client, meeting, data):
    response = client.post(url(meeting), data)
    assert response.status_code == 422
    assert "error-summary" in response.content.decode()
    assert not meeting.attachments.exists()


def test_upload_too_large_says_so(client, meeting, monkeypatch):
    monkeypatch.setattr(holding, "ATTACHMENT_LIMIT", 10)
    assert post(client, meeting).status_code == 422


def test_upload_after_closing_is_a_conflict(client, meeting, kept):
    meeting.state = State.CLOSED
    meeting.save()
    assert post(client, meeting).status_code == 409
    assert client.post(url(meeting, "attachment_remove", kept.pk)).status_code == 409
    assert '<form method="post" enctype' not in client.get(url(meeting)).content.decode()


def test_download_gives_the_bytes_under_the_right_name(client, kept):
    response = client.get(reverse("meetings:attachment", args=[kept.pk]))
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    disposition = response["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=utf-8''")
    assert "%E8%B0%88%E8%AF%9D%20" in disposition


@pytest.mark.parametrize(
    ("who", "status"), [("inspector", 200), ("speaker", 200), ("cadre", 404), ("outsider", 404)]
)
def test_attachments_are_for_those_who_may_see_the_meeting(
    request, client_of, meeting, kept, who, status
):
    client = client_of(request.getfixturevalue(who))
    file = client.get(reverse("meetings:attachment", args=[kept.pk]))
    assert file.status_code == status
    if status == 200:
        assert b"".join(file.streaming_content) == PDF
    assert client.get(url(meeting)).status_code == status
    refused = 403 if status == 200 else 404
    assert post(client, meeting, "b.png", PNG).status_code == refused
    assert client.post(url(meeting, "attachment_remove", kept.pk)).status_code == refused
    assert meeting.attachments.count() == 1


def test_attachments_ask_strangers_to_log_in(client, kept, meeting):
    client.logout()
    assert client.get(url(meeting)).status_code == 302
    assert client.get(reverse("meetings:attachment", args=[kept.pk])).status_code == 302


def test_attachment_removed_by_the_page_is_gone(client, meeting, kept):
    response = client.post(url(meeting, "attachment_remove", kept.pk))
    assert response.url == url(meeting)
    assert client.get(reverse("meetings:attachment", args=[kept.pk])).status_code == 404


def test_attachment_of_another_meeting_is_not_removed(client, secretary, kept):
    other = MeetingFactory(unit=secretary.unit, held=True)
    assert client.post(url(other, "attachment_remove", kept.pk)).status_code == 404


def test_attachments_refuse_the_wrong_method(client, meeting, kept):
    assert client.get(url(meeting, "attachment_remove", kept.pk)).status_code == 405
    assert client.post(reverse("meetings:attachment", args=[kept.pk])).status_code == 405


def test_attachments_take_the_same_queries_for_any_number(client, secretary):
    counts = []
    for number in (3, 30):
        meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, held=True)
        for n in range(number):
            upload = SimpleUploadedFile(f"{n}.pdf", PDF + bytes([n]))
            attach_file(by=secretary, meeting=meeting, upload=upload, kind="document")
        client.get(url(meeting))
        with CaptureQueriesContext(connection) as queries:
            client.get(url(meeting))
        counts.append(len(queries))
    assert counts[0] == counts[1]
