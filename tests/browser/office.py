"""What the stories start from: an office with its people, its roster as a file, its talks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone
from openpyxl import Workbook
from playwright.sync_api import Locator, Page

from meetings.closing import close_meeting
from meetings.models import Attendance, Block, Cadre, Meeting, Role, Unit
from meetings.roster.activation import issue_codes
from pledges.models import Pledge
from pledges.signing import confirm_point, open_pledge, prepare_pledge, save_draft, sign_pledge
from tests.factories import (
    PASSWORD,
    AgendaItemFactory,
    AttendanceFactory,
    CadreFactory,
    MeetingFactory,
    RoleAssignmentFactory,
    StatementFactory,
    UnitFactory,
)

TITLE = "岗位调整后中层以上领导干部集体廉政谈话"
# Of the roster's people only the first is known already, and has moved on to another post.
ROSTER = (
    ("G1001", "尉迟砚秋", "男", "汉族", "1975.08", "办公室", "副主任", "正科级"),
    ("G1002", "阿依努尔·图尔荪江", "女", "维吾尔族", "1980.11", "人事股", "股长", "正科级"),
    ("G1003", "田 富", "男", "汉族", "1979.03", "计划财务股", "股长", "正科级"),
    ("G1004", "苏玥", "女", "汉族", "1983年6月", "农田建设股", "股长", "副科级"),
    ("G1005", "马骉", "男", "回族", 1975.1, "畜牧兽医股", "股长", "副科级"),
    ("G1006", "程䶮", "男", "汉族", "1986.12", "政策法规股", "副股长", "副科级"),
)


@dataclass
class Office:
    """One office, and those whom the stories are about; everybody's password is PASSWORD."""

    unit: Unit
    secretary: Cadre
    speaker: Cadre
    chair: Cadre
    inspector: Cadre
    staff: list[Cadre] = field(default_factory=list)


def build_office() -> Office:
    """An office with a section below it, five people with a part to play, and one to be moved."""
    unit = UnitFactory(name="青禾县农业农村局", order=1)
    section = UnitFactory(name="办公室", parent=unit, order=1)

    def person(number: str, name: str, post: str, rank: str, home: Unit, **more: object) -> Cadre:
        return CadreFactory(staff_number=number, name=name, post=post, rank=rank, unit=home, **more)

    office = Office(
        unit=unit,
        secretary=person("G0009", "秦望舒", "办公室秘书", "一级科员", section, gender="女"),
        speaker=person("G0001", "沈秉衡", "党组书记、局长", "正处级", unit),
        chair=person("G0002", "欧阳喆", "党组副书记、副局长", "副处级", unit),
        inspector=person("G0003", "方静怡", "派驻纪检监察组组长", "副处级", unit, gender="女"),
        staff=[person("G1001", "尉迟砚秋", "科员", "正科级", section)],
    )
    for role, cadre in (
        (Role.SECRETARY, office.secretary),
        (Role.SPEAKER, office.speaker),
        (Role.INSPECTOR, office.inspector),
    ):
        RoleAssignmentFactory(role=role, unit=unit, cadre=cadre)
    return office


def write_roster(path: Path) -> Path:
    """The office's roster as it really comes: title, broken headers, spaces, dates, a footer."""
    book = Workbook()
    sheet = book.active
    sheet.title = "花名册"
    sheet.append(["青禾县农业农村局中层以上领导干部花名册"])
    sheet.merge_cells("A1:J1")
    sheet.append(["序号", "工号*", "姓 名", "性别", "民族", "出生\n年月", "单位", "职务",
                  "职务层次", "备注"])  # fmt: skip
    for number, (*facts, rank) in enumerate(ROSTER, start=1):
        sheet.append([number, *facts, rank, ""])
    sheet.append(["制表人：秦望舒", "", "", "", "", "", "审核人："])
    book.save(path)
    return path


def call(meeting: Meeting, *cadres: Cadre, **state: object) -> list[Attendance]:
    """Puts cadres on a meeting's roll, in the order given."""
    first = meeting.attendances.count() + 1
    return [
        AttendanceFactory(meeting=meeting, cadre=cadre, order=order, **state)
        for order, cadre in enumerate(cadres, start=first)
    ]


def talk(office: Office, **state: object) -> Meeting:
    """A talk of the office with an agenda: a draft, or what the traits of the factory say."""
    meeting = MeetingFactory(
        unit=office.unit,
        created_by=office.secretary,
        chair=office.chair,
        speaker=office.speaker,
        **{"title": TITLE, "place": "机关三楼会议室", **state},
    )
    for order, (block, minutes) in enumerate(
        ((Block.OPENING, 5), (Block.STUDY, 20), (Block.TALK, 40), (Block.STATEMENTS, 15)), start=1
    ):
        AgendaItemFactory(meeting=meeting, order=order, block=block, minutes=minutes)
    return meeting


def coming_talk(office: Office, *cadres: Cadre) -> Meeting:
    """An announced talk, three days from now."""
    begins = this_morning() + timedelta(days=3)
    meeting = talk(
        office,
        title="节前集体廉政谈话",
        announced=True,
        starts_at=begins,
        ends_at=begins + timedelta(minutes=90),
        announced_at=timezone.now() - timedelta(hours=1),
        created_at=timezone.now() - timedelta(hours=2),
    )
    call(meeting, *cadres)
    return meeting


def signing_talk(office: Office, *cadres: Cadre) -> Meeting:
    """A talk open for signing, at which all of `cadres` were present."""
    meeting = talk(office, signing=True)
    call(meeting, *cadres, asked=True)
    return meeting


def closed_talk(office: Office, *cadres: Cadre) -> Meeting:
    """A closed talk with its sealed record; everybody present has signed."""
    meeting = signing_talk(office, *cadres)
    for row in meeting.attendances.all():
        sign(row.pledge)
    StatementFactory(meeting=meeting, attendance=meeting.attendances.first())
    call(meeting, CadreFactory(unit=office.unit, name="石𬸦"), on_leave=True)
    close_meeting(by=office.secretary, meeting=meeting)
    meeting.refresh_from_db()
    record = meeting.records.get()
    assert record.is_sealed, record.seal_error
    return meeting


def sign(pledge: Pledge) -> None:
    """Signs as the signer would, by typed name; their password becomes PASSWORD."""
    signer = Cadre.objects.get(pk=pledge.signer_id)
    signer.set_password(PASSWORD)
    signer.save(update_fields=["password"])
    open_pledge(by=signer, pledge=pledge, at=timezone.now())
    for point in pledge.occasion.outline.points.all():
        confirm_point(by=signer, pledge=pledge, point=point)
    save_draft(by=signer, pledge=pledge, typed_name=pledge.name)
    pledge.refresh_from_db()
    sign_pledge(
        by=signer,
        pledge=pledge,
        digest_seen=prepare_pledge(by=signer, pledge=pledge).digest,
        password=PASSWORD,
        address="192.0.2.7",
        browser="Chromium",
        accepts_agreement=True,
    )


def slip_for(office: Office, cadre: Cadre) -> str:
    """The code on the activation slip of a cadre whose account waits."""
    ((_cadre, code),) = issue_codes(by=office.secretary, cadres=[cadre])
    return code


def this_morning() -> datetime:
    """Nine o'clock of today."""
    return timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0)


def as_typed(moment: datetime) -> str:
    """A moment as a browser's picker for date and time takes it."""
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def follow(page: Page, target: str | Locator) -> None:
    """Clicks what leads to another page, and waits until that page is there."""
    locator = page.locator(target) if isinstance(target, str) else target
    with page.expect_navigation():
        locator.click()
