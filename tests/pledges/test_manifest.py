"""The manifest: fixed vectors, and that nothing the signer saw can change unseen."""

import hashlib
import json
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pledges.manifest import (
    AgreementText,
    ClauseText,
    KeyText,
    ManifestIncomplete,
    Mark,
    PaperMark,
    PledgeText,
    PointText,
    Signer,
    Talk,
    build_manifest,
    canonical_bytes,
    digest,
    form_digest,
    short_code,
)

MORNING = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
DRAWN_DIGEST = "ec0d3c0b31fec92ef8439b3624f44d74d7a89a81192ac7f8de7b1fa9abc9df09"
TYPED_DIGEST = "eb855b8872e148958d170267fb7efba06d4ea747d5153fed8e42a8c03cd71702"
PAPER_DIGEST = "ae4a6afb36901b2851361328f1cbb2a353c374923619c99eb2c3010cb92345f6"


def example(**changes) -> PledgeText:
    text = PledgeText(
        pledge_id=UUID("00000000-0000-4000-8000-000000000001"),
        nonce="5a" * 32,
        signer=Signer("G00001", "阿卜杜拉·买买提", "计划财务科", ""),
        talk=Talk(
            number="青农廉谈〔2026〕1号",
            kind="集体廉政谈话",
            title="集体廉政谈话",
            held_at=MORNING,
            place="三楼会议室",
            speaker="冯守正",
        ),
        outline_id=1,
        outline_version=1,
        title="廉政承诺书",
        opening="本人承诺：",
        points=tuple(
            PointText(
                id=100 + number,
                number=number,
                heading=heading,
                clauses=(ClauseText(1, f"{heading}条目", f"我承诺{heading}。"),),
                confirmed_at=MORNING + timedelta(minutes=number),
            )
            for number, heading in enumerate(("勤奋学习", "强化担当", "严格要求", "加强监督"), 1)
        ),
        personal_commitment="",
        closing="请监督。",
        keys=(
            KeyText("aa" * 32, MORNING - timedelta(days=9), MORNING - timedelta(days=2)),
            KeyText("bb" * 32, MORNING - timedelta(days=2), None),
        ),
        agreement=AgreementText(1, "cc" * 32),
        mark=Mark("drawn", image="<svg/>"),
        opened_at=MORNING + timedelta(seconds=30, microseconds=5),
        zone="Asia/Shanghai",
    )
    return replace(text, **changes)


def on_paper(**changes) -> PledgeText:
    """The example, signed on paper: nobody opened or confirmed anything on a screen."""
    unconfirmed = tuple(replace(point, confirmed_at=None) for point in example().points)
    mark = PaperMark(
        "image/png", "dd" * 32, date(2026, 3, 6), ("G00007", "严守中"), ("G00002", "周清")
    )
    paper = {"points": unconfirmed, "agreement": None, "opened_at": None, "mark": mark}
    return example(**{**paper, **changes})


def bytes_of(text: PledgeText) -> bytes:
    return canonical_bytes(build_manifest(text))


def digest_of(text: PledgeText) -> str:
    return digest(bytes_of(text))


def test_manifest_of_the_example_has_its_known_digest():
    # Published with the format: another implementation must come to the same.
    assert digest_of(example()) == DRAWN_DIGEST
    assert digest_of(example(mark=Mark("typed", text="阿卜杜拉·买买提"))) == TYPED_DIGEST
    assert digest_of(on_paper()) == PAPER_DIGEST


def test_digest_is_sha256_over_the_domain_line_and_the_bytes():
    written = bytes_of(example())
    assert digest(written) == hashlib.sha256(b"liantan-pledge-v1\n" + written).hexdigest()


def test_canonical_bytes_are_sorted_utf8_without_blanks():
    written = bytes_of(example()).decode()
    assert written == json.dumps(
        json.loads(written), ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )


def test_manifest_says_everything_that_evidence_asks_for():
    manifest = build_manifest(example())
    assert (manifest["type"], manifest["version"]) == ("liantan-pledge", 1)
    assert manifest["pledge"] == {
        "id": "00000000-0000-4000-8000-000000000001",
        "nonce": "5a" * 32,
    }
    assert manifest["signer"]["name"] == "阿卜杜拉·买买提"
    assert manifest["occasion"]["held_at"] == "2026-03-05T09:00:00.000000+08:00"
    assert manifest["outline"] == {"id": 1, "version": 1}
    assert manifest["text"]["points"][0] == {
        "number": 1,
        "heading": "勤奋学习",
        "confirmed_at": "2026-03-05T09:01:00.000000+08:00",
        "clauses": [{"number": 1, "heading": "勤奋学习条目", "commitment": "我承诺勤奋学习。"}],
    }
    assert manifest["signature"] == {
        "method": "drawn",
        "media_type": "image/svg+xml",
        "sha256": hashlib.sha256(b"<svg/>").hexdigest(),
    }
    assert manifest["keys"] == [
        {
            "fingerprint": "aa" * 32,
            "enrolled_at": "2026-02-24T09:00:00.000000+08:00",
            "removed_at": "2026-03-03T09:00:00.000000+08:00",
        },
        {
            "fingerprint": "bb" * 32,
            "enrolled_at": "2026-03-03T09:00:00.000000+08:00",
            "removed_at": None,
        },
    ]
    assert manifest["agreement"] == {"version": 1, "sha256": "cc" * 32}
    assert manifest["opened_at"] == "2026-03-05T09:00:30.000005+08:00"
    assert manifest["zone"] == "Asia/Shanghai"


