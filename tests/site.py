"""What the walk through the site needs to know: an office to walk in, and who may go where."""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models

from meetings.admin import site
from meetings.models import (
    AgendaItem,
    Attachment,
    Attendance,
    Batch,
    BatchKind,
    BatchState,
    Cadre,
    Meeting,
    Record,
    RecordState,
    Role,
    RosterImport,
    Statement,
    Unit,
)
from meetings.papers.gathering import gather_record
from meetings.rehearsal.office import invent_people, write_roster
from meetings.roster.importing import start_import
from pledges.ledger import make_checkpoint
from pledges.models import Checkpoint, Occasion, Outline, Pledge, Signature, SigningKey
from pledges.signing import prepare_pledge
from tests.evidence import SigningKeyFactory
from tests.factories import (
    MORNING,
    PASSWORD,
    AgendaItemFactory,
    AttachmentFactory,
    AttendanceFactory,
    CadreFactory,
    MeetingFactory,
    RoleAssignmentFactory,
    StatementFactory,
    UnitFactory,
)
from tests.walk import Parameters

ROLES = (
    "anonymous", "cadre", "signer", "another", "secretary", "outsider", "speaker", "inspector",
    "superuser",
)  # fmt: skip
# The pages for anybody. A new one is entered here on purpose, or the walk fails.
PUBLIC = {
    "account/login/",
    "account/logout/",
    "activate/",
    "preferences/language/",
    "preferences/type-size/",
    "admin/login/",
    "pledges/verify/",
    "pledges/check/<str:digest>/",
    "pledges/checkpoints/",
    "pledges/checkpoints/<int:size>.txt",
    "pledges/ledger/<int:number>/",
    "pledges/ledger/<int:number>/proof/",
    "pledges/ledger/consistency/",
}
# The views that are outside the log-in rule and yet send a stranger to the log-in page themselves.
SELF_GUARDED = {
    "pledges/<uuid:pk>/",  # keeps what was typed when the session ran out
}
EVERYBODY = set(ROLES) - {"anonymous"}
READERS = {"secretary", "speaker", "inspector"}
SECRETARIES = {"secretary", "outsider"}
BULK = {*SECRETARIES, "inspector"}  # who may take pledges out by the hundred
OUTLINE_EDITORS = {*SECRETARIES, "superuser"}
# By the longest start of the route: who is let in to read, who to write.
RIGHTS: dict[str, tuple[set[str], set[str]]] = {
    "": (EVERYBODY, set()),
    "account/": (EVERYBODY, EVERYBODY),
    "activate/": (EVERYBODY, EVERYBODY),
    "preferences/": (EVERYBODY, EVERYBODY),
    "admin/": ({"superuser"}, {"superuser"}),
    "admin/login/": (EVERYBODY, EVERYBODY),
    "admin/logout/": (EVERYBODY, EVERYBODY),
    "admin/password_change/": (EVERYBODY, EVERYBODY),
    "meetings/": (EVERYBODY, set()),
    "meetings/new/": (SECRETARIES, SECRETARIES),
    "meetings/<int:pk>/": (READERS, {"secretary"}),
    "meetings/<int:pk>/pledges/<uuid:pledge>/": ({"secretary", "inspector"}, set()),
    "meetings/<int:pk>/unsigned/": ({"secretary"}, {"secretary"}),
    "attachments/<int:pk>/": (READERS, set()),
    "notices/<int:pk>": ({"signer", "another"}, set()),
    "meetings/<int:pk>/batches/": (BULK & READERS, BULK & READERS),
    "batches/": (BULK, BULK),
    "batches/<uuid:pk>/": ({"secretary"}, {"secretary"}),
    "roster/": (SECRETARIES, SECRETARIES),
    "roster/import/<int:pk>/": ({"secretary"}, {"secretary"}),
    "papers/fonts/": ({*SECRETARIES, "superuser"}, set()),
    "statistics/": (READERS | SECRETARIES, set()),
    "pledges/verify/": (set(ROLES), set(ROLES)),
    "pledges/outlines/": (READERS | OUTLINE_EDITORS, OUTLINE_EDITORS),
    "pledges/outlines/edit/": (OUTLINE_EDITORS, OUTLINE_EDITORS),
    "pledges/at/<int:pk>/": (EVERYBODY, set()),
    "pledges/agreement/": (EVERYBODY, set()),
    "pledges/check/<str:digest>/": (set(ROLES), set()),
    "pledges/keys/": (EVERYBODY, EVERYBODY),
    "pledges/keys/<int:pk>/": ({"signer"}, {"signer"}),
    "pledges/<uuid:pk>/": ({"signer"}, {"signer"}),
    "pledges-paper/<uuid:pk>": ({"signer"}, set()),
    "pledges/checkpoints/": (set(ROLES), set()),
    "pledges/ledger/": (set(ROLES), set()),
}
# Starts that say something about what lies below them too. Of the others only the route itself.
DEEP = {
    "batches/<uuid:pk>/",
    "account/", "preferences/", "admin/", "roster/", "roster/import/<int:pk>/", "statistics/",
    "papers/fonts/",
    "meetings/<int:pk>/", "meetings/<int:pk>/pledges/<uuid:pledge>/",
    "meetings/<int:pk>/unsigned/", "notices/<int:pk>", "pledges/outlines/", "pledges/<uuid:pk>/",
    "pledges/keys/", "pledges/keys/<int:pk>/", "pledges-paper/<uuid:pk>", "pledges/checkpoints/",
    "pledges/ledger/",
}  # fmt: skip


