"""Strokes from the signature pad, and the picture that the server draws from them.

The client sends points, never a picture: what is stored, hashed and printed is this module's own
SVG, of one path. Pure functions.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from .exceptions import DrawingRefused

MAX_TEXT = 1_000_000
MAX_STROKES = 300
MAX_POINTS = 6_000
MAX_COORDINATE = 10_000
# A signature is more than a dot or a tick: its ink must be this long, in pixels of the pad.
MIN_INK = 60.0

Dot = tuple[float, float]
Stroke = tuple[Dot, ...]

# The picture's own units: the ink is scaled into this box and written in whole numbers.
BOX_WIDTH, BOX_HEIGHT = 600, 200
MAX_SCALE = 2.0
PEN = 6
# Points nearer than this to the line through their neighbours add bytes and no shape.
TOLERANCE = 0.8
# Simplified piece by piece, or a hostile stroke would cost the square of its length.
PIECE = 100


def parse_strokes(text: str) -> tuple[Stroke, ...]:
    """The strokes in `text`, the JSON of signature_pad's toData(); () for an empty pad.

    Raises DrawingRefused when it is not that format, has more than a hand can draw, or holds
    numbers that are not finite and on the pad.
    """
    if len(text) > MAX_TEXT:
        raise DrawingRefused
    try:
        groups = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DrawingRefused from error
    if not isinstance(groups, list) or len(groups) > MAX_STROKES:
        raise DrawingRefused
    strokes = tuple(_stroke(group) for group in groups)
    if sum(len(stroke) for stroke in strokes) > MAX_POINTS:
        raise DrawingRefused
    return tuple(stroke for stroke in strokes if stroke)


def draw_svg(strokes: Sequence[Stroke]) -> str:
    """The signature as an SVG of one path, cropped to its ink.

    The same strokes always give the same text. Raises DrawingRefused when there is too little
    ink for a signature.
    """
    if _ink(strokes) < MIN_INK:
        raise DrawingRefused(_("This is too little for a signature. Sign with your full name."))
    xs = [x for stroke in strokes for x, _y in stroke]
    ys = [y for stroke in strokes for _x, y in stroke]
    left, top = min(xs), min(ys)
    scale = min(
        MAX_SCALE,
        (BOX_WIDTH - 2 * PEN) / max(max(xs) - left, 1.0),
        (BOX_HEIGHT - 2 * PEN) / max(max(ys) - top, 1.0),
    )

    def place(dot: Dot) -> Dot:
        return (dot[0] - left) * scale + PEN, (dot[1] - top) * scale + PEN

    width = round((max(xs) - left) * scale) + 2 * PEN
    height = round((max(ys) - top) * scale) + 2 * PEN
    path = "".join(_path(_simplified([place(dot) for dot in stroke])) for stroke in strokes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}"><path d="{path}" fill="none" stroke="#1f2329"'
        f' stroke-width="{PEN}" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )


def _stroke(group: object) -> Stroke:
    if not isinstance(group, dict):
        raise DrawingRefused
    points = group.get("points")
    if not isinstance(points, list) or len(points) > MAX_POINTS:
        raise DrawingRefused
    return tuple(_dot(point) for point in points)


def _dot(point: object) -> Dot:
    if not isinstance(point, dict):
        raise DrawingRefused
    return _coordinate(point.get("x")), _coordinate(point.get("y"))


def _coordinate(value: object) -> float:
    # bool is an int to Python, and JSON's NaN and Infinity are floats.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DrawingRefused
    if not -MAX_COORDINATE <= value <= MAX_COORDINATE:
        raise DrawingRefused
    return float(value)


def _ink(strokes: Iterable[Stroke]) -> float:
    return sum(math.dist(a, b) for stroke in strokes for a, b in pairwise(stroke))


def _simplified(dots: Sequence[Dot]) -> list[Dot]:
    """The stroke without the points that do not shape it, in pieces of `PIECE` points."""
    corners = [dots[0]]
    for start in range(0, len(dots) - 1, PIECE):
        corners += _corners(dots[start : start + PIECE + 1])[1:]
    return corners


def _corners(dots: Sequence[Dot]) -> list[Dot]:
    """Ramer–Douglas–Peucker over one piece."""
    keep = {0, len(dots) - 1}
    spans = [(0, len(dots) - 1)]
    while spans:
        first, last = spans.pop()
        farthest, distance = first, 0.0
        for index in range(first + 1, last):
            off = _distance(dots[index], dots[first], dots[last])
            if off > distance:
                farthest, distance = index, off
        if distance > TOLERANCE:
            keep.add(farthest)
            spans += [(first, farthest), (farthest, last)]
    return [dots[index] for index in sorted(keep)]


def _distance(dot: Dot, start: Dot, end: Dot) -> float:
    """How far `dot` is from the segment between `start` and `end`."""
    (x, y), (x1, y1), (x2, y2) = dot, start, end
    dx, dy = x2 - x1, y2 - y1
    square = dx * dx + dy * dy
    if square == 0:
        return math.dist(dot, start)
    along = min(1.0, max(0.0, ((x - x1) * dx + (y - y1) * dy) / square))
    return math.dist(dot, (x1 + along * dx, y1 + along * dy))


def _path(dots: Sequence[Dot]) -> str:
    """One stroke in absolute move and relative line commands; a dot is a line of one unit."""
    corners = [(round(x), round(y)) for x, y in dots]
    (x, y), *rest = corners
    moves = []
    for next_x, next_y in rest:
        if (next_x, next_y) != (x, y):
            moves.append(f"{next_x - x} {next_y - y}")
            x, y = next_x, next_y
    first_x, first_y = corners[0]
    return f"M{first_x} {first_y}l{' '.join(moves) or '1 0'}"
