"""Styles that outlive a paper: the same for the same rules, and for no others."""

from meetings.papers.ink import Pictures
from meetings.papers.render import typesetter

HTML = '<!DOCTYPE html><html lang="zh-CN"><head><title>x</title></head><body>{}</body></html>'


def style(inside: str, *sheets: str):
    """The style of the first paragraph of a document."""
    laid_out = typesetter().lay_out(HTML.format(inside), sheets, Pictures(), None)
    boxes = laid_out.document.pages[0]._page_box.descendants()
    return next(box.style for box in boxes if box.element_tag == "p")


def test_style_of_a_paper_is_that_of_the_paper_before():
    first = style("<p>一</p>", "gbt9704.css")
    assert style("<p>二</p>", "gbt9704.css") is first


def test_style_under_other_sheets_is_another():
    as_standard = style("<p>一</p>", "gbt9704.css")["text_indent"]
    as_pledge = style("<p>一</p>", "gbt9704.css", "pledge.css")["text_indent"]
    assert as_pledge != as_standard
    assert style("<p>一</p>", "gbt9704.css")["text_indent"] == as_standard


def test_style_follows_the_element_around_it():
    plain = style("<p>一</p>", "gbt9704.css")
    in_kai = style('<div class="kai"><p>一</p></div>', "gbt9704.css")
    assert (plain["font_family"], in_kai["font_family"]) == (("Paper fang",), ("Paper kai",))


def test_style_written_at_an_element_is_its_own():
    high = [style(f'<p style="height: {height}px">一</p>', "gbt9704.css") for height in (20, 30)]
    assert [each["height"].value for each in high] == [20, 30]
