"""A record set in parts is the record set as a whole, whoever sets the parts."""

import io
from contextlib import nullcontext
from multiprocessing import Pipe

import page
import pikepdf
import pytest

from meetings.papers import division, record
from meetings.papers.division import Alone, render_divided, second_process
from meetings.papers.exceptions import NotDivisible, PaperError
from meetings.papers.record import record_paper, render_record
from meetings.papers.render import render_pdf

from . import samples
from .conftest import complaints_of_qpdf
from .sameness import bookmarks_of, pages_of, tags_of

CADRES = 100


@pytest.fixture(scope="module")
def facts():
    return samples.record_facts(CADRES)


@pytest.fixture(scope="module")
def divided(facts):
    return render_divided(record_paper(facts), facts, "roll", Alone())


@pytest.fixture(scope="module")
def whole(facts):
    return render_pdf(record_paper(facts), facts)


def test_divided_record_has_the_pages_of_the_whole(divided, whole):
    """Every operator of every page: text, its place, page numbers, lines, signatures."""
    pages = pages_of(divided)
    assert len(pages) > 10
    assert pages == pages_of(whole)


def test_divided_record_has_the_bookmarks_of_the_whole(divided, whole):
    assert len(bookmarks_of(divided)) > 10
    assert bookmarks_of(divided) == bookmarks_of(whole)


def test_divided_record_has_the_tags_of_the_whole(divided, whole):
    assert tags_of(divided) == tags_of(whole)


def fonts(pdf):
    """The fonts by name: what is embedded, and what its glyphs stand for."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        named = [page.Resources.Font.items() for page in opened.pages]
        return {
            name: (
                font.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes(),
                sorted(font.ToUnicode.read_bytes().splitlines()),
            )
            for name, font in {name: font for items in named for name, font in items}.items()
        }


def test_fonts_of_a_divided_record_are_those_of_the_whole(divided, whole):
    """Each font is there once, with the glyphs of both processes."""
    assert len(fonts(divided)) >= 5
    assert fonts(divided) == fonts(whole)
    with pikepdf.open(io.BytesIO(divided)) as opened:
        programs = [o for o in opened.objects if isinstance(o, pikepdf.Stream) and "/Length1" in o]
    assert len(programs) == len(fonts(divided))
    assert len(divided) < len(whole) * 1.02


@pytest.mark.parametrize("profile", ["pdfa-3a", "pdfua-1"])
def test_divided_record_passes_the_referee(divided, profile):
    report = page.validate_pdf_bytes(divided, profile=profile)
    assert [(failure.rule_id, failure.message) for failure in report.failures] == []


def test_divided_record_is_sound_to_qpdf(divided, tmp_path):
    assert complaints_of_qpdf(divided, tmp_path) == ""


def test_pages_find_their_own_tags_by_number(divided):
    """The number tree leads from each page to elements on it, none named twice."""
    with pikepdf.open(io.BytesIO(divided)) as pdf:
        pairs = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
        numbers = [int(number) for number in pairs[::2]]
        assert numbers == list(range(len(pdf.pages)))
        for one, owners in zip(pdf.pages, pairs[1::2], strict=True):
            assert all(owner.Pg.objgen == one.objgen for owner in owners)
        cells = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and "/ID" in o]
        assert len({str(cell.ID) for cell in cells}) == len(cells) > 0


def test_second_process_gives_the_same_bytes(facts, divided):
    with second_process() as second:
        assert not isinstance(second, Alone)
        assert render_divided(record_paper(facts), facts, "roll", second) == divided


def test_record_is_made_alone_when_the_second_process_ends(facts, monkeypatch, caplog):
    def set_parts(paper, html, parts, second):
        if isinstance(second, Alone):
            return b"made alone"
        raise EOFError

    monkeypatch.setattr(division, "_set", set_parts)
    assert render_divided(record_paper(facts), facts, "roll", object()) == b"made alone"
    assert "one process, since the second one ended" in caplog.text


def test_record_is_made_alone_when_no_process_starts(monkeypatch, caplog):
    class Context:
        Pipe = staticmethod(Pipe)

        class Process:
            def __init__(self, **named):
                pass

            def start(self):
                raise OSError("no memory")

    monkeypatch.setattr(division, "get_context", lambda kind: Context)
    with second_process() as second:
        assert isinstance(second, Alone)
    assert "no memory" in caplog.text


def test_what_the_second_process_cannot_set_is_refused_here():
    ours, theirs = Pipe()
    theirs.send(PaperError("the typesetter is not content"))
    with pytest.raises(PaperError, match="not content"):
        division._Process(ours).hear()


def test_small_record_is_not_divided(monkeypatch, minimal_pdf):
    monkeypatch.setattr(record, "second_process", lambda: pytest.fail("divided"))
    assert render_record(samples.minimal_record_facts()) == minimal_pdf


def test_large_record_is_divided(facts, divided, monkeypatch):
    monkeypatch.setattr(record, "DIVIDED_FROM", CADRES)
    monkeypatch.setattr(record, "second_process", lambda: nullcontext("second"))
    monkeypatch.setattr(record, "render_divided", lambda *given: (given[2:], divided))
    assert render_record(facts) == (("roll", "second"), divided)


def test_record_that_cannot_be_cut_is_made_as_a_whole(monkeypatch, minimal_pdf, caplog):
    monkeypatch.setattr(record, "DIVIDED_FROM", 0)
    monkeypatch.setattr(record, "second_process", lambda: nullcontext(Alone()))
    assert render_record(samples.minimal_record_facts()) == minimal_pdf
    assert "set as a whole: no long table of the class roll" in caplog.text


def test_table_of_other_rows_is_not_cut(facts):
    paper = record_paper(facts)
    with pytest.raises(NotDivisible):
        division.cut(paper, "<html><body><p>没有名册</p></body></html>", "roll")
