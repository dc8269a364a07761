"""Test objects, each complete and valid, with invented people only.

MeetingFactory()                      a draft
MeetingFactory(announced=True)        … held, signing, closed: each includes those before
MeetingFactory(signing=True, people=3)  with three cadres: called, present, asked to pledge
AttendanceFactory(meeting=m, present=True)  … on_leave, absent, excluded, observing
AttendanceFactory(meeting=m, signed=True)   present, asked, signed (m open for signing)
PledgeFactory(drafted=True)           every point confirmed, name typed, agreement accepted
PledgeFactory(drafted=True, accepted=False)  … the agreement not yet
SignatureFactory()                    a signed pledge, in the ledger; level B (乙)

Keys, paper and disowned signatures are in tests/evidence.py.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import factory
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from factory.django import DjangoModelFactory

from meetings.models import (
    AgendaItem,
    Attachment,
    AttachmentKind,
    Attendance,
    AttendanceRole,
    AttendanceState,
    Block,
    Cadre,
    Meeting,
    Role,
    RoleAssignment,
    State,
    Statement,
    Unit,
)
from pledges import ledger, manifest
from pledges.models import (
    Agreement,
    AgreementAcceptance,
    Clause,
    EntryKind,
    Level,
    Occasion,
    Outline,
    Pledge,
    Point,
    PointConfirmation,
    Signature,
    SignatureMethod,
)
from pledges.text import pledge_text

PASSWORD = "Liantan-2026"
# Five past nine in the morning of 5 March 2026, in Shanghai.
MORNING = datetime(2026, 3, 5, 1, 5, tzinfo=UTC)
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
GIVEN_NAMES = ("文澜", "守正", "清", "思齐", "若谷", "明远", "廉", "怀瑾", "知行", "慎")


def invented_name(number: int) -> str:
    return SURNAMES[number % len(SURNAMES)] + GIVEN_NAMES[number // 3 % len(GIVEN_NAMES)]


class UnitFactory(DjangoModelFactory):
    """A root unit; `parent=` puts it below another."""

    class Meta:
        model = Unit

    name = factory.Sequence("第{}科".format)
    order = factory.Sequence(lambda n: n)
    number_prefix = "青农廉谈"

    @classmethod
    def _create(cls, model_class: type[Unit], *args: Any, **kwargs: Any) -> Unit:
        unit = super()._create(model_class, *args, **kwargs)
        unit.path = f"{unit.parent.path if unit.parent else '/'}{unit.pk}/"
        unit.save(update_fields=["path"])
        return unit


class CadreFactory(DjangoModelFactory):
    """An activated account of a cadre in office, whose password is PASSWORD."""

    class Meta:
        model = Cadre
        skip_postgeneration_save = True

    staff_number = factory.Sequence("G{:05d}".format)
    name = factory.Sequence(invented_name)
    gender = "男"
    ethnicity = "汉族"
    birth_month = "1975-08"
    political_status = "中共党员"
    unit = factory.SubFactory(UnitFactory)
    post = "科长"
    rank = "正科级"
    post_since = "2020-03"
    phone = "13900000000"
    activated_at = MORNING
    password = factory.django.Password(PASSWORD)


class RoleAssignmentFactory(DjangoModelFactory):
    class Meta:
        model = RoleAssignment

    cadre = factory.SubFactory(CadreFactory)
    role = Role.SECRETARY
    unit = factory.SelfAttribute("cadre.unit")


def next_version() -> int:
    newest = Outline.objects.order_by("-version").first()
    return newest.version + 1 if newest else 1


class OutlineFactory(DjangoModelFactory):
    """A new version of the outline: four points of two clauses each."""

    class Meta:
        model = Outline
        skip_postgeneration_save = True

    version = factory.LazyFunction(next_version)
    title = "集体廉政谈话提纲"
    pledge_title = "廉政承诺书"
    pledge_opening = "本人郑重承诺："
    pledge_closing = "以上承诺，请组织和群众监督。"
    created_at = MORNING

    @factory.post_generation
    def points(self: Outline, create: bool, extracted: Any, **kwargs: Any) -> None:
        for number, heading in enumerate(["勤奋学习", "强化担当", "严格要求", "加强监督"], 1):
            point = Point.objects.create(outline=self, number=number, heading=heading)
            for clause in (1, 2):
                Clause.objects.create(
                    point=point,
                    number=clause,
                    heading=f"{heading}之{clause}",
                    requirement=f"要做到{heading}第{clause}条。",
                    commitment=f"我承诺做到{heading}第{clause}条。",
                )


def newest_outline() -> Outline:
    """The outline in force; one is made where the database has none."""
    return Outline.objects.order_by("-version").first() or OutlineFactory()


class OccasionFactory(DjangoModelFactory):
    class Meta:
        model = Occasion

    number = factory.Sequence("青农廉谈〔2025〕{}号".format)
    kind = "集体廉政谈话"
    title = "中层以上领导干部集体廉政谈话"
    held_at = MORNING
    place = "三楼会议室"
    speaker = "冯守正"
    outline = factory.LazyFunction(newest_outline)
    opened_at = MORNING + timedelta(hours=1)


class MeetingFactory(DjangoModelFactory):
    """A draft, complete enough to be announced; the traits below move it on."""

    class Meta:
        model = Meeting
        skip_postgeneration_save = True

    class Params:
        announced = factory.Trait(
            state=State.ANNOUNCED,
            year=2026,
            sequence=factory.Sequence(lambda n: n + 1),
            number=factory.LazyAttribute(
                lambda m: f"{m.unit.number_prefix}〔{m.year}〕{m.sequence}号"
            ),
            announced_at=MORNING - timedelta(days=3),
            announced_by=factory.SelfAttribute("created_by"),
        )
        held = factory.Trait(
            announced=True,
            state=State.HELD,
            started_at=MORNING,
            ended_at=MORNING + timedelta(minutes=80),
            held_at=MORNING + timedelta(minutes=85),
            held_by=factory.SelfAttribute("created_by"),
        )
        signing = factory.Trait(
            held=True,
            state=State.SIGNING,
            signing_at=MORNING + timedelta(minutes=90),
            signing_by=factory.SelfAttribute("created_by"),
            occasion=factory.SubFactory(
                OccasionFactory,
                number=factory.SelfAttribute("..number"),
                title=factory.SelfAttribute("..title"),
                held_at=factory.SelfAttribute("..started_at"),
                place=factory.SelfAttribute("..place"),
                speaker=factory.SelfAttribute("..speaker.name"),
                outline=factory.SelfAttribute("..outline"),
                due_on=factory.SelfAttribute("..pledge_due_on"),
                opened_at=factory.SelfAttribute("..signing_at"),
                closed_at=factory.SelfAttribute("..closed_at"),
            ),
        )
        closed = factory.Trait(
            signing=True,
            state=State.CLOSED,
            closed_at=MORNING + timedelta(days=1),
            closed_by=factory.SelfAttribute("created_by"),
        )

    unit = factory.SubFactory(UnitFactory)
    title = factory.Sequence("第{}次集体廉政谈话".format)
    basis = "近期岗位调整较多。"
    starts_at = MORNING
    ends_at = MORNING + timedelta(minutes=90)
    place = "三楼会议室"
    created_by = factory.SubFactory(CadreFactory, unit=factory.SelfAttribute("..unit"))
    chair = factory.SubFactory(CadreFactory, unit=factory.SelfAttribute("..unit"))
    speaker = factory.SubFactory(CadreFactory, unit=factory.SelfAttribute("..unit"))
    recorder = factory.SelfAttribute("created_by")
    study_list = "中国共产党廉洁自律准则"
    pledge_due_on = None
    closed_at = None
    outline = factory.LazyFunction(newest_outline)
    created_at = MORNING - timedelta(days=4)

    @factory.post_generation
    def people(self: Meeting, create: bool, extracted: int | None, **kwargs: Any) -> None:
        """`people=3` calls three cadres; present once held, asked to pledge once signing."""
        for order in range(extracted or 0):
            AttendanceFactory(
                meeting=self,
                cadre__unit=self.unit,
                order=order,
                present=self.state in {State.HELD, State.SIGNING, State.CLOSED},
                asked=self.state in {State.SIGNING, State.CLOSED},
                **kwargs,
            )


class PledgeFactory(DjangoModelFactory):
    """A pledge that waits for its signer; `drafted` and `signed` move it on."""

    class Meta:
        model = Pledge

    occasion = factory.SubFactory(OccasionFactory)
    signer = factory.SubFactory(CadreFactory)
    staff_number = factory.SelfAttribute("signer.staff_number")
    name = factory.SelfAttribute("signer.name")
    unit_name = factory.SelfAttribute("signer.unit.name")
    post = factory.SelfAttribute("signer.post")
    nonce = factory.LazyFunction(lambda: secrets.token_hex(32))
    requested_at = factory.SelfAttribute("occasion.opened_at")

    @classmethod
    def _create(cls, model_class: type[Pledge], *args: Any, **kwargs: Any) -> Pledge:
        signed = kwargs.pop("signed", False)
        drafted = kwargs.pop("drafted", False) or signed
        accepted = kwargs.pop("accepted", drafted)
        opened_at = MORNING + timedelta(hours=2)
        if drafted:
            typed = {"signature_method": SignatureMethod.TYPED, "signature_text": kwargs["name"]}
            kwargs = {"opened_at": opened_at, **typed, **kwargs}
        pledge = super()._create(model_class, *args, **kwargs)
        for point in pledge.occasion.outline.points.all() if drafted else ():
            PointConfirmation.objects.create(pledge=pledge, point=point, confirmed_at=opened_at)
        if accepted:
            accept(pledge.signer)
        if signed:
            SignatureFactory(pledge=pledge)
        return pledge


def accept(signer: Cadre) -> AgreementAcceptance:
    """The signer's acceptance of the agreement in force, told to the ledger."""
    agreement = Agreement.objects.newest()
    acceptance, made = AgreementAcceptance.objects.get_or_create(
        signer=signer, agreement=agreement, defaults={"accepted_at": MORNING}
    )
    if made:
        tell(
            kind=EntryKind.AGREEMENT_ACCEPTED,
            by=signer,
            subject=f"agreement:{agreement.version}",
            data={"sha256": agreement.sha256},
        )
    return acceptance


