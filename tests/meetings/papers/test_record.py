"""What stands in a talk record."""

import io
from dataclasses import replace

import pypdf
import pytest

from meetings.papers.exceptions import MissingGlyphs
from meetings.papers.facts import AgendaEntry, Attachment, Leave, Person, Statement
from meetings.papers.record import facts_digest, record_title, render_record

from . import samples
from .conftest import text_of
from .measuring import WIDTH, read_pages


@pytest.fixture(scope="module")
def record_text(record_pdf):
    return text_of(record_pdf)


def bookmarks(pdf):
    def walk(items):
        for item in items:
            if isinstance(item, list):
                yield from walk(item)
            else:
                yield item.title

    return list(walk(pypdf.PdfReader(io.BytesIO(pdf)).outline))


@pytest.mark.parametrize("name", samples.RARE_NAMES)
def test_rare_name_reads_back(record_text, name):
    assert name in record_text


@pytest.mark.parametrize(
    "words",
    [
        "2026年3月5日上午9:00至10:40",
        "应到36人，实到33人，请假2人，缺席1人；迟到1人，列席2人，除外1人",
        "周守正（局党组成员、副局长）",
        "孔文军（借调县政府办公室）",
        "高赟（财务审计科，因公出差，沈清源批准）",
        "按廉政谈话提纲（第1版）谈话。签署承诺书的33人对下列各条逐条作出承诺，签署情况见第六部分",
        "六、参会人员与承诺书签署情况",
        "会议通知（notice.pdf）",
        "已签署33份（乙级33份）",
        "云市监党〔2026〕8号",
        "2.《中国共产党廉洁自律准则》",
        "坚持两人以上执法、全过程记录。",
        "附件：1.会议通知",
        "散会。",
        "（女）",
        "维吾尔族",
        "新任职",
        "晚5分钟",
    ],
)
def test_record_says(record_text, words):
    assert words in record_text


def test_every_clause_is_there_with_both_faces(record_text):
    for point in samples.POINTS:
        for clause in point.clauses:
            assert clause.requirement in record_text
            assert clause.commitment in record_text


def test_every_signature_has_its_short_code_and_digest(record_pdf, record_text):
    rows = samples.record_facts(36).signed
    assert len(rows) == 33
    assert all(row.pledge.short_code.replace(" ", "") in record_text for row in rows)
    assert all(row.pledge.digest in record_text for row in rows)


def test_drawn_signatures_are_drawn(record_pdf):
    """Stroke colour of the ink appears once a drawn signature."""
    drawn = [row for row in samples.record_facts(36).signed if row.pledge.svg]
    reader = pypdf.PdfReader(io.BytesIO(record_pdf))
    content = b"".join(page.get_contents().get_data() for page in reader.pages)
    assert content.count(b"0.1216 0.1373 0.1608 RG") == len(drawn)


def test_roll_is_in_the_order_given(record_text):
    codes = [row.pledge.short_code.replace(" ", "") for row in samples.record_facts(36).signed]
    order = [record_text.index(code) for code in codes]
    assert order == sorted(order)


def test_bookmarks_are_the_headings(record_pdf):
    found = bookmarks(record_pdf)
    assert found[0] == "云岭县市场监督管理局2026年春节后新任职干部任前集体廉政谈话记录"
    assert "四、谈话要点" in found
    assert "（三）严格要求（做廉洁自律的表率）" in found
    assert found[-1] == "签署证据说明"


def test_level_says_what_it_proves_and_no_more(record_text):
    assert "乙级（密码签署）" in record_text
    assert "甲级（密钥签署）" not in record_text


def test_what_nobody_recorded_is_printed_as_such(minimal_pdf):
    text = text_of(minimal_pdf)
    for label in ("时间", "地点", "主持人"):
        assert f"{label}：未记录" in text


def test_empty_parts_are_left_out(minimal_pdf):
    text = text_of(minimal_pdf)
    for part in ("议程", "岗位与分工调整", "学习内容", "谈话要点", "表态发言", "附件", "列席"):
        assert part not in text
    assert "没有已签署的承诺书" in text


@pytest.mark.parametrize("disowned", [None, True])
def test_nobodys_promise_is_told_where_nobody_made_one(disowned):
    facts = samples.record_facts(20)
    rows = [
        replace(row, pledge=replace(row.pledge, disowned=True) if disowned else None)
        for row in facts.roll
        if row.pledge
    ]
    text = text_of(render_record(replace(facts, roll=tuple(rows))))
    assert "按廉政谈话提纲（第1版）谈话。" in text
    assert facts.points[0].clauses[0].requirement[:12] in text
    assert "承诺：" not in text
    assert "作出承诺" not in text


def test_sections_are_numbered_without_a_gap():
    facts = replace(samples.record_facts(20), post_changes=(), study_list=())
    text = text_of(render_record(facts))
    assert "一、议程与内容" in text
    assert "二、谈话要点" in text
    assert "三、表态发言" in text


def test_correction_gives_its_reason_and_what_changed(correction_pdf):
    text = text_of(correction_pdf)
    assert "任前集体廉政谈话更正记录" in text
    assert "第2版" in text
    assert "原记录误记为准时到会" in text
    assert "迟到（晚5分钟）" in text


def test_title_without_the_word_talk_gets_it():
    facts = replace(samples.minimal_record_facts(), title="春节前廉政教育会")
    assert record_title(facts) == "春节前廉政教育会谈话记录"


