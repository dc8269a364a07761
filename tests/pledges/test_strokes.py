"""The pad's strokes: what is refused, and the picture that the server draws."""

import json
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pledges.exceptions import DrawingRefused
from pledges.strokes import MAX_POINTS, MAX_STROKES, MAX_TEXT, draw_svg, parse_strokes

from .conftest import PAD, STROKES


def pad(*strokes):
    return json.dumps([{"points": [{"x": x, "y": y} for x, y in stroke]} for stroke in strokes])


def test_strokes_of_the_pad_are_read():
    assert parse_strokes(PAD) == STROKES


def test_strokes_of_an_empty_pad_are_none():
    assert parse_strokes("[]") == ()


def test_strokes_without_a_point_are_passed_over():
    assert parse_strokes(pad([], [(1, 2)])) == (((1.0, 2.0),),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "null",
        "[1]",
        "not json",
        '[{"points": 1}]',
        '[{"points": [1]}]',
        '[{"points": [{"x": 1}]}]',
        '[{"points": [{"x": "1", "y": 2}]}]',
        '[{"points": [{"x": true, "y": 2}]}]',
        '[{"points": [{"x": NaN, "y": 2}]}]',
        '[{"points": [{"x": 1e999, "y": 2}]}]',
        '[{"points": [{"x": -Infinity, "y": 2}]}]',
        '[{"points": [{"x": 10001, "y": 2}]}]',
        f'[{{"points": [{{"x": {"9" * 5000}, "y": 2}}]}}]',
        "[" * 100_000,
        " " * (MAX_TEXT + 1),
        pad(*[[(1, 1)]] * (MAX_STROKES + 1)),
        pad([(1, 1)] * (MAX_POINTS + 1)),
        pad(*[[(1, 1)] * (MAX_POINTS // 2 + 1)] * 2),
        "<svg onload='alert(1)'/>",
    ],
)
def test_strokes_in_another_shape_are_refused(text):
    with pytest.raises(DrawingRefused):
        parse_strokes(text)


@pytest.mark.parametrize("strokes", [(), (((5.0, 5.0),),), (((5.0, 5.0), (15.0, 5.0)),)])
def test_drawing_with_too_little_ink_is_refused(strokes):
    with pytest.raises(DrawingRefused):
        draw_svg(strokes)


def test_drawing_has_no_points_that_do_not_shape_it():
    straight = tuple((float(x), 10.0) for x in range(200))
    path = re.search(r' d="([^"]*)"', draw_svg((straight,))).group(1)
    assert path.count(" ") < 6


def test_drawing_keeps_a_stroke_that_turns_back_on_itself():
    there_and_back = ((0.0, 0.0), (300.0, 0.0), (100.0, 0.0))
    width = int(re.search(r'width="(\d+)"', draw_svg((there_and_back,))).group(1))
    assert width == 600


def test_drawing_shows_a_dot_beside_a_stroke():
    svg = draw_svg((*STROKES, ((50.0, 30.0),)))
    assert svg.count("M") == 2


coordinates = st.floats(-10_000, 10_000, allow_nan=False)
strokes_strategy = st.lists(
    st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=40).map(tuple),
    min_size=1,
    max_size=6,
).map(tuple)


@settings(deadline=None)
@given(strokes_strategy)
def test_drawing_is_a_small_closed_svg_within_its_box(strokes):
    try:
        svg = draw_svg(strokes)
    except DrawingRefused:
        return
    root = ElementTree.fromstring(svg)  # noqa: S314
    assert [child.tag for child in root] == ["{http://www.w3.org/2000/svg}path"]
    width, height = int(root.get("width")), int(root.get("height"))
    assert root.get("viewBox") == f"0 0 {width} {height}"
    assert 0 < width <= 600
    assert 0 < height <= 200
    path = root[0].get("d")
    assert re.fullmatch(r"(M\d+ \d+l-?\d+ -?\d+( -?\d+ -?\d+)*)+", path)
    for piece in path.split("M")[1:]:
        start, _, moves = piece.partition("l")
        x, y = map(int, start.split())
        numbers = [int(number) for number in moves.split()]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            assert 0 <= x <= width
            assert 0 <= y <= height
    assert len(svg) < 250 + 16 * sum(map(len, strokes))


@settings(deadline=None)
@given(strokes_strategy)
def test_drawing_of_the_same_strokes_is_the_same(strokes):
    try:
        assert draw_svg(strokes) == draw_svg(parse_strokes(pad(*strokes)))
    except DrawingRefused:
        return
