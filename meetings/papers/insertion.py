"""Pages of one file put into another while that one is being written.

Both are drawn and tagged by WeasyPrint, in two processes at that. The pages come over as objects
that are written already, under numbers of their own; what each file needs once (page tree, tags'
root, colours, fonts) they take from the file that they are put into.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pydyf

from .typesetting import Written

# A reference (ISO 32000-1, 7.3.10). Text of a paper has none that looks like one: what WeasyPrint
# writes in ASCII is names of fonts and of header cells, which have no spaces around numbers.
_REFERENCE = re.compile(rb"(?<![\w.-])(\d+) 0 R\b")


@dataclass(frozen=True)
class Taken:
    """Pages with their tags, out of a file.

    ``shared`` are the numbers of what the other file has as well, in the order of ``_shared``;
    ``numbers`` is the pages' share of the tags' number tree (ISO 32000-1, 14.7.4.4).
    """

    objects: tuple[Written, ...]
    pages: tuple[int, ...]
    elements: tuple[int, ...]
    numbers: tuple[tuple[int, bytes], ...]
    shared: tuple[int, ...]


def take_out(pdf: pydyf.PDF) -> Taken:
    """The pages of a file without fonts, bookmarks and attachments of its own."""
    root, document, tree = _tags(pdf)
    shared = _shared(pdf)
    left = {0, pdf.catalog.number, root.number, tree.number, *shared}
    left |= {_number(intent["DestOutputProfile"]) for intent in pdf.catalog["OutputIntents"]}
    left |= {item.number for item in pdf.objects if _is_metadata(item)}
    pairs = zip(tree["Nums"][::2], tree["Nums"][1::2], strict=True)
    return Taken(
        objects=tuple(Written(item) for item in pdf.objects if item.number not in left),
        pages=tuple(pdf.pages["Kids"][::3]),
        elements=tuple(map(_number, document["K"])),
        numbers=tuple((number, bytes(owners.data)) for number, owners in pairs),
        shared=shared,
    )


def insert(pdf: pydyf.PDF, taken: Taken, at: int) -> None:
    """Put pages after the first ``at`` of a file that was written to leave room for them."""
    names = dict(zip(taken.shared, _shared(pdf), strict=True))
    for number, item in enumerate(taken.objects, len(pdf.objects)):
        names[item.number] = number

    def rename(data: bytes) -> bytes:
        return _REFERENCE.sub(lambda found: b"%d 0 R" % names[int(found[1])], data)

    _, document, tree = _tags(pdf)
    earlier = set(pdf.page_references[:at])
    before = sum(pdf.objects[_number(kid)]["Pg"] in earlier for kid in document["K"])
    for item in taken.objects:
        item.rename(names[item.number], rename)
        pdf.objects.append(item)
    kids: list[Any] = [part for page in taken.pages for part in (names[page], 0, "R")]
    pdf.pages["Kids"][3 * at : 3 * at] = kids
    pdf.pages["Count"] += len(taken.pages)
    document["K"][before:before] = [b"%d 0 R" % names[number] for number in taken.elements]
    numbers: list[Any] = [part for page, own in taken.numbers for part in (page, rename(own))]
    tree["Nums"][2 * at : 2 * at] = numbers


def _tags(pdf: pydyf.PDF) -> tuple[Any, Any, Any]:
    """The root of the tags, the element of the whole document, the number tree."""
    root = pdf.objects[_number(pdf.catalog["StructTreeRoot"])]
    return root, pdf.objects[_number(root["K"][0])], pdf.objects[_number(root["ParentTree"])]


def _shared(pdf: pydyf.PDF) -> tuple[int, ...]:
    """The numbers of the page tree, the document's element, the colours and the fonts."""
    page = pdf.objects[pdf.pages["Kids"][0]]
    resources = pdf.objects[_number(page["Resources"])]
    _, document, _ = _tags(pdf)
    return (
        pdf.pages.number,
        document.number,
        *(_number(resources[name]) for name in ("ColorSpace", "Font")),
    )


def _number(reference: bytes) -> int:
    return int(reference.split()[0])


def _is_metadata(item: pydyf.Object) -> bool:
    return isinstance(item, pydyf.Stream) and item.extra.get("Type") == "/Metadata"
