"""The page that shows what the papers are really set in, and its specimen."""

import io
from dataclasses import replace

import pypdf
import pytest
from django.test import Client
from django.urls import reverse

from meetings.papers.fonts import CHAINS, prepared_fonts
from meetings.papers.specimen import current_specimen
from tests.factories import CadreFactory, MeetingFactory

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
PAGE = reverse("meetings:paper_fonts")
PDF = reverse("meetings:fonts_pdf")
PICTURES = [reverse("meetings:fonts_picture", args=[role]) for role in CHAINS]


@pytest.fixture
def client(client_of, secretary):
    return client_of(secretary)


@pytest.fixture
def administrator(unit):
    return CadreFactory(unit=unit, is_staff=True, is_superuser=True)


@pytest.fixture
def unusable(settings):
    """An office whose licensed font was taken away."""
    settings.PAPER_SITE_FONTS = {"fang": "/srv/fonts/gone.ttf"}
    prepared_fonts.cache_clear()
    yield
    prepared_fonts.cache_clear()


def test_page_shows_each_role_with_its_fonts_and_what_they_supply(client):
    page = client.get(PAGE).content.decode()
    for role, address in zip(current_specimen().roles, PICTURES, strict=True):
        assert role.label in page
        assert f'src="{address}"' in page
        for font in role.chain:
            assert font.file in page
            assert f">{font.supplies}</td>" in page
    assert "䶮" in page


def test_page_counts_the_standard_characters(client):
    client.post(reverse("meetings:set_language"), {"language": "en"})
    assert client.get(PAGE).content.decode().count("all 8105 are there") == len(CHAINS)


def test_specimen_is_a_pdf_to_open_or_to_keep(client):
    opened, kept = client.get(PDF), client.get(f"{PDF}?download")
    assert len(pypdf.PdfReader(io.BytesIO(opened.content)).pages) == len(CHAINS)
    assert kept.content == opened.content
    assert opened.headers["Content-Disposition"].startswith("inline")
    assert kept.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("address", PICTURES)
def test_specimen_is_a_drawing_in_the_page(client, address):
    response = client.get(address)
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert response.content.startswith(b"<svg ")


def test_unknown_role_has_no_drawing(client):
    assert client.get(reverse("meetings:fonts_picture", args=["caoshu"])).status_code == 404


def test_unusable_font_is_told_in_words(client, unusable):
    response = client.get(PAGE)
    assert response.status_code == 200
    assert "/srv/fonts/gone.ttf" in response.content.decode()
    assert client.get(PDF).headers["Location"] == PAGE
    assert client.get(PICTURES[0]).status_code == 404


def test_paper_says_that_a_font_is_unusable(client, secretary, unusable):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, announced=True)
    address = reverse("meetings:paper", args=[meeting.pk, "outline", "pdf"])
    assert "/srv/fonts/gone.ttf" in client.get(address, follow=True).content.decode()


def test_font_that_is_configured_but_not_used_is_told(client, monkeypatch):
    specimen = current_specimen()
    first = specimen.roles[0]
    unused = replace(first.chain[0], family="Office Fang", licensed=True, drawn="")
    role = replace(first, chain=(unused, *first.chain), strange=("Other Fang",))
    changed = replace(specimen, roles=(role, *specimen.roles[1:]))
    monkeypatch.setattr("meetings.views.fonts.current_specimen", lambda: changed)
    page = client.get(PAGE).content.decode()
    assert "“Office Fang”" in page
    assert "“Other Fang”" in page


@pytest.mark.parametrize("address", [PAGE, PDF, PICTURES[0]])
def test_fonts_are_for_secretaries_and_administrators(
    client_of, cadre, inspector, administrator, address
):
    assert client_of(administrator).get(address).status_code == 200
    for other in (cadre, inspector):
        assert client_of(other).get(address).status_code == 403
    assert "/login/" in Client().get(address).headers["Location"]
    assert client_of(administrator).post(address).status_code == 405


def test_page_is_found_from_the_menu_and_from_a_meetings_papers(
    client, client_of, secretary, cadre
):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, announced=True)
    papers = client.get(reverse("meetings:papers", args=[meeting.pk])).content.decode()
    assert papers.count(f'href="{PAGE}"') == 2
    assert PAGE not in client_of(cadre).get(reverse("meetings:me")).content.decode()
