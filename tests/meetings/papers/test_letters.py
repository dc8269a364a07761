"""What stands in the letters: notice, outline, make-up record."""

import io
from dataclasses import replace
from datetime import timedelta

import pypdf
import pytest

from meetings.papers import make_up_record
from meetings.papers.exceptions import MissingGlyphs, PaperError
from meetings.papers.facts import Clause, Person, Point
from meetings.papers.gathering_letters import office_phone
from meetings.papers.letter_facts import Contact
from meetings.papers.make_up_record import render_make_up_record, render_make_up_records
from meetings.papers.notice import (
    addressees,
    broken_title,
    contact_line,
    head_type,
    meeting_time,
    notice_title,
    render_notice,
)
from meetings.papers.outline import render_outline

from . import letter_samples
from .conftest import open_pdf
from .conftest import text_of as text_of_the_block
from .samples import HELD, POINTS
from .test_record import bookmarks


def text_of(pdf):
    """All text but the page numbers, in the order it is drawn in, without what pads and parts.

    A letter's first page is longer than the others, so the block's end does not mark it off.
    """
    with open_pdf(pdf) as document:
        text = "".join(
            char["text"]
            for page in document.pages
            for char in page.chars
            if round(char["size"]) != 14
        )
    return text.replace("\u3000", "").replace(" ", "")


@pytest.fixture(scope="module")
def notice_text():
    return text_of(render_notice(letter_samples.notice_facts()))


@pytest.fixture(scope="module")
def bare_text():
    return text_of(render_notice(letter_samples.bare_notice_facts()))


@pytest.fixture(scope="module")
def outline_text():
    return text_of(render_outline(letter_samples.outline_facts()))


@pytest.fixture(scope="module")
def make_up_text():
    return text_of(render_make_up_record(letter_samples.make_up_facts()))


@pytest.mark.parametrize(
    "words",
    [
        "云岭县市场监督管理局廉谈〔2026〕3号云岭县市场监督管理局"
        "关于开展2026年春节后新任职干部任前集体廉政谈话的通知",
        "组织人事科、机关纪委、",
        "办公室：经研究，定于2026年3月5日开展",
        "一、事由依据近期部分中层岗位和分工作了调整，",
        "任前集体谈话。二、时间地点",
        "（一）时间：2026年3月5日（星期四）上午9:00至10:40。",
        "（二）地点：局机关三楼会议室。",
        "（一）主持人：周守正（局党组成员、副局长）。",
        "（三）参加人员：共58人，名单见附件2。",
        "（四）列席人员：共2人，名单见附件2。",
        "四、会议议程1.主持开场（5分钟）。2.宣读任职文件：云市监党〔2026〕8号（10分钟）。",
        "围绕勤奋学习、强化担当、严格要求、加强监督四个方面进行集体谈话，谈话提纲见附件1。",
        "学习内容包括：1.《中国共产党章程》。2.《中国共产党廉洁自律准则》。",
        "六、注意事项1.请提前十分钟入场，",
        "2.因故不能参加的，请于会前请假。3.谈话结束后，",
        "于2026年3月8日前完成。附件：1.集体廉政谈话提纲2.参会人员名单云岭县",
        "云岭县市场监督管理局2026年3月2日（联系人：许立新，联系电话：0871-60000000）",
        "附件1集体廉政谈话提纲一、勤奋学习",
        "附件2参会人员名单序号",
        "阿依古丽·买买提（女，维吾尔族）",
    ],
)
def test_notice_says(notice_text, words):
    assert words in notice_text


def test_notice_lists_everyone_once_in_order(notice_text):
    facts = letter_samples.notice_facts()
    listed = notice_text[notice_text.index("参会人员名单序号") :]
    listed = listed.replace("序号姓名单位及职务备注", "")
    place = 0
    for row in (*facts.called, *facts.observing):
        place = listed.index(row.name, place) + 1
    assert listed.count("列席") == 2


def test_notice_of_little_leaves_empty_parts_out(bare_text):
    for part in ("事由依据", "会议议程", "注意事项", "列席", "学习内容", "联系人"):
        assert part not in bare_text
    assert "各位参会同志：" in bare_text
    assert "一、时间地点" in bare_text
    assert "三、谈话内容围绕" in bare_text


