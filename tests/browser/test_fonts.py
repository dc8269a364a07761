"""The page of the papers' fonts, whole and with a font that cannot be used."""

import pytest
from playwright.sync_api import expect

from meetings.models import Role
from meetings.papers.fonts import CHAINS, prepared_fonts
from tests.factories import RoleAssignmentFactory, UnitFactory


@pytest.fixture
def secretary(db):
    return RoleAssignmentFactory(role=Role.SECRETARY, cadre__unit=UnitFactory()).cadre


def test_fonts_are_shown_with_a_specimen_of_each(page, log_in, check, secretary):
    log_in(page, secretary)
    page.goto("/papers/fonts/")
    pictures = page.locator(".specimen img")
    expect(pictures).to_have_count(len(CHAINS))
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.naturalWidth") > 0
    check(page, "fonts")


def test_font_that_cannot_be_used_is_told(page, log_in, check, secretary, settings):
    settings.PAPER_SITE_FONTS = {"fang": "/srv/fonts/gone.ttf"}
    prepared_fonts.cache_clear()
    log_in(page, secretary)
    page.goto("/papers/fonts/")
    expect(page.locator(".note-error")).to_contain_text("/srv/fonts/gone.ttf")
    check(page, "unusable")
    prepared_fonts.cache_clear()
