"""Facts are plain data."""

import json
from dataclasses import replace
from datetime import datetime

import pytest

from meetings.papers.facts import plain

from . import samples


def test_facts_become_json_and_back():
    stored = samples.correction_facts(20).to_json()
    assert json.loads(json.dumps(stored)) == stored
    assert stored["starts_at"] == "2026-03-05T09:00:00+08:00"
    assert stored["roll"][1]["name"] == "李堃"
    assert stored["correction"]["changes"][0]["after"] == "迟到（晚5分钟）"


def test_pledge_facts_become_json():
    assert samples.pledge_facts().to_json()["signature"]["level"] == "乙"


def test_time_without_a_zone_is_refused():
    facts = replace(samples.minimal_record_facts(), starts_at=datetime(2026, 3, 5))
    with pytest.raises(TypeError, match="zone"):
        facts.to_json()


def test_list_is_no_plain_data():
    with pytest.raises(TypeError, match="list"):
        plain([1])


def test_signed_are_those_with_a_pledge():
    facts = samples.record_facts(20)
    assert {row.attendance for row in facts.roll if row not in facts.signed} == {"请假"}
