"""Dates as an office writes them."""

from datetime import UTC, date, datetime, time

import pytest
from django.utils import translation

from meetings.templatetags.dates import cn_date, cn_day, cn_month, cn_span, cn_time

MORNING = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "text"),
    [("zh-hans", "2026年3月5日 上午9:00"), ("en", "5 March 2026, 9:00 am")],
)
def test_moment_is_written_in_office_time(language, text):
    with translation.override(language):
        assert cn_date(MORNING) == text


@pytest.mark.parametrize(
    ("hour", "chinese", "english"),
    [
        (0, "凌晨0:05", "12:05 am"),
        (9, "上午9:05", "9:05 am"),
        (12, "中午12:05", "12:05 pm"),
        (14, "下午2:05", "2:05 pm"),
    ],
)
def test_time_names_the_part_of_the_day(hour, chinese, english):
    with translation.override("zh-hans"):
        assert cn_time(time(hour, 5)) == chinese
    with translation.override("en"):
        assert cn_time(time(hour, 5)) == english


def test_day_is_that_of_the_office_and_not_of_utc():
    with translation.override("zh-hans"):
        assert cn_day(datetime(2026, 3, 4, 17, 0, tzinfo=UTC)) == "2026年3月5日"
        assert cn_date(date(2026, 3, 5)) == "2026年3月5日"


def test_span_says_one_day_once():
    end = datetime(2026, 3, 5, 2, 30, tzinfo=UTC)
    next_day = datetime(2026, 3, 6, 2, 30, tzinfo=UTC)
    with translation.override("zh-hans"):
        assert cn_span(MORNING, end) == "2026年3月5日 上午9:00—10:30"
        assert cn_span(MORNING, next_day) == "2026年3月5日 上午9:00—2026年3月6日 上午10:30"
    with translation.override("en"):
        assert cn_span(MORNING, end) == "5 March 2026, 9:00 am–10:30 am"


def test_nothing_known_is_written_as_nothing():
    assert cn_date(None) == cn_day(None) == cn_time(None) == cn_span(None, None) == ""


@pytest.mark.parametrize(("language", "shown"), [("zh-hans", "2020年3月"), ("en", "March 2020")])
def test_month_of_a_roster_is_written_out(language, shown):
    with translation.override(language):
        assert cn_month("2020-03") == shown
        assert cn_month("") == ""
