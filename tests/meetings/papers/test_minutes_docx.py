"""The minutes as a .docx: what they say, and what makes Word and WPS set them alike."""

import io
import zipfile
from dataclasses import replace
from hashlib import sha256

import pytest
from docx import Document
from docx.oxml.ns import qn
from lxml import etree

from meetings.papers.facts import Statement
from meetings.papers.minutes_docx import ALTERNATIVES, STYLES, render_minutes

from . import samples
from .conftest import run_elsewhere

A4_BLOCK = (156 / 25.4 * 1440, 225 / 25.4 * 1440)  # twips


@pytest.fixture(scope="module")
def minutes():
    return render_minutes(samples.record_facts(60))


@pytest.fixture(scope="module")
def document(minutes):
    return Document(io.BytesIO(minutes))


@pytest.fixture(scope="module")
def text(document):
    return "\n".join(paragraph.text for paragraph in document.paragraphs)


def part(minutes, name):
    with zipfile.ZipFile(io.BytesIO(minutes)) as file:
        return etree.fromstring(file.read(name))


@pytest.mark.parametrize(
    "words",
    [
        "云岭县市场监督管理局\n2026年春节后新任职干部\n任前集体廉政谈话会议纪要\n",
        "\n2026年3月5日上午9:00至10:40，云岭县市场监督管理局在局机关三楼会议室开展2026年",
        "会议由周守正（局党组成员、副局长）主持，沈清源（局党组书记、局长）作集体廉政谈话，",
        "应到60人，实到57人，请假2人，缺席1人；",
        "\n一、事由依据\n《关于李堃等同志职务任免的通知》（云市监党〔2026〕8号）。\n",
        "\n二、议程与内容\n（一）主持开场（5分钟）\n周守正同志主持会议",
        "\n李堃：行政审批服务科副科长调整为行政审批服务科科长（云市监党〔2026〕8号）。\n",
        "\n林𬸦：未记录调整为信息技术保障中心主任。\n",
        "\n（四）加强监督\n1.正确对待监督。要把监督看作",
        "\n阿依古丽·买买提（综合行政执法大队副大队长）：执法一线诱惑多，",
        "\n廉政承诺书已签署57份（乙级57份）。\n",
        "\n缺席：王守（组织人事科，原因未记录）。\n列席：县纪委监委韩一鸣；县委组织部秦慧敏。",
    ],
)
def test_minutes_say(text, words):
    assert words in text


def test_everyone_present_is_named_once_behind_the_unit(text):
    (line,) = [line for line in text.splitlines() if line.startswith("出席：")]
    units = [
        part.split("、") for part in line.removeprefix("出席：").removesuffix("。").split("；")
    ]
    assert len(units) == len(samples.UNITS)
    present = [
        row for row in samples.record_facts(60).roll if row.attendance not in ("请假", "缺席")
    ]
    assert sum(map(len, units)) == len(present) == 57
    assert "请假：高赟（财务审计科，因公出差，沈清源批准）" in text


def test_minutes_of_little_leave_empty_parts_out():
    document = Document(io.BytesIO(render_minutes(samples.minimal_record_facts())))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "（时间未记录），云岭县教育局在（地点未记录）开展集体廉政谈话。" in text
    for word in ("事由", "议程", "要点", "表态", "承诺书", "出席", "列席"):
        assert word not in text


@pytest.mark.parametrize("name", STYLES)
def test_style_names_its_font_for_every_script_and_its_size(document, name):
    font, size, _indent = STYLES[name]
    style = document.styles[name]
    fonts = style.element.rPr.find(qn("w:rFonts"))
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        assert fonts.get(qn(f"w:{script}")) == font
    assert not [key for key in fonts.attrib if "Theme" in key]
    assert style.font.size.pt == size
    assert style.font.bold is False


def test_headings_are_heiti_and_kaiti_and_text_is_fangsong():
    assert STYLES["Heading 1"][:2] == ("黑体", 16)
    assert STYLES["Heading 2"][:2] == ("楷体", 16)
    assert STYLES["Body Text"][:2] == ("仿宋", 16)
    assert STYLES["Title"][1] == 22


def test_defaults_hold_no_theme_font_and_speak_chinese(minutes):
    defaults = part(minutes, "word/styles.xml").find(qn("w:docDefaults"))
    assert "Theme" not in etree.tostring(defaults).decode()
    assert defaults.find(f".//{qn('w:lang')}").get(qn("w:eastAsia")) == "zh-CN"
    spacing = defaults.find(f".//{qn('w:spacing')}")
    assert spacing is None


def test_every_font_used_has_a_stand_in(minutes):
    fonts = part(minutes, "word/fontTable.xml")
    found = {font.get(qn("w:name")): font.find(qn("w:altName")).get(qn("w:val")) for font in fonts}
    assert found == ALTERNATIVES
    assert {font for font, _size, _indent in STYLES.values()} <= set(found)


