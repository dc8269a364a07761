"""The minutes (会议纪要) as a .docx to edit, beside the record that stands.

Word and WPS lay the same text out themselves, so everything that decides the look is said in the
file: fonts for Chinese and Latin alike on every style (GB/T 9704-2012, 5.2.2), the grid of 22 lines
and 28 characters (5.2.3), margins (5.2.1), page numbers (7.5), the attendance block (10.3). The
same facts give the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC
from itertools import groupby

from docx import Document
from docx.document import Document as DocxDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import OxmlElement
from docx.section import Section
from docx.shared import Mm
from docx.text.paragraph import Paragraph

from .facts import Person, RecordFacts
from .record import absence, agenda_heading, described, head_counts, listed, pledge_counts
from .typography import UNRECORDED, ended, numeral, period, title_lines

FANG, KAI, HEI, SONG, TITLE = "仿宋", "楷体", "黑体", "宋体", "方正小标宋简体"
# What a program takes where the first name is not installed (ISO/IEC 29500-1, 17.8.3.1).
ALTERNATIVES = {
    FANG: "仿宋_GB2312",
    KAI: "楷体_GB2312",
    HEI: "SimHei",
    SONG: "SimSun",
    TITLE: "华文中宋",
}

# Styles by their name in the file: font, size in points, first-line indent in characters.
STYLES = {
    "Normal": (FANG, 16, 0),
    "Body Text": (FANG, 16, 2),
    "Title": (TITLE, 22, 0),
    "Heading 1": (HEI, 16, 2),
    "Heading 2": (KAI, 16, 2),
    "Footer": (SONG, 14, 0),
}

# The text block of 225 mm x 156 mm in twips: 12756 = 22 x 579 and a rest (ISO/IEC 29500-1, 17.6.5),
# 8845 = 28 characters of 16 pt, each closer by a quarter of a point, and a rest. The grid itself
# holds lines only: with a cell narrower than its character LibreOffice gives each character two.
LINE_PITCH, CHARACTER_SPACE = 579, -5
CHARACTER = 315
# Puts the page number's dash 7 mm below the block: its line of 14 pt has the dash 5.9 pt down.
FOOTER_DISTANCE = Mm(25.14)

# The states of the roll that are not attendance.
AWAY = {None, "请假", "缺席", "补谈"}

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def render_minutes(facts: RecordFacts) -> bytes:
    """The minutes as .docx, to be edited; what nobody recorded is said to be so."""
    document = Document()
    _set_defaults(document)
    for name, (font, size, indent) in STYLES.items():
        _set_style(document, name, font, size, indent)
    _set_page(document.sections[0])
    _set_settings(document)
    _set_fonts_table(document)
    _describe(document, facts)
    _write(document, facts)
    return _saved(document)


def minutes_title(facts: RecordFacts) -> str:
    """The meeting's title as its minutes': …集体廉政谈话 gives …集体廉政谈话会议纪要."""
    return f"{facts.title.removesuffix('会议').removesuffix('会')}会议纪要"


def minutes_context(facts: RecordFacts) -> dict[str, object]:
    """The minutes as a page shows them: the lines with their styles, the attendance block."""
    return {
        "facts": facts,
        "title": minutes_title(facts),
        "lines": list(_lines(facts)),
        "attendance": attendance(facts),
    }


def _write(document: DocxDocument, facts: RecordFacts) -> None:
    title = document.add_paragraph(style="Title")
    for number, line in enumerate([facts.unit, *title_lines(minutes_title(facts))]):
        if number:
            title.add_run().add_break()
        title.add_run(_clean(line))
    _add(document, "Normal")
    for style, text in _lines(facts):
        _add(document, style, text)
    _add(document, "Normal")
    for label, text in attendance(facts):
        _add_attendance(document, label, text)


def _lines(facts: RecordFacts) -> Iterator[tuple[str, str]]:
    """Every paragraph between title and attendance block: style and text."""
    yield "Body Text", opening(facts)
    filled = [(heading, lines) for heading, lines in _sections(facts) if lines]
    for number, (heading, lines) in enumerate(filled, start=1):
        yield "Heading 1", f"{numeral(number)}、{heading}"
        yield from lines


def opening(facts: RecordFacts) -> str:
    """When, where, who led it, how many came: the paragraph before the first heading."""
    when = period(facts.starts_at, facts.ends_at) if facts.starts_at else f"（时间{UNRECORDED}）"
    where = facts.place or f"（地点{UNRECORDED}）"
    return (
        f"{when}，{facts.unit}在{where}开展{facts.title}。会议由{described(facts.chair)}主持，"
        f"{described(facts.speaker)}作集体廉政谈话，{described(facts.recorder)}记录。"
        f"{head_counts(facts)}。现将会议情况纪要如下。"
    )


Lines = list[tuple[str, str]]


def _sections(facts: RecordFacts) -> Iterator[tuple[str, Lines]]:
    """Each section's heading and its paragraphs, style and text; empty ones are left out later."""
    yield "事由依据", [("Body Text", ended(facts.basis))] if facts.basis else []
    yield "议程与内容", list(_agenda(facts))
    yield (
        "岗位与分工调整",
        [
            (
                "Body Text",
                f"{move.name}：{move.from_post or UNRECORDED}调整为{move.to_post or UNRECORDED}"
                + (f"（{move.document}）。" if move.document else "。"),
            )
            for move in facts.post_changes
        ],
    )
    several = len(facts.study_list) > 1
    yield (
        "学习内容",
        [
            ("Body Text", ended(f"{number}.{item}" if several else item))
            for number, item in enumerate(facts.study_list, start=1)
        ],
    )
    yield "谈话要点", list(_points(facts))
    yield (
        "表态发言",
        [
            (
                "Body Text",
                f"{described(Person(made.name, made.unit, made.post))}："
                + "".join(made.summary.splitlines()),
            )
            for made in facts.statements
        ],
    )
    pledges = pledge_counts(facts.roll)
    yield "承诺书签署", [("Body Text", f"廉政承诺书{pledges}。")] if pledges else []


