"""The specimen: every standard character prints in every role, and what is said was embedded."""

import json
import re
from collections import Counter
from contextlib import ExitStack
from itertools import pairwise

import page as referee
import pytest
from fontTools.ttLib import TTFont

from meetings.papers.drawn import drawn_pages
from meetings.papers.exceptions import MissingGlyphs
from meetings.papers.fonts import CHAINS, ChainFont, prepared_fonts, standard_characters
from meetings.papers.specimen import (
    ROLES,
    SpecimenFacts,
    SpecimenSection,
    current_specimen,
    render_specimen,
    role_fonts,
)

from .conftest import complaints_of_qpdf, run_elsewhere
from .site_font import BARS_EMBEDDING, make_font

SIZE = 16  # pt, of the specimen's text


@pytest.fixture(scope="module")
def printed():
    """By role: every glyph of a paper with all standard characters, as the PDF has them."""
    table = standard_characters()
    sections = tuple(SpecimenSection(role, *ROLES[role], text=(table,)) for role in CHAINS)
    found: dict[str, list] = {}
    role = None
    for page in drawn_pages(render_specimen(SpecimenFacts(sections))):
        title = "".join(glyph.text for glyph in page if glyph.size > SIZE + 1)
        role = next((key for key, (label, _use) in ROLES.items() if title == f"{label}字样"), role)
        found.setdefault(role, []).extend(page)
    return found


@pytest.fixture(scope="module")
def sources():
    """Each family's own font, whole."""
    with ExitStack() as stack:
        yield {
            font.family: stack.enter_context(TTFont(prepared_fonts().folder / font.file, lazy=True))
            for chain in prepared_fonts().chains.values()
            for font in chain
        }


@pytest.mark.parametrize("role", CHAINS)
def test_pdf_gives_every_standard_character_back(printed, role):
    text = "".join(glyph.text for glyph in printed[role])
    assert text.endswith(standard_characters())


@pytest.mark.parametrize("role", CHAINS)
def test_every_standard_character_is_drawn_by_its_own_glyph(printed, sources, role):
    """Not .notdef, not another's, not an empty one: the glyph of the font it comes from."""
    maps = {family: font.getBestCmap() for family, font in sources.items()}
    for glyph in printed[role]:
        source = sources[glyph.font.family]
        assert glyph.glyph == source.getGlyphID(maps[glyph.font.family][ord(glyph.text)]) != 0
        places = glyph.font.opened["loca"]
        assert glyph.text == " " or places[glyph.glyph + 1] > places[glyph.glyph]


@pytest.mark.parametrize("role", CHAINS)
def test_each_font_of_a_role_supplies_what_the_page_says(printed, role):
    standard = set(standard_characters())
    drawn: dict[str, set[str]] = {}
    for glyph in printed[role]:
        drawn.setdefault(glyph.font.family, set()).update(standard & {glyph.text})
    told = next(fonts for fonts in current_specimen().roles if fonts.role == role)
    assert {font.family: font.supplies for font in told.chain if font.supplies} == {
        family: len(characters) for family, characters in drawn.items() if characters
    }
    assert sum(font.supplies for font in told.chain) == len(standard) == 8105
    assert not told.missing


@pytest.mark.parametrize("profile", ["pdfa-3a", "pdfua-1"])
def test_specimen_passes_the_referee(profile):
    report = referee.validate_pdf_bytes(current_specimen().pdf, profile=profile)
    assert [(failure.rule_id, failure.message) for failure in report.failures] == []


def test_specimen_is_sound_and_has_a_page_a_role(tmp_path):
    specimen = current_specimen()
    assert complaints_of_qpdf(specimen.pdf, tmp_path) == ""
    assert len(drawn_pages(specimen.pdf)) == len(specimen.pictures) == len(CHAINS)


