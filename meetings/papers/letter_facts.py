"""What the letters say: notice, outline, make-up record. Plain data, as in facts.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from .facts import AgendaEntry, Person, Point
from .sheet_facts import SheetRow


@dataclass(frozen=True, slots=True)
class OutlineFacts:
    """The outline of a talk (谈话提纲) as an attachment of its notice.

    ``number`` is the notice's, ``attachment`` its own among the notice's attachments.
    """

    title: str
    unit: str
    number: str
    attachment: int
    issued_at: datetime
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask about the meeting."""

    name: str
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """The notice of a meeting (会议通知; domain.md, "A meeting"). Empty parts are left out.

    ``addressees`` are units; none means the people called themselves. ``reminders`` is what to
    mind, a paragraph each.
    """

    number: str
    title: str
    kind: str
    unit: str
    issued_at: datetime
    starts_at: datetime
    ends_at: datetime
    place: str
    outline: OutlineFacts
    called: tuple[SheetRow, ...]
    observing: tuple[SheetRow, ...] = ()
    addressees: tuple[str, ...] = ()
    basis: str | None = None
    chair: Person | None = None
    speaker: Person | None = None
    agenda: tuple[AgendaEntry, ...] = ()
    study_list: tuple[str, ...] = ()
    reminders: tuple[str, ...] = ()
    pledge_due_on: date | None = None
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class MakeUpFacts:
    """A make-up talk (补谈) with one person who missed a meeting; ``None`` is 未记录.

    ``meeting_*`` say which meeting it makes up for, ``missed`` how it was missed (请假, 缺席).
    ``pledge`` says how the pledge was signed, in words; None while it is not. ``to_fill``: the talk
    is still to come, and the paper a form; what is ``None`` then is left to the pen.
    """

    meeting_number: str
    meeting_title: str
    meeting_held_at: datetime | None
    unit: str
    person: Person
    reason: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    place: str | None
    speaker: Person | None
    recorder: Person | None
    points: tuple[Point, ...]
    made_at: datetime
    notes: str = ""
    statement: str = ""
    pledge: str | None = None
    missed: str | None = None
    to_fill: bool = False
