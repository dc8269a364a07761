"""The line itself: roster → schedule → announce → hold → sign → close → record, step by step.

Every step goes through the services that the pages use; nothing here writes a row by itself but
the roles of the office, which an administrator gives by hand.
"""

import math
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from meetings.attendance import count_attendance, mark_attendance, mark_rest_present
from meetings.closing import close_meeting
from meetings.holding import add_statement, hold_meeting, note_agenda_item, open_signing
from meetings.models import (
    Attendance,
    AttendanceRole,
    AttendanceState,
    Block,
    Cadre,
    Meeting,
    Record,
    Role,
    RoleAssignment,
    Unit,
)
from meetings.roster.activation import activate, issue_codes
from meetings.roster.importing import apply_plan, read_roster
from meetings.roster.ordering import in_official_order
from meetings.roster.preview import Scope, make_plan
from meetings.roster.units import create_unit
from meetings.scheduling import announce_meeting, call_cadres, draft_meeting, save_draft
from pledges.agreements.accepting import accept_agreement
from pledges.models import Agreement, Pledge
from pledges.signing import (
    confirm_point,
    open_pledge,
    prepare_pledge,
    sign_pledge,
    sign_pledge_with_key,
)
from pledges.signing import save_draft as save_pledge

from .office import NUMBER_PREFIX, OFFICE
from .trial_key import TrialKey

Report = Callable[[str], None]
T = TypeVar("T")
EXCLUSION = "借调至省厅工作"
LEAVE_REASONS = ("因病住院治疗", "赴省参加业务培训", "陪护家人就医", "下乡处置突发情况")
STATEMENTS = (
    "拥护组织决定，服从分工安排。到新岗位后先学规矩、再理业务，把廉洁要求写进股室工作流程，"
    "请同志们随时监督提醒。",
    "项目资金都是农户的钱。我将对照岗位风险清单逐项自查，凡是采购和验收，都由两人以上到场、"
    "当场留痕，不单独会见供应商。",
    "今后遇到亲友请托，第一次就讲清楚、不松口；家里人也一并交代到位，每季度和家人谈一次。",
)
AGENDA = (
    (Block.OPENING, 5),
    (Block.APPOINTMENTS, 5),
    (Block.STUDY, 20),
    (Block.TALK, 40),
    (Block.STATEMENTS, 15),
    (Block.SIGNING, 10),
    (Block.SUMMARY, 5),
)
NOTES = {
    Block.OPENING: "主持人说明谈话事由，宣布会场纪律，介绍议程。",
    Block.STUDY: "集中学习学习清单所列文件中与本单位业务关系密切的条款，结合惠农项目实例逐条说明。",
    Block.TALK: (
        "谈话人围绕四个方面提出要求：一要把学习抓在日常，先学后干；二要把责任落到岗位，"
        "谁主管谁负责；三要把分寸守在平时，从第一次婉拒做起；四要把监督当作爱护，"
        "敢于开口、乐于接受。谈话中结合近年农业项目资金管理中容易出现的问题，"
        "逐项说明了报批、验收、公示三个环节的注意事项。"
    ),
    Block.SUMMARY: "主持人要求各股室一周内组织传达，主要负责人对照承诺书逐条检查落实情况。",
}


@dataclass
class Office:
    """The office in which the rehearsal takes place, and who does what in it."""

    unit: Unit
    secretary: Cadre
    speaker: Cadre
    inspector: Cadre
    passwords: dict[int, str] = field(default_factory=dict)
    keys: dict[int, TrialKey] = field(default_factory=dict)


def set_up_office(roster: Path, *, report: Report) -> Office:
    """Imports the roster under a new root unit and gives the roles.

    The first in official order speaks; the first of the 办公室 (or the last of all) is the
    secretary; the fourth (or the last) is the inspector. Raises MeetingError for a file that is
    no roster or has mistakes.
    """
    root = create_unit(by=None, parent=None, name=OFFICE)
    Unit.objects.filter(pk=root.pk).update(number_prefix=NUMBER_PREFIX)
    root.refresh_from_db()
    report(f"花名册导入：{_import(roster, root)} 人")
    people = in_official_order(Cadre.objects.in_office().within(root).select_related("unit"))
    secretary = next((c for c in people if c.unit and c.unit.name == "办公室"), people[-1])
    others = [cadre for cadre in people if cadre != secretary]
    office = Office(root, secretary, others[0], others[3] if len(others) > 3 else others[-1])
    for cadre, role in (
        (office.secretary, Role.SECRETARY),
        (office.speaker, Role.SPEAKER),
        (office.inspector, Role.INSPECTOR),
    ):
        RoleAssignment.objects.create(cadre=cadre, role=role, unit=root)
    return office


