"""What the table papers say, as plain data: sign-in sheet, signature book, slips, roster, figures.

As in facts.py: no database, no HTML, the same facts give the same bytes. ``None`` means that
nobody recorded the value; a sheet that is filled in by hand leaves room for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .facts import Counts, Person, Signature


@dataclass(frozen=True, slots=True)
class SheetOccasion:
    """The talk that a sheet belongs to. ``number`` is empty while the meeting is a draft."""

    number: str
    title: str
    unit: str
    starts_at: datetime | None
    ends_at: datetime | None
    place: str | None
    chair: Person | None
    speaker: Person | None
    recorder: Person | None


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One person on a sheet, in the official order the caller has put them.

    ``remark`` says what is known already: 请假（病假）, 迟到, 新任职.
    """

    name: str
    unit: str | None
    post: str | None
    gender_mark: str = ""
    ethnicity_mark: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class SignInFacts:
    """The sign-in sheet (签到册): who is called, with room to sign.

    ``counts`` is None until everyone is marked; then the sheet leaves the figures to the pen.
    ``called`` balances them: 应到 is known from the roll. ``blank_lines`` are for people who come
    unexpected.
    """

    occasion: SheetOccasion
    called: tuple[SheetRow, ...]
    observing: tuple[SheetRow, ...]
    excluded: tuple[SheetRow, ...]
    counts: Counts | None
    blank_lines: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class BookRow:
    """One line of the signature book; ``signature`` is None where nothing is signed."""

    person: SheetRow
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class SignatureBookFacts:
    """The signature book (签名册): everyone called, with the signature to the pledge."""

    occasion: SheetOccasion
    pledge_title: str
    outline_title: str
    outline_version: int
    rows: tuple[BookRow, ...]
    blank_lines: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Slip:
    """One activation slip; ``code`` is in clear, and stands nowhere else."""

    name: str
    unit: str | None
    staff_number: str
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SlipsFacts:
    """Activation slips (账号激活单) that were issued at one time; ``address`` is where to go."""

    issuer: str
    address: str
    slips: tuple[Slip, ...]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One cadre of the roster, ready to be printed: months as 1975.08, the phone masked."""

    staff_number: str
    name: str
    gender: str
    ethnicity: str
    birth_month: str
    political_status: str
    unit: str
    post: str
    rank: str
    post_since: str
    phone: str
    note: str


@dataclass(frozen=True, slots=True)
class RosterFacts:
    """The roster (花名册) of a unit; ``scope`` says which part of it, empty for the whole."""

    unit: str
    scope: str
    lines: tuple[RosterLine, ...]
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What a line of the statistics counts, three things apart (domain.md, "Kinds of talk").

    场次 are ``meetings``; 人次 are ``called`` = ``present`` + ``on_leave`` + ``absent``; 人数 are
    distinct people: ``people_called``, and ``people_reached`` who came at least once. Pledges:
    ``asked`` = ``by_key`` + ``by_password`` + ``by_paper`` + ``disowned`` + what is unsigned.
    """

    meetings: int = 0
    called: int = 0
    present: int = 0
    on_leave: int = 0
    absent: int = 0
    people_called: int = 0
    people_reached: int = 0
    asked: int = 0
    by_key: int = 0
    by_password: int = 0
    by_paper: int = 0
    disowned: int = 0

    @property
    def signed(self) -> int:
        """Pledges that count as signed; those that their signer disowned do not."""
        return self.by_key + self.by_password + self.by_paper

    @property
    def unsigned(self) -> int:
        return self.asked - self.signed - self.disowned


@dataclass(frozen=True, slots=True)
class TallyLine:
    """A label (a quarter, a rank, a unit, a speaker) and what is counted under it."""

    label: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class KindLines:
    """One kind of talk: its own tally, and the lines it is broken down into.

    ``kind`` is the value in the database, for pages in another language than the paper's.
    """

    kind: str
    label: str
    tally: Tally
    lines: tuple[TallyLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One table of the statistics: by what, and each kind of talk by itself."""

    heading: str
    by: str
    kinds: tuple[KindLines, ...]


@dataclass(frozen=True, slots=True)
class StatisticsFacts:
    """The statistics (统计表) of the talks of ``unit`` and below that were closed in ``period``."""

    unit: str
    period: str
    kinds: tuple[KindLines, ...]
    breakdowns: tuple[Breakdown, ...]
    made_at: datetime
    made_by: str
