"""Ranks as rosters write them, and how high each stands.

Levels of leading posts follow the Civil Servants Law (2018), article 18; the grades beside them
(职级) the Regulation on parallel posts and grades (公务员职务与职级并行规定, 2019).
A leading post goes before a grade of the same level.
"""

import re

UNKNOWN = 999

LEVELS = {
    "正部级": 10,
    "副部级": 15,
    "正厅级": 20,
    "正局级": 20,
    "厅局级正职": 20,
    "一级巡视员": 22,
    "副厅级": 25,
    "副局级": 25,
    "厅局级副职": 25,
    "二级巡视员": 27,
    "正处级": 30,
    "正县级": 30,
    "县处级正职": 30,
    "五级职员": 31,
    "一级调研员": 32,
    "二级调研员": 33,
    "副处级": 35,
    "副县级": 35,
    "县处级副职": 35,
    "六级职员": 36,
    "三级调研员": 37,
    "四级调研员": 38,
    "正科级": 40,
    "乡科级正职": 40,
    "七级职员": 41,
    "一级主任科员": 42,
    "二级主任科员": 43,
    "中层正职": 44,
    "副科级": 45,
    "乡科级副职": 45,
    "八级职员": 46,
    "三级主任科员": 47,
    "四级主任科员": 48,
    "中层副职": 49,
    "正股级": 50,
    "副股级": 55,
    "一级科员": 60,
    "九级职员": 61,
    "二级科员": 62,
    "科员": 63,
    "十级职员": 64,
    "办事员": 65,
}
# 正科 and 正科级 are the same; the longest word that fits is the one meant.
_WORDS = LEVELS | {
    word.removesuffix("级"): level for word, level in LEVELS.items() if word.endswith("级")
}
_PATTERN = re.compile("|".join(sorted(_WORDS, key=lambda word: -len(word))))


def level_of(rank: str) -> int:
    """How high `rank` stands: the smaller, the higher.

    Of several in one cell (正科级、一级主任科员) the highest counts. A rank that is not in the
    table gets UNKNOWN, which is below all others.
    """
    return min((_WORDS[word] for word in _PATTERN.findall(rank)), default=UNKNOWN)