def test_notice_has_a_bookmark_for_each_part():
    found = bookmarks(render_notice(letter_samples.notice_facts()))
    assert found[0].endswith("任前集体廉政谈话的通知")
    assert found[1:7] == [
        "一、事由依据",
        "二、时间地点",
        "三、参会人员",
        "四、会议议程",
        "五、谈话内容",
        "六、注意事项",
    ]
    assert found[7] == "集体廉政谈话提纲"
    assert found[-1] == "参会人员名单"


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("节前集体廉政谈话", "关于开展节前集体廉政谈话的通知"),
        ("节前集体廉政谈话会", "关于召开节前集体廉政谈话会的通知"),
        ("廉政谈话会议", "关于召开廉政谈话会议的通知"),
    ],
)
def test_talk_is_held_and_meeting_called(title, wanted):
    facts = replace(letter_samples.bare_notice_facts(), title=title)
    assert notice_title(facts) == f"云岭县农业农村局{wanted}"


@pytest.mark.parametrize(
    ("unit", "title", "lines"),
    [
        ("监察室", "廉政谈话", ["监察室关于开展廉政谈话的通知"]),
        (
            "监察室",
            "2026年春节后新任职干部任前集体廉政谈话",
            ["监察室", "关于开展2026年春节后新任职干部", "任前集体廉政谈话的通知"],
        ),
        (
            "云岭自治县自然资源和规划局",
            "节前集体廉政谈话",
            ["云岭自治县自然资源和规划局", "关于开展节前集体廉政谈话的通知"],
        ),
    ],
)
def test_title_is_broken_by_sense_and_behind_the_issuer(unit, title, lines):
    facts = replace(letter_samples.bare_notice_facts(), unit=unit, title=title)
    assert broken_title(facts) == lines


def test_many_addressees_get_a_collective_name():
    facts = letter_samples.notice_facts()
    many = replace(facts, addressees=tuple(f"第{number}业务科室" for number in range(30)))
    assert addressees(facts).endswith("、办公室")
    assert addressees(many) == "各有关单位"


def test_items_are_numbered_once_whatever_was_typed():
    facts = replace(
        letter_samples.bare_notice_facts(),
        reminders=("1、带笔记本", "（二）手机静音。", "9.30前签到", "2026年度的学习笔记请带来"),
        study_list=("《中国共产党章程》",),
    )
    text = text_of(render_notice(facts))
    assert "1.带笔记本。2.手机静音。3.9.30前签到。4.2026年度的学习笔记请带来。" in text
    assert "学习内容为《中国共产党章程》。" in text


def test_meeting_over_two_days_says_both():
    assert meeting_time(HELD, HELD + timedelta(days=1)).count("2026年3月") == 2


@pytest.mark.parametrize(
    "number", ["13900000000", "139 0000 0000", "+86 139-0000-0000", "（+86）19900000000", ""]
)
def test_mobile_number_is_left_out_of_the_contact(number):
    assert office_phone(number) is None


@pytest.mark.parametrize("number", ["0871-60000000", "（0532）6000000", "60000000", "12345"])
def test_number_of_an_office_is_printed_as_it_is(number):
    assert office_phone(number) == number


def test_contact_without_phone_is_a_name_alone():
    assert contact_line(Contact("许立新")) == "（联系人：许立新）"


@pytest.mark.parametrize("length", [2, 9, 10, 15, 25, 60])
def test_head_keeps_within_the_block(length):
    head = {
        name: float(value.removesuffix("pt")) for name, value in head_type("局" * length).items()
    }
    assert head["width"] * head["scale"] <= 442.3
    assert head["width"] == pytest.approx(head["size"] * length, abs=1)
    assert head["scale"] >= 0.499


def test_outline_by_itself_names_its_letter(outline_text):
    assert outline_text.startswith("廉谈〔2026〕3号附件1集体廉政谈话提纲")


def test_outline_has_requirements_and_no_commitments(outline_text):
    for point in POINTS:
        for clause in point.clauses:
            assert f"{clause.heading}。{clause.requirement}" in outline_text
            assert clause.commitment not in outline_text


@pytest.mark.parametrize(
    "words",
    [
        "云岭县市场监督管理局2026年春节后新任职干部任前集体廉政谈话补谈记录",
        "原定会议：2026年春节后新任职干部任前集体廉政谈话（廉谈〔2026〕3号，2026年3月5日）",
        "谈话对象：阿依古丽·买买提（综合行政执法大队副大队长）",
        "未到原因：病假（沈清源批准）",
        "时间：2026年3月9日上午9:00至9:30",
        "记录人：未记录",
        "承诺书：已签署（乙级，短码3F2A91BC）",
        "二、谈话情况沈清源同志逐条讲明",
        "三、本人表态我将带好队伍",
        "谈话人：本人：记录人：",
    ],
)
def test_make_up_record_says(make_up_text, words):
    assert words in make_up_text


def test_make_up_record_leaves_empty_parts_out():
    facts = replace(letter_samples.make_up_facts(), points=(), notes="", pledge=None, reason=None)
    text = text_of(render_make_up_record(facts))
    assert "谈话要点" not in text
    assert "一、本人表态" in text
    assert "承诺书：未签署" in text
    assert "未到原因：未记录" in text


