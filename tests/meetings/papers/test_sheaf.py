"""Pledges by the hundred: the same bytes as one by one, and one sound file of them all."""

import io
from dataclasses import replace

import page
import pikepdf
import pypdf
import pytest
from weasyprint import draw

from meetings.papers.exceptions import MissingGlyphs
from meetings.papers.facts import Key, Person
from meetings.papers.merging import join_sheaves
from meetings.papers.pledge import render_pledge
from meetings.papers.render import typesetter
from meetings.papers.sheaf import render_one, render_sheaf
from meetings.papers.typesetting import Typesetter

from . import samples
from .conftest import text_of

LONG = "我承诺管好分管领域的每一项权力。" * 12


def pledges(number: int) -> list:
    """Pledges of one meeting as they differ: names, signatures, own words short and long."""
    base = samples.pledge_facts("")
    return [
        replace(
            base,
            signer=Person(name, base.signer.unit, base.signer.post if at % 3 else None),
            signature=samples.signature(at, typed=name if at % 4 == 0 else None),
            personal_commitment=["", "不收礼。", LONG][at % 3],
            verify_url=f"https://liantan.example.cn/verify/{at:08}",
            keys=(Key("0123 4567 89AB CDEF", samples.HELD, None),) if at % 2 else (),
        )
        for at, name in enumerate(samples.RARE_NAMES[:number])
    ]


@pytest.fixture(scope="module")
def facts():
    return pledges(5)


def bind(folder, facts, held: int):
    """The pledges in sheaves of `held`, joined."""
    paths = []
    for first in range(0, len(facts), held):
        pdf = render_sheaf(
            facts[first : first + held],
            first=first,
            title="一次谈话的廉政承诺书",
            author="某局",
            begun=lambda index: None,
        )
        paths.append(folder / f"{first}.pdf")
        paths[-1].write_bytes(pdf)
    join_sheaves(paths, folder / "whole.pdf")
    return (folder / "whole.pdf").read_bytes()


@pytest.fixture(scope="module")
def whole(facts, tmp_path_factory):
    return bind(tmp_path_factory.mktemp("sheaves"), facts, 2)


def test_pledge_set_among_many_is_the_one_set_alone(facts):
    """The text that all share is laid out once, and nobody can tell."""
    assert [render_one(one) for one in facts] == [render_pledge(one) for one in facts]


def test_pledge_of_another_text_is_not_begun_like_the_one_before(facts):
    render_one(facts[0])
    other = replace(facts[0], opening="另一份提纲的开头：")
    assert render_one(other) == render_pledge(other)


def test_same_occasion_in_other_words_is_not_begun_like_the_one_before(facts):
    render_one(facts[0])
    other = replace(facts[0], occasion="另一次谈话")
    assert "另一次谈话" in text_of(render_one(other))


def test_first_without_words_of_its_own_begins_like_those_with_them(facts, monkeypatch):
    begun = []
    lay_out = Typesetter.lay_out

    def watch(typesetter, *args):
        begun.append(args[-1] is not None)
        return lay_out(typesetter, *args)

    monkeypatch.setattr(Typesetter, "lay_out", watch)
    anew = replace(facts[0], opening="由无个人承诺的人先来：", personal_commitment="")
    render_one(anew)
    begun.clear()
    render_one(replace(anew, personal_commitment="不收礼。"))
    assert begun[0]


def test_lines_that_all_share_are_drawn_once(facts, monkeypatch):
    typesetter()  # puts its own way of drawing in place, which must outlive this test
    drawn = []
    draw_text = draw.draw_text
    monkeypatch.setattr(
        draw, "draw_text", lambda *args: (drawn.append(args[1].text), draw_text(*args))
    )
    for one in facts[:2]:
        render_one(replace(one, opening="禧", personal_commitment="谢"))
    assert sum("禧" in text for text in drawn) == 1
    assert sum("谢" in text for text in drawn) == 2


def embedded(facts):
    """A pledge's fonts: by the name, what its glyphs stand for, and its file."""
    with pikepdf.open(io.BytesIO(render_one(facts))) as pdf:
        return {
            str(font.BaseFont): (
                font.ToUnicode.read_bytes(),
                font.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes(),
            )
            for font in pdf.pages[0].Resources.Font.values()
        }


@pytest.fixture(scope="module")
def of_two():
    """The fonts of two people's pledges, who differ in all that pledges can differ in."""
    base = samples.pledge_facts("")
    return [
        embedded(
            replace(
                base,
                signer=Person(name, unit, post),
                signature=samples.signature(at),
                personal_commitment=words,
            )
        )
        for at, (name, unit, post, words) in enumerate(
            [("王立", "办公室", "主任", "不收礼。"), ("赵明", "财务科", "副科长", "管好家人。")], 1
        )
    ]


