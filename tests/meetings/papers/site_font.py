"""A font as a site might have licensed it: small, with metrics and a version of its own."""

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

BARS_EMBEDDING = 0x0002


def make_font(path: Path, family: str, characters: str, *, embedding: int = 0) -> Path:
    """Write a TrueType font in which each of the characters is a box; taller than the papers' own,
    as licensed ones are."""
    names = {ord(character): f"uni{ord(character):04X}" for character in characters}
    pen = TTGlyphPen(None)
    for number, corner in enumerate([(60, -60), (60, 800), (940, 800), (940, -60)]):
        (pen.lineTo if number else pen.moveTo)(corner)
    pen.closePath()
    box = pen.glyph()
    builder = FontBuilder(1000)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    builder.setupGlyf(dict.fromkeys(builder.font.getGlyphOrder(), box))
    builder.setupHorizontalMetrics(dict.fromkeys(builder.font.getGlyphOrder(), (1000, 60)))
    builder.setupHorizontalHeader(ascent=1160, descent=-288)
    builder.setupNameTable(
        {"familyName": family, "styleName": "Regular", "version": "Version 7.25"}
    )
    builder.setupOS2(sTypoAscender=1160, sTypoDescender=-288, fsType=embedding)
    builder.setupPost()
    builder.save(path)
    return path
