"""Pledges on paper at the secretary's desk, and the history of somebody's pledge."""

import io

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pledges import manifest
from pledges.models import EntryKind, LedgerEntry, Level, Signature
from pledges.paper_signing import paper_form
from tests.evidence import SCAN, RevocationFactory, sign_on_paper
from tests.factories import AttendanceFactory, CadreFactory, MeetingFactory

pytestmark = pytest.mark.django_db
LANGUAGES = ["zh-hans", "en"]


@pytest.fixture
def meeting(unit, secretary):
    return MeetingFactory(unit=unit, created_by=secretary, signing=True, people=2)


@pytest.fixture
def row(meeting):
    return meeting.attendances.order_by("order").first()


@pytest.fixture
def witness(unit):
    return CadreFactory(unit=unit, name="周守正")


@pytest.fixture
def client(client_of, secretary):
    return client_of(secretary)


def url(name, meeting, row=None):
    return reverse(f"meetings:{name}", args=[meeting.pk, *([row.pledge_id] if row else [])])


def scan(data=SCAN, name="scan.pdf"):
    return SimpleUploadedFile(name, data)


def enter(client, meeting, row, witness, /, **changes):
    data = {
        "code": manifest.short_code(paper_form(row.pledge)[1]),
        "signed_on": timezone.localdate().isoformat(),
        "witness": f"{witness.name}（{witness.staff_number}）",
        "scan": scan(),
        **changes,
    }
    return client.post(url("paper_enter", meeting, row), data)


# Printing ---------------------------------------------------------------------------------------


def test_form_of_one_carries_the_code_it_is_entered_by(client, meeting, row):
    response = client.get(url("paper_form", meeting, row))
    (page,) = pypdf.PdfReader(io.BytesIO(response.content)).pages
    text = page.extract_text().replace(" ", "")
    digest = paper_form(row.pledge)[1]
    assert manifest.short_code(digest).replace(" ", "") in text
    assert digest in text
    assert row.name in text


def test_forms_of_all_have_a_page_for_each_who_has_not_signed(client, meeting, row):
    AttendanceFactory(meeting=meeting, signed=True)
    response = client.get(url("paper_forms", meeting))
    pages = pypdf.PdfReader(io.BytesIO(response.content)).pages
    assert len(pages) == 2
    assert row.name in pages[0].extract_text()


@pytest.mark.parametrize("name", ["paper_form", "paper_forms"])
def test_form_with_a_character_that_no_font_has_names_the_person(client, meeting, name):
    wrong = AttendanceFactory(meeting=meeting, asked=True, cadre__name="张\ue000")
    response = client.get(url(name, meeting, wrong if name == "paper_form" else None), follow=True)
    assert response.redirect_chain[-1][0] == url("unsigned", meeting)
    assert "U+E000" in response.content.decode()
    assert not LedgerEntry.objects.filter(kind=EntryKind.EXPORTED).exists()


def test_printing_is_told_to_the_ledger(client, meeting, row, secretary):
    client.get(url("paper_form", meeting, row))
    client.get(url("paper_forms", meeting))
    told = LedgerEntry.objects.filter(kind=EntryKind.EXPORTED).order_by("number")
    assert [entry.subject for entry in told] == [
        f"pledge:{row.pledge_id}",
        f"meeting:{meeting.number}",
    ]
    assert {entry.actor for entry in told} == {secretary.staff_number}
    assert told[1].private["forms"] == 2


def test_signed_pledge_has_no_form(client, meeting):
    signed = AttendanceFactory(meeting=meeting, signed=True)
    assert client.get(url("paper_form", meeting, signed)).status_code == 404


def test_closed_meeting_has_no_forms(client, unit, secretary):
    closed = MeetingFactory(unit=unit, created_by=secretary, closed=True, people=1)
    row = closed.attendances.get()
    assert client.get(url("paper_forms", closed)).status_code == 404
    assert client.get(url("paper_form", closed, row)).status_code == 404
    assert client.get(url("paper_enter", closed, row)).url == url("unsigned", closed)


# Entering ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_to_enter_reads_in_both_languages(client, meeting, row, language):
    client.cookies["django_language"] = language
    html = client.get(url("paper_enter", meeting, row)).content.decode()
    assert row.name in html
    assert 'enctype="multipart/form-data"' in html


def test_paper_is_entered_with_scan_and_witness(client, meeting, row, witness, secretary):
    response = enter(client, meeting, row, witness)
    assert response.url == url("unsigned", meeting)
    signature = Signature.objects.get(pledge=row.pledge)
    assert signature.level == Level.PAPER
    assert (signature.paper.entered_by, signature.paper.witness) == (secretary, witness)
    html = client.get(response.url).content.decode()
    assert witness.name in html
    assert secretary.name in html
    assert url("paper_scan", meeting, row) in html


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "0000 0000"),
        ("code", ""),
        ("witness", "没有这个人"),
        ("witness", ""),
        ("signed_on", "2199-01-01"),
        ("signed_on", "昨天"),
        ("scan", b"GIF89a;"),
        ("scan", None),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    client, meeting, row, witness, field, value
):
    sent = scan(value) if isinstance(value, bytes) else value if value is not None else ""
    response = enter(client, meeting, row, witness, **{field: sent})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field}
    html = response.content.decode()
    assert f'href="#id_{field}"' in html
    if field != "witness":
        assert witness.staff_number in html
    if field not in ("code", "scan"):
        assert manifest.short_code(paper_form(row.pledge)[1]) in html
    assert response.context["file_lost"] == (value is not None)
    assert not Signature.objects.exists()


