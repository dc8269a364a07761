"""The tags of a paper: as few as say something, and still all of its text."""

import io
from collections import Counter
from collections.abc import Iterator

import pikepdf
import pytest


@pytest.fixture(scope="module")
def tree(record_pdf: bytes) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(io.BytesIO(record_pdf)) as pdf:
        yield pdf


def kids(element: pikepdf.Dictionary) -> list[pikepdf.Object | int]:
    held = element.get("/K", [])
    return list(held) if isinstance(held, pikepdf.Array) else [held]


def elements(element: pikepdf.Dictionary) -> Iterator[pikepdf.Dictionary]:
    for kid in kids(element):
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from elements(kid)


def test_no_tag_says_nothing(tree):
    """Spans and groups without a character of their own are in the paragraph or cell around."""
    counts = Counter(str(element.S) for element in elements(tree.Root.StructTreeRoot))
    assert counts["/Span"] == counts["/NonStruct"] == 0
    assert all(counts[kind] for kind in ("/H1", "/H2", "/P", "/Table", "/TR", "/TH", "/TD"))


def test_all_marked_text_has_its_tag_and_each_tag_knows_its_text(tree):
    numbers = tree.Root.StructTreeRoot.ParentTree.Nums
    owners = {
        (page.objgen, mark): owner
        for page, marks in zip(tree.pages, list(numbers)[1::2], strict=False)
        for mark, owner in enumerate(marks)
    }
    for element in elements(tree.Root.StructTreeRoot):
        for kid in kids(element):
            if isinstance(kid, int):
                assert owners.pop((element.Pg.objgen, kid)).objgen == element.objgen
            elif "/S" in kid:
                assert kid.P.objgen == element.objgen
    # What is left is the page numbers', which are no part of the text.
    assert all(owner.P.S in ("/Document", "/NonStruct") for owner in owners.values())
    assert len(owners) <= len(tree.pages)


def test_words_of_a_tag_are_in_the_order_of_the_page(tree):
    marked = [
        kid
        for element in elements(tree.Root.StructTreeRoot)
        if element.get("/Pg") == tree.pages[0].obj
        for kid in kids(element)
        if isinstance(kid, int)
    ]
    assert marked == sorted(marked)
    assert len(marked) > 20


def test_pages_are_found_without_unpacking_the_tags(record_pdf):
    """A verifier, and the seal, read catalogue and pages; the tags are the bulk of a file."""
    head = record_pdf[: record_pdf.index(b"/ObjStm")]
    with pikepdf.open(io.BytesIO(record_pdf)) as pdf:
        wanted = [pdf.Root, pdf.Root.Pages, *(page.obj for page in pdf.pages)]
        plain = [b"\n%d 0 obj\n" % item.objgen[0] in head for item in wanted]
    assert all(plain)
