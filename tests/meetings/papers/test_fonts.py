"""The fonts: every standard character in every role, one height, unpacked once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from fontTools.ttLib import TTFont

from meetings.papers import fonts
from meetings.papers.fonts import CHAINS, SOURCES, ensure_fonts, prepared_fonts, site_fonts

NAME_CHARACTERS = "䶮堃喆玥镕昇珺翀犇骉𬸦𬍛赟燊㛃頔龑彣"


@pytest.fixture(scope="module")
def by_family():
    folder = prepared_fonts().fontconfig_file.parent
    with ExitStack() as stack:
        opened = [stack.enter_context(TTFont(file)) for file in sorted(folder.glob("*.ttf"))]
        yield {font["name"].getDebugName(1): font for font in opened}


@pytest.fixture(scope="module")
def table():
    lines = (SOURCES / "tongyong-guifan-hanzi.txt").read_text(encoding="utf-8").splitlines()
    return "".join(line for line in lines if not line.startswith("#"))


def held(by_family, role):
    return set().union(*(by_family[family].getBestCmap() for family in CHAINS[role]))


def test_table_has_8105_characters(table):
    assert len(table) == len(set(table)) == 8105
    assert table[:3] == "一乙二"


@pytest.mark.parametrize("role", CHAINS)
def test_role_has_every_standard_character(by_family, table, role):
    assert not set(map(ord, table)) - held(by_family, role)


@pytest.mark.parametrize("role", CHAINS)
def test_role_has_characters_of_names_beyond_the_table(by_family, role):
    assert not set(map(ord, NAME_CHARACTERS)) - held(by_family, role)


@pytest.mark.parametrize("role", CHAINS)
def test_role_has_punctuation_letters_and_figures(by_family, role):
    wanted = "，。、；：！？“”‘’（）《》〔〕【】—…·①⑩℃%+-=/@#&*℃№ⅠABCxyz0189"
    assert not set(map(ord, wanted)) - held(by_family, role)


def test_fonts_are_of_one_height(by_family):
    """A character of another font of the chain must not make its line taller."""
    heights = {
        (font["hhea"].ascent, font["hhea"].descent, font["hhea"].lineGap)
        for font in by_family.values()
    }
    assert heights == {(880, -120, 0)}


def test_fonts_stand_level(by_family):
    """A character of another font of the chain must not stand higher or lower than the rest."""
    centres = {}
    for family, font in by_family.items():
        cmap, glyphs = font.getBestCmap(), font["glyf"]
        codes = [code for code in cmap if 0x4E00 <= code < 0xA000][::60]
        boxes = [glyphs[cmap[code]] for code in codes]
        centres[family] = sum((box.yMin + box.yMax) / 2 for box in boxes) / len(boxes)
    assert max(centres.values()) - min(centres.values()) < 20


def test_fonts_are_truetype_without_hints(by_family):
    for font in by_family.values():
        assert "glyf" in font
        assert not {"fpgm", "prep", "cvt "} & set(font.keys())


@pytest.fixture
def one_source(tmp_path, monkeypatch):
    """A source folder with the smallest font alone, to unpack quickly."""
    sources = tmp_path / "sources"
    sources.mkdir()
    smallest = min(SOURCES.glob("*.woff2"), key=lambda file: file.stat().st_size)
    (sources / smallest.name).write_bytes(smallest.read_bytes())
    monkeypatch.setattr(fonts, "SOURCES", sources)
    return tmp_path / "unpacked"


def test_fonts_are_unpacked_once_by_many_at_the_same_time(one_source):
    with ThreadPoolExecutor(4) as pool:
        prepared = list(pool.map(lambda _: ensure_fonts(one_source), range(4)))
    assert len({each.fontconfig_file for each in prepared}) == 1
    assert len(list(one_source.iterdir())) == 1
    written = next(one_source.glob("*/*.ttf"))
    before = written.stat().st_mtime_ns
    ensure_fonts(one_source)
    assert written.stat().st_mtime_ns == before


def test_fontconfig_file_names_no_other_folder(one_source):
    prepared = ensure_fonts(one_source)
    text = prepared.fontconfig_file.read_text(encoding="utf-8")
    assert text.count("<dir>") == 1
    assert f"<dir>{prepared.fontconfig_file.parent}</dir>" in text
    assert "<include" not in text


def test_site_font_comes_first_in_its_role(one_source):
    ours = ensure_fonts(one_source)
    font = next(ours.fontconfig_file.parent.glob("*.ttf"))
    with TTFont(font) as opened:
        family = opened["name"].getDebugName(1)
    site = ensure_fonts(one_source, {"fang": font})
    assert site.fontconfig_file != ours.fontconfig_file
    line = next(
        line
        for line in site.fontconfig_file.read_text(encoding="utf-8").splitlines()
        if "Paper fang" in line
    )
    assert line.index(family) < line.index("Liantan Fang")


def test_site_font_that_is_no_font_is_refused(one_source, tmp_path):
    wrong = tmp_path / "wrong.ttf"
    wrong.write_text("no font")
    with pytest.raises(ImproperlyConfigured, match="not a usable font"):
        ensure_fonts(one_source, {"fang": wrong})


def test_site_font_of_an_unknown_role_is_refused(settings, tmp_path):
    settings.PAPER_SITE_FONTS = {"caoshu": tmp_path}
    with pytest.raises(ImproperlyConfigured, match="caoshu"):
        site_fonts()


def test_site_font_that_is_not_there_is_refused(settings):
    settings.PAPER_SITE_FONTS = {"fang": Path("/nowhere/fang.ttf")}
    with pytest.raises(ImproperlyConfigured, match="no file"):
        site_fonts()
