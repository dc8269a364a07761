"""What is read out of a paper is what another reader of PDF finds there."""

import pytest

from meetings.papers.drawn import drawn_pages, families_of, picture

from .conftest import open_pdf


@pytest.fixture(scope="module")
def page(pledge_pdf):
    (page,) = drawn_pages(pledge_pdf)
    return page


def test_glyphs_stand_where_another_reader_finds_them(page, pledge_pdf):
    with open_pdf(pledge_pdf) as document:
        chars = document.pages[0].chars
    assert [glyph.text for glyph in page] == [char["text"] for char in chars]
    for glyph, char in zip(page, chars, strict=True):
        assert glyph.x == pytest.approx(char["x0"], abs=0.05)
        assert glyph.y == pytest.approx(char["matrix"][5], abs=0.05)
        assert glyph.size == pytest.approx(char["size"], abs=0.05)
        assert glyph.font.family.replace(" ", "-") == char["fontname"].partition("+")[2]


def test_families_have_their_characters_once_each(page):
    families = families_of(page)
    assert set("廉政承诺书") <= set(families["Liantan Title"])
    for texts in families.values():
        assert len(texts) == len(set(texts))


def test_picture_places_every_glyph_and_draws_each_outline_once(page):
    drawn = picture(page)
    assert drawn.count("<use ") == len(page)
    assert drawn.count("<path ") == len({(glyph.font.family, glyph.glyph) for glyph in page})
    assert "<style" not in drawn
    assert "style=" not in drawn
