"""The tree against RFC 6962: its published vectors, and its definition, by the stored nodes."""

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pledges import ledger
from pledges.exceptions import LedgerBroken
from pledges.ledger.shape import Frontier, Node
from pledges.ledger.tree import position
from pledges.models import LedgerEntry, LedgerNode
from pledges.verify import leaf_hash, verify_consistency, verify_inclusion
from tests.pledges.verify.builder import Tree

from .conftest import plant, unguarded

pytestmark = pytest.mark.usefixtures("empty_ledger")

# The test vectors of the reference implementations (certificate-transparency, transparency-dev).
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    hashlib.sha256(b"").hexdigest(),
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAF_1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
PAIR_1 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
FOUR_1 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
LEAF_4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
PAIR_2 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
PAIR_3 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
LEAF_6 = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"
INCLUSIONS = [
    ((0, 1), []),
    ((0, 8), [LEAF_1, PAIR_1, FOUR_1]),
    ((5, 8), [LEAF_4, PAIR_3, ROOTS[4]]),
    ((2, 3), [ROOTS[2]]),
    ((1, 5), [ROOTS[1], PAIR_1, LEAF_4]),
]
CONSISTENCIES = [
    ((1, 1), []),
    ((1, 8), [LEAF_1, PAIR_1, FOUR_1]),
    ((6, 8), [PAIR_2, PAIR_3, ROOTS[4]]),
    ((2, 5), [PAIR_1, LEAF_4]),
    ((6, 7), [PAIR_2, LEAF_6, ROOTS[4]]),
]


def hexes(proof):
    return [part.hex() for part in proof]


def test_roots_of_the_published_vectors():
    assert ledger.size() == 0
    plant(LEAVES)
    assert ledger.size() == 8
    assert [ledger.root(size).hex() for size in range(9)] == ROOTS


@pytest.mark.parametrize(("where", "proof"), INCLUSIONS)
def test_inclusion_proofs_of_the_published_vectors(where, proof):
    plant(LEAVES)
    assert hexes(ledger.prove_inclusion(*where)) == proof


@pytest.mark.parametrize(("where", "proof"), CONSISTENCIES)
def test_consistency_proofs_of_the_published_vectors(where, proof):
    plant(LEAVES)
    assert hexes(ledger.prove_consistency(*where)) == proof


def test_every_proof_of_a_small_tree_is_accepted_by_the_verifier():
    plant(LEAVES)
    for size in range(1, 9):
        root = ledger.root(size)
        for number in range(size):
            assert verify_inclusion(
                leaf=leaf_hash(LEAVES[number]),
                number=number,
                size=size,
                proof=ledger.prove_inclusion(number, size),
                root=root,
            )
        for old in range(size + 1):
            assert verify_consistency(
                old_size=old,
                old_root=ledger.root(old),
                new_size=size,
                new_root=root,
                proof=ledger.prove_consistency(old, size),
            )


# Function-scoped: the tree is planted once, and only read.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_stored_tree_is_what_the_definition_says(data):
    payloads = [str(number).encode() for number in range(75)]
    if not LedgerEntry.objects.exists():
        plant(payloads)
    tree = Tree(payloads)
    size = data.draw(st.integers(1, len(payloads)))
    number = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    assert ledger.root(size) == tree.root(size)
    assert ledger.prove_inclusion(number, size) == tree.inclusion(number, size)
    assert ledger.prove_consistency(old, size) == tree.consistency(old, size)


@given(payloads=st.lists(st.binary(max_size=4), max_size=70))
def test_right_edge_knows_the_root_and_every_complete_subtree(payloads):
    frontier = Frontier()
    nodes = [done for payload in payloads for done in frontier.append(leaf_hash(payload))]
    assert frontier.root() == Tree(payloads).root()
    assert len(nodes) == len(payloads) - len(payloads).bit_count()
    for node, value in nodes:
        first, length = node.place << node.level, 1 << node.level
        assert value == Tree(payloads[first : first + length]).root()


@pytest.mark.parametrize(
    "ask",
    [
        lambda: ledger.root(9),
        lambda: ledger.root(-1),
        lambda: ledger.prove_inclusion(8, 8),
        lambda: ledger.prove_inclusion(-1, 8),
        lambda: ledger.prove_inclusion(3, 9),
        lambda: ledger.prove_consistency(5, 4),
        lambda: ledger.prove_consistency(-1, 4),
        lambda: ledger.prove_consistency(4, 9),
    ],
)
def test_what_is_not_there_is_not_proven(ask):
    plant(LEAVES)
    with pytest.raises(ValueError, match=r"8|9|4"):
        ask()


def test_proof_without_its_node_says_what_is_missing():
    plant(LEAVES)
    with unguarded():
        LedgerNode.objects.filter(position__gte=position(Node(2, 1))).delete()
    with pytest.raises(LedgerBroken) as broken:
        ledger.prove_inclusion(0, 8)
    assert broken.value.number == 4


def test_proof_asks_for_its_nodes_in_two_queries(django_assert_num_queries):
    plant(LEAVES)
    with django_assert_num_queries(3):  # the size, leaves, nodes
        ledger.prove_inclusion(3, 7)