class AgreementFactory(DjangoModelFactory):
    """The next version of the signing agreement."""

    class Meta:
        model = Agreement

    version = factory.LazyFunction(lambda: Agreement.objects.newest().version + 1)
    title = "电子签名使用约定"
    text = factory.LazyAttribute(lambda a: f"一、本约定第{a.version}版。\n二、如实标明等级。")
    published_at = MORNING


def tell(**entry: Any) -> None:
    """Tells the ledger, in a transaction of its own where the test has none."""
    with transaction.atomic():
        ledger.append(**entry)


def signed_bytes(pledge: Pledge) -> bytes:
    return manifest.canonical_bytes(manifest.build_manifest(pledge_text(pledge)))


class SignatureFactory(DjangoModelFactory):
    """The signature of a drafted pledge: its true manifest, told to the ledger.

    `key`, a SigningKey, stands in the ledger's entry; its assertion is the caller's to make.
    """

    class Meta:
        model = Signature

    pledge = factory.SubFactory(PledgeFactory, drafted=True)
    level = Level.PASSWORD
    manifest = factory.LazyAttribute(lambda s: signed_bytes(s.pledge))
    digest = factory.LazyAttribute(lambda s: manifest.digest(s.manifest))
    signed_at = MORNING + timedelta(hours=2, minutes=1)
    address = "192.0.2.7"
    browser = "Chromium"

    @classmethod
    def _create(cls, model_class: type[Signature], *args: Any, **kwargs: Any) -> Signature:
        key = kwargs.pop("key", None)
        signature = super()._create(model_class, *args, **kwargs)
        on_paper = signature.level == Level.PAPER
        tell(
            kind=EntryKind.PLEDGE_SIGNED,
            by=signature.pledge.signer,
            subject=f"pledge:{signature.pledge_id}",
            data={
                "digest": signature.digest,
                "level": str(signature.level),
                "key": key.fingerprint if key else None,
                "signed_at": None if on_paper else timestamp(signature.signed_at),
            },
        )
        return signature


