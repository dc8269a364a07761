"""The same paper for those who know nothing of ours: HTML and a .docx with everything inside."""

from __future__ import annotations

import base64
import io
import re
from functools import cache
from html import escape
from typing import Any

import segno

# The machine's fonts in the place of ours, for those who know only those.
PLAIN_FAMILIES = {
    "Paper fang": "Noto Serif CJK SC",
    "Paper kai": "Noto Serif CJK SC",
    "Paper song": "Noto Serif CJK SC",
    "Paper title": "Noto Serif CJK SC",
    "Paper hei": "Noto Sans CJK SC",
}
PAD = (440, 150)  # the pad's size in pixels, as a browser's toDataURL() gives it


def plain_html(paper: Any, size: str = "", *, as_png: bool = False) -> str:
    """The paper's HTML with its style sheets and pictures inside and the machine's fonts.

    Signatures are SVG as the server keeps them, or PNG as a pad gives them.
    """
    from meetings.papers.ink import data_address
    from meetings.papers.render import TEMPLATES, render_html

    css = "\n".join((TEMPLATES / "papers" / name).read_text() for name in paper.styles)
    for ours, theirs in PLAIN_FAMILIES.items():
        css = css.replace(ours, theirs)
    html = render_html(paper, size).replace("</head>", f"<style>{css}</style></head>")
    sources = paper.pictures.sources

    def inside(found: re.Match[str]) -> str:
        source = sources[found[1]]
        if not source.startswith("<svg"):  # an address, which we draw as a code
            picture = segno.make(source, error="m", micro=False).svg_data_uri(border=0)
        else:
            picture = png_address(source) if as_png else data_address(source)
        return f'"{escape(picture)}"'

    return re.sub(r'"(ink:\d+)"', inside, html)


def png_address(svg: str) -> str:
    """A signature as the data: address of a PNG."""
    return "data:image/png;base64," + base64.b64encode(png(svg)).decode()


@cache
def png(svg: str) -> bytes:
    """A signature of relative steps as a PNG on no ground, smooth like a browser's canvas."""
    from PIL import Image, ImageDraw

    finer = 2
    drawn = Image.new("L", (PAD[0] * finer, PAD[1] * finer))
    pen = ImageDraw.Draw(drawn)
    for start, steps in re.findall(r"M([\d ]+)l([-\d ]+)", svg):
        x, y = (int(number) * finer for number in start.split())
        line = [(x, y)]
        numbers = [int(number) * finer for number in steps.split()]
        for across, down in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + across, y + down
            line.append((x, y))
        pen.line(line, fill=255, width=4 * finer, joint="curve")
    picture = Image.new("RGBA", PAD, (31, 35, 41, 0))
    picture.putalpha(drawn.resize(PAD, Image.Resampling.LANCZOS))
    saved = io.BytesIO()
    picture.save(saved, "PNG")
    return saved.getvalue()