def test_who_enters_is_no_witness(client, meeting, row, secretary):
    response = enter(client, meeting, row, secretary)
    assert set(response.context["form"].errors) == {"witness"}


def test_file_of_more_than_ten_megabytes_is_refused(client, meeting, row, witness):
    response = enter(client, meeting, row, witness, scan=scan(SCAN + b"\0" * 10 * 1024 * 1024))
    assert set(response.context["form"].errors) == {"scan"}


def test_pledge_signed_meanwhile_is_a_conflict(client, meeting, row, witness):
    given = manifest.short_code(paper_form(row.pledge)[1])
    sign_on_paper(row.pledge)
    response = enter(client, meeting, row, witness, code=given, scan=scan(b"%PDF-1.4 other"))
    assert response.status_code == 409


def test_signed_pledge_needs_no_entering(client, meeting):
    signed = AttendanceFactory(meeting=meeting, signed=True)
    assert client.get(url("paper_enter", meeting, signed)).url == url("unsigned", meeting)


# Looking at somebody's pledge -------------------------------------------------------------------


@pytest.mark.parametrize("role", ["secretary", "inspector"])
def test_scan_is_given_to_secretary_and_inspector_and_noted(client_of, meeting, row, role, request):
    sign_on_paper(row.pledge)
    user = request.getfixturevalue(role)
    response = client_of(user).get(url("paper_scan", meeting, row))
    assert response.content == SCAN
    assert response.headers["Content-Disposition"].startswith("attachment")
    entry = LedgerEntry.objects.get(kind=EntryKind.EXPORTED)
    assert (entry.subject, entry.actor) == (f"pledge:{row.pledge_id}", user.staff_number)


def test_pledge_not_on_paper_has_no_scan(client, meeting, row):
    assert client.get(url("paper_scan", meeting, row)).status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", ["secretary", "inspector"])
def test_history_is_shown_and_the_look_at_it_noted(
    client_of, meeting, row, role, request, language
):
    RevocationFactory(pledge=sign_on_paper(row.pledge).pledge)
    user = request.getfixturevalue(role)
    browser = client_of(user)
    browser.cookies["django_language"] = language
    html = browser.get(url("pledge_history", meeting, row)).content.decode()
    assert row.name in html
    assert user.name in html  # the look at it already stands there
    entry = LedgerEntry.objects.get(kind=EntryKind.FILE_VIEWED)
    assert (entry.subject, entry.actor) == (f"pledge:{row.pledge_id}", user.staff_number)


@pytest.mark.parametrize("name", ["paper_scan", "pledge_history"])
def test_single_pledge_is_not_for_others(name, client_of, meeting, row, speaker, outsider, cadre):
    sign_on_paper(row.pledge)
    before = LedgerEntry.objects.count()
    assert client_of(speaker).get(url(name, meeting, row)).status_code == 403
    for user in (outsider, cadre, row.cadre):
        assert client_of(user).get(url(name, meeting, row)).status_code == 404
    assert Client().get(url(name, meeting, row)).url.startswith(reverse("account_login"))
    assert LedgerEntry.objects.count() == before


@pytest.mark.parametrize("name", ["paper_form", "paper_enter", "paper_scan", "pledge_history"])
def test_pledge_of_another_meeting_is_not_found(name, client, meeting):
    elsewhere = MeetingFactory(signing=True, people=1).attendances.get()
    assert client.get(url(name, meeting, elsewhere)).status_code == 404


@pytest.mark.parametrize("name", ["paper_form", "paper_forms", "paper_enter"])
def test_paper_is_the_secretarys_alone(
    name, client_of, meeting, row, speaker, inspector, outsider, cadre
):
    address = url(name, meeting, None if name == "paper_forms" else row)
    for user in (speaker, inspector):
        assert client_of(user).get(address).status_code == 403
    for user in (outsider, cadre):
        assert client_of(user).get(address).status_code == 404
    assert Client().get(address).url.startswith(reverse("account_login"))


@pytest.mark.parametrize(
    "name", ["paper_form", "paper_forms", "paper_enter", "paper_scan", "pledge_history"]
)
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_page_refuses_other_methods(name, method, client, meeting, row):
    if (name, method) == ("paper_enter", "post"):
        return
    address = url(name, meeting, None if name == "paper_forms" else row)
    assert getattr(client, method)(address).status_code == 405


# Disowned signatures on the meeting's pages -----------------------------------------------------


def test_disowned_signature_is_marked_and_not_counted(client, meeting):
    signed = AttendanceFactory(meeting=meeting, signed=True)
    disowned = AttendanceFactory(meeting=meeting, signed=True)
    RevocationFactory(pledge=disowned.pledge)
    assert set(meeting.attendances.signed()) == {signed}
    assert set(meeting.attendances.disowned()) == {disowned}
    listed = client.get(url("unsigned", meeting))
    assert listed.context["disowned"] == 1
    assert "state-disowned" in listed.content.decode()
    detail = client.get(reverse("meetings:meeting_detail", args=[meeting.pk]))
    assert detail.context["counts"].signed == 1
    assert "state-disowned" in detail.content.decode()
    cards = client.get(reverse("meetings:meeting_list"))
    assert [card.signed_count for card in cards.context["page"]] == [1]


def test_everyone_signed_but_disowned_does_not_hold_up_the_next_step(client, unit, secretary):
    meeting = MeetingFactory(unit=unit, created_by=secretary, signing=True)
    row = AttendanceFactory(meeting=meeting, signed=True)
    RevocationFactory(pledge=row.pledge)
    detail = client.get(reverse("meetings:meeting_detail", args=[meeting.pk]))
    assert detail.context["next_step"]["name"] == "meeting_close"