@pytest.fixture(scope="module")
def form():
    return render_make_up_record(letter_samples.make_up_form_facts())


@pytest.mark.parametrize(
    "words",
    [
        "原定会议：2026年春节后新任职干部任前集体廉政谈话（廉谈〔2026〕3号，2026年3月5日）",
        "谈话对象：阿依古丽·买买提（综合行政执法大队副大队长）未到原因：请假，病假，沈清源批准",
        "批准时间：年月日时分至时分地点：谈话人：记录人：一、谈话要点",
        "（一）勤奋学习。学习党纪党规；学习规章制度；学习理论业务。",
        "二、谈话情况三、本人表态承诺书：已签署（年月日）未签署",
        "补谈结束。谈话人：本人：记录人：年月日",
    ],
)
def test_make_up_form_prints_what_is_known_and_leaves_the_rest_open(form, words):
    assert words in text_of(form)


def test_make_up_form_records_nothing_that_is_still_to_come(form):
    assert "未记录" not in text_of(form)


def test_make_up_form_leaves_lines_to_write_on(form):
    with open_pdf(form) as document:
        tops = {round(line["top"]) for line in document.pages[1].rects if line["width"] > 400}
    assert len(tops) == sum(make_up_record.LINES.values())


def test_make_up_form_leaves_an_unrecorded_reason_to_the_pen():
    facts = replace(letter_samples.make_up_form_facts(), missed="缺席", reason=None)
    assert "未到原因：缺席具体原因：时间：" in text_of_the_block(render_make_up_record(facts))


def test_make_up_form_says_how_the_pledge_is_signed():
    facts = replace(letter_samples.make_up_form_facts(), pledge="已签署（乙级，短码3F2A91BC）")
    text = text_of(render_make_up_record(facts))
    assert "承诺书：已签署（乙级，短码3F2A91BC）补谈结束。" in text


@pytest.mark.parametrize(
    "person",
    [
        Person("阿依古丽·买买提", "综合行政执法大队", "副大队长"),
        Person("陈志远", "直属" * 50, "兼任" * 50),
        Person("阿卜杜热合曼·买买提吐尔逊·伊布拉音江·阿不都克里木·托合提", "办公室", "主任"),
    ],
    ids=["one", "long post", "long name"],
)
def test_make_up_form_is_one_sheet(person):
    facts = replace(letter_samples.make_up_form_facts(), person=person)
    pdf = render_make_up_record(facts)
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 2
    assert person.name in text_of_the_block(pdf)


def test_make_up_form_of_an_outline_too_long_for_its_sheet_takes_another_page():
    clause = Clause("逐条讲明的要求" * 7, "", "")
    facts = replace(
        letter_samples.make_up_form_facts(), points=(Point("勤奋学习", (clause,) * 20),)
    )
    pdf = render_make_up_record(facts)
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 3


def test_make_up_forms_are_bound_in_their_order():
    facts = letter_samples.make_up_form_facts()
    pdf = render_make_up_records((facts, replace(facts, person=Person("石𬸦", "办公室", "主任"))))
    assert bookmarks(pdf)[0].startswith("阿依古丽·买买提")
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages) == 4


def test_more_make_up_forms_than_a_page_may_wait_for_are_refused(monkeypatch):
    monkeypatch.setattr(make_up_record, "MOST_TOGETHER", 1)
    with pytest.raises(PaperError, match="2"):
        render_make_up_records((letter_samples.make_up_form_facts(),) * 2)


def test_character_in_no_font_is_named_with_its_person():
    facts = letter_samples.bare_notice_facts()
    wrong = replace(facts.called[0], name="张\ue000")
    with pytest.raises(MissingGlyphs) as caught:
        render_notice(replace(facts, called=(wrong,)))
    assert caught.value.missing[0].where == "张\ue000"


def test_markup_in_a_text_is_printed_as_text():
    facts = replace(letter_samples.bare_notice_facts(), place="<b>三楼</b>&amp;")
    assert "<b>三楼</b>&amp;" in text_of(render_notice(facts))


def test_list_of_many_repeats_its_header():
    pdf = render_notice(letter_samples.notice_facts())
    pages = [
        "".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages
    ]
    lists = pages[next(n for n, text in enumerate(pages) if text.startswith("附件2")) :]
    assert len(lists) >= 3
    assert all("序号姓名单位及职务备注" in text for text in lists)
    # No row stands alone below the last page's header.
    facts = letter_samples.notice_facts()
    last = (*facts.called, *facts.observing)[-2:]
    assert all("".join(row.name.split()) in lists[-1] for row in last)
