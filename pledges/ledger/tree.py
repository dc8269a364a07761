"""The stored tree: the roots of complete subtrees, of any earlier size, and proofs from them."""

from collections.abc import Iterable, Mapping

from django.db.models import Max

from ..exceptions import LedgerBroken
from ..models import LedgerEntry, LedgerNode
from .shape import Node, Span, complete, consistency, fold, inclusion, siblings_of, subtrees

# How many rows one query asks for by their keys: within every database's number of parameters.
CHUNK = 500


def position(node: Node) -> int:
    """The primary key of a node above the leaves."""
    return (node.level << LedgerNode.LEVEL_SHIFT) | node.place


def size() -> int:
    """How many entries there are."""
    last: int | None = LedgerEntry.objects.aggregate(last=Max("number"))["last"]
    return 0 if last is None else last + 1


def root(size: int) -> bytes:
    """The root as it was when the ledger had `size` entries. Raises ValueError beyond today's."""
    _require_there(size)
    return _roots([Span(0, size)])[0]


def prove_inclusion(number: int, size: int) -> list[bytes]:
    """The proof that entry `number` is in the tree of the first `size` entries.

    Raises ValueError unless 0 <= number < size <= today's size.
    """
    _require_there(size)
    return _roots(inclusion(number, size))


def prove_consistency(old: int, new: int) -> list[bytes]:
    """The proof that the tree of `new` entries only appends to that of `old`.

    Raises ValueError unless 0 <= old <= new <= today's size.
    """
    _require_there(new)
    return _roots(consistency(old, new))


def prove_inclusions(numbers: Iterable[int], size: int) -> dict[int, list[bytes]]:
    """The proof of each of `numbers`, as `prove_inclusion` gives it, in a few queries for all."""
    _require_there(size)
    return _proofs({number: inclusion(number, size) for number in numbers})


def prove_consistencies(olds: Iterable[int], new: int) -> dict[int, list[bytes]]:
    """The proof from each of `olds`, as `prove_consistency` gives it, in a few queries for all."""
    _require_there(new)
    return _proofs({old: consistency(old, new) for old in olds})


def store_completed(number: int, leaf: bytes, left: bytes) -> None:
    """Stores the subtrees that the new entry `number` completes; `left` is the leaf before it."""
    siblings = siblings_of(number)
    if not siblings:
        return
    above = siblings[1:]
    known = _fetch_nodes(above) if above else {}
    hashes = [left, *(known[node] for node in above)]
    LedgerNode.objects.bulk_create(
        LedgerNode(position=position(node), hash=value.hex())
        for node, value in complete(number, leaf, hashes)
    )


def _require_there(wanted: int) -> None:
    there = size()
    if not 0 <= wanted <= there:
        raise ValueError(f"the ledger has {there} entries, not {wanted}")


def _roots(spans: list[Span]) -> list[bytes]:
    """The root of each span, in two queries at most."""
    parts = [subtrees(span) for span in spans]
    known = _fetch(node for nodes in parts for node in nodes)
    return [fold([known[node] for node in nodes]) for nodes in parts]


def _proofs(spans: Mapping[int, list[Span]]) -> dict[int, list[bytes]]:
    parts = {key: [subtrees(span) for span in proof] for key, proof in spans.items()}
    known = _fetch({node for proof in parts.values() for nodes in proof for node in nodes})
    return {
        key: [fold([known[node] for node in nodes]) for nodes in proof]
        for key, proof in parts.items()
    }


def _fetch(nodes: Iterable[Node]) -> dict[Node, bytes]:
    wanted = list(nodes)
    leaves = [node for node in wanted if node.level == 0]
    above = [node for node in wanted if node.level]
    return {
        **(_fetch_leaves(leaves) if leaves else {}),
        **(_fetch_nodes(above) if above else {}),
    }


def _fetch_leaves(nodes: list[Node]) -> dict[Node, bytes]:
    hashes: dict[Node, str] = {}
    for start in range(0, len(nodes), CHUNK):
        numbers = [node.place for node in nodes[start : start + CHUNK]]
        rows = LedgerEntry.objects.filter(number__in=numbers).values_list("number", "leaf")
        hashes.update((Node(0, number), leaf) for number, leaf in rows)
    return _found(nodes, hashes)


def _fetch_nodes(nodes: list[Node]) -> dict[Node, bytes]:
    hashes: dict[Node, str] = {}
    for start in range(0, len(nodes), CHUNK):
        by_key = {position(node): node for node in nodes[start : start + CHUNK]}
        rows = LedgerNode.objects.filter(position__in=by_key).values_list("position", "hash")
        hashes.update((by_key[key], value) for key, value in rows)
    return _found(nodes, hashes)


def _found(nodes: list[Node], hashes: Mapping[Node, str]) -> dict[Node, bytes]:
    """The hashes of `nodes` as bytes; raises LedgerBroken where one is not in the database."""
    for node in nodes:
        if node not in hashes:
            what = "the entry is missing" if node.level == 0 else f"node {node} is missing"
            raise LedgerBroken(node.place << node.level, what)
    return {node: bytes.fromhex(hashes[node]) for node in nodes}