def timestamp(moment: datetime) -> str:
    return timezone.localtime(moment).isoformat(timespec="microseconds")


class AttendanceFactory(DjangoModelFactory):
    """A cadre called to a meeting, frozen as the cadre is now once the meeting is announced."""

    class Meta:
        model = Attendance
        skip_postgeneration_save = True

    class Params:
        present = factory.Trait(state=AttendanceState.PRESENT)
        on_leave = factory.Trait(
            state=AttendanceState.LEAVE, reason="住院治疗", approved_by="冯守正"
        )
        absent = factory.Trait(state=AttendanceState.ABSENT, reason="未说明")
        excluded = factory.Trait(role=AttendanceRole.EXCLUDED, exclusion_reason="借调")
        observing = factory.Trait(role=AttendanceRole.OBSERVING)
        asked = factory.Trait(
            present=True,
            pledge=factory.SubFactory(
                PledgeFactory,
                occasion=factory.SelfAttribute("..meeting.occasion"),
                signer=factory.SelfAttribute("..cadre"),
            ),
        )
        signed = factory.Trait(asked=True, pledge__signed=True)

    meeting = factory.SubFactory(MeetingFactory)
    cadre = factory.SubFactory(CadreFactory, unit=factory.SelfAttribute("..meeting.unit"))
    order = factory.Sequence(lambda n: n)

    @classmethod
    def _adjust_kwargs(cls, **kwargs: Any) -> dict[str, Any]:
        meeting, cadre = kwargs["meeting"], kwargs["cadre"]
        if meeting.is_draft:
            return kwargs
        frozen = {
            field: getattr(cadre, field)
            for field in ("staff_number", "name", "gender", "ethnicity", "post", "rank")
        }
        return {**frozen, "unit_name": cadre.unit.name, **kwargs}