@pytest.mark.parametrize("role", CHAINS)
def test_specimen_names_the_characters_of_other_fonts(role):
    fonts = next(fonts for fonts in current_specimen().roles if fonts.role == role)
    page = drawn_pages(current_specimen().pdf)[list(CHAINS).index(role)]
    text = "".join("".join(glyph.text for glyph in page).split())
    assert fonts.main == CHAINS[role][0]
    assert not fonts.strange
    for font in fonts.chain[1:]:
        if font.drawn:
            named = re.search(f"由{font.family.replace(' ', '')}补足：(.*?)(?=由|$)", text)
            assert set(font.drawn) == set(named.group(1))
    assert "喆" in fonts.chain[1].drawn or role == "title"


def test_font_that_was_configured_but_not_embedded_is_told(tmp_path):
    make_font(tmp_path / "site-song.ttf", "Office Song", "廉政", embedding=BARS_EMBEDDING)
    chain = (ChainFont("Office Song", "site-song.ttf", "office.ttf"),)
    fonts = role_fonts("song", tmp_path, chain, {"Liantan Song": "廉政"})
    (unused,) = fonts.unused
    assert (unused.family, unused.file, unused.version) == (
        "Office Song", "office.ttf", "Version 7.25"
    )  # fmt: skip
    assert not unused.embeddable
    assert fonts.strange == ("Liantan Song",)
    assert len(fonts.missing) == 8105 - 2


SITE = """
import json
import django
django.setup()
from django.test import RequestFactory
from meetings.models import Cadre
from meetings.papers.drawn import drawn_pages, families_of
from meetings.papers import specimen
from meetings.views.fonts import paper_fonts
request = RequestFactory().get("/papers/fonts/")
request.user = Cadre(name="管理员", is_staff=True, is_superuser=True)
request.user.roles = frozenset({"speaker"})  # as from the database
section = specimen.SpecimenSection("fang", "", "", ("国政" * 200 + "\ue815",))
grid = drawn_pages(specimen.render_specimen(specimen.SpecimenFacts((section,))))
print(json.dumps({
    "page": paper_fonts(request).content.decode(),
    "drawn": [families_of(page) for page in drawn_pages(specimen.current_specimen().pdf)],
    "baselines": sorted({round(glyph.y, 2) for glyph in grid[0]}, reverse=True),
    "grid": families_of(grid[0]),
}))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """What an office sees that has a font of its own for 仿宋, and one for a character of its own;
    another process, since Fontconfig reads its fonts once."""
    folder = tmp_path_factory.mktemp("site")
    fang = make_font(folder / "OfficeFang.ttf", "Office Fang", "领导干部廉政")
    rare = make_font(folder / "OfficeRare.ttf", "Office Rare", "\ue815国")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAPER_SITE_FONTS", f"fang={fang},rare={rare}")
        patch.setenv("PAPER_FONT_DIR", str(folder / "fonts"))
        yield json.loads(run_elsewhere(SITE))


def test_site_font_is_embedded_in_its_role_alone(site):
    fang, *others = site["drawn"]
    assert fang["Office Fang"] == "领导干部"
    assert not any("Office Fang" in page for page in others)


def test_site_font_stands_on_the_page_with_file_family_and_version(site):
    text = " ".join(re.sub("<[^>]*>", " ", site["page"]).split())
    assert re.search(r" 1 Office Fang OfficeFang\.ttf .{2,30} Version 7\.25 6 导干部领 ", text)


def test_site_font_for_what_is_left_gives_that_character_and_no_other(site):
    assert site["grid"]["Office Rare"] == "\ue815"


def test_site_font_of_other_height_keeps_the_grid(site):
    """22 lines a page though the site's font is taller than ours (GB/T 9704-2012, 5.2.3)."""
    lines = site["baselines"][2:]
    gaps = Counter(round(above - below, 1) for above, below in pairwise(lines))
    assert set(gaps) <= {29.6}


def test_character_that_only_a_site_could_have_is_refused_without_it():
    facts = SpecimenFacts((SpecimenSection("fang", "仿宋", "正文", ("\ue815",)),))
    with pytest.raises(MissingGlyphs):
        render_specimen(facts)
