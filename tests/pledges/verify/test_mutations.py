"""No mutation of good evidence passes: of the file's bytes, or of a value sealed once more."""

import copy
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pledges.verify import TIME, moment, verify_record

from .builder import Json, record
from .conftest import FOLDER, trust
from .sealing import authority, stamp_authority
from .tampering import _stamped_parts, good_parts

Path = tuple[Any, ...]
quickly = settings(
    max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@cache
def file(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@quickly
@given(st.sampled_from(["good.pdf", "good-stamped.pdf"]), st.data())
def test_file_with_one_byte_changed_is_red(name: str, data: st.DataObject) -> None:
    pdf = file(name)
    place = data.draw(st.integers(0, len(pdf) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda value: value != pdf[place]))
    assert not verify_record(pdf[:place] + bytes([value]) + pdf[place + 1 :], **trust()).good


@quickly
@given(st.integers(0, 9), st.data())
def test_seal_with_one_digit_changed_is_red(digit: int, data: st.DataObject) -> None:
    """The seal's own bytes are the ones that it does not cover."""
    pdf = file("good-stamped.pdf")
    start = pdf.index(b"/Contents <") + 11
    place = data.draw(st.integers(start, start + 6000).filter(lambda at: pdf[at] != 48 + digit))
    assert not verify_record(pdf[:place] + b"%d" % digit + pdf[place + 1 :], **trust()).good


@quickly
@given(st.data())
def test_file_with_a_part_taken_out_or_put_in_is_red(data: st.DataObject) -> None:
    pdf = file("good.pdf")
    start = data.draw(st.integers(0, len(pdf)))
    end = data.draw(st.integers(start, len(pdf)))
    put = data.draw(st.binary(max_size=40))
    changed = pdf[:start] + put + pdf[end:]
    if changed != pdf:
        assert not verify_record(changed, **trust()).good


def leaves(value: Any, path: Path = ()) -> list[Path]:
    """The way to every value in `value` that is no list or object, and to every member."""
    found = [path] if path else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += leaves(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            found += leaves(item, (*path, number))
    return found


def unbound(parts: Json, path: Path) -> bool:
    """What nothing can tell: a key's id that no signature names, and fewer proofs from earlier
    trees than there might be."""
    if path[:2] == ("proofs.json", "consistency") and len(path) <= 3:
        return True
    used = {assertion["key"] for assertion in parts["assertions.json"]}
    return (
        path[0] == "keys.json"
        and path[-1] == "credential_id"
        and parts["keys.json"][path[1]]["fingerprint"] not in used
    )


GOOD, STAMPED = good_parts(), _stamped_parts()
PATHS = [path for path in leaves(GOOD) if not unbound(GOOD, path)]


def other(value: Any, data: st.DataObject) -> Any:
    """A value like `value`, and another."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return data.draw(st.integers(0, 99).filter(lambda number: number != value))
    if value is None:
        return data.draw(st.sampled_from(["", "x", 0, "00" * 32, "2026-03-05T09:00:00+08:00"]))
    if isinstance(value, str) and TIME.fullmatch(value):
        return (moment(value) + timedelta(days=data.draw(st.integers(1, 99)))).isoformat()
    if isinstance(value, str):
        place = data.draw(st.integers(0, max(len(value) - 1, 0)))
        letter = data.draw(
            st.sampled_from("0a甲 A-").filter(lambda it: it != value[place : place + 1])
        )
        return value[:place] + letter + value[place + 1 :]
    return None


@settings(quickly, max_examples=80)
@given(st.data())
def test_value_changed_and_sealed_again_is_red(data: st.DataObject) -> None:
    parts, path = copy.deepcopy(GOOD), data.draw(st.sampled_from(PATHS))
    inside = parts
    for step in path[:-1]:
        inside = inside[step]
    if len(path) > 1 and data.draw(st.integers(0, 4)) == 0:
        del inside[path[-1]]
    else:
        inside[path[-1]] = other(inside[path[-1]], data)
    if parts[path[0]] is None:
        del parts[path[0]]
    report = verify_record(record(parts), roots=[authority().pem])
    assert not report.good, path


def test_harness_seals_what_is_unchanged_as_good() -> None:
    assert verify_record(record(copy.deepcopy(GOOD)), roots=[authority().pem]).good
    stamped = record(copy.deepcopy(STAMPED))
    tsa_roots = [stamp_authority().pem]
    assert verify_record(stamped, roots=[authority().pem], tsa_roots=tsa_roots).good


@pytest.mark.parametrize("name", ["keys.json", "manifests.json", "assertions.json"])
def test_list_emptied_and_sealed_again_is_red(name: str) -> None:
    parts = copy.deepcopy(GOOD)
    parts[name] = []
    assert not verify_record(record(parts), roots=[authority().pem]).good
