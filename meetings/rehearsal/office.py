"""An invented office: its units, its cadres (with names that are hard to print), its roster file.

Every name is made up; likeness to anyone is chance.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook

OFFICE = "青禾县农业农村局"
NUMBER_PREFIX = "青农廉谈"
LEADERS = "局领导"
SECTIONS = (
    "办公室",
    "人事股",
    "计划财务股",
    "政策法规股",
    "种植业管理股",
    "畜牧兽医股",
    "农田建设股",
    "农村合作经济股",
    "农产品质量安全监管股",
    "农业综合行政执法大队",
    "农业技术推广中心",
)
HEADINGS = (
    "序号", "工号", "姓名", "性别", "民族", "出生年月", "政治面貌", "单位", "职务", "职务层次",
    "任现职时间", "联系电话", "备注",
)  # fmt: skip

# Rare characters, a dot that must not break, lengths from two to sixteen characters.
HARD_NAMES = (
    ("程䶮", "男", "汉族"), ("欧阳喆", "女", "汉族"), ("杜堃", "男", "汉族"),
    ("苏玥", "女", "汉族"), ("陆镕昇", "男", "汉族"), ("罗珺", "女", "回族"),
    ("孟翀", "男", "汉族"), ("牛犇", "男", "汉族"), ("马骉", "男", "回族"),
    ("石𬸦", "男", "汉族"), ("江𬍛", "女", "汉族"), ("赵赟", "男", "满族"),
    ("阿依努尔·图尔荪江", "女", "维吾尔族"), ("玉山江·阿不都热依木·肉孜", "男", "维吾尔族"),
    ("其其格玛", "女", "蒙古族"), ("扎西罗布多吉", "男", "藏族"), ("尉迟砚秋", "男", "汉族"),
    ("田富", "男", "汉族"), ("田大利", "男", "汉族"), ("王芳", "女", "汉族"),
)  # fmt: skip
SURNAMES = (
    "陈林黄周吴徐孙胡朱高何郭梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "卢蒋蔡贾丁魏薛叶阎余潘戴夏钟汪田任姜范方石姚谭廖邹熊金"
)
GIVEN = (
    "秉衡", "静怡", "远山", "知秋", "砺行", "若水", "守拙", "明澈", "晓禾", "立勤",
    "慎之", "望舒", "景行", "如松", "清和", "亦真", "怀瑾", "思齐", "润田", "安",
    "正则", "念慈", "惟实", "牧野", "嘉禾", "攸宁", "致远", "简", "沐阳", "志坚",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One line of the invented roster, as it stands in the file."""

    staff_number: str
    name: str
    gender: str
    ethnicity: str
    unit: str
    post: str
    rank: str
    birth: str
    since: str
    phone: str


def invent_people(count: int) -> list[Person]:
    """`count` cadres (at least 13) in official order: five leaders, then the sections in turn."""
    names = _names()
    people = []
    for index, (unit, post, rank) in enumerate(itertools.islice(_places(), count)):
        name, gender, ethnicity = next(names)
        people.append(
            Person(
                staff_number=f"{1001 + index}",
                name=name,
                gender=gender,
                ethnicity=ethnicity,
                unit=unit,
                post=post,
                rank=rank,
                birth=f"{1966 + index % 27}.{index % 12 + 1:02}",
                since=f"{2012 + index % 13}.{index % 12 + 1:02}",
                phone=f"1390000{index % 10000:04}",
            )
        )
    return people


def _names() -> Iterator[tuple[str, str, str]]:
    """Hard names mixed among plain ones, then plain ones without end; none comes twice."""
    plain = _plain_names()
    for hard in HARD_NAMES:
        yield next(plain)
        yield hard
    yield from plain


def _plain_names() -> Iterator[tuple[str, str, str]]:
    for number in itertools.count():
        turn, surname = divmod(number, len(SURNAMES))
        # A shift that has no divisor in common with the given names: every pair comes once.
        given = GIVEN[(number + (1 - len(SURNAMES)) * turn + turn // len(GIVEN)) % len(GIVEN)]
        repeated = turn // len(GIVEN)
        name = SURNAMES[surname] + given + (_chinese(repeated) if repeated else "")
        yield name, "女" if number % 3 == 1 else "男", "汉族"


def _chinese(number: int) -> str:
    return "".join("零一二三四五六七八九"[int(digit)] for digit in str(number))


def _places() -> Iterator[tuple[str, str, str]]:
    """Units, posts and ranks in the order in which they are filled."""
    yield LEADERS, "党组书记、局长", "正科级"
    yield LEADERS, "党组成员、副局长", "副科级"
    yield LEADERS, "党组成员、副局长", "副科级"
    yield LEADERS, "党组成员、派驻纪检监察组组长", "副科级"
    yield LEADERS, "党组成员、总农艺师", "副科级"
    for section in SECTIONS:
        yield section, "主任" if section == "办公室" else "负责人", "正股级"
    for section in SECTIONS:
        yield section, "副主任" if section == "办公室" else "副职", "副股级"
    for section in itertools.cycle(SECTIONS):
        yield section, "一级科员", "一级科员"


def write_roster(people: list[Person], path: Path) -> None:
    """Writes the roster as an office would send it: title row, starred headings, a footer."""
    book = Workbook()
    sheet = book.active
    sheet.title = "花名册"
    sheet.append([f"{OFFICE}中层以上领导干部花名册"])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(HEADINGS))
    sheet.append([f"*{h}" if h in ("工号", "姓名") else h for h in HEADINGS])
    for number, person in enumerate(people, start=1):
        shown = person.name if len(person.name) != 2 else f"{person.name[0]}　{person.name[1]}"
        sheet.append(
            [
                number,
                person.staff_number,
                shown,
                person.gender,
                person.ethnicity,
                person.birth,
                "中共党员",
                person.unit,
                person.post,
                person.rank,
                person.since,
                person.phone,
                "",
            ]
        )
    sheet.append(["制表人：", None, None, None, None, None, None, "审核人："])
    book.save(path)