@dataclass
class Site:
    """An office in the midst of its work: one unit's meetings in every state, another's none."""

    people: dict[str, Cadre | None]
    parameters: Parameters


def build_site() -> Site:
    unit, elsewhere = UnitFactory(), UnitFactory()
    signer, another = CadreFactory(unit=unit), CadreFactory(unit=unit)
    people = {
        "anonymous": None,
        "cadre": CadreFactory(unit=unit),
        "signer": signer,
        "another": another,
        "secretary": role(Role.SECRETARY, unit),
        "outsider": role(Role.SECRETARY, elsewhere),
        "speaker": role(Role.SPEAKER, unit),
        "inspector": role(Role.INSPECTOR, unit),
        "superuser": CadreFactory(unit=unit, is_staff=True, is_superuser=True),
    }
    common = {"unit": unit, "created_by": people["secretary"], "speaker": people["speaker"]}
    meetings = [MeetingFactory(**common)] + [
        MeetingFactory(**common, **{state: True})
        for state in ("announced", "held", "signing", "closed")
    ]
    for meeting in meetings:
        for order, person in enumerate((signer, another)):
            AttendanceFactory(
                meeting=meeting,
                cadre=person,
                order=order,
                present=meeting.state in {"held", "signing", "closed"},
                asked=meeting.state == "signing",
                signed=meeting.state == "closed",
                **({"pledge__drafted": True} if meeting.state == "signing" else {}),
            )
    AttendanceFactory(meeting=meetings[2], order=2, absent=True)
    add_papers(meetings[3:], signer, people["secretary"])
    SigningKeyFactory(owner=signer)
    make_checkpoint()
    return Site(people, parameters_of(meetings, signer))


def add_papers(meetings: list[Meeting], person: Cadre, secretary: Cadre) -> None:
    """What is kept with meetings, and a roster on its way in."""
    for meeting in meetings:
        AgendaItemFactory(meeting=meeting)
        AttachmentFactory(meeting=meeting)
        StatementFactory(attendance=meeting.attendances.get(cadre=person))
        facts = gather_record(meeting, made_at=MORNING, made_by=secretary)
        if meeting.is_closed:
            Record.objects.create(
                meeting=meeting,
                revision=1,
                facts=facts.to_json(),
                state=RecordState.READY,
                pdf=b"%PDF-1.7",
                sha256=hashlib.sha256(b"%PDF-1.7").hexdigest(),
                made_at=MORNING,
                made_by=secretary,
            )
            add_batch(meeting, secretary)
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as roster:
        write_roster(invent_people(3), Path(roster.name))
        start_import(by=secretary, unit=secretary.unit, file_name="花名册.xlsx", data=roster.read())


def add_batch(meeting: Meeting, secretary: Cadre) -> None:
    """A bulk export that is finished, with its file."""
    batch = Batch.objects.create(
        kind=BatchKind.ZIP,
        meeting=meeting,
        asked_by=secretary,
        created_at=MORNING,
        state=BatchState.DONE,
        total=2,
        done=2,
        started_at=MORNING,
        finished_at=MORNING,
        size=2,
        sha256=hashlib.sha256(b"PK").hexdigest(),
    )
    batch.directory.mkdir(parents=True)
    batch.path.write_bytes(b"PK")