def test_manifest_with_a_typed_name_says_the_name():
    manifest = build_manifest(example(mark=Mark("typed", text="王芳")))
    assert manifest["signature"] == {"method": "typed", "text": "王芳"}


def test_manifest_of_a_paper_names_scan_witness_and_who_entered_it():
    manifest = build_manifest(on_paper())
    assert manifest["signature"] == {
        "method": "paper",
        "media_type": "image/png",
        "sha256": "dd" * 32,
        "form_digest": form_digest(example()),
        "signed_on": "2026-03-06",
        "witness": {"staff_number": "G00007", "name": "严守中"},
        "entered_by": {"staff_number": "G00002", "name": "周清"},
    }
    assert manifest["opened_at"] is None
    assert manifest["text"]["points"][0]["confirmed_at"] is None


def test_manifest_of_a_paper_without_a_date_says_none():
    mark = replace(on_paper().mark, signed_on=None)
    assert build_manifest(on_paper(mark=mark))["signature"]["signed_on"] is None


def test_form_digest_is_the_same_before_and_after_signing():
    before = example(mark=None, opened_at=None, agreement=None, keys=())
    assert form_digest(before) == form_digest(example()) == form_digest(on_paper())
    assert form_digest(example(personal_commitment="不说情。")) != form_digest(example())


@pytest.mark.parametrize(
    "changes",
    [
        {"mark": None},
        {"opened_at": None},
        {"agreement": None},
        {"points": ()},
        {"points": (replace(example().points[0], confirmed_at=None),)},
    ],
)
def test_manifest_with_something_missing_is_refused(changes):
    with pytest.raises(ManifestIncomplete):
        build_manifest(example(**changes))


def test_manifest_with_a_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="without a zone"):
        build_manifest(example(opened_at=datetime(2026, 3, 5, 9, 0)))


def test_manifest_does_not_depend_on_the_zone_times_come_in():
    there = example(opened_at=example().opened_at.astimezone(ZoneInfo("America/New_York")))
    assert digest_of(there) == digest_of(example())


def test_short_code_is_the_first_eight_characters_in_two_groups():
    assert short_code("a1b2c3d4" + "0" * 56) == "A1B2 C3D4"


# Any place in the text, any other value there: another digest.
NO_PART = {"id"}  # the database id of a point leads buttons, and was not shown


def places(value, path=()):
    """The path to each plain value inside the text."""
    if is_dataclass(value):
        for field in fields(value):
            if field.name not in NO_PART:
                yield from places(getattr(value, field.name), (*path, field.name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))
    else:
        yield path


def changed(value, path, new):
    if not path:
        return new(value)
    step, *rest = path
    if isinstance(step, int):
        return (*value[:step], changed(value[step], rest, new), *value[step + 1 :])
    return replace(value, **{step: changed(getattr(value, step), rest, new)})


DRAWN, TYPED = example(personal_commitment="不说情。"), example(mark=Mark("typed", text="王芳"))
# A zone must exist, a method is one of two, an SVG only counts when drawn, a text when typed.
NOT_THERE = {("zone",), ("mark", "method"), ("mark", "text")}
DRAWN_PLACES = [place for place in places(DRAWN) if place not in NOT_THERE]
TYPED_PLACES = [("mark", "text")]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    place=st.sampled_from([(DRAWN, p) for p in DRAWN_PLACES] + [(TYPED, p) for p in TYPED_PLACES]),
    data=st.data(),
)
def test_manifest_with_any_field_changed_has_another_digest(place, data):
    text, path = place

    def other(value):
        if value is None:
            return MORNING
        if isinstance(value, datetime):
            step = st.timedeltas(timedelta(microseconds=1), timedelta(days=999))
            return value + data.draw(step)
        strategies = {
            str: st.text(st.characters(codec="utf-8"), max_size=20),
            int: st.integers(0, 2**53 - 1),
            UUID: st.uuids(),
        }
        return data.draw(strategies[type(value)].filter(lambda new: new != value))

    assert digest_of(changed(text, path, other)) != digest_of(text)


def test_manifest_in_another_zone_has_another_digest():
    assert digest_of(example(zone="Asia/Urumqi")) != digest_of(example())


def test_manifest_with_a_point_dropped_or_swapped_has_another_digest():
    points = example().points
    assert digest_of(example(points=points[:3])) != digest_of(example())
    assert digest_of(example(points=(points[1], points[0], *points[2:]))) != digest_of(example())
