"""How papers write dates, names, numerals and titles."""

from datetime import UTC, datetime

import pytest

from meetings.papers.typography import (
    clock,
    day,
    moment,
    numeral,
    office,
    padded,
    period,
    recorded,
    title_lines,
    unbroken,
)


def china(hour, minute=0, day=5):
    return datetime(2026, 3, day, (hour - 8) % 24, minute, tzinfo=UTC)


def test_date_has_no_leading_zeros():
    assert day(china(9)) == "2026年3月5日"


@pytest.mark.parametrize(
    ("hour", "text"), [(9, "上午9:05"), (12, "中午12:05"), (13, "下午1:05"), (23, "下午11:05")]
)
def test_clock_tells_half_and_hour(hour, text):
    assert clock(china(hour, 5)) == text


def test_moment_of_nothing_is_unrecorded():
    assert moment(None) == day(None) == clock(None) == recorded("") == "未记录"


def test_period_says_the_day_once():
    assert period(china(9), china(10, 40)) == "2026年3月5日上午9:00至10:40"


def test_period_across_noon_says_both_halves():
    assert period(china(9), china(14)) == "2026年3月5日上午9:00至下午2:00"


def test_period_across_days_says_both():
    assert period(china(9), china(9, day=6)) == "2026年3月5日上午9:00至2026年3月6日上午9:00"


def test_period_without_an_end_gives_the_start():
    assert period(china(9), None) == "2026年3月5日上午9:00"


@pytest.mark.parametrize(
    ("name", "shown"), [("李堃", "李\u3000堃"), ("王昊天", "王昊天"), ("林𬸦", "林\u3000𬸦")]
)
def test_two_character_name_is_padded(name, shown):
    assert padded(name) == shown


def test_dotted_name_holds_together_at_every_dot():
    assert unbroken("请买买提·吐尔逊·艾则孜发言") == (
        '请买买<span class="nowrap">提·吐</span>尔<span class="nowrap">逊·艾</span>则孜发言'
    )


def test_dotted_name_with_one_character_between_dots_holds_together():
    assert unbroken("阿·布·德") == '<span class="nowrap">阿·布·德</span>'


def test_unbroken_escapes():
    assert unbroken("<b>阿·布") == '&lt;b&gt;<span class="nowrap">阿·布</span>'


@pytest.mark.parametrize(
    ("number", "text"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五")]
)
def test_numeral(number, text):
    assert numeral(number) == text


def test_short_title_stays_on_one_line():
    assert title_lines("集体廉政谈话记录") == ["集体廉政谈话记录"]


def test_long_title_breaks_between_words():
    lines = title_lines("2026年春节后新任职干部任前集体廉政谈话记录")
    assert lines == ["2026年春节后新任职干部", "任前集体廉政谈话记录"]


def test_title_keeps_the_breaks_of_its_author():
    assert title_lines("第一行\n第二行") == ["第一行", "第二行"]


def test_long_name_of_an_office_breaks_between_its_parts():
    name = "中共云岭哈尼族彝族自治州市场监督管理局机关委员会综合行政执法支队"
    assert title_lines(name, 20) == [
        "中共云岭哈尼族彝族自治州市场监督管理局",
        "机关委员会综合行政执法支队",
    ]


def test_title_that_has_no_place_to_break_is_broken_evenly():
    assert title_lines("甲" * 40) == ["甲" * 13, "甲" * 13, "甲" * 14]


def test_long_title_of_many_words_breaks_between_them():
    title = "2026年上半年全县市场监督管理系统中层以上领导干部暨新任职人员任前集体廉政谈话记录"
    assert title_lines(title) == [
        "2026年上半年全县市场监督管理系统",
        "中层以上领导干部暨新任职人员",
        "任前集体廉政谈话记录",
    ]


@pytest.mark.parametrize(
    ("unit", "post", "text"),
    [
        ("办公室", "主任", "办公室主任"),
        ("办公室", None, "办公室（职务未记录）"),
        (None, "主任", "主任"),
        (None, None, "未记录"),
    ],
)
def test_office_says_what_nobody_recorded(unit, post, text):
    assert office(unit, post) == text
