"""The talk record (谈话记录), and its corrections (更正记录)."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence

import rfc8785

from .division import DIVIDED_FROM, render_divided, second_process
from .exceptions import NotDivisible
from .facts import AgendaEntry, Exclusion, Leave, Person, RecordFacts, RollRow, Statement
from .ink import Pictures
from .render import Paper, render_pdf
from .typography import UNIT_LINE, UNRECORDED, office, paragraphs, period, title_lines

logger = logging.getLogger(__name__)

# The files that a sealed record carries, as its last page tells of them (pledges/evidence.py).
EVIDENCE = (
    ("facts.json", "本记录所载事实"),
    ("policy.json", "核验所依据的域名、存证账本公钥和印章级别"),
    ("manifests.json", "每份承诺书的规范文本"),
    ("assertions.json", "每份承诺书的签署等级、时间和密钥签名"),
    ("keys.json", "签署人登记过的全部密钥（公钥）"),
    ("agreements.json", "签署人同意的电子签名使用约定"),
    ("proofs.json", "每份承诺书在存证账本中的证明"),
    ("checkpoint.txt", "存证账本的检查点，由本单位密钥签名"),
)


def render_record(facts: RecordFacts) -> bytes:
    """The record as PDF/A-3a, in the layout of GB/T 9704-2012; a large one by two processes.

    Raises:
        MissingGlyphs: a name or text has a character that no font has.
        PaperError: the record could not be set.
    """
    if len(facts.roll) < DIVIDED_FROM:
        return render_pdf(record_paper(facts), facts)
    try:
        with second_process() as second:  # it starts while the signatures are read
            return render_divided(record_paper(facts), facts, "roll", second)
    except NotDivisible as reason:
        logger.warning("a record is set as a whole: %s", reason)
        return render_pdf(record_paper(facts), facts)


def record_paper(facts: RecordFacts) -> Paper:
    """The record's template, style sheets and context."""
    heading = record_title(facts)
    pictures = Pictures()
    return Paper(
        template="papers/record.html",
        styles=("gbt9704.css", "record.css"),
        title=f"{facts.unit}{heading}（{facts.number}）",
        author=facts.unit,
        made_at=facts.made_at,
        pictures=pictures,
        context={
            "facts": facts,
            "title_lines": [*title_lines(facts.unit, UNIT_LINE), *title_lines(heading)],
            "title": f"{facts.unit}{heading}",
            "organisation": organisation(facts),
            "roll": [
                (
                    row,
                    office(row.unit, row.post) + ("（新任职）" if row.newly_placed else ""),
                    pictures.address(row.pledge.svg) if row.pledge else None,
                )
                for row in facts.roll
            ],
            "statements": [statement_paragraphs(made) for made in facts.statements],
            "agenda": [(agenda_heading(entry), paragraphs(entry.notes)) for entry in facts.agenda],
            "attachments": [attachment.title for attachment in facts.attachments],
            "sections": sections(facts),
            "levels": sorted({row.pledge.level for row in facts.roll if row.pledge}),
            "facts_digest": facts_digest(facts),
            "evidence": EVIDENCE,
            "roles": ("主持人", "谈话人", "记录人"),
        },
    )


def record_title(facts: RecordFacts) -> str:
    """The meeting's title as its record's: …集体廉政谈话 (or 谈话会) gives …集体廉政谈话记录."""
    last = "更正记录" if facts.correction else "记录"
    title = facts.title.removesuffix("会") if facts.title.endswith("谈话会") else facts.title
    return title + last if title.endswith("谈话") else f"{title}谈话{last}"


def facts_digest(facts: RecordFacts) -> str:
    """SHA-256 over the facts as canonical JSON (RFC 8785), in hex."""
    return hashlib.sha256(rfc8785.dumps(facts.to_json())).hexdigest()


def sections(facts: RecordFacts) -> dict[str, int]:
    """The number of each numbered section that the record has; empty ones get none."""
    present = {
        "correction": facts.correction,
        "agenda": facts.agenda,
        "moves": facts.post_changes,
        "study": facts.study_list,
        "points": facts.points,
        "statements": facts.statements,
        "roll": facts.roll,
    }
    return {
        name: number
        for number, name in enumerate((name for name, part in present.items() if part), start=1)
    }


