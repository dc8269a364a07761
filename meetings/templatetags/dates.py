"""Dates and times as an office writes them: 2026年3月5日 上午9:00, or 5 March 2026, 9:00 am."""

from datetime import date, datetime, time

from django import template
from django.utils import formats, timezone, translation

register = template.Library()

Moment = date | datetime | None


def _local(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value


def _is_chinese() -> bool:
    return (translation.get_language() or "").startswith("zh")


@register.filter
def cn_day(value: Moment) -> str:
    """The day alone: 2026年3月5日, or 5 March 2026. Empty for None."""
    if not value:
        return ""
    day = _local(value) if isinstance(value, datetime) else value
    if _is_chinese():
        return f"{day.year}年{day.month}月{day.day}日"
    return formats.date_format(day, "j F Y", use_l10n=False)


@register.filter
def cn_time(value: datetime | time | None) -> str:
    """The time alone: 上午9:00, 中午12:30, 下午2:05; or 9:00 am. Empty for None."""
    if value is None:
        return ""
    moment = _local(value) if isinstance(value, datetime) else value
    hour = moment.hour % 12 or 12
    if not _is_chinese():
        return f"{hour}:{moment.minute:02} {'am' if moment.hour < 12 else 'pm'}"
    if moment.hour == 0:
        return f"凌晨0:{moment.minute:02}"
    part = "上午" if moment.hour < 12 else "中午" if moment.hour == 12 else "下午"
    return f"{part}{hour}:{moment.minute:02}"


@register.filter
def cn_date(value: Moment) -> str:
    """Day and time of a datetime, the day alone of a date. Empty for None."""
    if not isinstance(value, datetime):
        return cn_day(value)
    between = " " if _is_chinese() else ", "
    return f"{cn_day(value)}{between}{cn_time(value)}"


@register.simple_tag
def cn_span(start: datetime | None, end: datetime | None) -> str:
    """From start to end, the day said once when it is the same: 2026年3月5日 上午9:00—10:30."""
    if start is None or end is None:
        return cn_date(start)
    dash = "—" if _is_chinese() else "–"
    if _local(start).date() != _local(end).date():
        return f"{cn_date(start)}{dash}{cn_date(end)}"
    half, last = cn_time(start)[:2], cn_time(end)
    if _is_chinese() and last.startswith(half):
        last = last.removeprefix(half)
    return f"{cn_date(start)}{dash}{last}"


@register.filter
def cn_month(value: str) -> str:
    """A month as rosters have it, 2020-03: 2020年3月, or March 2020. Empty for empty."""
    if not value:
        return ""
    year, month = (int(part) for part in value.split("-"))
    if _is_chinese():
        return f"{year}年{month}月"
    return formats.date_format(date(year, month, 1), "F Y", use_l10n=False)
