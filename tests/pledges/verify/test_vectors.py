"""The good files are good, and every forged one is red for its own reason."""

import asyncio
import json

import pytest

from .conftest import FOLDER, Verify
from .tampering import VECTORS

INDEX = json.loads((FOLDER / "index.json").read_text())


@pytest.mark.parametrize("name", ["good.pdf", "good-stamped.pdf", "older.pdf"])
def test_good_record_is_good(verify: Verify, name: str) -> None:
    report = verify(name)
    assert report.good, [check for check in report.checks if not check.ok]


@pytest.mark.parametrize("order", range(4))
def test_good_receipt_is_good_at_every_level(verify: Verify, order: int) -> None:
    report = verify(f"good-receipt-{order}.json")
    assert report.good, [check for check in report.checks if not check.ok]


def test_good_record_is_good_where_an_event_loop_runs_already(verify: Verify) -> None:
    async def inside() -> bool:
        return verify("good.pdf").good

    assert asyncio.run(inside())


def test_good_record_beside_an_older_one_is_good(verify: Verify) -> None:
    report = verify("good.pdf", older=(FOLDER / "older.pdf").read_bytes())
    assert report.good
    assert report.checks[-1].code == "older"


def test_older_record_beside_a_newer_one_is_red(verify: Verify) -> None:
    report = verify("older.pdf", older=(FOLDER / "good.pdf").read_bytes())
    assert [check.fault for check in report.checks if not check.ok] == ["older.ledger"]


def test_good_record_beside_a_bad_older_one_is_red(verify: Verify) -> None:
    report = verify("good.pdf", older=(FOLDER / "shrunken_tree.pdf").read_bytes())
    assert [check.fault for check in report.checks if not check.ok] == ["older.bad"]


@pytest.mark.parametrize("vector", INDEX, ids=[vector["file"] for vector in INDEX])
def test_forged_file_is_red_for_its_reason(verify: Verify, vector: dict) -> None:
    options = {"older": (FOLDER / "older.pdf").read_bytes()} if vector["older"] else {}
    report = verify(vector["file"], **options)
    red = [check for check in report.checks if not check.ok]
    assert report.verdict == "bad"
    assert vector["check"] in [check.code for check in red]
    assert not vector["fault"] or vector["fault"] in [check.fault for check in red]
    assert report.to_json()["summary"] == {}


def test_vectors_are_those_of_the_script() -> None:
    written = [(entry["file"], entry["check"], entry["fault"]) for entry in INDEX]
    assert written == [
        (f"{vector.name}.{vector.suffix}", vector.check, vector.fault) for vector in VECTORS
    ]


def test_vectors_are_small() -> None:
    assert max(file.stat().st_size for file in FOLDER.iterdir()) < 60_000


def test_one_missing_root_leaves_the_record_red(verify: Verify) -> None:
    for options in ({"roots": []}, {"roots": [(FOLDER / "tsa.pem").read_bytes()]}):
        assert not verify("good.pdf", **options).good


def test_stamped_record_without_a_stamp_root_is_red(verify: Verify) -> None:
    report = verify("good-stamped.pdf", tsa_roots=[])
    assert [check.fault for check in report.checks if not check.ok] == ["seal.tsa_root"]


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"rp_id": "example.gov.cn"}, "policy.rp_id"),
        ({"origins": ["https://example.gov.cn"]}, "policy.origin"),
        ({"ledger_key": bytes(32)}, "policy.ledger"),
        ({"pins": {"G001": ["00" * 32]}}, "key.pinned"),
    ],
)
def test_record_that_is_not_what_is_pinned_is_red(
    verify: Verify, options: dict, fault: str
) -> None:
    assert fault in [check.fault for check in verify("good.pdf", **options).checks]


def test_record_that_is_what_is_pinned_is_good(verify: Verify) -> None:
    fingerprint = verify("good.pdf").summary["keys"][0]["fingerprint"]
    report = verify(
        "good.pdf",
        rp_id="talk.example.gov.cn",
        origins=["https://talk.example.gov.cn"],
        pins={"G001": [fingerprint], "X": []},
    )
    assert report.good


def test_receipt_without_a_ledger_key_is_red(verify: Verify) -> None:
    from pledges.verify import verify_receipt

    data = (FOLDER / "good-receipt-0.json").read_bytes()
    assert not verify_receipt(data, ledger_key=None).good


def test_summary_tells_levels_and_names_nobody(verify: Verify) -> None:
    report = verify("good.pdf")
    assert report.summary["levels"] == {"key": 2, "password": 1, "paper": 1}
    assert report.summary["revoked"] == 1
    assert report.summary["seal"]["trial"] is True
    assert report.summary["seal"]["stamped"] is False
    text = json.dumps(report.to_json(), ensure_ascii=False)
    assert not [word for word in ("王芳", "李强", "赵敏", "G001", "G004") if word in text]


def test_time_of_the_seal_is_said_to_be_the_servers_own(verify: Verify) -> None:
    words = "".join(en for _zh, en in verify("good.pdf").remarks)
    assert "server's own word" in words
    assert "server's own word" not in "".join(en for _zh, en in verify("good-stamped.pdf").remarks)
