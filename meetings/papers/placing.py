"""The numbers and names of pages that are written for their place in a larger file.

A structure tree finds what is marked on a page by the page's number, and a table's cells their
headers by name (ISO 32000-1, 14.7.4.4 and 14.8.5.7): neither may occur twice in the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pydyf


def leave_room(pdf: pydyf.PDF, at: int, gap: int) -> None:
    """Number the pages from ``at`` on as if ``gap`` more stood before them."""

    def moved(number: int) -> int:
        return number + gap if number >= at else number

    for item in pdf.objects:
        if isinstance(item, dict):
            if "StructParents" in item:
                item["StructParents"] = moved(item["StructParents"])
            elif "Nums" in item:
                item["Nums"][::2] = map(moved, item["Nums"][::2])


def place_in_the_whole(pdf: pydyf.PDF, first: int) -> None:
    """Number pages, name table headers and call the text a part, with ``first`` pages before it."""
    leave_room(pdf, 0, first)
    names: dict[int, pydyf.String] = {}
    for item in pdf.objects:
        if not isinstance(item, dict):
            continue
        if item.get("S") == "/Document":
            item["S"] = "/Part"
        elif item.get("S") in ("/TH", "/TD"):
            held = [item["ID"]] if "ID" in item else item.get("A", {}).get("Headers", ())
            names |= {id(name): name for name in held}
    for name in names.values():  # a header's name is one object, wherever it is named
        name.string = f"{first}-{name.string}"
