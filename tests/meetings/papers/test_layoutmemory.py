"""What is remembered of a style must not be another box's."""

import pytest

from meetings.papers.ink import Pictures
from meetings.papers.layoutmemory import _joined
from meetings.papers.render import typesetter

from .conftest import open_pdf

TWO_ROWS = "<tr><td>甲</td><td>乙</td></tr><tr><td>丙</td><td>丁</td></tr>"


def set_html(body: str, style: str) -> bytes:
    html = f'<html lang="zh"><head><style>{style}</style></head><body>{body}</body></html>'
    return typesetter().typeset(html, ("gbt9704.css",), Pictures(), None)


def lines_of(pdf: bytes) -> list[tuple[float, float, float, float]]:
    with open_pdf(pdf) as document:
        return [
            (
                round(line["x0"], 2),
                round(line["top"], 2),
                round(line["x1"], 2),
                round(line["bottom"], 2),
            )
            for line in document.pages[0].lines
        ]


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([(0, 5)], [(0, 5)]),
        ([(5, 9), (0, 5)], [(0, 9)]),
        ([(0, 5), (4, 9), (2, 3)], [(0, 9)]),
        ([(0, 5), (6, 9)], [(0, 5), (6, 9)]),
    ],
)
def test_pieces_that_meet_are_one_line(pieces, lines):
    assert list(_joined(pieces)) == lines


def test_lines_of_a_ruled_table_run_through():
    lines = lines_of(set_html(f'<table class="ruled">{TWO_ROWS}</table>', ""))
    upright = [line for line in lines if line[0] == line[2]]
    level = [line for line in lines if line[1] == line[3]]
    assert (len(upright), len(level), len(lines)) == (3, 3, 6)
    left, right = min(line[0] for line in upright), max(line[0] for line in upright)
    assert all(x0 <= left and x1 >= right for x0, _, x1, _ in level)


def test_borders_of_two_colours_are_left_to_weasyprint():
    """Which of them lies over the other is for its rules to say."""
    style = ".ruled td:first-child { border: 2pt solid #f00 }"
    lines = lines_of(set_html(f'<table class="ruled">{TWO_ROWS}</table>', style))
    assert len(lines) == 12


def test_same_style_takes_its_size_from_each_block_around_it():
    style = """.wide { width: 200pt } .narrow { width: 100pt }
        .half { width: 50%; height: 9pt; background: #000 }"""
    half = '<div class="half"></div>'
    body = "".join(f'<div class="{name}">{half}</div>' for name in ("wide", "narrow", "wide"))
    with open_pdf(set_html(body, style)) as document:
        assert [round(rect["width"]) for rect in document.pages[0].rects] == [100, 50, 100]


def test_same_style_keeps_its_background_in_every_box():
    style = ".dark { background: #ccc; height: 20pt }"
    with open_pdf(
        set_html('<div class="dark"></div><p>甲</p><div class="dark"></div>', style)
    ) as pdf:
        assert len(pdf.pages[0].rects) == 2