def _agenda(facts: RecordFacts) -> Iterator[tuple[str, str]]:
    for number, entry in enumerate(facts.agenda, start=1):
        yield "Heading 2", f"（{numeral(number)}）{agenda_heading(entry)}"
        for line in entry.notes.splitlines():
            yield "Body Text", line


def _points(facts: RecordFacts) -> Iterator[tuple[str, str]]:
    for number, point in enumerate(facts.points, start=1):
        yield "Heading 2", f"（{numeral(number)}）{point.heading}"
        for count, clause in enumerate(point.clauses, start=1):
            yield "Body Text", f"{count}.{clause.heading}。{ended(clause.requirement)}"


def attendance(facts: RecordFacts) -> list[tuple[str, str]]:
    """Who came, who did not, who observed (10.3.2): label and text, without the empty ones."""
    present = ((row.unit, row.name) for row in facts.roll if row.attendance not in AWAY)
    observers = ((person.unit, person.name) for person in facts.observers)
    lines = [
        ("出席", _by_unit(present)),
        ("请假", listed(absence(leave) for leave in facts.leaves)),
        ("缺席", listed(absence(leave) for leave in facts.absences)),
        ("列席", _by_unit(observers)),
    ]
    return [(label, f"{text}。") for label, text in lines if text]


def _by_unit(people: Iterable[tuple[str | None, str]]) -> str:
    """Names behind their unit, units and names in the order given."""
    listed_people = list(people)
    order = {unit: place for place, (unit, _name) in reversed(list(enumerate(listed_people)))}
    listed_people.sort(key=lambda person: order[person[0]])
    return listed(
        (unit or "") + "、".join(name for _unit, name in names)
        for unit, names in groupby(listed_people, key=lambda person: person[0])
    )


def _add(document: DocxDocument, style: str, text: str = "") -> Paragraph:
    return document.add_paragraph(_clean(text), style=style)


def _add_attendance(document: DocxDocument, label: str, text: str) -> None:
    """One list of 10.3.2: label in Heiti two characters in, lines below the first name."""
    paragraph = document.add_paragraph(style="Normal")
    # In characters of the grid, with twips beside them for programs without a grid.
    paragraph._p.get_or_add_pPr().append(
        parse_xml(
            f'<w:ind {nsdecls("w")} w:leftChars="500" w:left="{5 * CHARACTER}" '
            f'w:hangingChars="300" w:hanging="{3 * CHARACTER}"/>'
        )
    )
    run = paragraph.add_run(label)
    run._r.get_or_add_rPr().append(parse_xml(_fonts_xml(HEI, nsdecls("w"))))
    paragraph.add_run(f"：{_clean(text)}")


def _clean(text: str) -> str:
    """Text without the control characters that XML cannot hold; they are never drawn."""
    return _UNPRINTABLE.sub("", text)


def _set_defaults(document: DocxDocument) -> None:
    """Own document defaults: the template's have theme fonts, which win over any other."""
    styles = document.styles.element
    styles.replace(
        styles.find(qn("w:docDefaults")),
        parse_xml(
            f"<w:docDefaults {nsdecls('w')}><w:rPrDefault><w:rPr>{_fonts_xml(FANG)}"
            '<w:sz w:val="32"/><w:szCs w:val="32"/>'
            '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
            "<w:pPrDefault/></w:docDefaults>"
        ),
    )


def _set_style(document: DocxDocument, name: str, font: str, size: int, indent: int) -> None:
    """A style from the ground: whatever the template had in it goes."""
    styles = document.styles
    style = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    element = style.element
    for part in element.findall(qn("w:pPr")) + element.findall(qn("w:rPr")):
        element.remove(part)
    element.append(parse_xml(_paragraph_xml(name, indent)))
    element.append(
        parse_xml(
            f"<w:rPr {nsdecls('w')}>{_fonts_xml(font)}"
            '<w:b w:val="0"/><w:bCs w:val="0"/><w:i w:val="0"/><w:color w:val="000000"/>'
            f'<w:spacing w:val="{CHARACTER_SPACE if _on_grid(name) else 0}"/><w:kern w:val="0"/>'
            f'<w:sz w:val="{size * 2}"/>'
            f'<w:szCs w:val="{size * 2}"/></w:rPr>'
        )
    )


