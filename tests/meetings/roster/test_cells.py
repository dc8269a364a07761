"""What each kind of cell says, and what is refused in words."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.roster.cells import (
    CellRefused,
    bounded_text,
    plain_text,
    read_email,
    read_ethnicity,
    read_gender,
    read_month,
    read_name,
    read_order,
    read_phone,
    read_staff_number,
)
from meetings.roster.workbook import Formula

years = st.integers(1920, 2019)
months = st.integers(1, 12)
WAYS = (
    "{y}.{m:02}", "{y}.{m}", "{y}-{m:02}", "{y}/{m}", "{y}{m:02}", "{y}年{m}月", "{y} 年 {m:02} 月",
    "{y}．{m:02}", "{y}.{m:02}.15", "{y}年{m}月15日", "{y}{m:02}15", " {y}。{m} ",
)  # fmt: skip


@given(years, months, st.sampled_from(WAYS))
def test_month_is_read_from_every_way_of_writing_it(year, month, way):
    assert read_month(way.format(y=year, m=month)) == f"{year}-{month:02}"


@given(years, months, st.integers(1, 28))
def test_month_is_read_from_dates_and_serial_numbers(year, month, day):
    date = dt.date(year, month, day)
    serial = (date - dt.date(1899, 12, 30)).days
    assert read_month(date) == read_month(serial) == read_month(float(serial)) == f"{date:%Y-%m}"


@given(years, months)
def test_month_typed_as_a_number_is_read_unless_it_is_in_doubt(year, month):
    number = float(f"{year}.{month:02}")
    if month == 10:
        with pytest.raises(CellRefused):
            read_month(number)
    else:
        assert read_month(number) == f"{year}-{month:02}"


@pytest.mark.parametrize(("number", "month"), [(1975.8, "08"), (1975.2, "02"), (1975.9, "09")])
def test_number_whose_nought_excel_dropped_is_read_where_only_one_month_fits(number, month):
    assert read_month(number) == f"1975-{month}"


def test_number_that_may_be_january_or_october_is_refused_with_both():
    with pytest.raises(CellRefused) as refused:
        read_month(1975.1)
    assert "1975.10" in refused.value.reason


@pytest.mark.parametrize("text", ["1975.1", "1975-1"])
def test_text_of_one_digit_is_january(text):
    assert read_month(text) == "1975-01"


@pytest.mark.parametrize(
    "cell",
    [
        "1975.13", "1975.00", "197513", "1975", 1975, 1975.0, 1975.13, "75.08", "1875.08", "不详",
        "1975.08.32", "1975.02.30", "2099.01", 20.5, 999999999, -5.0, True, "#REF!", 1975.085,
        Formula("1975.08"), "08/1975", float("1e300"),
    ],
)  # fmt: skip
def test_impossible_month_is_refused(cell):
    with pytest.raises(CellRefused):
        read_month(cell)


def test_no_month_is_nothing():
    assert read_month(" ") == ""


@given(
    st.sampled_from(["方正言", "秦守廉", "田富", "欧阳廉洁", "䶮堃", "𬸦𬍛", "丁〇"]),
    st.lists(st.sampled_from([" ", "\u3000", "\xa0", "\u2009", "\n", "\u200b", "\t"]), max_size=6),
)
def test_spaces_within_a_name_go(name, spaces):
    spaced = "".join(
        character + (spaces[place % len(spaces)] if spaces else "")
        for place, character in enumerate(name)
    )
    assert read_name(spaced) == name


@pytest.mark.parametrize("dot", "•・．‧∙⋅･.·")
def test_dot_in_a_name_becomes_the_middle_dot(dot):
    assert read_name(f"艾力{dot}买买提") == "艾力·买买提"
    assert read_name(f"艾力 {dot} 买买提") == "艾力·买买提"


def test_latin_name_keeps_single_spaces():
    assert read_name("Anna   Lee") == "Anna Lee"


@pytest.mark.parametrize(
    "cell",
    ["", "　", "方正言（女）", "方正言1", "?", "方\ue863", "·方", "艾力··买买提", "=方", 5, True,
     dt.date(2020, 1, 1), Formula("方正言"), "方" * 61, "#N/A", "方正言/秦守廉"],
)  # fmt: skip
def test_what_is_no_name_is_refused(cell):
    with pytest.raises(CellRefused):
        read_name(cell)


@given(st.text(max_size=40))
def test_name_is_clean_or_refused_and_stays_as_it_is_when_read_again(text):
    try:
        name = read_name(text)
    except CellRefused:
        return
    assert name == name.strip()
    assert "\u3000" not in name
    assert read_name(name) == name


@pytest.mark.parametrize(
    ("cell", "number"),
    [(1001.0, "1001"), (1001, "1001"), ("0012", "0012"), (" Q-12 ", "Q-12"), ("Ｑ１２", "Q12"),
     ("'0012", "0012")],
)  # fmt: skip
def test_staff_number_is_read_whatever_excel_made_of_it(cell, number):
    assert read_staff_number(cell) == number


@pytest.mark.parametrize(
    "cell",
    [
        "",
        1001.5,
        1e17,
        "工号1",
        "1 / 2",
        dt.date(2020, 1, 1),
        True,
        Formula("1001"),
        "1" * 31,
        "-1",
    ],
)
def test_what_is_no_staff_number_is_refused(cell):
    with pytest.raises(CellRefused):
        read_staff_number(cell)


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        (13800000000.0, "13800000000"), ("138 0000 0000", "13800000000"),
        ("138-0000-0000", "13800000000"), ("+86 13800000000", "13800000000"),
        ("１３８００００００００", "13800000000"), ("0532-82345678", "0532-82345678"),
        ("053282345678", "0532-82345678"), ("(0532) 82345678", "0532-82345678"),
        ("82345678", "82345678"), ("", ""),
    ],
)  # fmt: skip
def test_phone_is_read_in_its_usual_ways(cell, phone):
    assert read_phone(cell) == phone


@pytest.mark.parametrize(
    "cell",
    ["1380000000", "138000000000", "12800000000", "13800000000/82345678", "见备注", 138.5, "12345",
     Formula("13800000000"), dt.date(2020, 1, 1)],
)  # fmt: skip
def test_odd_phone_is_refused(cell):
    with pytest.raises(CellRefused):
        read_phone(cell)


@pytest.mark.parametrize(("cell", "text"), [("男", "男"), ("女性", "女"), (" 女 ", "女"), ("", "")])
def test_gender_is_read(cell, text):
    assert read_gender(cell) == text


def test_other_gender_words_are_refused():
    with pytest.raises(CellRefused):
        read_gender("先生")


@pytest.mark.parametrize(("cell", "text"), [("汉", "汉族"), ("维吾尔族", "维吾尔族"), ("", "")])
def test_ethnic_group_is_read_in_full(cell, text):
    assert read_ethnicity(cell) == text


def test_unknown_ethnic_group_is_refused():
    with pytest.raises(CellRefused):
        read_ethnicity("汗族")


def test_post_loses_its_line_breaks():
    assert bounded_text("post")("党组成员、\n 副局长") == "党组成员、副局长"


def test_too_long_text_is_refused_with_the_length():
    with pytest.raises(CellRefused) as refused:
        bounded_text("post")("长" * 101)
    assert "100" in refused.value.reason


def test_apostrophe_of_the_file_of_mistakes_goes():
    assert plain_text("'=1+1") == "=1+1"
    assert plain_text("'s") == "'s"


@pytest.mark.parametrize(("cell", "order"), [("3", 3), (3.0, 3), ("", None), ("１２", 12)])
def test_given_order_is_a_whole_number(cell, order):
    assert read_order(cell) == order


@pytest.mark.parametrize("cell", ["三", "3.5", 3.5, "-1", "1234567"])
def test_other_orders_are_refused(cell):
    with pytest.raises(CellRefused):
        read_order(cell)


def test_email_is_checked():
    assert read_email("fang@example.org") == "fang@example.org"
    with pytest.raises(CellRefused):
        read_email("fang@")
