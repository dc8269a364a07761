"""What a paper says, as plain data that knows neither the database nor HTML.

A service gathers the facts once, when a meeting closes or a pledge is signed; the same facts
then give the same bytes on any day. ``None`` means that nobody recorded the value: papers print
it as 未记录 and never fill it in.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime

Json = dict[str, "Json"] | list["Json"] | str | int | bool | None


def plain(value: object) -> Json:
    """Facts (or a part of them) as the plain types of JSON, field names as keys.

    Times become ISO 8601 text with their offset.

    Raises:
        TypeError: a value that facts may not hold, or a time without a zone.
    """
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError(f"a time without a zone: {value!r}")
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"facts hold plain data, not {type(value).__name__}")


@dataclass(frozen=True, slots=True)
class Person:
    """Someone as of the meeting: the name, and the unit and post held then."""

    name: str
    unit: str | None = None
    post: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Head counts. 应到 = 实到 + 请假 + 缺席; the others stand apart (domain.md, "A meeting")."""

    called: int
    present: int
    on_leave: int
    absent: int
    excluded: int = 0
    observing: int = 0
    late: int = 0
    left_early: int = 0
    made_up: int = 0


@dataclass(frozen=True, slots=True)
class Leave:
    """One person on leave, why, and who approved it."""

    name: str
    reason: str | None
    approved_by: str | None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One person outside 应到 (借调, 长期病假, …) and why."""

    name: str
    reason: str | None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class AgendaEntry:
    """One block of the agenda: its kind in words, its own title, minutes planned, notes taken."""

    kind: str
    title: str = ""
    minutes: int | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class PostChange:
    """Who moved, from which post to which, by which document."""

    name: str
    from_post: str | None
    to_post: str | None
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause's two faces: what the speaker requires, what the cadre commits to."""

    heading: str
    requirement: str
    commitment: str


@dataclass(frozen=True, slots=True)
class Point:
    """One of the outline's four points; ``heading`` without its numeral, as in 勤奋学习."""

    heading: str
    clauses: tuple[Clause, ...]
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement made at the meeting (表态发言): who, as what, and its gist."""

    name: str
    summary: str
    unit: str | None = None
    post: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """How one pledge was signed.

    ``level`` is 甲 (own key), 乙 (password) or 丙 (paper). ``svg`` is the drawn signature as SVG
    text, ``typed`` the typed one; a signature by key alone has neither. ``how`` says in words
    what was done, for instance 再次输入密码并手写签名. ``digest`` is the manifest's SHA-256 in hex.
    On paper ``signed_on`` is the day written there (2026-03-05) and ``signed_at`` is None, because
    nobody recorded it. ``disowned``: the signer has said since that it is not theirs.
    """

    level: str
    signed_at: datetime | None
    short_code: str
    digest: str
    svg: str | None = None
    typed: str | None = None
    how: str | None = None
    signed_on: str | None = None
    disowned: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key of the signer's, by its short fingerprint, as the pledge names it."""

    fingerprint: str
    enrolled_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RollRow:
    """One person of the roll, in the official order the caller has put them.

    ``gender_mark`` is 女 or empty, ``ethnicity_mark`` such as 维吾尔族 or empty, ``attendance`` the
    state in words (实到, 迟到, 请假, 缺席, 补谈, …). ``pledge`` is None while nothing is signed.
    """

    number: str
    name: str
    unit: str | None
    post: str | None
    attendance: str | None
    gender_mark: str = ""
    ethnicity_mark: str = ""
    newly_placed: bool = False
    remark: str = ""
    pledge: Signature | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file kept with the meeting: its title, its file name, its SHA-256 in hex."""

    title: str
    file_name: str
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a correction changed."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Correction:
    """Why a new revision stands beside the old one (更正记录), and what it changed."""

    revision: int
    reason: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Seal:
    """The seal that a record is going to get, as it was set up when the facts were gathered.

    ``level`` is B-B, or B-T where a time-stamp server adds its stamp (ETSI EN 319 142-1, 6.1);
    ``certificate`` is the common name. Sealing does exactly this, or fails.
    """

    level: str
    trial: bool
    certificate: str


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """A talk record's facts (domain.md, "A record's parts"). Empty parts are left out in print."""

    number: str
    title: str
    kind: str
    unit: str
    basis: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    place: str | None
    chair: Person | None
    speaker: Person | None
    recorder: Person | None
    counts: Counts
    made_at: datetime
    made_by: str
    observers: tuple[Person, ...] = ()
    leaves: tuple[Leave, ...] = ()
    absences: tuple[Leave, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    agenda: tuple[AgendaEntry, ...] = ()
    post_changes: tuple[PostChange, ...] = ()
    study_list: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    statements: tuple[Statement, ...] = ()
    roll: tuple[RollRow, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    correction: Correction | None = None
    retention: str | None = None
    archive_number: str | None = None
    outline_title: str | None = None
    seal: Seal | None = None

    @property
    def signed(self) -> tuple[RollRow, ...]:
        """The rows that carry a signature, disowned or not, in the roll's order."""
        return tuple(row for row in self.roll if row.pledge is not None)

    @property
    def standing(self) -> tuple[RollRow, ...]:
        """The rows whose pledge counts as signed: those that their signer has not disowned."""
        return tuple(row for row in self.roll if row.pledge and not row.pledge.disowned)

    def to_json(self) -> dict[str, Json]:
        """The facts as a dictionary of JSON's plain types.

        Raises:
            TypeError: a time without a zone.
        """
        return _as_object(self)


@dataclass(frozen=True, slots=True)
class PledgeFacts:
    """One signed pledge, as its one page shows it (domain.md, "A pledge").

    ``opening`` and ``closing`` are whole paragraphs. ``level_meaning`` says what the level proves.
    ``verify_url`` becomes the QR code; None leaves the code out. ``keys`` are all that the signer
    had ever enrolled when signing, the oldest first.
    """

    title: str
    opening: str
    occasion: str
    signer: Person
    points: tuple[Point, ...]
    closing: str
    signature: Signature
    personal_commitment: str = ""
    level_meaning: str = ""
    verify_url: str | None = None
    addressee: str = ""
    keys: tuple[Key, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """The facts as a dictionary of JSON's plain types.

        Raises:
            TypeError: a time without a zone.
        """
        return _as_object(self)


@dataclass(frozen=True, slots=True)
class BlankPledgeFacts:
    """A pledge printed to be signed on paper: what is promised, and the code it is entered by.

    ``code`` is the short form of ``form_digest``, which ``verify_url`` leads to as well.
    """

    title: str
    opening: str
    occasion: str
    signer: Person
    points: tuple[Point, ...]
    closing: str
    code: str
    form_digest: str
    verify_url: str
    printed_at: datetime
    personal_commitment: str = ""


def _as_object(facts: RecordFacts | PledgeFacts) -> dict[str, Json]:
    result = plain(facts)
    if not isinstance(result, dict):
        raise TypeError("facts are an object")
    return result
