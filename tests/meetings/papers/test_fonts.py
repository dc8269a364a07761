"""The fonts: every standard character in every role, one height, unpacked once."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from django.core.management import CommandError, call_command
from fontTools.ttLib import TTFont

from meetings.checks import check_site_fonts
from meetings.papers import fonts
from meetings.papers.exceptions import SiteFontUnusable
from meetings.papers.fonts import (
    CHAINS,
    SOURCES,
    ensure_fonts,
    prepared_fonts,
    site_fonts,
    standard_characters,
)

from .site_font import make_font

NAME_CHARACTERS = "䶮堃喆玥镕昇珺翀犇骉𬸦𬍛赟燊㛃頔龑彣"


@pytest.fixture(scope="module")
def by_family():
    folder = prepared_fonts().folder
    with ExitStack() as stack:
        opened = [stack.enter_context(TTFont(file)) for file in sorted(folder.glob("*.ttf"))]
        yield {font["name"].getDebugName(1): font for font in opened}


@pytest.fixture(scope="module")
def table():
    return standard_characters()


def held(by_family, role):
    return set().union(*(by_family[family].getBestCmap() for family in CHAINS[role]))


def test_files_are_those_that_the_script_made():
    """Every clone has the same fonts: script/build_fonts wrote the list with them."""
    lines = (SOURCES / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = {name: digest for digest, name in (line.split() for line in lines)}
    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in SOURCES.iterdir()
        if file.name != "SHA256SUMS"
    }
    assert found == listed
    assert {f"{family.replace(' ', '')}.woff2" for c in CHAINS.values() for family in c} < set(
        found
    )


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


def test_printable_is_what_every_role_has(by_family):
    """A name may stand in any of them: what one role lacks would come out as a box there."""
    assert prepared_fonts().characters == set.intersection(
        *(held(by_family, role) for role in CHAINS)
    )


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


def families(prepared, role):
    return [font.family for font in prepared.chains[role]]


@pytest.fixture
def site_font(tmp_path, settings):
    settings.PAPER_SITE_FONTS = {
        "fang": make_font(tmp_path / "Office Song.TTF", "Office Song", "廉政\ue815")
    }
    return site_fonts()["fang"]


def test_site_font_comes_first_in_its_role_and_nowhere_else(one_source, site_font):
    ours = ensure_fonts(one_source)
    site = ensure_fonts(one_source, {"fang": site_font})
    assert site.folder != ours.folder
    assert families(site, "fang") == ["Office Song", *CHAINS["fang"]]
    assert families(site, "kai") == list(CHAINS["kai"])
    (line,) = (
        line
        for line in site.fontconfig_file.read_text(encoding="utf-8").splitlines()
        if "Paper fang" in line
    )
    assert line.index("Office Song") < line.index("Liantan Fang")
    first = site.chains["fang"][0]
    assert first.site_name == "Office Song.TTF"
    assert (site.folder / first.file).read_bytes() == site_font.path.read_bytes()


def test_site_font_of_one_role_makes_no_character_printable(one_source, site_font):
    assert 0xE815 not in ensure_fonts(one_source, {"fang": site_font}).characters


def test_site_font_for_what_is_left_ends_every_role(one_source, site_font):
    site = ensure_fonts(one_source, {"rare": site_font})
    assert all(families(site, role) == [*CHAINS[role], "Office Song"] for role in CHAINS)
    assert 0xE815 in site.characters


def damaged(path, change):
    font = make_font(path, "Office Song", "廉政")
    font.write_bytes(change(font.read_bytes()))
    return font


def without(path, table):
    font = make_font(path, "Office Song", "廉政")
    with TTFont(font) as opened:
        del opened[table]
        opened.save(font)
    return font


def as_web_font(path):
    font = make_font(path, "Office Song", "廉政")
    with TTFont(font) as opened:
        opened.flavor = "woff2"
        opened.save(font)
    return font


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path, "不存在|not there"),
        (lambda path: damaged(path, lambda data: b"no font"), "损坏|damaged"),
        (lambda path: damaged(path, lambda data: b""), "损坏|damaged"),
        (lambda path: damaged(path, lambda data: data[:-100]), "损坏|damaged"),
        (lambda path: damaged(path, lambda data: data[:40]), "损坏|damaged"),
        (lambda path: without(path, "name"), "损坏|damaged"),
        (lambda path: without(path, "cmap"), "损坏|damaged"),
        (as_web_font, "WOFF"),
        (lambda path: path.parent, "损坏|damaged"),
    ],
)
def test_site_font_that_cannot_be_used_is_refused_in_words(make, why, tmp_path, settings):
    path = make(tmp_path / "office.ttf")
    settings.PAPER_SITE_FONTS = {"fang": str(path)}
    with pytest.raises(SiteFontUnusable, match=why) as caught:
        site_fonts()
    (problem,) = caught.value.problems
    assert problem.entry == f"fang={path}"


def test_system_check_and_preparing_say_what_cannot_be_used(settings):
    settings.PAPER_SITE_FONTS = {"fang": "/nowhere/fang.ttf"}
    (error,) = check_site_fonts(None)
    assert (error.id, "/nowhere/fang.ttf" in error.msg) == ("meetings.E005", True)
    prepared_fonts.cache_clear()
    with pytest.raises(CommandError, match=r"/nowhere/fang\.ttf"):
        call_command("prepare_fonts")


def test_site_fonts_that_can_be_used_pass_the_system_check(settings, tmp_path):
    settings.PAPER_SITE_FONTS = {"rare": make_font(tmp_path / "a.ttf", "Office Song", "廉政")}
    assert check_site_fonts(None) == []


def test_every_site_font_that_cannot_be_used_is_named_at_once(settings, tmp_path):
    good = make_font(tmp_path / "good.ttf", "Office Song", "廉政")
    settings.PAPER_SITE_FONTS = {"caoshu": good, "fang": "/nowhere/fang.ttf", "kai": str(good)}
    with pytest.raises(SiteFontUnusable) as caught:
        site_fonts()
    caoshu, fang = caught.value.problems
    assert caoshu.entry.startswith("caoshu=")
    assert "title" in caoshu.reason
    assert fang.entry == "fang=/nowhere/fang.ttf"
