"""What a correction (更正记录) says was changed."""

from __future__ import annotations

from datetime import datetime

from . import facts


def find_changes(before: facts.RecordFacts, after: facts.RecordFacts) -> tuple[facts.Change, ...]:
    """What differs between two records, in the words that the correction prints (Chinese)."""
    pairs: list[tuple[str, str | None, str | None]] = [
        ("地点", before.place, after.place),
        ("开始时间", _moment(before.starts_at), _moment(after.starts_at)),
        ("结束时间", _moment(before.ends_at), _moment(after.ends_at)),
    ]
    pairs += [
        (f"议程“{old.title or old.kind}”的记录", old.notes, new.notes)
        for old, new in zip(before.agenda, after.agenda, strict=True)
    ]
    pairs += [
        (f"{old.name}的表态发言", old.summary, new.summary)
        for old, new in zip(before.statements, after.statements, strict=True)
    ]
    old_leaves = {(leave.name, leave.unit): leave.approved_by for leave in before.leaves}
    new_leaves = {(leave.name, leave.unit): leave.approved_by for leave in after.leaves}
    for old, new in zip(before.roll, after.roll, strict=True):
        pairs.append((f"{old.name}的出席情况", _attended(old), _attended(new)))
        pairs.append((f"{old.name}的承诺书", _pledged(old), _pledged(new)))
        key = (old.name, old.unit)
        if key in old_leaves and key in new_leaves:
            pairs.append((f"{old.name}的准假人", old_leaves[key], new_leaves[key]))
    return tuple(
        facts.Change(what, old or None, new or None)
        for what, old, new in pairs
        if (old or None) != (new or None)
    )


def _attended(row: facts.RollRow) -> str | None:
    return f"{row.attendance}（{row.remark}）" if row.remark else row.attendance


def _pledged(row: facts.RollRow) -> str:
    if row.pledge is None:
        return "未签署"
    return "已签署，本人否认" if row.pledge.disowned else "已签署"


def _moment(value: datetime | None) -> str | None:
    if value is None:
        return None
    return f"{value.year}年{value.month}月{value.day}日{value:%H:%M}"