def test_fonts_of_the_text_are_the_same_whoever_signs(of_two):
    """What differs is embedded apart: neither subset nor compressed anew is what all share."""
    one, other = of_two
    same = {name.partition("+")[2] for name in one if one[name][1] == other[name][1]}
    assert same >= {"Liantan-Title", "Liantan-Kai", "Liantan-Hei", "Liantan-Fang"}
    assert any(one[name][1] != other[name][1] for name in one if name.endswith("Fang"))


def test_figures_have_one_subset_whichever_of_them_a_pledge_has(of_two):
    one, other = ({name[-4:]: font for name, font in fonts.items()} for fonts in of_two)
    assert one["Rare"][0] != other["Rare"][0]
    assert one["Rare"][1] == other["Rare"][1]


@pytest.mark.parametrize("profile", ["pdfa-3a", "pdfua-1"])
def test_bound_pledges_pass_the_referee(whole, profile):
    report = page.validate_pdf_bytes(whole, profile=profile)
    assert [(failure.rule_id, failure.message) for failure in report.failures] == []
    assert report.is_compliant


def test_bound_pledges_are_the_pages_of_each(facts, whole):
    """Every page says what the pledge alone says, in order."""
    read = pypdf.PdfReader(io.BytesIO(whole))
    alone = [pypdf.PdfReader(io.BytesIO(render_pledge(one))) for one in facts]
    assert [p.extract_text() for p in read.pages] == [r.pages[0].extract_text() for r in alone]


def test_bookmarks_lead_to_each_name(facts, whole):
    read = pypdf.PdfReader(io.BytesIO(whole))
    assert [(mark.title, read.get_destination_page_number(mark)) for mark in read.outline] == [
        (f"{one.signer.name}（{one.signer.unit}）", at) for at, one in enumerate(facts)
    ]


def test_title_and_author_are_the_wholes(whole):
    read = pypdf.PdfReader(io.BytesIO(whole))
    assert (read.metadata.title, read.metadata.author) == ("一次谈话的廉政承诺书", "某局")


def test_bound_pledges_are_printed_on_one_side(whole):
    """Nobody's pledge is on the back of another's."""
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        assert pdf.Root.ViewerPreferences.Duplex == "/Simplex"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle


def test_tags_lead_from_every_page_to_its_own_elements(facts, whole):
    """What is marked on a page belongs to a structure element on that page (ISO 32000-1, 14.7)."""
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        root = pdf.Root.StructTreeRoot
        assert [str(kid.S) for kid in root.K] == ["/Document"]
        assert all(part.P.objgen == root.K[0].objgen for part in root.K[0].K)
        numbers = {}
        for kid in root.ParentTree.Kids:
            named = [int(n) for n in list(kid.Nums)[::2]]
            assert [int(n) for n in kid.Limits] == [named[0], named[-1]]
            numbers |= dict(zip(named, list(kid.Nums)[1::2], strict=True))
        assert sorted(numbers) == list(range(len(facts)))
        for one in pdf.pages:
            elements = numbers[int(one.obj.StructParents)]
            assert len(elements) > 10
            assert all(element.Pg.objgen == one.obj.objgen for element in elements)


def test_table_headers_are_named_once_in_the_whole(whole):
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        cells = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and "/S" in o]
        names = [str(cell.ID) for cell in cells if "/ID" in cell]
        named = {str(name) for cell in cells for name in cell.get("/A", {}).get("/Headers", [])}
    assert len(names) == len(set(names)) > 0
    assert named <= set(names)


def test_fonts_are_embedded_once_a_sheaf(facts, whole):
    """Not once a page: that is what keeps the printed file small."""
    assert len(whole) < sum(len(render_pledge(one)) for one in facts) * 0.8


def test_binding_twice_gives_the_same_bytes(facts, whole, tmp_path):
    assert bind(tmp_path, facts, 2) == whole


def test_one_sheaf_alone_is_bound_too(facts, tmp_path):
    read = pypdf.PdfReader(io.BytesIO(bind(tmp_path, facts[:2], 2)))
    assert len(read.pages) == len(read.outline) == 2


def test_sheaf_with_a_character_that_no_font_has_says_who(facts):
    begun = []
    wrong = replace(facts[1], signer=Person("王\U000e0041", None, None))
    with pytest.raises(MissingGlyphs):
        render_sheaf([facts[0], wrong], first=0, title="x", author="x", begun=begun.append)
    assert begun == [0, 1]