@transaction.atomic
def _import(roster: Path, root: Unit) -> int:
    """Imports the file with all the units that it names; gives how many people are new."""
    table = read_roster(roster.read_bytes())
    scope = Scope(base=root, paths=(root.path,))
    unknown = make_plan(rows=table.rows, scope=scope).unknown_units
    plan = make_plan(rows=table.rows, scope=scope, accepted_units=list(unknown), lock=True)
    return len(apply_plan(by=None, plan=plan, base=root).new)


def activate_accounts(
    office: Office, cadres: Iterable[Cadre], password_of: Callable[[Cadre], str], report: Report
) -> None:
    """Activates accounts with the codes of their slips, as their owners would."""
    slips = issue_codes(by=office.secretary, cadres=list(cadres))
    for cadre, code in _counted(slips, "账号激活", report):
        password = password_of(cadre)
        activate(staff_number=cadre.staff_number, code=code, password=password)
        office.passwords[cadre.pk] = password


def schedule_meeting(
    office: Office, *, title: str, kind: str, starts_at: datetime, cadres: list[Cadre]
) -> Meeting:
    """A complete draft that calls `cadres`: all but the speaker, with one excluded at the end."""
    by = office.secretary
    meeting = draft_meeting(by=by, unit=office.unit, title=title, kind=kind)
    called = [cadre for cadre in cadres if cadre != office.speaker]
    moved = called[len(called) // 3]
    save_draft(
        by=by,
        meeting=meeting,
        values={
            "basis": (
                "近期本单位部分中层岗位和分工作了调整，依据局党组会议决定，"
                "对中层以上领导干部进行集体谈话。"
            ),
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=100),
            "place": "机关三楼会议室",
            "chair": in_official_order(called)[0],
            "speaker": office.speaker,
            "recorder": office.secretary,
            "reminders": "请提前十分钟入场，将手机调至静音，自带笔记本。",
            "study_list": (
                "中国共产党章程\n中国共产党廉洁自律准则\n中国共产党纪律处分条例\n本局机关工作规则"
            ),
            "pledge_due_on": timezone.localdate(starts_at) + timedelta(days=3),
        },
        agenda=[{"block": block, "title": "", "minutes": minutes} for block, minutes in AGENDA],
        post_changes=[
            {
                "cadre": moved,
                "from_post": "一级科员",
                "to_post": moved.post,
                "document": f"青农党组〔{starts_at.year}〕6号",
                "newly_placed": True,
            }
        ],
    )
    call_cadres(by=by, meeting=meeting, cadres=called[:-1])
    call_cadres(
        by=by,
        meeting=meeting,
        cadres=called[-1:],
        role=AttendanceRole.EXCLUDED,
        exclusion_reason=EXCLUSION,
    )
    meeting.refresh_from_db()
    return meeting


