"""Tags without those that say nothing: the same structure in half as many objects.

WeasyPrint makes a structure element of every run of text and of every box that layout alone needs.
Each is an object that every reader of the file has to find: of a record of 500 people they were
9,700 of 17,400, and cost the seal and its check more than all else.

It leans on WeasyPrint's insides, hence on one exact version (``linelayout.WEASYPRINT_VERSION``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydyf import Array
from weasyprint import pdf as weasyprint_pdf

# An inline part without any character of its own, and a group that is none (ISO 32000-1, 14.8.4.4
# and 14.8.4.2): what is in them belongs to the element around them.
_SILENT = {"/Span", "/NonStruct"}
# What a silent element has; whatever else one says (a language, an alternative text) is kept.
_PLAIN = {"Type", "S", "P", "K", "Pg"}
# Elements that may hold text themselves (ISO 32000-1, 14.8.4.1).
_HOLDERS = {"/P", "/H1", "/H2", "/H3", "/H4", "/H5", "/H6", "/TH", "/TD", "/Caption", "/LBody"}

# pydyf carries no types: its dictionaries are Any here.
Element = Any


def install() -> None:
    """Have WeasyPrint's tags folded as they are made. Call once, before the first paper."""
    add_tags = weasyprint_pdf.add_tags

    def add_few_tags(pdf: Any, *args: Any) -> None:
        first = len(pdf.objects)
        add_tags(pdf, *args)
        _fold(pdf, first)

    weasyprint_pdf.add_tags = add_few_tags


def _fold(pdf: Any, first: int) -> None:
    """Put what is in silent elements into those around them, and number the others anew.

    The objects from `first` on are the tags, each after the one that it is in; of all that refers
    to them, none is outside but the catalogue, and what it names stays the first of them.
    """
    tags = pdf.objects[first:]
    holders: dict[bytes, Element] = {}
    silent: dict[bytes, Element] = {}
    for item in tags:
        reference = item.reference
        holder = holders.get(item.get("P")) if _is_silent(item) else None
        if holder is not None and holder["S"] in _HOLDERS and holder["Pg"] == item["Pg"]:
            holders[reference], silent[reference] = holder, item
        else:
            holders[reference] = item
    kept = [item for item in tags if holders[item.reference] is item]
    for number, item in enumerate(kept, first):
        item.number = number
    names = {reference: holder.reference for reference, holder in holders.items()}
    for item in kept:
        _rename(item, names, silent)
    pdf.objects[first:] = kept


def _is_silent(item: Element) -> bool:
    return item.get("S") in _SILENT and item.keys() <= _PLAIN


def _rename(item: Element, names: dict[bytes, bytes], silent: dict[bytes, Element]) -> None:
    """Write the new names of other elements into one."""
    if "P" in item:
        item["P"] = names[item["P"]]
    if "K" in item:
        item["K"][:] = [
            names[kid] if isinstance(kid, bytes) else kid for kid in _kids(item, silent)
        ]
    if "Nums" in item:  # after each number a page's elements, or the one of a link
        item["Nums"][1::2] = [
            names[owner] if isinstance(owner, bytes) else Array(names[name] for name in owner)
            for owner in item["Nums"][1::2]
        ]


def _kids(item: Element, silent: dict[bytes, Element]) -> Iterator[bytes | int]:
    """The kids of an element, those of a silent one in its place."""
    for kid in item["K"]:
        if kid in silent:
            yield from _kids(silent[kid], silent)
        else:
            yield kid
