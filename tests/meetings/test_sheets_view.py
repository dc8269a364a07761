"""Taking the roster, the slips and the statistics along as files."""

import io
import re

import openpyxl
import pypdf
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from meetings.models import ActivationCode
from meetings.roster.activation import activate
from meetings.views import sheets
from pledges.models import EntryKind, LedgerEntry
from tests.factories import AttendanceFactory, CadreFactory, MeetingFactory, UnitFactory

pytestmark = pytest.mark.django_db
EXPORTS = ("roster_pdf", "roster_xlsx", "statistics_pdf", "statistics_xlsx")


def url(name):
    return reverse(f"meetings:{name}")


@pytest.fixture
def client(client_of, secretary):
    return client_of(secretary)


@pytest.fixture
def closed(secretary):
    meeting = MeetingFactory(closed=True, unit=secretary.unit, created_by=secretary)
    AttendanceFactory(meeting=meeting, signed=True)
    AttendanceFactory(meeting=meeting, on_leave=True)
    return meeting


def text_of(response):
    pages = pypdf.PdfReader(io.BytesIO(response.content)).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


def exports():
    return LedgerEntry.objects.filter(kind=EntryKind.EXPORTED)


@pytest.mark.parametrize("name", EXPORTS)
def test_export_is_a_file_that_is_not_kept_and_is_noted(client, closed, secretary, name):
    response = client.get(url(name))
    assert response.status_code == 200
    start = b"%PDF" if name.endswith("pdf") else b"PK"
    assert response.content.startswith(start)
    assert response["Cache-Control"] == "private, no-store"
    (entry,) = exports()
    assert (entry.actor, entry.subject) == (secretary.staff_number, name.replace("_", "."))


@pytest.mark.parametrize("name", [*EXPORTS, "statistics"])
def test_export_sends_a_stranger_to_the_log_in_page(name):
    response = Client().get(url(name))
    assert response.status_code == 302
    assert "/login/" in response["Location"]


@pytest.mark.parametrize("name", [*EXPORTS, "statistics"])
def test_export_is_refused_to_a_cadre_without_a_role(client_of, cadre, name):
    assert client_of(cadre).get(url(name)).status_code == 403


@pytest.mark.parametrize("name", [*EXPORTS, "statistics"])
def test_export_by_another_method_is_refused(client, name):
    assert client.post(url(name)).status_code == 405


def test_roster_is_that_of_the_secretarys_units(client, secretary, outsider):
    CadreFactory(unit=secretary.unit, name="林𬸦", phone="13912345678")
    text = text_of(client.get(url("roster_pdf")))
    assert "林𬸦" in text
    assert "139****5678" in text
    assert "13912345678" not in text
    assert outsider.name not in text
    assert f"{secretary.unit.name}干部花名册" in text


def test_roster_is_what_the_search_shows(client, secretary):
    CadreFactory(unit=secretary.unit, name="找得着")
    CadreFactory(unit=secretary.unit, name="不相干")
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(url("roster_xlsx"), {"q": "找得着"}).content)
    )
    names = [book.active.cell(row, 3).value for row in range(4, book.active.max_row + 1)]
    assert names == ["找得着"]
    assert "查询“找得着”" in book.active["A2"].value


def test_roster_too_long_for_a_pdf_says_what_to_do(client, secretary, monkeypatch):
    monkeypatch.setattr(sheets, "MOST_PEOPLE", 1)
    CadreFactory(unit=secretary.unit)
    response = client.get(url("roster_pdf"), {"q": ""}, follow=True)
    assert response.redirect_chain == [(url("roster") + "?q=", 302)]
    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    assert not exports().exists()


def test_roster_that_no_font_can_print_names_the_character(client, secretary):
    CadreFactory(unit=secretary.unit, name="张\ue000")
    response = client.get(url("roster_pdf"), follow=True)
    assert "U+E000" in response.content.decode()
    assert not exports().exists()


def test_roster_page_leads_to_its_files_with_the_same_search(client, secretary):
    html = client.get(url("roster"), {"q": secretary.name}).content.decode()
    for name in ("roster_pdf", "roster_xlsx"):
        assert f"{url(name)}?q=" in html


def test_slips_open_the_accounts_they_are_for(client, secretary):
    waiting = CadreFactory(unit=secretary.unit, activated_at=None)
    response = client.post(url("slips_pdf"))
    text = text_of(response)
    (code,) = re.findall(r"激活码([0-9A-Z-]{14})", text)
    assert f"工号{waiting.staff_number}" in text
    activated = activate(staff_number=waiting.staff_number, code=code, password="Liantan-2026-x")
    assert activated.pk == waiting.pk


