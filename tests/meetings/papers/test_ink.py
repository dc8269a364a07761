"""Signatures as strokes, and what is not."""

import pytest

from meetings.papers.ink import Ink, NotInk, Pictures
from pledges.strokes import draw_svg

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20">'
PEN = 'fill="none" stroke="#ff0000" stroke-width="2" stroke-linecap="round"'


class Page:
    """Stands for a PDF page: keeps what is drawn."""

    def __init__(self):
        self.stream = []
        self.matrix = None

    def transform(self, **matrix):
        self.matrix = matrix


def drawn(svg, width=80, height=40):
    page = Page()
    Ink(svg).draw(page, width, height, None)
    return page


def test_lines_and_curves_become_pdf_operators():
    page = drawn(f'{HEAD}<path d="M1 2L3 4C5 6 7 8 9 10Z" {PEN}/></svg>')
    assert page.stream == [
        b"1 0 0 RG 2 w 1 J 0 j\n1 2 m\n3 4 l\n5 6 7 8 9 10 c\nh\nS"
    ]  # fmt: skip
    assert page.matrix == {"a": 2, "d": 2, "e": 0, "f": 0}


def test_relative_steps_and_further_pairs_are_followed():
    page = drawn(f'{HEAD}<path d="M10,10 12,12m1-1l1 0 0.5.5" {PEN}/></svg>')
    assert b"10 10 m\n12 12 l\n13 11 m\n14 11 l\n14.5 11.5 l" in page.stream[0]


def test_step_after_closing_starts_where_the_stroke_did():
    page = drawn(f'{HEAD}<path d="M1 1L5 1L5 5Zl2 2" {PEN}/></svg>')
    assert b"h\n3 3 l" in page.stream[0]


def test_style_of_a_group_is_inherited():
    page = drawn(f'{HEAD}<g {PEN}><path d="M1 1L2 2"/></g></svg>')
    assert page.stream[0].startswith(b"1 0 0 RG 2 w 1 J")


def test_what_the_signing_page_draws_is_ink():
    svg = draw_svg([[(float(x), 20.0 + x % 7 * 9) for x in range(0, 300, 5)]])
    assert drawn(svg).stream


@pytest.mark.parametrize(
    "inside",
    [
        f'<path d="M1 1A5 5 0 0 0 9 9" {PEN}/>',
        f'<path d="M1 1L2" {PEN}/>',
        f'<path d="M1 1L2 2" {PEN} transform="scale(2)"/>',
        '<path d="M1 1L2 2" fill="red"/>',
        f'<path d="M1 1L2 2" {PEN} onload="x()"/>',
        "<script>x()</script>",
        "<text>x</text>",
        '<image href="http://192.0.2.1/"/>',
    ],
)
def test_anything_but_strokes_is_not_ink(inside):
    with pytest.raises(NotInk):
        Ink(f"{HEAD}{inside}</svg>")


@pytest.mark.parametrize("text", ["", "<svg", "<p/>", '<svg xmlns="http://www.w3.org/2000/svg"/>'])
def test_broken_svg_is_not_ink(text):
    with pytest.raises(NotInk):
        Ink(text)


def test_pictures_give_ink_an_address_and_the_rest_as_data():
    pictures = Pictures()
    assert pictures.address(f'{HEAD}<path d="M1 1L2 2" {PEN}/></svg>') == "ink:0"
    assert pictures.address(f"{HEAD}<text>x</text></svg>").startswith("data:image/svg+xml;base64,")
    assert pictures.address(None) is None
    assert list(pictures.images) == ["ink:0"]
