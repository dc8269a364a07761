"""Drawn signatures, straight from their SVG to PDF operators.

A record carries hundreds of them. WeasyPrint would walk each as a document of its own, a third of
the time a record takes; a signature is strokes only, and those translate word for word. Anything
else in the SVG is left to WeasyPrint, behind its locked fetcher.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from itertools import accumulate
from typing import Any
from xml.etree import ElementTree

_SVG = "{http://www.w3.org/2000/svg}"
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_STEP = re.compile(rf"([MLCZmlcz])|({_NUMBER})|[\s,]+")
# A path as the server draws it (pledges/strokes.py): strokes of relative steps in whole numbers.
_DRAWN = re.compile(r"(?:M\d{1,5} \d{1,5}l(?:-?\d{1,5} -?\d{1,5} ?)+)+")
_OPERATORS = {"M": (2, " m"), "L": (2, " l"), "C": (6, " c")}
_CAPS = {"butt": 0, "round": 1, "square": 2}
_JOINS = {"miter": 0, "round": 1, "bevel": 2}
_COLOURS = {"black": "#000000", "#000": "#000000"}
# What may stand on an element without changing how its strokes look.
_HARMLESS = {"viewBox", "width", "height", "version", "class", "role", "d"}
_STROKE = {"stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "fill"}


class NotInk(ValueError):
    """An SVG that is more than strokes."""


class Drawing:
    """PDF operators that fill a box of their own; stands where WeasyPrint expects an image.

    ``box`` is its left, top, width and height, in the units of the operators.
    """

    def __init__(self, box: Sequence[float], operators: bytes) -> None:
        self._left, self._top, self._width, self._height = box
        self._operators = operators

    def get_intrinsic_size(self, resolution: float, font_size: float) -> tuple[Any, Any, float]:
        """No size of its own, only a ratio (WeasyPrint's interface)."""
        return None, None, self._width / self._height

    def draw(self, stream: Any, width: float, height: float, style: object) -> None:
        """Draw into a box of this size (WeasyPrint's interface)."""
        across, down = width / self._width, height / self._height
        stream.transform(a=across, d=down, e=-self._left * across, f=-self._top * down)
        stream.stream.append(self._operators)


class Ink(Drawing):
    """The strokes of one signature.

    Raises:
        NotInk: the text is not SVG, or holds more than open paths of lines and curves.
    """

    def __init__(self, svg: str) -> None:
        try:
            root = ElementTree.fromstring(svg)  # noqa: S314 - expat refuses what grows
            box = [float(number) for number in root.get("viewBox", "").replace(",", " ").split()]
        except (ElementTree.ParseError, ValueError) as error:
            raise NotInk(str(error)) from error
        if root.tag != f"{_SVG}svg" or len(box) != 4 or min(box[2:]) <= 0:
            raise NotInk("no svg element with a viewBox")
        super().__init__(box, b"\n".join(_strokes(root, {})))


class Pictures:
    """The pictures of one paper, each under an address that its HTML can name."""

    def __init__(self) -> None:
        self.images: dict[str, Drawing] = {}
        self.sources: dict[str, str] = {}

    def address(self, svg: str | None) -> str | None:
        """The address of an SVG: ink: for strokes, data: for anything else, None for None."""
        if svg is None:
            return None
        try:
            image = Ink(svg)
        except NotInk:
            return data_address(svg)
        return self.add(image, svg)

    def add(self, image: Drawing, source: str) -> str:
        """The address of a drawing; ``source`` is all that it was made from."""
        address = f"ink:{len(self.images)}"
        self.images[address] = image
        self.sources[address] = source
        return address


def data_address(svg: str) -> str:
    """An SVG picture as a data: address."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _strokes(element: ElementTree.Element, inherited: dict[str, str]) -> list[bytes]:
    """The PDF operators of an element and what is in it."""
    given = set(element.attrib)
    if given - _HARMLESS - _STROKE or (element.text or "").strip():
        raise NotInk(f"attributes or text beyond strokes: {element.tag}")
    style = {**inherited, **{name: element.attrib[name] for name in given & _STROKE}}
    if element.tag == f"{_SVG}path":
        return [_pen(style), _path(element.get("d", "")), b"S"]
    if element.tag not in (f"{_SVG}svg", f"{_SVG}g"):
        raise NotInk(f"{element.tag} is not a stroke")
    return [operator for child in element for operator in _strokes(child, style)]


def _pen(style: dict[str, str]) -> bytes:
    """Width, ends, corners and colour of a stroke (ISO 32000-1, 8.4.4 and 8.6.8)."""
    colour = style.get("stroke", "")
    colour = _COLOURS.get(colour, colour)
    if style.get("fill") != "none" or not re.fullmatch("#[0-9a-fA-F]{6}", colour):
        raise NotInk("not a plain stroke")
    try:
        width = float(style.get("stroke-width", "1"))
        cap = _CAPS[style.get("stroke-linecap", "butt")]
        join = _JOINS[style.get("stroke-linejoin", "miter")]
    except (KeyError, ValueError) as error:
        raise NotInk(str(error)) from error
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return f"{red:.4g} {green:.4g} {blue:.4g} RG {width:g} w {cap} J {join} j".encode()


def _path(data: str) -> bytes:
    """A path of moves, lines, curves and closings (SVG 2, 9.3) as PDF operators."""
    if _DRAWN.fullmatch(data):
        return "\n".join(_stroke(stroke) for stroke in data.split("M")[1:]).encode()
    words: list[str] = []
    command = ""
    pending: list[float] = []
    here = start = (0.0, 0.0)
    at = 0
    for step in _STEP.finditer(data):
        if step.start() != at:
            break
        at = step.end()
        letter, number = step.groups()
        if letter:
            if pending:
                raise NotInk("a path with numbers left over")
            command = letter
            if letter in "Zz":
                words.append("h")
                here = start
        elif number:
            pending.append(float(number))
            wanted, operator = _OPERATORS.get(command.upper(), (0, ""))
            if len(pending) == wanted:
                if command.islower():
                    pending = [value + here[odd % 2] for odd, value in enumerate(pending)]
                here = (pending[-2], pending[-1])
                words.append(" ".join(f"{value:g}" for value in pending) + operator)
                pending = []
                if operator == " m":
                    start = here
                    # Further pairs after a move are lines.
                    command = "L" if command == "M" else "l"
    if at != len(data) or pending or not words:
        raise NotInk("a path beyond lines and curves")
    return "\n".join(words).encode()


def _stroke(stroke: str) -> str:
    """A stroke that begins somewhere and goes on in steps, all in whole numbers."""
    begin, _, steps = stroke.partition("l")
    x, y = map(int, begin.split())
    numbers = list(map(int, steps.split()))
    across, down = (accumulate(numbers[at::2], initial=start) for at, start in enumerate((x, y)))
    first, *further = [f"{x} {y}" for x, y in zip(across, down, strict=True)]
    return f"{first} m\n" + " l\n".join(further) + " l"