def test_facts_digest_changes_with_one_character():
    facts = samples.minimal_record_facts()
    assert facts_digest(facts) != facts_digest(replace(facts, made_by="系统2"))


def test_character_in_no_font_is_named_with_its_person():
    rows = samples.record_facts(20).roll
    wrong = replace(rows[4], name="张\ue000")
    facts = replace(samples.record_facts(20), roll=(*rows[:4], wrong, *rows[5:]))
    with pytest.raises(MissingGlyphs) as caught:
        render_record(facts)
    (missing,) = caught.value.missing
    assert (missing.character, missing.where) == ("\ue000", "张\ue000")
    assert "U+E000" in str(caught.value)


def test_character_in_no_font_is_named_with_its_part():
    facts = replace(samples.minimal_record_facts(), chair=Person("王立", post="局\ue001长"))
    with pytest.raises(MissingGlyphs) as caught:
        render_record(facts)
    assert caught.value.missing[0].where == "王立"


def test_markup_in_a_text_is_printed_as_text():
    facts = replace(samples.minimal_record_facts(), place="<b>三楼</b>&amp;")
    assert "<b>三楼</b>&amp;" in text_of(render_record(facts))


def test_long_list_of_people_on_leave_flows_overleaf_instead_of_leaving_a_gap():
    leaves = tuple(Leave(f"请假人{number}", "下乡处置突发情况", "冯守正") for number in range(60))
    pdf = render_record(replace(samples.record_facts(3), leaves=leaves))
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    first, second = ("".join(page.split()) for page in pages[:2])
    assert "请假人0（" in first
    assert "请假人20（" not in first
    assert "请假人20（" in second


@pytest.mark.parametrize(
    "words",
    [
        "已签署{standing}份（甲级1份，乙级{password}份，丙级2份）；另有1份经本人否认，不计入",
        "2026年3月6日",
        "时间未记录",
        "本人否认",
        "见纸面",
        "丙级纸面签署，周守正见证，",
        "甲级本人密钥签署",
        "注明“本人否认”的，是签署人事后声明非其本人所签",
    ],
)
def test_record_says_how_each_pledge_was_signed(levels_pdf, words):
    facts = samples.levels_facts()
    standing = len(facts.standing)
    assert len(facts.signed) == standing + 1
    said = words.format(standing=standing, password=standing - 3)
    assert said in text_of(levels_pdf).replace("\n", "")


def test_record_without_disowned_signatures_does_not_speak_of_them(record_text):
    assert "本人否认" not in record_text


def facts_of_text(**changes):
    """A record of little more than the given parts."""
    return replace(samples.minimal_record_facts(), **changes)


def lines_by_page(facts):
    return [[line.text for line in page.text_lines] for page in read_pages(render_record(facts))]


def test_statement_of_several_paragraphs_keeps_them_without_blank_ones():
    said = Statement("李堃", "　　感谢组织信任。\n\n　　请同志们监督。")
    (lines, _evidence) = lines_by_page(facts_of_text(statements=(said, Statement("王喆", ""))))
    first = lines.index("李堃：感谢组织信任。")
    assert lines[first + 1 : first + 3] == ["请同志们监督。", "王喆：未记录"]


def test_word_wider_than_the_block_is_broken():
    address = "https://liantan.example.cn/" + "abcdefghij" * 9
    facts = facts_of_text(place=address, agenda=(AgendaEntry("主持开场", notes=f"见{address}"),))
    lines = [line for page in read_pages(render_record(facts)) for line in page.lines]
    assert max(line.right for line in lines) < WIDTH + 1
    assert "".join(line.text for line in lines).count(address) == 2


def test_long_unit_and_title_take_several_lines_of_the_title():
    facts = facts_of_text(
        unit="云岭哈萨克自治州青禾县市场监督管理局机关党委办公室",
        title="全县市场监督管理系统中层以上领导干部暨新任职人员任前集体廉政谈话",
    )
    assert lines_by_page(facts)[0][:4] == [
        "云岭哈萨克自治州青禾县",
        "市场监督管理局机关党委办公室",
        "全县市场监督管理系统中层以上领导干部",
        "暨新任职人员任前集体廉政谈话记录",
    ]


@pytest.mark.parametrize("paragraphs", [4, 5, 6, 7])
def test_signatures_never_stand_on_a_page_without_text(paragraphs):
    """7.3.5.5, wherever the text happens to end; 散会 alone is no text."""
    notes = "\n".join(["已记录。"] * paragraphs)
    *pages, _evidence = lines_by_page(facts_of_text(agenda=(AgendaEntry("主持开场", notes=notes),)))
    assert len(pages) == (1 if paragraphs == 4 else 2)
    assert pages[-1][-3:-1] == ["已记录。", "散会。"]


def test_title_of_an_attachment_turns_over_below_itself():
    """7.3.4, with the numbers of more than nine."""
    title = "关于印发市场监督管理系统干部集体廉政谈话工作办法的通知"
    facts = facts_of_text(attachments=(Attachment(title, "a.pdf"),) * 10)
    lines = [line for page in read_pages(render_record(facts)) for line in page.lines]
    (first,) = (line for line in lines if line.text.startswith("附件：1.关于"))
    (tenth,) = (line for line in lines if line.text.startswith("10.关于"))
    places = {
        round(line.glyphs[line.text.index("关")].left - line.page.left) for line in (first, tenth)
    }
    following = {round(lines[lines.index(line) + 1].left) for line in (first, tenth)}
    assert places == following
    assert len(places) == 1