def organisation(facts: RecordFacts) -> list[tuple[str, str]]:
    """The lines of the organisation block, label and text, in the order of the form."""
    lines = [
        ("谈话类型", facts.kind),
        ("事由依据", facts.basis or UNRECORDED),
        ("时间", period(facts.starts_at, facts.ends_at)),
        ("地点", facts.place or UNRECORDED),
        ("主持人", described(facts.chair)),
        ("谈话人", described(facts.speaker)),
        ("记录人", described(facts.recorder)),
        ("人数", head_counts(facts)),
    ]
    optional = [
        ("请假", listed(absence(leave) for leave in facts.leaves)),
        ("缺席", listed(absence(leave) for leave in facts.absences)),
        ("除外", listed(exclusion(excluded) for excluded in facts.exclusions)),
        ("列席", listed(described(person) for person in facts.observers)),
        ("承诺书", pledge_counts(facts.roll)),
        ("保管期限", facts.retention or ""),
        ("档号", facts.archive_number or ""),
    ]
    return lines + [(label, text) for label, text in optional if text]


def described(person: Person | None) -> str:
    """A person as a record names one: 张三（县教育局局长）."""
    if person is None:
        return UNRECORDED
    held = (person.unit or "") + (person.post or "")
    return f"{person.name}（{held}）" if held else person.name


def absence(leave: Leave) -> str:
    """One absence with its reason and who approved it."""
    details = [
        leave.unit or "",
        leave.reason or "原因" + UNRECORDED,
        f"{leave.approved_by}批准" if leave.approved_by else "",
    ]
    return f"{leave.name}（{'，'.join(detail for detail in details if detail)}）"


def exclusion(excluded: Exclusion) -> str:
    """One person outside 应到, with the reason."""
    return absence(Leave(excluded.name, excluded.reason, None, excluded.unit))


def head_counts(facts: RecordFacts) -> str:
    """The head counts in one sentence; what is zero beyond the balance is left out."""
    counts = facts.counts
    text = (
        f"应到{counts.called}人，实到{counts.present}人，"
        f"请假{counts.on_leave}人，缺席{counts.absent}人"
    )
    beyond = [
        ("迟到", counts.late),
        ("早退", counts.left_early),
        ("补谈", counts.made_up),
        ("列席", counts.observing),
        ("除外", counts.excluded),
    ]
    extra = "，".join(f"{word}{number}人" for word, number in beyond if number)
    return f"{text}；{extra}" if extra else text


def pledge_counts(roll: Sequence[RollRow]) -> str:
    """How many pledges were signed, by level; those that their signer disowned stand apart."""
    signed = [row.pledge for row in roll if row.pledge]
    levels = [pledge.level for pledge in signed if not pledge.disowned]
    by_level = "，".join(
        f"{level}级{levels.count(level)}份" for level in "甲乙丙" if level in levels
    )
    counted = f"已签署{len(levels)}份" + (f"（{by_level}）" if by_level else "")
    disowned = len(signed) - len(levels)
    if disowned:
        return f"{counted}；另有{disowned}份经本人否认，不计入"
    return counted if levels else ""


def agenda_heading(entry: AgendaEntry) -> str:
    """A block of the agenda as a heading: its kind, its own title, the minutes."""
    title = f"：{entry.title}" if entry.title and entry.title != entry.kind else ""
    minutes = f"（{entry.minutes}分钟）" if entry.minutes else ""
    return f"{entry.kind}{title}{minutes}"


def statement_paragraphs(made: Statement) -> tuple[str, str, list[str]]:
    """A statement: who made it, its first paragraph and the further ones."""
    first, *further = paragraphs(made.summary) or [UNRECORDED]
    return described(Person(made.name, made.unit, made.post)), first, further


def listed(items: Iterable[str]) -> str:
    """Items as one enumeration."""
    return "；".join(items)
