"""Official order, surname strokes, names in lists."""

import random

import pytest

from meetings.roster.ordering import (
    display_name,
    in_official_order,
    name_marks,
    stroke_key,
    stroke_table,
)
from meetings.roster.ranks import UNKNOWN, level_of
from tests.factories import CadreFactory, UnitFactory


def by_strokes(names: str) -> list[str]:
    shuffled = names.split()
    random.Random(7).shuffle(shuffled)  # noqa: S311
    return sorted(shuffled, key=stroke_key)


@pytest.mark.parametrize(
    "names",
    [
        # By number: 2, 3, 4, 5, 6, 7, 9, 12.
        "丁一 万里 王伟 田富 刘洋 李昇 赵珺 彭博",
        # Four strokes, by their kinds: heng, shu, pie, dian, zhe.
        "王伟 贝宁 毛宁 文静 尹航",
        # Seven strokes: 1234 521, 4312…, 5…
        "李昇 吴昊 何宁 沈阳 张宁",
        # The second character decides among one surname, and then the third.
        "王一宁 王大宁 王大海 王小宁 王水宁",
        # Compound surnames by their first character: 8 strokes.
        "李宁 欧阳修 周正 郑宁",
    ],
)
def test_names_are_ordered_by_strokes(names):
    assert by_strokes(names) == names.split()


def test_gap_of_a_short_name_counts_as_blank_and_comes_first(settings):
    settings.ROSTER_BLANK_FIRST = True
    assert by_strokes("田大利 田富") == ["田富", "田大利"]


def test_second_characters_are_compared_in_the_other_school(settings):
    settings.ROSTER_BLANK_FIRST = False
    assert by_strokes("田富 田大利") == ["田大利", "田富"]


def test_surnames_of_the_same_strokes_stay_together():
    assert [name[0] for name in by_strokes("田一 由一 田二 由二")] in (
        list("田田由由"),
        list("由由田田"),
    )


def test_letters_come_after_characters():
    assert by_strokes("Anna 赵宁") == ["赵宁", "Anna"]


@pytest.mark.parametrize(
    ("character", "strokes"),
    [("一", "1"), ("王", "1121"), ("万", "153"), ("火", "4334"), ("女", "531"), ("必", "45434"),
     ("龙", "13534"), ("䶮", "135341134"), ("德", "332122522114544")],
)  # fmt: skip
def test_strokes_are_those_of_the_mainland(character, strokes):
    assert stroke_table()[character] == strokes


@pytest.mark.parametrize("character", "䶮堃喆玥镕昇珺翀犇骉𬸦𬍛")
def test_strokes_of_rare_characters_are_counted(character):
    assert len(stroke_key(character)[0][1]) > 4


@pytest.mark.django_db
def test_given_order_wins_over_rank():
    low = CadreFactory(order=1, rank="副科级")
    high = CadreFactory(order=None, rank="正处级")
    assert in_official_order([high, low]) == [low, high]


@pytest.mark.django_db
def test_higher_level_goes_first_then_the_longer_in_post():
    unit = UnitFactory()
    newer = CadreFactory(unit=unit, rank="正科级", post_since="2022-01")
    unknown = CadreFactory(unit=unit, rank="正科级", post_since="")
    older = CadreFactory(unit=unit, rank="正科级", post_since="2019-12")
    deputy = CadreFactory(unit=unit, rank="副科级", post_since="2001-01")
    nobody = CadreFactory(unit=unit, rank="", post_since="1999-01")
    assert in_official_order([nobody, deputy, unknown, newer, older]) == [
        older, newer, unknown, deputy, nobody,
    ]  # fmt: skip


@pytest.mark.django_db
def test_units_keep_their_own_order_on_one_level_whatever_the_time_in_post():
    second, first = UnitFactory(order=2), UnitFactory(order=1)
    below_first = UnitFactory(order=9, parent=first)
    old_hand = CadreFactory(unit=second, post_since="2001-01")
    new_hand = CadreFactory(unit=first, post_since="2024-01")
    section = CadreFactory(unit=below_first, post_since="2010-01")
    assert in_official_order([old_hand, section, new_hand]) == [new_hand, section, old_hand]


@pytest.mark.django_db
def test_equals_of_one_unit_stand_by_strokes():
    unit = UnitFactory()
    zhao, ding = CadreFactory(name="赵宁", unit=unit), CadreFactory(name="丁宁", unit=unit)
    assert in_official_order([zhao, ding]) == [ding, zhao]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [3, 30])
def test_order_asks_the_database_the_same_for_many(count, django_assert_num_queries):
    people = [CadreFactory() for _number in range(count)]
    fresh = list(type(people[0]).objects.filter(pk__in=[cadre.pk for cadre in people]))
    with django_assert_num_queries(2):
        in_official_order(fresh)


def test_ranks_stand_by_level_with_posts_before_grades():
    ranks = ["正厅级", "一级巡视员", "副处级", "四级调研员", "正科级", "一级主任科员", "副科级",
             "三级主任科员", "正股级", "一级科员", "科员"]  # fmt: skip
    levels = [level_of(rank) for rank in ranks]
    assert levels == sorted(set(levels))


@pytest.mark.parametrize(
    ("rank", "same"),
    [("正科", "正科级"), ("正科级（一级主任科员）", "正科级"), ("三级调研员/副科级", "三级调研员")],
)
def test_rank_is_found_in_longer_words(rank, same):
    assert level_of(rank) == level_of(same)


def test_unknown_rank_is_below_all():
    assert level_of("顾问") == level_of("") == UNKNOWN > level_of("办事员")


@pytest.mark.parametrize(
    ("name", "padded"),
    [("田富", "田\u3000富"), ("田大利", "田大利"), ("𬸦䶮", "𬸦\u3000䶮"), ("Al", "Al"), ("", "")],
)
def test_two_characters_are_padded_for_lists(name, padded):
    assert display_name(name) == padded


@pytest.mark.parametrize(
    ("gender", "ethnicity", "marks"),
    [("男", "汉族", ""), ("女", "汉族", "（女）"), ("男", "回族", "（回族）"),
     ("女", "回族", "（女，回族）"), ("", "", "")],
)  # fmt: skip
def test_marks_of_formal_lists(gender, ethnicity, marks):
    assert name_marks(gender, ethnicity) == marks