def record_attendance(office: Office, meeting: Meeting, *, started_at: datetime) -> None:
    """A believable attendance: one in twenty on leave, one absent, a few late, the rest present."""
    by = office.secretary
    hold_meeting(by=by, meeting=meeting, started_at=started_at, ended_at=None)
    called = list(meeting.attendances.called().order_by("order"))
    many = len(called)
    for number, row in enumerate(called[many // 2 :: 10]):
        reason = LEAVE_REASONS[number % len(LEAVE_REASONS)]
        _mark(by, row, AttendanceState.LEAVE, reason, approved_by=office.speaker.name)
    _mark(by, called[many // 3], AttendanceState.ABSENT, "未请假，原因待核实")
    for row in called[many // 4 : many // 4 + 1 + many // 40]:
        mark_attendance(by=by, attendance=row, version=0, state=AttendanceState.PRESENT, late=True)
    mark_rest_present(by=by, meeting=meeting)


def _mark(by: Cadre, row: Attendance, state: str, reason: str, *, approved_by: str = "") -> None:
    mark_attendance(
        by=by, attendance=row, version=0, state=state, reason=reason, approved_by=approved_by
    )


def take_minutes(office: Office, meeting: Meeting) -> None:
    """Notes under the agenda items, and three statements."""
    by = office.secretary
    for item in meeting.agenda_items.all():
        if item.block in NOTES:
            note_agenda_item(by=by, item=item, notes=NOTES[Block(item.block)])
    present = meeting.attendances.present().order_by("-newly_placed", "order")[: len(STATEMENTS)]
    for row, summary in zip(present, STATEMENTS, strict=False):
        add_statement(by=by, meeting=meeting, attendance=row, summary=summary)


def sign_all(office: Office, pledges: Iterable[Pledge], report: Report) -> None:
    """Has each signer accept the agreement, open, confirm, write, draw and sign the pledge.

    Every third signs with a key of their own, enrolled beforehand, the others with the password.
    """
    agreement = Agreement.objects.newest()
    for number, pledge in enumerate(_counted(list(pledges), "签署承诺书", report)):
        signer = Cadre.objects.get(pk=pledge.signer_id)
        if number % 3 == 0 and signer.pk not in office.keys:
            office.keys[signer.pk] = TrialKey()
            office.keys[signer.pk].enrol(signer, office.passwords[signer.pk])
        accept_agreement(by=signer, agreement=agreement, address="127.0.0.1", browser="rehearsal")
        open_pledge(by=signer, pledge=pledge, at=timezone.now())
        for point in pledge.occasion.outline.points.all():
            confirm_point(by=signer, pledge=pledge, point=point)
        save_pledge(
            by=signer,
            pledge=pledge,
            personal_commitment=_personal(pledge),
            strokes=invent_strokes(pledge.staff_number, len(pledge.name)),
        )
        pledge.refresh_from_db()
        _sign(office, signer, pledge)


def _sign(office: Office, signer: Cadre, pledge: Pledge) -> None:
    digest = prepare_pledge(by=signer, pledge=pledge).digest
    key = office.keys.get(signer.pk)
    if key is None:
        sign_pledge(
            by=signer,
            pledge=pledge,
            digest_seen=digest,
            password=office.passwords[signer.pk],
            address="127.0.0.1",
            browser="rehearsal",
        )
    else:
        sign_pledge_with_key(
            by=signer,
            pledge=pledge,
            digest_seen=digest,
            assertion=key.sign(digest),
            address="127.0.0.1",
            browser="rehearsal",
        )


def _personal(pledge: Pledge) -> str:
    if sum(map(ord, pledge.staff_number)) % 3:
        return ""
    return "结合本人岗位，凡经手的项目申报、验收和补贴发放，一律按程序公示，不为亲友打招呼。"


def invent_strokes(seed: str, characters: int) -> list[tuple[tuple[float, float], ...]]:
    """Strokes that look like a quick signature, always the same for the same `seed`."""
    chance = random.Random(seed)  # noqa: S311 - a drawing, not a secret
    strokes = []
    for character in range(max(2, min(characters, 4))):
        left = 40 + character * 130
        for _ in range(chance.randint(3, 5)):
            x, y = left + chance.uniform(0, 70), 40 + chance.uniform(0, 80)
            angle, bend = chance.uniform(-0.4, 1.9), chance.uniform(-0.12, 0.12)
            strokes.append(tuple(_walk(x, y, angle, bend, chance.randint(8, 16))))
    return strokes


def _walk(
    x: float, y: float, angle: float, bend: float, steps: int
) -> Iterator[tuple[float, float]]:
    for _ in range(steps):
        yield round(max(1.0, x), 1), round(min(199.0, max(1.0, y)), 1)
        x, y, angle = x + 7 * math.cos(angle), y + 7 * math.sin(angle), angle + bend


def hold_whole_meeting(
    office: Office, meeting: Meeting, *, started_at: datetime, report: Report
) -> Record:
    """From announcing to the closed meeting with its record pending or made."""
    by = office.secretary
    meeting = announce_meeting(by=by, meeting=meeting)
    report(f"发布会议：{meeting.number}")
    record_attendance(office, meeting, started_at=started_at)
    meeting = open_signing(by=by, meeting=meeting)
    take_minutes(office, meeting)
    counts = count_attendance(meeting)
    report(f"出席：应到 {counts.called}，实到 {counts.present}，请假 {counts.on_leave}")
    sign_all(
        office,
        Pledge.objects.filter(occasion=meeting.occasion).order_by("attendance__order"),
        report,
    )
    hold_meeting(
        by=by, meeting=meeting, started_at=started_at, ended_at=started_at + timedelta(minutes=95)
    )
    report("关闭会议，制作谈话记录")
    return close_meeting(by=by, meeting=meeting)


def _counted(items: list[T], what: str, report: Report) -> Iterator[T]:
    """The items, with their progress reported about ten times."""
    step = max(1, len(items) // 10)
    for number, item in enumerate(items, start=1):
        yield item
        if number % step == 0 or number == len(items):
            report(f"{what}：{number}/{len(items)}")
