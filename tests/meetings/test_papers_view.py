"""The page of all papers, and each paper as a file."""

import io
import re
from urllib.parse import unquote

import pypdf
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from docx import Document

from meetings.models import Meeting, Record, RecordState
from meetings.papers.catalogue import PAPERS
from meetings.papers.gathering import gather_record
from pledges.models import EntryKind, LedgerEntry
from tests.factories import (
    MORNING,
    AgendaItemFactory,
    AttendanceFactory,
    MeetingFactory,
)

pytestmark = pytest.mark.django_db

PDFS = ["notice", "outline", "sign-in-sheet", "signature-book", "make-up-records"]
MISSING = "司徒未至"


def page(meeting):
    return reverse("meetings:papers", args=[meeting.pk])


def file(meeting, slug, kind="pdf"):
    return reverse("meetings:paper", args=[meeting.pk, slug, kind])


def plain_text(response):
    """What a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def in_english(client):
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def meeting(secretary):
    """Open for signing: one signed, one not, and one did not come."""
    meeting = MeetingFactory(
        unit=secretary.unit, created_by=secretary, signing=True, reminders="请准时参加。"
    )
    AgendaItemFactory(meeting=meeting)
    AttendanceFactory(meeting=meeting, signed=True, cadre__name="欧阳慎之")
    AttendanceFactory(meeting=meeting, asked=True, cadre__name="诸葛守正")
    AttendanceFactory(meeting=meeting, absent=True, cadre__name=MISSING)
    return meeting


def keep_record(meeting, secretary, revision=1, **fields):
    facts = gather_record(meeting, made_at=MORNING, made_by=secretary)
    return Record.objects.create(
        meeting=meeting,
        revision=revision,
        facts=facts.to_json(),
        made_at=MORNING,
        made_by=secretary,
        **fields,
    )


def test_list_has_every_paper(client_of, secretary, meeting):
    html = in_english(client_of(secretary)).get(page(meeting)).content.decode()
    assert re.findall(r'<th scope="row">(.*?)</th>', html) == [
        "Talk record",
        "Pledges",
        "Notice",
        "Outline of the talk",
        "Sign-in sheet",
        "Signature book",
        "Make-up records",
        "Minutes",
    ]


def test_list_of_a_draft_offers_nothing_yet(client_of, secretary):
    draft = MeetingFactory(unit=secretary.unit, created_by=secretary)
    response = client_of(secretary).get(page(draft))
    assert response.status_code == 200
    assert "?download" not in response.content.decode()
    assert "?show=" not in response.content.decode()


def test_announced_meeting_has_no_minutes_yet(client_of, secretary):
    announced = MeetingFactory(unit=secretary.unit, created_by=secretary, announced=True)
    html = client_of(secretary).get(page(announced)).content.decode()
    assert file(announced, "notice") in html
    assert file(announced, "minutes", "docx") not in html


def test_record_and_correction_are_listed_with_their_states(client_of, secretary, meeting):
    keep_record(meeting, secretary, state=RecordState.READY, pdf=b"%PDF-1.7", sha256="0" * 64)
    keep_record(meeting, secretary, revision=2, reason="地点误记。")
    response = client_of(secretary).get(page(meeting))
    html = response.content.decode()
    assert reverse("meetings:record_pdf", args=[meeting.pk, 1]) in html
    assert reverse("meetings:record_pdf", args=[meeting.pk, 2]) not in html
    assert reverse("meetings:record_revision", args=[meeting.pk, 2]) in html
    assert "地点误记。" in html


def test_list_counts_the_signed_pledges(client_of, secretary, meeting):
    response = in_english(client_of(secretary)).get(page(meeting))
    assert "1 signed of 2 present" in plain_text(response)


@pytest.mark.parametrize(("who", "offered"), [("secretary", True), ("speaker", False)])
def test_pledges_in_one_file_are_offered_to_whoever_may_take_them(
    request, client_of, meeting, who, offered
):
    html = client_of(request.getfixturevalue(who)).get(page(meeting)).content.decode()
    assert (reverse("meetings:meeting_batches", args=[meeting.pk]) in html) is offered


@pytest.mark.parametrize("made", PAPERS, ids=lambda made: made.slug)
def test_paper_is_previewed_in_the_page(client_of, secretary, meeting, made):
    response = client_of(secretary).get(page(meeting), {"show": made.slug})
    html = response.content.decode()
    article = html[html.index("<article") : html.index("</article>")]
    assert 'lang="zh-hans"' in article
    assert meeting.title in article or made.slug == "outline"
    assert html.count("<h1") == 1
    if made.slug != "outline":
        assert (MISSING if made.slug == "make-up-records" else "欧阳慎之") in article


def test_preview_is_chinese_on_an_english_page(client_of, secretary, meeting):
    html = (
        in_english(client_of(secretary))
        .get(page(meeting), {"show": "signature-book"})
        .content.decode()
    )
    article = html[html.index("<article") : html.index("</article>")]
    assert "上午" in article
    assert not re.search(r">[^<]*[A-Z][a-z]{3,}", article)


@pytest.mark.parametrize("show", ["nothing", "../../etc", ""])
def test_unknown_preview_is_the_list_alone(client_of, secretary, meeting, show):
    response = client_of(secretary).get(page(meeting), {"show": show})
    assert response.status_code == 200
    assert "<article" not in response.content.decode()


def test_preview_of_what_is_not_there_yet_is_the_list_alone(client_of, secretary):
    announced = MeetingFactory(unit=secretary.unit, created_by=secretary, announced=True)
    response = client_of(secretary).get(page(announced), {"show": "minutes"})
    assert "<article" not in response.content.decode()


@pytest.mark.parametrize("slug", PDFS)
def test_pdf_is_the_paper(client_of, secretary, meeting, slug):
    response = client_of(secretary).get(file(meeting, slug))
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("inline")
    assert response["Cache-Control"] == "private, no-store"
    pages = pypdf.PdfReader(io.BytesIO(response.content)).pages
    text = "".join("".join(page.extract_text().split()) for page in pages)
    assert meeting.number in text
    wanted = {"outline": "勤奋学习", "make-up-records": MISSING}
    assert wanted.get(slug, "欧阳慎之") in text


def test_minutes_are_a_word_file_to_download(client_of, secretary, meeting):
    response = client_of(secretary).get(file(meeting, "minutes", "docx"))
    assert response["Content-Type"].endswith("wordprocessingml.document")
    assert response["Content-Disposition"].startswith("attachment")
    assert unquote(response["Content-Disposition"]).endswith(".docx")
    text = "\n".join(p.text for p in Document(io.BytesIO(response.content)).paragraphs)
    assert "欧阳慎之、诸葛守正" in text


def test_download_is_a_file_named_after_meeting_and_paper(client_of, secretary, meeting):
    client = in_english(client_of(secretary))
    response = client.get(file(meeting, "notice"), {"download": ""})
    assert response["Content-Disposition"].startswith("attachment")
    assert f"{meeting.number} Notice.pdf" in unquote(response["Content-Disposition"])


@pytest.mark.parametrize(
    ("slug", "kind"),
    [("notice", "docx"), ("minutes", "pdf"), ("record", "pdf"), ("notice", "exe")],
)
def test_paper_that_does_not_exist_is_not_found(client_of, secretary, meeting, slug, kind):
    assert client_of(secretary).get(file(meeting, slug, kind)).status_code == 404


@pytest.mark.parametrize(("slug", "kind"), [("notice", "pdf"), ("minutes", "docx")])
def test_paper_of_a_draft_is_not_found(client_of, secretary, slug, kind):
    draft = MeetingFactory(unit=secretary.unit, created_by=secretary)
    assert client_of(secretary).get(file(draft, slug, kind)).status_code == 404


def test_taking_a_paper_out_is_noted(client_of, secretary, meeting):
    before = LedgerEntry.objects.count()
    client_of(secretary).get(file(meeting, "notice"))
    entry = LedgerEntry.objects.order_by("-number").first()
    assert LedgerEntry.objects.count() == before + 1
    assert entry.kind == EntryKind.EXPORTED
    assert entry.subject == f"paper:{meeting.number}/notice.pdf"
    assert entry.actor == secretary.staff_number


def test_looking_at_the_list_notes_nothing(client_of, secretary, meeting):
    before = LedgerEntry.objects.count()
    client_of(secretary).get(page(meeting), {"show": "notice"})
    assert LedgerEntry.objects.count() == before


def test_character_in_no_font_is_said_in_the_page(client_of, secretary, meeting):
    Meeting.objects.filter(pk=meeting.pk).update(place="三楼\ue000")
    response = client_of(secretary).get(file(meeting, "notice"), follow=True)
    assert response.redirect_chain == [(page(meeting), 302)]
    assert "U+E000" in response.content.decode()
    assert not LedgerEntry.objects.filter(subject__startswith="paper:").exists()


@pytest.mark.parametrize(
    ("who", "status"),
    [("secretary", 200), ("speaker", 200), ("inspector", 200), ("cadre", 404), ("outsider", 404)],
)
def test_papers_are_for_those_who_see_the_meeting(request, client_of, meeting, who, status):
    client = client_of(request.getfixturevalue(who))
    assert client.get(page(meeting)).status_code == status
    assert client.get(file(meeting, "outline")).status_code == status


def test_papers_ask_strangers_to_log_in(client, meeting):
    for address in (page(meeting), file(meeting, "outline")):
        response = client.get(address)
        assert response.status_code == 302
        assert "/login/" in response["Location"]


def test_papers_refuse_the_wrong_method(client_of, secretary, meeting):
    client = client_of(secretary)
    assert client.post(page(meeting)).status_code == 405
    assert client.post(file(meeting, "outline")).status_code == 405


@pytest.mark.parametrize("show", ["", *(made.slug for made in PAPERS)])
def test_page_takes_as_many_queries_for_many(client_of, secretary, meeting, show):
    client = client_of(secretary)
    client.get(page(meeting))  # the session's first request sets it up
    with CaptureQueriesContext(connection) as few:
        client.get(page(meeting), {"show": show})
    for _number in range(20):
        AttendanceFactory(meeting=meeting, signed=True)
    with CaptureQueriesContext(connection) as many:
        client.get(page(meeting), {"show": show})
    assert len(many) == len(few)


def test_meeting_leads_to_its_papers(client_of, secretary, meeting):
    detail = client_of(secretary).get(reverse("meetings:meeting_detail", args=[meeting.pk]))
    assert page(meeting) in detail.content.decode()


def one_form(meeting, name):
    """The address of somebody's make-up record to fill in."""
    person = Meeting.objects.get(pk=meeting.pk).attendances.get(name=name).pk
    return reverse("meetings:make_up_form", args=[meeting.pk, person])


