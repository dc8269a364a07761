"""The tree, the notes and the strict reading, against known answers and plain definitions."""

import base64
import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from pledges.verify import (
    EvidenceError,
    canonical_json,
    leaf_hash,
    manifest_digest,
    moment,
    node_hash,
    open_note,
    strict_json,
    unbase64,
    unbase64url,
    verify_consistency,
    verify_inclusion,
)

from .builder import LEDGER, LEDGER_KEY, Tree, raw_key, write_note

# The inputs and roots that Certificate Transparency's implementations share.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# Known paths: (leaf from 0, size), and (old size, new size).
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def test_hashes_of_leaf_and_node_are_those_of_the_rfc() -> None:
    assert leaf_hash(b"").hex() == ROOTS[0]
    assert node_hash(leaf_hash(LEAVES[0]), leaf_hash(LEAVES[1])).hex() == ROOTS[1]


@pytest.mark.parametrize(("place", "proof"), INCLUSION.items())
def test_known_inclusion_proof_holds(place: tuple[int, int], proof: list[str]) -> None:
    number, size = place
    given_proof = [bytes.fromhex(part) for part in proof]
    assert given_proof == Tree(LEAVES).inclusion(number, size)
    assert verify_inclusion(
        leaf=leaf_hash(LEAVES[number]),
        number=number,
        size=size,
        proof=given_proof,
        root=bytes.fromhex(ROOTS[size - 1]),
    )


@pytest.mark.parametrize(("sizes", "proof"), CONSISTENCY.items())
def test_known_consistency_proof_holds(sizes: tuple[int, int], proof: list[str]) -> None:
    old, new = sizes
    given_proof = [bytes.fromhex(part) for part in proof]
    assert given_proof == Tree(LEAVES).consistency(old, new)
    assert verify_consistency(
        old_size=old,
        old_root=bytes.fromhex(ROOTS[old - 1]),
        new_size=new,
        new_root=bytes.fromhex(ROOTS[new - 1]),
        proof=given_proof,
    )


def leaves(count: int) -> Tree:
    return Tree([bytes([number]) for number in range(count)])


@given(st.data(), st.integers(1, 40))
def test_inclusion_holds_for_its_leaf_and_place_alone(data: st.DataObject, size: int) -> None:
    tree, number = leaves(size), data.draw(st.integers(0, size - 1))
    facts = {
        "leaf": leaf_hash(bytes([number])),
        "number": number,
        "size": size,
        "proof": tree.inclusion(number, size),
        "root": tree.root(),
    }
    assert verify_inclusion(**facts)
    other = data.draw(st.integers(-1, size + 1).filter(lambda value: value != number))
    assert not verify_inclusion(**{**facts, "number": other})
    assert not verify_inclusion(**{**facts, "leaf": leaf_hash(b"another")})
    assert not verify_inclusion(**{**facts, "root": bytes(32)})
    assert not verify_inclusion(**{**facts, "proof": [*facts["proof"], bytes(32)]})
    assert not verify_inclusion(**{**facts, "proof": [*facts["proof"], b"short"]})
    assert not facts["proof"] or not verify_inclusion(**{**facts, "proof": facts["proof"][:-1]})


@given(st.data(), st.integers(2, 40))
def test_consistency_holds_for_its_trees_alone(data: st.DataObject, size: int) -> None:
    tree, old = leaves(size), data.draw(st.integers(1, size - 1))
    facts = {
        "old_size": old,
        "old_root": tree.root(old),
        "new_size": size,
        "new_root": tree.root(),
        "proof": tree.consistency(old, size),
    }
    assert verify_consistency(**facts)
    assert not verify_consistency(**{**facts, "old_root": tree.root(old + 1)})
    assert not verify_consistency(**{**facts, "new_root": bytes(32)})
    assert not verify_consistency(**{**facts, "proof": facts["proof"][:-1]})
    assert not verify_consistency(**{**facts, "proof": [*facts["proof"], bytes(32)]})
    assert not verify_consistency(**{**facts, "old_size": size + 1})
    # The other way round: a tree that was cut.
    cut = {"old_size": size, "old_root": tree.root(), "new_size": old, "new_root": tree.root(old)}
    assert not verify_consistency(**{**facts, **cut})


def test_consistency_with_itself_and_with_the_empty_tree() -> None:
    root, empty = leaves(5).root(), Tree([]).root()
    same = {"new_size": 5, "new_root": root}
    assert verify_consistency(old_size=5, old_root=root, proof=[], **same)
    assert not verify_consistency(old_size=5, old_root=empty, proof=[], **same)
    assert not verify_consistency(old_size=5, old_root=root, proof=[root], **same)
    assert verify_consistency(old_size=0, old_root=empty, proof=[], **same)
    assert not verify_consistency(old_size=0, old_root=root, proof=[], **same)
    assert not verify_consistency(old_size=3, old_root=root, proof=[], **same)


