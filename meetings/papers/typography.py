"""How a paper writes things: template filters for dates, names, numerals and lines.

Papers are Chinese whatever language the page around them is read in, so their words stand here and
in their templates, not in the message catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.template import Library
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

UNRECORDED = "未记录"
# Characters of a title's size (22 pt) that the block of 156 mm holds: a unit's name takes them all.
UNIT_LINE = 20
ZONE = ZoneInfo("Asia/Shanghai")
DIGITS = "〇一二三四五六七八九"

# A name's middle dot (U+00B7) with the character on each side: no line ends there. What HTML's
# escapes are made of stays out of it.
_AROUND_DOT = re.compile(r"[^\s·&;](?:·[^\s·&;])+")
_SURNAME_GAP = "\u3000"
# A number or name with hyphens (0871-6500123), short enough for a line.
_HYPHENED = r"(?<![\w-])[0-9A-Za-z]{1,8}(?:-[0-9A-Za-z]{1,8}){1,4}(?![\w-])"
# The last two characters of a paragraph with what closes it: neither stands on a line alone.
_ENDING = r"[㐀-鿿𠀀-𲎯“（《]{2}[，、。；：！？…—）》」』〉】〕”’]*$"
# Before an opening and after a closing quotation mark a Chinese line may end; the rules for all
# languages (UAX #14, LB19) bind both to their neighbours, and leave lines five characters short.
_BESIDE_QUOTED = re.compile(r"(?<=[\w，。、；：！？）》”’])(?=[“‘])|(?<=[”’])(?=[\w（《〈【〔])")
_MAY_BREAK = "\u200b"
_WHOLE = r'<span class="nowrap">\g<0></span>'
_KEPT = re.compile(rf"{_AROUND_DOT.pattern}|{_HYPHENED}|{_ENDING}")

# Where a title may be broken without cutting a word: before and after these.
_BEFORE = ("关于", "任前", "节前", "专项", "集体", "廉政", "谈话", "更正", "中层")
_AFTER = (
    "的", "前", "暨", "及", "、", "年度", "度", "年",
    "会议", "工作", "系统", "干部", "人员", "》", "）",
)  # fmt: skip
# Where else a name of an office may be broken: after a place, and after a part that stands alone.
_PART_OF_OFFICE = re.compile(
    "自治[区州县旗]|省|市(?![场政民容])|州|县(?!委)|区(?!域)|委员会|局|厅|[总支大]队|中心|公司"
)

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
    """A date and time, 2026年3月5日上午9:05."""
    return UNRECORDED if value is None else f"{day(value)}{clock(value)}"


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
    """From when to when, the day said once: 2026年3月5日上午9:00至10:40."""
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
    return mark_safe(_AROUND_DOT.sub(_WHOLE, str(escape(text))))  # noqa: S308 - escaped above


@register.filter(is_safe=True)
def flowing(text: str) -> SafeString:
    """A paragraph's text: names and numbers whole, and its last line never one character alone."""
    breakable = _BESIDE_QUOTED.sub(_MAY_BREAK, str(escape(text)))
    return mark_safe(_KEPT.sub(_WHOLE, breakable))  # noqa: S308 - escaped above


@register.filter
def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text: its lines, without blank ones and without their own indents."""
    return [line.strip() for line in text.splitlines() if line.strip()]


@register.filter(is_safe=True)
def fitted(name: str) -> SafeString:
    """A name in a cell of a table: of two characters padded, of many smaller and on more lines."""
    size = "longest" if len(name) > 12 else "long" if len(name) > 5 else ""
    shown = unbroken(padded(name))
    return mark_safe(f'<span class="{size}">{shown}</span>' if size else shown)  # noqa: S308


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
    itself are kept as its author set them. One without a place to break is broken evenly: the
    typesetter would leave the rest of a full line below it.
    """
    if "\n" in title:
        return [line.strip() for line in title.splitlines() if line.strip()]
    if len(title) <= most:
        return [title]
    for find in (_break_places, _places_in_words):
        for count in range(-(-len(title) // most), len(title)):
            if lines := _break_evenly(title, count, most, find):
                return lines
    return [title]


def _break_evenly(title: str, count: int, most: int, find: Callable[[str], set[int]]) -> list[str]:
    """The most even way to break into ``count`` lines at the places found, or nothing."""
    if count == 1:
        return [title] if len(title) <= most else []
    wanted = len(title) / count
    for place in sorted(find(title), key=lambda place: abs(place - wanted)):
        if place <= most and (rest := _break_evenly(title[place:], count - 1, most, find)):
            return [title[:place], *rest]
    return []


def _places_in_words(title: str) -> set[int]:
    """Positions between two Chinese characters of a title, where a line may end at the worst."""
    found = {match.end() for match in re.finditer("[㐀-鿿𠀀-𲎯](?=[㐀-鿿𠀀-𲎯])", title)}
    return {place for place in found if 4 <= place <= len(title) - 4}


def _break_places(title: str) -> set[int]:
    """Positions at which a line of the title may end, a line of less than four left out."""
    places: set[int] = set()
    for word in _BEFORE:
        places.update(found.start() for found in re.finditer(word, title))
    for word in _AFTER:
        places.update(found.end() for found in re.finditer(word, title))
    if not places:
        places.update(found.end() for found in _PART_OF_OFFICE.finditer(title))
    # 集体廉政谈话 is one word; so is what follows 谈话.
    whole = {
        inside
        for found in re.finditer("集体廉政谈话(?:记录)?|廉政谈话(?:记录)?|谈话记录", title)
        for inside in range(found.start() + 1, found.end())
    }
    return {place for place in places - whole if 4 <= place <= len(title) - 4}