class AgendaItemFactory(DjangoModelFactory):
    class Meta:
        model = AgendaItem

    meeting = factory.SubFactory(MeetingFactory)
    order = factory.Sequence(lambda n: n)
    block = Block.TALK
    minutes = 40


class StatementFactory(DjangoModelFactory):
    """A statement of somebody who was present."""

    class Meta:
        model = Statement

    attendance = factory.SubFactory(AttendanceFactory, meeting__held=True, present=True)
    meeting = factory.SelfAttribute("attendance.meeting")
    order = 1
    summary = "坚决拥护组织决定，认真履行职责。"


class AttachmentFactory(DjangoModelFactory):
    """A small PDF kept with a meeting; `content` gives other bytes."""

    class Meta:
        model = Attachment

    class Params:
        content = b"%PDF-1.7\n%%EOF\n"

    meeting = factory.SubFactory(MeetingFactory)
    kind = AttachmentKind.NOTICE
    name = "通知.pdf"
    media_type = "application/pdf"
    size = factory.LazyAttribute(lambda a: len(a.content))
    sha256 = factory.LazyAttribute(lambda a: hashlib.sha256(a.content).hexdigest())
    file = factory.LazyAttribute(lambda a: ContentFile(a.content, name=a.name))
    uploaded_at = MORNING
    uploaded_by = factory.SelfAttribute("meeting.created_by")
