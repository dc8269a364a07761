"""The metadata of a meeting's package: what its sealed facts say, and what the rows add."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from meetings.models import Meeting, Record

from .describing import OURS, Json, describe_facts

FORM = "廉谈档案包"
FORM_VERSION = 1
NAMING = (
    "元素名称参照 DA/T 46—2009、DA/T 48—2009 的通用名称；“本系统自定义”之内和“文件”之内的"
    "格式版本、修订号、盖章、承诺书摘要为本系统自定义。没有经过标准符合性检测。"
)


@dataclass(frozen=True)
class Item:
    """A file of the package as the metadata lists it; `more` are this system's own elements.

    `relation` and `other` say how it belongs to another file of the package.
    """

    path: str
    kind: str
    title: str
    media_type: str
    relation: str = ""
    other: str = ""
    more: Json = field(default_factory=dict)


def describe_package(
    meeting: Meeting, records: Sequence[Record], items: Sequence[Item], folder: Path
) -> Json:
    """The metadata of `meeting`, whose files lie in `folder`; `records` the newest last."""
    described = describe_facts(records[-1].facts)
    number = {"档号": meeting.archive_number} if meeting.archive_number else {}
    return {
        "封装包格式描述": {"名称": FORM, "版本": FORM_VERSION, "说明": NAMING},
        "聚合层次": "件",
        **number,
        **{name: part for name, part in described.items() if name != OURS},
        "形式特征": {"件数": 1, "文件数": len(items), "语种": "汉语"},
        "电子属性": _software(),
        "电子签名": [_seal(record) for record in records if record.is_sealed],
        "业务": list(_business(meeting, records)),
        "文件": [_listing(number, item, folder) for number, item in enumerate(items, start=1)],
        "实体关系": [
            {"实体标识符": item.path, "关系类型": item.relation, "相关实体标识符": item.other}
            for item in items
            if item.relation
        ],
        OURS: described[OURS],
    }


def record_path(revision: int) -> str:
    """Where a revision of the talk record lies."""
    return f"records/record-{revision}.pdf"


def app_version() -> str:
    """This system's own version."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    found: str = project["project"]["version"]
    return found


def _software() -> Json:
    return {
        "文档创建程序": f"WeasyPrint {version('weasyprint')}",
        "签章程序": f"pyHanko {version('pyhanko')}",
        "信息系统描述": f"廉谈（Liantan）{app_version()}，集体廉政谈话和廉政承诺书",
    }


def _seal(record: Record) -> Json:
    seal = record.seal_told or {}
    return {
        "签名对象": record_path(record.revision),
        "签名人": seal.get("certificate", ""),
        "签名时间": _moment(record.sealed_at),
        "签名规则": f"PAdES {record.seal_level}",
        "证书摘要": record.seal_certificate,
    }


def _business(meeting: Meeting, records: Sequence[Record]) -> Iterator[Json]:
    """What was done with the meeting, when and by whom, in the order of its states."""
    steps = (
        ("发布通知", meeting.announced_at, meeting.announced_by),
        ("登记召开", meeting.held_at, meeting.held_by),
        ("开放签署", meeting.signing_at, meeting.signing_by),
        ("办结", meeting.closed_at, meeting.closed_by),
        *((f"更正（第{r.revision}版）", r.made_at, r.made_by) for r in records[1:]),
    )
    for what, when, who in steps:
        if when is not None and who is not None:
            yield {"业务行为": what, "行为时间": _moment(when), "机构人员名称": who.name}


def _listing(number: int, item: Item, folder: Path) -> Json:
    path = folder / item.path
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "文档序号": number,
        "计算机文件名": item.path,
        "文件类别": item.kind,
        "题名": item.title,
        "格式信息": item.media_type,
        "计算机文件大小": path.stat().st_size,
        "摘要算法": "SHA-256",
        "摘要值": digest,
        **item.more,
    }


def _moment(value: datetime | None) -> str:
    return timezone.localtime(value).isoformat(timespec="seconds") if value else "未记录"
