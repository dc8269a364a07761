"""From frozen rows to the facts of a paper.

Facts are in Chinese whatever the language of the page: the papers are.
"""

from collections.abc import Iterable
from datetime import datetime

from cattrs import Converter
from django.urls import reverse
from django.utils import timezone, translation

from meetings.attendance import count_attendance
from meetings.models import (
    Attendance,
    AttendanceRole,
    AttendanceState,
    Cadre,
    Gender,
    Meeting,
    Record,
)
from pledges.manifest import PaperMark, Talk
from pledges.models import Level, Occasion, Outline, Pledge, SignatureMethod
from pledges.text import signed_text

from . import facts

_FROM_JSON = Converter()
_FROM_JSON.register_structure_hook(datetime, lambda text, _type: datetime.fromisoformat(text))

LEVEL_NAMES = {Level.KEY: "甲", Level.PASSWORD: "乙", Level.PAPER: "丙"}
HOW_SIGNED = {
    (Level.KEY, SignatureMethod.DRAWN): "本人密钥签署并手写签名",
    (Level.KEY, SignatureMethod.TYPED): "本人密钥签署并键入姓名",
    (Level.PASSWORD, SignatureMethod.DRAWN): "再次输入密码并手写签名",
    (Level.PASSWORD, SignatureMethod.TYPED): "再次输入密码并键入姓名",
}
LEVEL_MEANINGS = {
    Level.KEY: (
        "甲级（密钥签署）证明由签署人用自己保管的密钥签署，他人（包括系统管理者）不能代签。"
    ),
    Level.PASSWORD: "乙级（密码签署）证明签署时使用了本人账号；其可信程度以系统服务器可信为前提。",
    Level.PAPER: "丙级（纸面签署）证明有签名原件的扫描件及见证人的陈述；不是电子签名。",
}
DISOWNED = "本人否认"
STATE_NAMES = {
    AttendanceState.UNMARKED: None,
    AttendanceState.PRESENT: "实到",
    AttendanceState.LEAVE: "请假",
    AttendanceState.ABSENT: "缺席",
}


def gather_record(
    meeting: Meeting,
    *,
    made_at: datetime,
    made_by: Cadre,
    correction: facts.Correction | None = None,
    seal: facts.Seal | None = None,
) -> facts.RecordFacts:
    """The facts of `meeting`'s talk record as its rows stand now."""
    rows = list(
        meeting.attendances.select_related("pledge__signature", "pledge__revocation").order_by(
            "order", "id"
        )
    )
    called = [row for row in rows if row.role == AttendanceRole.CALLED]
    with translation.override("zh-hans"):
        return facts.RecordFacts(
            number=meeting.number or "",
            title=meeting.title,
            kind=str(meeting.get_kind_display()),
            unit=meeting.unit.name,
            basis=meeting.basis or None,
            starts_at=_local(meeting.started_at),
            ends_at=_local(meeting.ended_at),
            place=meeting.place or None,
            chair=person_of(meeting.chair, rows),
            speaker=person_of(meeting.speaker, rows),
            recorder=person_of(meeting.recorder, rows),
            counts=gather_counts(meeting),
            made_at=timezone.localtime(made_at),
            made_by=made_by.name,
            observers=tuple(_observers(rows)),
            leaves=tuple(_missing(called, AttendanceState.LEAVE)),
            absences=tuple(_missing(called, AttendanceState.ABSENT)),
            exclusions=tuple(_exclusions(rows)),
            agenda=gather_agenda(meeting),
            post_changes=_post_changes(meeting),
            study_list=tuple(meeting.study_items),
            points=gather_points(meeting.outline),
            statements=_statements(meeting),
            roll=tuple(_roll_row(number, row) for number, row in enumerate(called, start=1)),
            attachments=_attachments(meeting),
            correction=correction,
            retention=str(meeting.get_retention_display()),
            archive_number=meeting.archive_number or None,
            outline_title=f"{meeting.outline.title}（第{meeting.outline.version}版）",
            seal=seal,
        )


def _observers(rows: Iterable[Attendance]) -> Iterable[facts.Person]:
    return (
        facts.Person(row.name, row.unit_name or None, row.post or None)
        for row in rows
        if row.role == AttendanceRole.OBSERVING and row.state == AttendanceState.PRESENT
    )


def _exclusions(rows: Iterable[Attendance]) -> Iterable[facts.Exclusion]:
    return (
        facts.Exclusion(row.name, row.exclusion_reason, row.unit_name or None)
        for row in rows
        if row.role == AttendanceRole.EXCLUDED
    )


def gather_agenda(meeting: Meeting) -> tuple[facts.AgendaEntry, ...]:
    """The agenda of `meeting`; kinds are named in the language that is on."""
    return tuple(
        facts.AgendaEntry(str(item.get_block_display()), item.title, item.minutes, item.notes)
        for item in meeting.agenda_items.all()
    )


def _post_changes(meeting: Meeting) -> tuple[facts.PostChange, ...]:
    return tuple(
        facts.PostChange(
            change.cadre.name, change.from_post or None, change.to_post, change.document or None
        )
        for change in meeting.post_changes.select_related("cadre")
    )


def _statements(meeting: Meeting) -> tuple[facts.Statement, ...]:
    return tuple(
        facts.Statement(
            statement.attendance.name,
            statement.summary,
            statement.attendance.unit_name or None,
            statement.attendance.post or None,
        )
        for statement in meeting.statements.select_related("attendance")
    )