def role(name: Role, unit: Unit) -> Cadre:
    return RoleAssignmentFactory(role=name, unit=unit, cadre__unit=unit).cadre


def parameters_of(meetings: list[Meeting], signer: Cadre) -> Parameters:
    """The values of every parameter; what belongs to one person belongs to the signer."""
    own = signer.attendances.all()
    missed = ids(Attendance.objects.missed())
    pledges = ids(Pledge.objects.filter(signer=signer))
    values: dict[str, list[Any]] = {
        "batches/<uuid:pk>": ids(Batch.objects.all()),
        "attachments/<int:pk>": ids(Attachment.objects.all()),
        "meetings/<int:pk>": [meeting.pk for meeting in meetings],
        "meetings/<int:pk>/attachments/<int:file>": ids(Attachment.objects.all()),
        "meetings/<int:pk>/desk/<int:person>": ids(own),
        "meetings/<int:pk>/minutes/<int:item>": ids(AgendaItem.objects.all()),
        "meetings/<int:pk>/papers/<slug:paper>": ["notice", "minutes"],
        "meetings/<int:pk>/papers/make-up-records/<int:person>": missed,
        "meetings/<int:pk>/papers/<slug:paper>.<slug:kind>": ["pdf", "docx"],
        "meetings/<int:pk>/pledges/<uuid:pledge>": pledges,
        "meetings/<int:pk>/record/<int:revision>": [1],
        "meetings/<int:pk>/statements/<int:statement>": ids(Statement.objects.all()),
        "meetings/<int:pk>/unsigned/<uuid:pledge>": pledges,
        "notices/<int:pk>": ids(own),
        "pledges/check/<str:digest>": list(Signature.objects.values_list("digest", flat=True)),
        "pledges/at/<int:pk>": ids(Occasion.objects.all()),
        "pledges/<uuid:pk>": pledges,
        "pledges-paper/<uuid:pk>": pledges,
        "pledges/keys/<int:pk>": ids(SigningKey.objects.filter(owner=signer)),
        "pledges/outlines/<int:pk>": [Outline.objects.newest().pk],
        "pledges/checkpoints/<int:size>": ids(Checkpoint.objects.all()),
        "pledges/ledger/<int:number>": [0],
        "papers/fonts/<slug:role>": ["fang", "nothing-here"],
        "roster/import/<int:pk>": ids(RosterImport.objects.all()),
        "roster/import/<int:pk>/rows/<int:line>": [3],
        "admin/(?P<url>.*)": ["nothing-here"],
        "admin/r/<path:content_type_id>": [1],
        "admin/r/<path:content_type_id>/<path:object_id>": [1],
    }
    for model in apps.get_models():
        label, name = model._meta.app_label, model._meta.model_name
        first = model._default_manager.first()
        values[f"admin/{label}/{name}/<path:object_id>"] = [first.pk if first else 1]
    labels = list(dict.fromkeys(model._meta.app_label for model in site._registry))
    values[f"admin/(?P<app_label>{'|'.join(labels)})"] = labels
    return values


def ids(rows: models.QuerySet[Any]) -> list[Any]:
    return list(rows.values_list("pk", flat=True))


def may_go(pattern: str, name: str, method: str) -> bool | None:
    """Whether a role may go to a route: by the longest start of it that says so."""
    starts = [
        start
        for start in RIGHTS
        if pattern == start or (start in DEEP and pattern.startswith(start))
    ]
    if not starts:
        return None
    readers, writers = RIGHTS[max(starts, key=len)]
    return name in (readers if method == "GET" else writers)


def sign_payload(signer: Cadre) -> dict[str, Any]:
    """A POST that signs the signer's drafted pledge where it is let to: with everybody's password
    the same, all that it lacks is the right person."""
    pledge = Pledge.objects.waiting().get(signer=signer)
    return {
        "digest": prepare_pledge(by=signer, pledge=pledge).digest,
        "password": PASSWORD,
        "typed_name": pledge.name,
        "personal_commitment": "不收礼。",
        "strokes": "",
        "action": "review",
        "label": "办公电脑",
        "reason": "lost",
        "confirm": "1",
    }
