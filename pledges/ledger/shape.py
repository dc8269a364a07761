"""The shape of the tree: which complete subtrees there are, which of them a proof is made of.

Pure functions over numbers and hashes, after RFC 6962 2.1 (RFC 9162 2.1). A node is named by its
level (0: the leaves) and its place from the left.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ..verify import EMPTY_ROOT, node_hash


class Node(NamedTuple):
    """A complete subtree: the leaves from `place << level` up to the next one's first."""

    level: int
    place: int


class Span(NamedTuple):
    """The leaves from `first` up to, and without, `end`."""

    first: int
    end: int


def siblings_of(number: int) -> list[Node]:
    """The subtrees that leaf `number` completes larger ones with, the lowest first."""
    siblings = []
    level, place = 0, number
    while place & 1:
        siblings.append(Node(level, place - 1))
        level, place = level + 1, place >> 1
    return siblings


def complete(number: int, leaf: bytes, siblings: Sequence[bytes]) -> list[tuple[Node, bytes]]:
    """The subtrees that leaf `number` completes, with their roots, the lowest first.

    `siblings` are the roots of `siblings_of(number)`.
    """
    completed = []
    here, place = leaf, number
    for level, sibling in enumerate(siblings, 1):
        here, place = node_hash(sibling, here), place >> 1
        completed.append((Node(level, place), here))
    return completed


class Frontier:
    """The tree's right edge, which is all that is needed to go on appending: O(log n) hashes."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []

    def append(self, leaf: bytes) -> list[tuple[Node, bytes]]:
        """Takes the next leaf in; gives the subtrees that it completes, with their roots."""
        count = len(siblings_of(self.size))
        siblings = self._roots[len(self._roots) - count :][::-1]
        completed = complete(self.size, leaf, siblings)
        if count:
            del self._roots[-count:]
        self._roots.append(completed[-1][1] if completed else leaf)
        self.size += 1
        return completed

    def root(self) -> bytes:
        return fold(self._roots)


def fold(roots: Sequence[bytes]) -> bytes:
    """The root over complete subtrees that stand side by side, each smaller than the one before."""
    if not roots:
        return EMPTY_ROOT
    result = roots[-1]
    for left in reversed(roots[:-1]):
        result = node_hash(left, result)
    return result


def subtrees(span: Span) -> list[Node]:
    """The complete subtrees that `span` consists of, from the left, each smaller than the last.

    `span` starts where a subtree of its size may start, as all spans of proofs do.
    """
    nodes = []
    first, length = span.first, span.end - span.first
    while length:
        level = length.bit_length() - 1
        nodes.append(Node(level, first >> level))
        first, length = first + (1 << level), length - (1 << level)
    return nodes


def inclusion(number: int, size: int) -> list[Span]:
    """The spans whose roots prove that leaf `number` is in the tree of `size` leaves, in the
    order of the proof (RFC 6962 2.1.1: PATH).

    Raises ValueError unless 0 <= number < size.
    """
    if not 0 <= number < size:
        raise ValueError(f"no leaf {number} in a tree of {size}")
    return _path(number, Span(0, size))


def _path(number: int, span: Span) -> list[Span]:
    if span.end - span.first == 1:
        return []
    left, right = _halves(span)
    if number < right.first:
        return [*_path(number, left), right]
    return [*_path(number, right), left]


def consistency(old: int, new: int) -> list[Span]:
    """The spans whose roots prove that the tree of `new` leaves extends that of `old`, in the
    order of the proof (RFC 6962 2.1.2: SUBPROOF). None are needed from the empty tree.

    Raises ValueError unless 0 <= old <= new.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} does not extend one of {old}")
    return _subproof(old, Span(0, new), known=True) if old else []


def _subproof(old: int, span: Span, *, known: bool) -> list[Span]:
    """`known`: the verifier has this span's root already, as the old tree's."""
    if old == span.end:
        return [] if known else [span]
    left, right = _halves(span)
    if old <= left.end:
        return [*_subproof(old, left, known=known), right]
    return [*_subproof(old, right, known=False), left]


def _halves(span: Span) -> tuple[Span, Span]:
    """`span` cut after the largest power of two that is smaller than its length."""
    middle = span.first + (1 << ((span.end - span.first - 1).bit_length() - 1))
    return Span(span.first, middle), Span(middle, span.end)