def _on_grid(name: str) -> bool:
    """Whether a style is text of 28 characters a line and 22 lines a page."""
    return name not in ("Title", "Footer")


def _paragraph_xml(name: str, indent: int) -> str:
    """A style's paragraph properties, in the order that the schema wants."""
    heading = name.startswith("Heading")
    line = {"Title": LINE_PITCH, "Footer": 280}.get(name)
    spacing = f' w:line="{line}" w:lineRule="exact"' if line else ' w:line="240" w:lineRule="auto"'
    level = f'<w:outlineLvl w:val="{int(name[-1]) - 1}"/>' if heading else ""
    return (
        f"<w:pPr {nsdecls('w')}>"
        + ("<w:keepNext/>" if heading else "")
        + '<w:widowControl w:val="0"/><w:kinsoku/><w:overflowPunct w:val="0"/>'
        + '<w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'
        + ("" if _on_grid(name) else '<w:snapToGrid w:val="0"/>')
        + f'<w:spacing w:before="0" w:after="0"{spacing}/>'
        + (
            f'<w:ind w:firstLineChars="{indent * 100}" w:firstLine="{indent * CHARACTER}"/>'
            if indent
            else ""
        )
        + f'<w:jc w:val="{"center" if name == "Title" else "both"}"/>{level}</w:pPr>'
    )


def _fonts_xml(font: str, namespaces: str = "") -> str:
    """One font for every script: Word picks the script's own where one is left out."""
    return (
        f'<w:rFonts {namespaces} w:hint="eastAsia" w:ascii="{font}" w:hAnsi="{font}" '
        f'w:eastAsia="{font}" w:cs="{font}"/>'
    )


def _set_page(section: Section) -> None:
    """A4, the standard's margins (5.2.1), the grid, and the numbers at the outer corners (7.5)."""
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance, section.header_distance = FOOTER_DISTANCE, Mm(15)
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)
    section._sectPr.append(
        parse_xml(f'<w:docGrid {nsdecls("w")} w:type="lines" w:linePitch="{LINE_PITCH}"/>')
    )
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        footer.is_linked_to_previous = False
        _number_page(footer.paragraphs[0], side)


def _number_page(paragraph: Paragraph, side: str) -> None:
    """— 1 —, one character (14 pt) in from the outer edge."""
    paragraph.style = "Footer"
    properties = paragraph._p.get_or_add_pPr()
    properties.append(parse_xml(f'<w:ind {nsdecls("w")} w:{side}Chars="100" w:{side}="280"/>'))
    properties.append(parse_xml(f'<w:jc {nsdecls("w")} w:val="{side}"/>'))
    paragraph.add_run("— ")
    for kind in ("begin", "", "separate", "1", "end"):
        run = paragraph.add_run(kind if kind == "1" else "")
        if kind in ("begin", "separate", "end"):
            xml = f'<w:fldChar {nsdecls("w")} w:fldCharType="{kind}"/>'
            run._r.append(parse_xml(xml))
        elif not kind:
            run._r.append(parse_xml(f"<w:instrText {nsdecls('w')}>PAGE</w:instrText>"))
    paragraph.add_run(" —")


def _set_settings(document: DocxDocument) -> None:
    """Pages that mirror, Chinese as the language, and no compatibility mode in Word."""
    document.settings.odd_and_even_pages_header_footer = True
    settings = document.settings.element
    settings.find(qn("w:zoom")).addnext(OxmlElement("w:mirrorMargins"))
    settings.find(qn("w:themeFontLang")).set(qn("w:eastAsia"), "zh-CN")
    for setting in settings.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")


def _set_fonts_table(document: DocxDocument) -> None:
    """Which fonts the file names, and what stands in for one that is not installed."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/>'
        '<w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name, other in ALTERNATIVES.items()
    )
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/fontTable"):
            xml = f"<w:fonts {nsdecls('w')}>{fonts}</w:fonts>"
            relation.target_part._blob = xml.encode()


def _describe(document: DocxDocument, facts: RecordFacts) -> None:
    """The file's own description, from the facts alone; the template's preview picture goes."""
    properties = document.core_properties
    # The library refuses more than 255 characters.
    properties.title = _clean(f"{facts.unit}{minutes_title(facts)}（{facts.number}）")[:255]
    properties.author = properties.last_modified_by = _clean(facts.unit)
    properties.created = properties.modified = facts.made_at.astimezone(UTC)
    properties.language, properties.comments, properties.revision = "zh-CN", "", 1
    package = document.part.package
    for identifier, relation in list(package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            del package.rels[identifier]


def _saved(document: DocxDocument) -> bytes:
    """The file's bytes, without the time of day that a ZIP notes for every part."""
    saved, fixed = io.BytesIO(), io.BytesIO()
    document.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(fixed, "w") as target:
        for name in source.namelist():
            part = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            target.writestr(part, source.read(name), zipfile.ZIP_DEFLATED)
    return fixed.getvalue()