def test_make_up_record_of_one_person_is_a_file_of_their_own(client_of, secretary, meeting):
    client = in_english(client_of(secretary))
    preview = client.get(page(meeting), {"show": "make-up-records"}).content.decode()
    assert one_form(meeting, MISSING) in preview
    response = client.get(one_form(meeting, MISSING), {"download": ""})
    assert response["Content-Type"] == "application/pdf"
    assert response["Cache-Control"] == "private, no-store"
    disposition = unquote(response["Content-Disposition"])
    assert disposition.startswith("attachment")
    assert f"{meeting.number} Make-up records {MISSING}.pdf" in disposition
    assert len(pypdf.PdfReader(io.BytesIO(response.content)).pages) == 2


def test_taking_one_make_up_record_is_noted_without_the_name(client_of, secretary, meeting):
    client_of(secretary).get(one_form(meeting, MISSING))
    entry = LedgerEntry.objects.order_by("-number").first()
    assert (entry.kind, entry.actor) == (EntryKind.EXPORTED, secretary.staff_number)
    assert entry.subject == f"paper:{meeting.number}/make-up-records.pdf"


def test_make_up_record_of_who_was_present_is_not_found(client_of, secretary, meeting):
    assert client_of(secretary).get(one_form(meeting, "欧阳慎之")).status_code == 404