NOTE = write_note(5, leaves(5).root())
KEY = raw_key(LEDGER_KEY)


def test_note_gives_size_root_and_time() -> None:
    size, root, time = open_note(NOTE, LEDGER, KEY)
    assert (size, root) == (5, leaves(5).root())
    assert time.utcoffset() is not None


@pytest.mark.parametrize(
    ("note", "code"),
    [
        (NOTE.replace("\n5\n", "\n6\n"), "checkpoint.signature"),
        (NOTE.replace("\n5\n", "\n05\n"), "checkpoint.form"),
        (NOTE.replace("\n5\n", "\n-5\n"), "checkpoint.form"),
        (NOTE.replace("\n5\n", "\n٥\n"), "checkpoint.form"),
        (NOTE.replace("time 2026", "time 2027"), "checkpoint.signature"),
        (NOTE.replace("time 2026", "mite 2026"), "checkpoint.form"),
        (NOTE.replace("+08:00", ""), "checkpoint.form"),
        (NOTE + "\n", "checkpoint.form"),
        (NOTE.rstrip("\n"), "checkpoint.form"),
        (NOTE + NOTE.splitlines()[-1] + "\n", "checkpoint.form"),
        (NOTE.replace("\n\n", "\nmore\n\n"), "checkpoint.form"),
        (NOTE.replace("— ", "- "), "checkpoint.name"),
        (NOTE.replace(LEDGER, "evil.example"), "checkpoint.name"),
        ("", "checkpoint.form"),
    ],
)
def test_note_with_anything_else_is_refused(note: str, code: str) -> None:
    with pytest.raises(EvidenceError) as error:
        open_note(note, LEDGER, KEY)
    assert error.value.code == code


def test_note_by_another_key_is_refused() -> None:
    with pytest.raises(EvidenceError) as error:
        open_note(NOTE, LEDGER, bytes(range(32)))
    assert error.value.code == "checkpoint.signature"


def test_digest_has_its_domain_before_the_bytes() -> None:
    expected = "1e8cfebb90cbd2a9e19005709b28fb39c311a7731d4150653993c14907383de0"
    assert manifest_digest(b"{}") == expected


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b'{"a":1.0}',
        b'{"a":1e3}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":9007199254740992}',
        b'{"a":' + b"9" * 5000 + b"}",
        b"[" * 40 + b"]" * 40,
        b"[" * 100_000,
        b"\xef\xbb\xbf{}",
        b'{"a":"\xff"}',
        b"{} {}",
        b"",
    ],
)
def test_json_that_could_be_read_in_two_ways_is_refused(text: bytes) -> None:
    with pytest.raises(EvidenceError):
        strict_json(text)


@pytest.mark.parametrize("text", [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":"\\u4e00"}', b"-0"])
def test_json_that_is_not_canonical_is_refused(text: bytes) -> None:
    assert strict_json(text) is not None
    with pytest.raises(EvidenceError):
        canonical_json(text)


def test_lone_surrogate_is_refused() -> None:
    with pytest.raises(EvidenceError):
        canonical_json(b'"\\ud800"')


@pytest.mark.parametrize("text", ["AB", "AA==", "A", "AA+A", "A A", "ＡＡ"])
def test_base64url_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        unbase64url(text)
    assert unbase64url("_-8") == b"\xff\xef"


def test_base64_has_one_spelling() -> None:
    assert unbase64(base64.b64encode(b"ab").decode()) == b"ab"
    for text in ("YWJ=", "YWI", "YW I="):
        with pytest.raises(ValueError, match=r"\w"):
            unbase64(text)


@pytest.mark.parametrize(
    "text", ["2026-03-05", "2026-03-05T09:00:00", "20260305T090000Z", "2026-13-05T09:00:00Z", "１"]
)
def test_time_without_its_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        moment(text)


KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_canonical_json_is_what_rfc_8785_writes_and_nothing_else(value: Any) -> None:
    data = rfc8785.dumps(value)
    assert canonical_json(data) == value
    other = json.dumps(value).encode()
    if other != data:
        with pytest.raises(EvidenceError):
            canonical_json(other)


def test_keys_are_in_the_order_of_utf_16() -> None:
    """RFC 8785, 3.2.3: a character beyond the first plane comes before U+FB33."""
    value = {"\U0001f600": 1, "\ufb33": 2, "\u20ac": 3, "1": 4, "\r": 5, "\u00f6": 6}
    data = rfc8785.dumps(value)
    assert canonical_json(data) == value
    by_code_point = json.dumps(
        value, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    ).encode()
    assert by_code_point != data
    with pytest.raises(EvidenceError):
        canonical_json(by_code_point)