def test_slips_are_attached_and_kept_nowhere(client, secretary):
    CadreFactory(unit=secretary.unit, activated_at=None)
    response = client.post(url("slips_pdf"))
    assert response["Content-Disposition"].startswith("attachment")
    assert "no-store" in response["Cache-Control"]
    (code,) = re.findall(r"激活码([0-9A-Z-]{14})", text_of(response))
    kept = ActivationCode.objects.get().code_hash
    assert code not in kept
    (entry,) = exports()
    assert code not in str(entry.private) + bytes(entry.payload).decode()


def test_slips_are_not_given_out_by_a_get(client, secretary):
    CadreFactory(unit=secretary.unit, activated_at=None)
    assert client.get(url("slips_pdf")).status_code == 405
    assert not ActivationCode.objects.exists()


def test_slips_for_another_office_are_not_given_out(client, outsider):
    CadreFactory(unit=outsider.unit, activated_at=None)
    assert client.post(url("slips_pdf")).status_code == 302
    assert not ActivationCode.objects.exists()


def test_slips_are_refused_to_a_cadre(client_of, cadre):
    assert client_of(cadre).post(url("slips_pdf")).status_code == 403


def test_slip_that_cannot_be_printed_leaves_the_old_ones_valid(client, secretary):
    CadreFactory(unit=secretary.unit, activated_at=None, name="张\ue000")
    response = client.post(url("slips_pdf"), follow=True)
    assert "U+E000" in response.content.decode()
    assert not ActivationCode.objects.exists()


def test_too_many_slips_leave_everyone_as_they_are(client, secretary, monkeypatch):
    monkeypatch.setattr(sheets, "MOST_SLIPS", 1)
    CadreFactory.create_batch(2, unit=secretary.unit, activated_at=None)
    assert client.post(url("slips_pdf")).status_code == 302
    assert not ActivationCode.objects.exists()


def test_statistics_show_the_year_of_the_newest_talk(client, closed):
    response = client.get(url("statistics"))
    ((_kind, attendance, pledges),) = response.context["kinds"]
    assert attendance == ["1", "2", "1", "1", "0", "50.0%", "2", "1", "50.0%"]
    assert pledges == ["1", "1", "0", "1", "0", "0", "0"]
    assert response.context["facts"].period == "2026年"


def test_statistics_show_the_tables_of_the_paper(client, closed):
    response = client.get(url("statistics"), headers={"accept-language": "en"})
    tables = {heading: groups for heading, _by, groups in response.context["breakdowns"]}
    assert len(tables) == 4
    for ((_kind, whole, lines),) in tables.values():
        assert whole[0] == "1"
        assert lines
    assert response.content.decode().count('role="region"') == 4


def test_statistics_count_only_closed_talks_within_reach(client, closed, outsider):
    MeetingFactory(signing=True, unit=closed.unit, people=2)
    MeetingFactory(closed=True, unit=outsider.unit, people=2)
    ((_kind, attendance, _pledges),) = client.get(url("statistics")).context["kinds"]
    assert attendance[0] == "1"


def test_statistics_of_a_unit_leave_the_others_out(client, closed):
    below = UnitFactory(parent=closed.unit, name="执法大队")
    MeetingFactory(closed=True, unit=below, created_by=closed.created_by)
    response = client.get(url("statistics"), {"year": 2026, "unit": below.pk})
    ((_kind, attendance, _pledges),) = response.context["kinds"]
    assert attendance[:2] == ["1", "0"]
    assert "执法大队集体廉政谈话统计表" in text_of(
        client.get(url("statistics_pdf"), {"year": 2026, "unit": below.pk})
    )


def test_statistics_without_any_talk_say_so(client):
    response = client.get(url("statistics"))
    assert response.context["kinds"] == []
    assert "statistics.pdf" not in response.content.decode()


def test_statistics_are_open_to_an_inspector(client_of, inspector, closed):
    assert client_of(inspector).get(url("statistics_pdf")).status_code == 200


def test_menu_leads_to_the_statistics_those_who_hold_a_role(client_of, client, cadre):
    assert url("statistics") in client.get(url("me")).content.decode()
    assert url("statistics") not in client_of(cadre).get(url("me")).content.decode()


def test_statistics_page_takes_the_same_queries_for_any_number(client, secretary):
    counts = []
    for meetings in (3, 30):
        for _number in range(meetings):
            MeetingFactory(closed=True, unit=secretary.unit, created_by=secretary, people=1)
        client.get(url("statistics"))
        with CaptureQueriesContext(connection) as queries:
            client.get(url("statistics"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_roster_file_takes_the_same_queries_for_any_number(client, secretary):
    """Apart from the ledger's own, which stores now one node of its tree, now several."""
    client.get(url("roster_xlsx"))
    counts = []
    for people in (3, 30):
        CadreFactory.create_batch(people, unit=secretary.unit)
        with CaptureQueriesContext(connection) as queries:
            client.get(url("roster_xlsx"))
        counts.append(sum("pledges_ledger" not in query["sql"] for query in queries))
    assert counts[0] == counts[1]