def test_make_up_record_of_another_meetings_absentee_is_not_found(client_of, secretary, meeting):
    other = MeetingFactory(unit=secretary.unit, created_by=secretary, held=True)
    elsewhere = AttendanceFactory(meeting=other, absent=True)
    address = reverse("meetings:make_up_form", args=[meeting.pk, elsewhere.pk])
    assert client_of(secretary).get(address).status_code == 404


@pytest.mark.parametrize("state", ["announced", "held"])
def test_make_up_records_are_not_spoken_of_where_nobody_needs_one(client_of, secretary, state):
    """Before the talk nobody has missed it, whoever has asked for leave."""
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, **{state: True})
    AttendanceFactory(meeting=meeting, present=state == "held", on_leave=state == "announced")
    client = client_of(secretary)
    name = meeting.attendances.get().name
    html = in_english(client).get(page(meeting), {"show": "make-up-records"}).content.decode()
    assert "Make-up" not in html
    assert "<article" not in html
    assert client.get(file(meeting, "make-up-records")).status_code == 404
    assert client.get(one_form(meeting, name)).status_code == 404


def test_character_in_no_font_keeps_one_make_up_record_back(client_of, secretary, meeting):
    meeting.attendances.filter(name=MISSING).update(reason="病假\ue000")
    response = client_of(secretary).get(one_form(meeting, MISSING), follow=True)
    assert response.redirect_chain == [(page(meeting), 302)]
    assert "U+E000" in response.content.decode()


@pytest.mark.parametrize(
    ("who", "status"),
    [("secretary", 200), ("speaker", 200), ("inspector", 200), ("cadre", 404), ("outsider", 404)],
)
def test_make_up_records_are_for_those_who_see_the_meeting(
    request, client_of, meeting, who, status
):
    client = client_of(request.getfixturevalue(who))
    assert client.get(one_form(meeting, MISSING)).status_code == status
