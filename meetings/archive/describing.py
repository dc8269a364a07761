"""The metadata's form: what follows from the sealed facts, and JSON and XML of the same content.

Elements are named in the plain words of DA/T 46-2009 (metadata of administrative electronic
records) and DA/T 48-2009 (their packaging in XML); what stands under OURS is this system's own. No
conformance to either standard is claimed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from .layout import XML_HEAD

TOP = "电子文件封装包"
OURS = "本系统自定义"
UNRECORDED = "未记录"

# An element and what is in it: text, or further elements.
Node = tuple[str, "str | tuple[Node, ...]"]
Json = dict[str, Any]


def describe_facts(facts: Mapping[str, Any]) -> Json:
    """The part of the metadata that a sealed record's facts (as JSON) decide by themselves."""
    counts = facts["counts"]
    pledges = [row["pledge"] for row in facts["roll"] if row["pledge"] is not None]
    levels = [pledge["level"] for pledge in pledges if not pledge["disowned"]]
    return {
        "来源": {"立档单位名称": facts["unit"]},
        "保管期限": _recorded(facts["retention"]),
        "内容描述": {
            "题名": facts["title"],
            "文件编号": facts["number"],
            "责任者": facts["unit"],
            "日期": (facts["starts_at"] or UNRECORDED)[:10],
            "文种": "谈话记录",
        },
        OURS: {
            "谈话类型": facts["kind"],
            "开始时间": _recorded(facts["starts_at"]),
            "结束时间": _recorded(facts["ends_at"]),
            "地点": _recorded(facts["place"]),
            "主持人": _name(facts["chair"]),
            "谈话人": _name(facts["speaker"]),
            "记录人": _name(facts["recorder"]),
            "人数": {
                "应到": counts["called"],
                "实到": counts["present"],
                "请假": counts["on_leave"],
                "缺席": counts["absent"],
                "除外": counts["excluded"],
                "列席": counts["observing"],
            },
            "承诺书份数": {
                **{f"{level}级": levels.count(level) for level in "甲乙丙"},
                "本人否认": len(pledges) - len(levels),
            },
        },
    }


def _recorded(value: str | None) -> str:
    return value or UNRECORDED


def _name(person: Mapping[str, Any] | None) -> str:
    return person["name"] if person else UNRECORDED


def as_json(metadata: Json) -> bytes:
    return (json.dumps(metadata, ensure_ascii=False, indent=1) + "\n").encode()


def as_xml(metadata: Json) -> bytes:
    """The same content as XML 1.0: a key is an element, a list repeats it."""
    lines = "".join(_lines((TOP, tuple(_nodes(metadata))), 0))
    return XML_HEAD + lines.encode()


def differs(metadata: Json, xml: bytes) -> str:
    """What is wrong with `xml` beside the JSON: not well-formed, or other content; else empty."""
    expected = (TOP, tuple(_nodes(metadata)))
    if not xml.startswith(XML_HEAD) or b"<!" in xml:
        # Without a document type there are no entities, and nothing that could grow or be fetched.
        return "XML 的声明不合规定，或含有文档类型声明"
    try:
        found = _node(ElementTree.fromstring(xml))  # noqa: S314  no document type: see above
    except (ElementTree.ParseError, RecursionError, ValueError) as error:
        return f"XML 格式不良好（{type(error).__name__}）"
    return "" if found == expected else "XML 与 JSON 内容不同"


def _nodes(content: Mapping[str, Any]) -> Iterator[Node]:
    for name, value in content.items():
        if not re.fullmatch(r"[A-Za-z\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff-]*", name):
            raise ValueError("元素名不合规定")
        for item in value if isinstance(value, list) else [value]:
            yield name, tuple(_nodes(item)) if isinstance(item, dict) else str(item)


def _lines(node: Node, depth: int) -> Iterator[str]:
    name, content = node
    indent = " " * depth
    if isinstance(content, str):
        # A parser makes a line feed of a bare carriage return (XML 1.0, 2.11).
        yield f"{indent}<{name}>{escape(content, {chr(13): '&#13;'})}</{name}>\n"
    else:
        yield f"{indent}<{name}>\n"
        for part in content:
            yield from _lines(part, depth + 1)
        yield f"{indent}</{name}>\n"


def _node(element: ElementTree.Element) -> Node:
    """What an element says; attributes and text beside elements have no place."""
    parts: Sequence[ElementTree.Element] = list(element)
    beside = [element.text if parts else "", *(part.tail for part in parts)]
    if element.attrib or any((text or "").strip() for text in beside):
        raise ValueError("有多余的内容")
    if parts:
        return element.tag, tuple(_node(part) for part in parts)
    return element.tag, element.text or ""