def test_no_run_is_bold_or_has_a_font_beyond_the_styles(minutes):
    body = part(minutes, "word/document.xml")
    assert body.findall(f".//{qn('w:b')}") == []
    fonts = {node.get(qn("w:eastAsia")) for node in body.iter(qn("w:rFonts"))}
    assert fonts == {"黑体"}  # 出席, 请假, 缺席, 列席


def test_page_is_a4_with_the_standards_margins(document):
    (section,) = document.sections
    sizes = (section.page_width, section.page_height)
    assert [round(size.mm) for size in sizes] == [210, 297]
    margins = (
        section.top_margin, section.bottom_margin, section.left_margin, section.right_margin,
    )  # fmt: skip
    assert [round(margin.mm) for margin in margins] == [37, 35, 28, 26]


def test_grid_holds_22_lines_of_28_characters(minutes, document):
    grid = part(minutes, "word/document.xml").find(f".//{qn('w:docGrid')}")
    assert grid.get(qn("w:type")) == "lines"
    width, height = A4_BLOCK
    # Close to the edge: a 29th character or a 23rd line is far off.
    assert 22 <= height / int(grid.get(qn("w:linePitch"))) < 22.05
    for name in ("Normal", "Body Text", "Heading 1", "Heading 2"):
        spacing = document.styles[name].element.rPr.find(qn("w:spacing"))
        pitch = 16 * 20 + int(spacing.get(qn("w:val")))
        assert 28 <= width / pitch < 28.1


def test_paragraph_rules_keep_to_the_grid(document):
    """No space beside figures, no punctuation hung outside, headings kept with their text."""
    for name in ("Body Text", "Heading 1", "Heading 2"):
        properties = document.styles[name].element.pPr
        for rule in ("overflowPunct", "autoSpaceDE", "autoSpaceDN"):
            assert properties.find(qn(f"w:{rule}")).get(qn("w:val")) == "0"
        assert properties.find(qn("w:snapToGrid")) is None
        assert properties.find(qn("w:ind")).get(qn("w:firstLineChars")) == "200"
    for name in ("Heading 1", "Heading 2"):
        assert document.styles[name].paragraph_format.keep_with_next


def footer_text(footer):
    return "".join(
        node.text or "" for node in footer._element.iter(qn("w:t"), qn("w:instrText"))
    ).replace("PAGE1", "PAGE")


def test_page_numbers_stand_at_the_outer_corners(document, minutes):
    (section,) = document.sections
    assert document.settings.odd_and_even_pages_header_footer
    assert part(minutes, "word/settings.xml").find(qn("w:mirrorMargins")) is not None
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        assert footer_text(footer) == "— PAGE —"
        properties = footer.paragraphs[0]._p.pPr
        assert properties.find(qn("w:jc")).get(qn("w:val")) == side
        assert properties.find(qn("w:ind")).get(qn(f"w:{side}Chars")) == "100"
        assert footer.paragraphs[0].style.name == "Footer"


def test_list_of_people_hangs_below_the_first_name(document):
    lists = [
        p for p in document.paragraphs if p.text[:3] in ("出席：", "请假：", "缺席：", "列席：")
    ]
    assert len(lists) == 4
    for paragraph in lists:
        indent = paragraph._p.pPr.find(qn("w:ind"))
        assert indent.get(qn("w:leftChars")) == "500"
        assert indent.get(qn("w:hangingChars")) == "300"


def test_settings_are_in_the_order_of_the_schema(minutes):
    names = [etree.QName(node).localname for node in part(minutes, "word/settings.xml")]
    order = ["zoom", "mirrorMargins", "proofState", "defaultTabStop", "evenAndOddHeaders", "compat"]
    assert [name for name in names if name in order] == order


def test_control_characters_do_not_break_the_file():
    facts = replace(
        samples.minimal_record_facts(),
        statements=(Statement("张\x0b三", "愿\x00意\x1f。"),),
        title="长" * 300,
    )
    document = Document(io.BytesIO(render_minutes(facts)))
    assert "张三：愿意。" in "\n".join(paragraph.text for paragraph in document.paragraphs)


def test_file_describes_itself_from_the_facts(document, minutes):
    properties = document.core_properties
    assert properties.title.endswith("会议纪要（廉谈〔2026〕3号）")
    assert properties.author == "云岭县市场监督管理局"
    assert properties.comments == ""
    assert properties.created.isoformat() == "2026-03-06T03:00:00+00:00"
    with zipfile.ZipFile(io.BytesIO(minutes)) as file:
        assert "docProps/thumbnail.jpeg" not in file.namelist()


def test_same_facts_give_the_same_bytes_in_another_process(minutes):
    script = (
        "import hashlib\n"
        "from tests.meetings.papers import samples\n"
        "from meetings.papers.minutes_docx import render_minutes\n"
        "print(hashlib.sha256(render_minutes(samples.record_facts(60))).hexdigest())\n"
    )
    other = run_elsewhere(script)
    assert other == sha256(minutes).hexdigest()