def _attachments(meeting: Meeting) -> tuple[facts.Attachment, ...]:
    return tuple(
        facts.Attachment(str(kept.get_kind_display()), kept.name, kept.sha256)
        for kept in meeting.attachments.all()
    )


def gather_points(outline: Outline) -> tuple[facts.Point, ...]:
    """The four points of `outline`, with both faces of every clause."""
    return tuple(
        facts.Point(
            point.heading,
            tuple(
                facts.Clause(clause.heading, clause.requirement, clause.commitment)
                for clause in point.clauses.all()
            ),
            point.summary,
        )
        for point in outline.points.prefetch_related("clauses")
    )


def gather_pledge(
    pledge: Pledge, *, site_url: str, points: tuple[facts.Point, ...] | None = None
) -> facts.PledgeFacts:
    """The facts of a signed pledge; ``points`` are its outline's, where they are known already.

    Raises Pledge.signature's DoesNotExist when unsigned.
    """
    outline = pledge.occasion.outline
    return facts.PledgeFacts(
        title=outline.pledge_title,
        opening=outline.pledge_opening,
        occasion=describe_talk(pledge.occasion),
        signer=facts.Person(pledge.name, pledge.unit_name or None, pledge.post or None),
        points=gather_points(outline) if points is None else points,
        closing=outline.pledge_closing,
        signature=signature_of(pledge),
        personal_commitment=pledge.personal_commitment,
        level_meaning=LEVEL_MEANINGS[Level(pledge.signature.level)],
        verify_url=site_url + reverse("pledges:check", args=[pledge.signature.digest]),
        keys=keys_of(pledge),
    )


def describe_talk(talk: Occasion | Talk) -> str:
    """The talk as a pledge's heading names it: day, title, number, speaker."""
    held_on = timezone.localtime(talk.held_at)
    return (
        f"{held_on.year}年{held_on.month}月{held_on.day}日 {talk.title}"
        f"（{talk.number}）\n谈话人：{talk.speaker}"
    )


def keys_of(pledge: Pledge) -> tuple[facts.Key, ...]:
    """The keys that a signed pledge names: all that its signer had ever enrolled."""
    return tuple(
        facts.Key(key.short_fingerprint, key.enrolled_at, key.removed_at)
        for key in signed_text(pledge).keys
    )


def facts_of(record: Record) -> facts.RecordFacts:
    """The facts that a kept record was, or will be, made from."""
    return _FROM_JSON.structure(record.facts, facts.RecordFacts)


def signature_of(pledge: Pledge) -> facts.Signature:
    """How a signed pledge was signed, as every paper says it."""
    signature, level, disowned = pledge.signature, Level(pledge.signature.level), pledge.is_disowned
    paper = _paper_mark(pledge) if level == Level.PAPER else None
    if paper is None:
        how = HOW_SIGNED[level, SignatureMethod(pledge.signature_method)]
    else:
        how = f"纸面签署，{paper.witness[1]}见证，{paper.entered_by[1]}录入"
    return facts.Signature(
        level=LEVEL_NAMES[level],
        signed_at=None if paper else timezone.localtime(signature.signed_at),
        short_code=signature.short_code,
        digest=signature.digest,
        svg=pledge.signature_image or None,
        typed=pledge.signature_text or None,
        how=f"{how}（{DISOWNED}）" if disowned else how,
        signed_on=paper.signed_on.isoformat() if paper and paper.signed_on else None,
        disowned=disowned,
    )


def _paper_mark(pledge: Pledge) -> PaperMark:
    mark = signed_text(pledge).mark
    assert isinstance(mark, PaperMark)  # what a paper's manifest holds
    return mark


def _roll_row(number: int, row: Attendance) -> facts.RollRow:
    pledge = row.pledge
    marks = [word for word, on in (("迟到", row.late), ("早退", row.left_early)) if on]
    if row.reason:
        marks.append(row.reason)
    return facts.RollRow(
        number=str(number),
        name=row.name,
        unit=row.unit_name or None,
        post=row.post or None,
        attendance=STATE_NAMES[AttendanceState(row.state)],
        gender_mark="女" if row.gender == Gender.FEMALE else "",
        ethnicity_mark=row.ethnicity if row.ethnicity not in ("", "汉族", "汉") else "",
        newly_placed=row.newly_placed,
        remark="、".join(marks),
        pledge=signature_of(pledge) if pledge and pledge.is_signed else None,
    )


def _missing(rows: Iterable[Attendance], state: str) -> Iterable[facts.Leave]:
    return (
        facts.Leave(row.name, row.reason or None, row.approved_by or None, row.unit_name or None)
        for row in rows
        if row.state == state
    )


def person_of(cadre: Cadre | None, rows: Iterable[Attendance]) -> facts.Person | None:
    """The chair, speaker or recorder: as frozen in the roll when called, else as they are."""
    if cadre is None:
        return None
    for row in rows:
        if row.cadre_id == cadre.pk:
            return facts.Person(row.name, row.unit_name or None, row.post or None)
    return facts.Person(cadre.name, cadre.unit.name if cadre.unit else None, cadre.post or None)


def gather_counts(meeting: Meeting) -> facts.Counts:
    """The head counts of `meeting` as its rows stand now."""
    counted = count_attendance(meeting)
    return facts.Counts(
        called=counted.called,
        present=counted.present,
        on_leave=counted.on_leave,
        absent=counted.absent,
        excluded=counted.excluded,
        observing=counted.observing,
        late=counted.late,
        left_early=counted.left_early,
    )


def _local(moment: datetime | None) -> datetime | None:
    return timezone.localtime(moment) if moment else None
