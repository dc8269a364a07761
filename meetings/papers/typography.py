"""How a paper writes things: template filters for dates, names, numerals and lines.

Papers are Chinese whatever language the page around them is read in, so their words stand here and
in their templates, not in the message catalogue.
"""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from django.template import Library
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

UNRECORDED = "未记录"
ZONE = ZoneInfo("Asia/Shanghai")
DIGITS = "〇一二三四五六七八九"

# A name's middle dot (U+00B7) with the character on each side: no line ends there. What HTML's
# escapes are made of stays out of it.
_AROUND_DOT = re.compile(r"[^\s·&;](?:·[^\s·&;])+")
_SURNAME_GAP = "\u3000"

# Where a title may be broken without cutting a word: before and after these.
_BEFORE = ("关于", "任前", "节前", "专项", "集体", "廉政", "谈话", "更正")
_AFTER = ("的", "前", "暨", "及", "、", "年度", "度", "年", "会议", "工作", "》", "）")

register = Library()


@register.filter
def recorded(value: object) -> object:
    """The value, or 未记录 where nothing was recorded."""
    return UNRECORDED if value is None or value == "" else value


@register.filter
def day(moment: datetime | None) -> str:
    """A date without leading zeros, 2026年3月5日 (GB/T 9704-2012, 7.3.5.4)."""
    if moment is None:
        return UNRECORDED
    local = moment.astimezone(ZONE)
    return f"{local.year}年{local.month}月{local.day}日"


@register.filter
def clock(moment: datetime | None) -> str:
    """A time of day, 上午9:05."""
    if moment is None:
        return UNRECORDED
    local = moment.astimezone(ZONE)
    half = "上午" if local.hour < 12 else "中午" if local.hour == 12 else "下午"
    hour = local.hour if local.hour <= 12 else local.hour - 12
    return f"{half}{hour}:{local.minute:02}"


@register.filter
def moment(value: datetime | None) -> str:
    """A date and time, 2026年3月5日 上午9:05."""
    return UNRECORDED if value is None else f"{day(value)} {clock(value)}"


@register.filter
def ended(text: str) -> str:
    """A sentence with its full stop, which whoever wrote it may have left out."""
    text = text.strip()
    return text if text.endswith(("。", "！", "？", "；", "：", "…")) else f"{text}。"


@register.filter
def written_day(text: str) -> str:
    """A day kept as 2026-03-05, as papers write it: 2026年3月5日."""
    year, month, number = (int(part) for part in text.split("-"))
    return f"{year}年{month}月{number}日"


def period(starts_at: datetime | None, ends_at: datetime | None) -> str:
    """From when to when, the day said once: 2026年3月5日 上午9:00至10:40."""
    if starts_at is None or ends_at is None:
        until = f"至{moment(ends_at)}" if ends_at else ""
        return f"{moment(starts_at)}{until}"
    start, end = starts_at.astimezone(ZONE), ends_at.astimezone(ZONE)
    if start.date() != end.date():
        return f"{moment(start)}至{moment(end)}"
    last = clock(end)
    if last[:2] == clock(start)[:2]:
        last = last[2:]
    return f"{moment(start)}至{last}"


def office(unit: str | None, post: str | None) -> str:
    """A unit and post as a table names them."""
    if unit and not post:
        return f"{unit}（职务{UNRECORDED}）"
    return (unit or "") + (post or UNRECORDED)


@register.filter
def padded(name: str) -> str:
    """A two-character name with one U+3000 between, to line up in tables (and only there)."""
    return f"{name[0]}{_SURNAME_GAP}{name[1]}" if len(name) == 2 else name


@register.filter(is_safe=True)
def unbroken(text: str) -> SafeString:
    """Text whose dotted names (阿依古丽·买买提) never end a line at the dot."""
    kept = _AROUND_DOT.sub(r'<span class="nowrap">\g<0></span>', str(escape(text)))
    return mark_safe(kept)  # noqa: S308 - escaped above


@register.filter
def numeral(number: int) -> str:
    """A number from 1 to 99 in Chinese numerals, as headings are numbered."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return DIGITS[ones]
    return ("" if tens == 1 else DIGITS[tens]) + "十" + (DIGITS[ones] if ones else "")


def title_lines(title: str, most: int = 18) -> list[str]:
    """A title broken by sense into even lines of at most ``most`` characters.

    GB/T 9704-2012, 7.3.1: a title is broken so that words stay whole. Line breaks in the title
    itself are kept as its author set them.
    """
    if "\n" in title:
        return [line.strip() for line in title.splitlines() if line.strip()]
    if len(title) <= most:
        return [title]
    count = -(-len(title) // most)
    while count < len(title):
        if lines := _break_evenly(title, count, most):
            return lines
        count += 1
    return [title]


def _break_evenly(title: str, count: int, most: int) -> list[str]:
    """The most even way to break into ``count`` lines at words, or nothing."""
    if count == 1:
        return [title] if len(title) <= most else []
    wanted = len(title) / count
    places = sorted(_break_places(title), key=lambda place: abs(place - wanted))
    for place in places:
        if place <= most and (rest := _break_evenly(title[place:], count - 1, most)):
            return [title[:place], *rest]
    return []


def _break_places(title: str) -> set[int]:
    """Positions at which a line of the title may end, a line of less than four left out."""
    places: set[int] = set()
    for word in _BEFORE:
        places.update(found.start() for found in re.finditer(word, title))
    for word in _AFTER:
        places.update(found.end() for found in re.finditer(word, title))
    # 集体廉政谈话 is one word; so is what follows 谈话.
    whole = {
        inside
        for found in re.finditer("集体廉政谈话(?:记录)?|廉政谈话(?:记录)?|谈话记录", title)
        for inside in range(found.start() + 1, found.end())
    }
    return {place for place in places - whole if 4 <= place <= len(title) - 4}
