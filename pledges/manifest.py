"""The canonical bytes of a pledge, and their hash. Pure functions over plain data.

`PledgeText` is the one source of the page that the cadre reads, the paper and the manifest, so
that what is hashed is what was shown.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import rfc8785

TYPE = "liantan-pledge"
VERSION = 1
# Stands before the bytes under the hash, so that no other signed thing can be passed off as one.
DOMAIN = b"liantan-pledge-v1\n"
PAPER_DOMAIN = b"liantan-paper-v1\n"
IMAGE_TYPE = "image/svg+xml"

Json = dict[str, "Json"] | list["Json"] | str | int | None


class ManifestIncomplete(ValueError):
    """The text lacks something that a manifest must say; it is never filled in."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who promises, with unit and post as of the meeting."""

    staff_number: str
    name: str
    unit: str
    post: str


@dataclass(frozen=True, slots=True)
class Talk:
    """The occasion: which talk, of which kind, when, where, by whom."""

    number: str
    kind: str
    title: str
    held_at: datetime
    place: str
    speaker: str


@dataclass(frozen=True, slots=True)
class ClauseText:
    """A clause as the cadre reads it: its heading and the commitment in full."""

    number: int
    heading: str
    commitment: str


@dataclass(frozen=True, slots=True)
class PointText:
    """One point with its clauses, and when the signer confirmed it (None: not yet).

    `id` leads back to the database row for buttons; it is no part of the manifest.
    """

    id: int
    number: int
    heading: str
    clauses: tuple[ClauseText, ...]
    confirmed_at: datetime | None

    @property
    def numeral(self) -> str:
        return "一二三四"[self.number - 1]


@dataclass(frozen=True, slots=True)
class Mark:
    """The signature on the page: an SVG that the server drew, or the typed name."""

    method: str
    image: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class PaperMark:
    """The signature on paper: its scan's hash, the day written on it, who entered and witnessed.

    `witness` and `entered_by` are staff number and name.
    """

    media_type: str
    sha256: str
    signed_on: date | None
    witness: tuple[str, str]
    entered_by: tuple[str, str]


@dataclass(frozen=True, slots=True)
class KeyText:
    """One of the signer's keys as the page lists it; `removed_at` is None while it is live."""

    fingerprint: str
    enrolled_at: datetime
    removed_at: datetime | None

    @property
    def short_fingerprint(self) -> str:
        return short_fingerprint(self.fingerprint)


@dataclass(frozen=True, slots=True)
class AgreementText:
    """The version of the signing agreement in force, and its text's SHA-256 in hex."""

    version: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PledgeText:
    """Everything that the cadre sees of a pledge.

    `mark` is None until something is drawn or typed, `opened_at` until the signer acted on the
    page; on paper `opened_at`, `agreement` and the points' times stay None. `keys` are all that
    the signer ever enrolled, oldest first. `zone` names the time zone in which every time is
    written.
    """

    pledge_id: UUID
    nonce: str
    signer: Signer
    talk: Talk
    outline_id: int
    outline_version: int
    title: str
    opening: str
    points: tuple[PointText, ...]
    personal_commitment: str
    closing: str
    keys: tuple[KeyText, ...]
    agreement: AgreementText | None
    mark: Mark | PaperMark | None
    opened_at: datetime | None
    zone: str

    @property
    def on_paper(self) -> bool:
        return isinstance(self.mark, PaperMark)


def build_manifest(text: PledgeText) -> dict[str, Json]:
    """The manifest of a pledge as plain JSON types.

    Raises ManifestIncomplete when a point is not confirmed, nothing is drawn or typed, the
    opening was not recorded or no agreement is named (all but the mark may lack on paper);
    ValueError for a time without a zone.
    """
    zone = ZoneInfo(text.zone)
    if text.mark is None:
        raise ManifestIncomplete("no signature is drawn or typed")
    if not text.on_paper:
        _require_screen(text)
    return {
        **_promise(text, zone),
        "keys": [_key(key, zone) for key in text.keys],
        "agreement": _agreement(text.agreement),
        "signature": _mark(text),
        "opened_at": _moment(text.opened_at, zone),
    }


def form_digest(text: PledgeText) -> str:
    """SHA-256 over the promise alone, in hex: the code on the blank paper, before any signature.

    The times of confirming are left out, since nobody confirms on a screen what is signed on paper.
    """
    promise = _promise(_unconfirmed(text), ZoneInfo(text.zone))
    return hashlib.sha256(PAPER_DOMAIN + rfc8785.dumps(promise)).hexdigest()


def _require_screen(text: PledgeText) -> None:
    if text.opened_at is None:
        raise ManifestIncomplete("the time of opening is not recorded")
    if text.agreement is None:
        raise ManifestIncomplete("no signing agreement is named")
    for point in text.points:
        if point.confirmed_at is None:
            raise ManifestIncomplete(f"point {point.number} is not confirmed")


def _unconfirmed(text: PledgeText) -> PledgeText:
    return replace(text, points=tuple(replace(point, confirmed_at=None) for point in text.points))


def _promise(text: PledgeText, zone: ZoneInfo) -> dict[str, Json]:
    """What is promised, by whom, on which occasion: all but how it was signed."""
    if not text.points:
        raise ManifestIncomplete("there are no points")
    return {
        "type": TYPE,
        "version": VERSION,
        "pledge": {"id": str(text.pledge_id), "nonce": text.nonce},
        "signer": {
            "staff_number": text.signer.staff_number,
            "name": text.signer.name,
            "unit": text.signer.unit,
            "post": text.signer.post,
        },
        "occasion": {
            "number": text.talk.number,
            "kind": text.talk.kind,
            "title": text.talk.title,
            "held_at": _timestamp(text.talk.held_at, zone),
            "place": text.talk.place,
            "speaker": text.talk.speaker,
        },
        "outline": {"id": text.outline_id, "version": text.outline_version},
        "text": {
            "title": text.title,
            "opening": text.opening,
            "points": [_point(point, zone) for point in text.points],
            "personal_commitment": text.personal_commitment,
            "closing": text.closing,
        },
        "zone": text.zone,
    }


def canonical_bytes(manifest: dict[str, Json]) -> bytes:
    """The manifest in canonical JSON (RFC 8785): the same bytes on any machine and day."""
    return rfc8785.dumps(manifest)


def digest(manifest_bytes: bytes) -> str:
    """SHA-256 over the domain line and the manifest's bytes, in hex (64 characters)."""
    return hashlib.sha256(DOMAIN + manifest_bytes).hexdigest()


def short_fingerprint(fingerprint: str) -> str:
    """A key's fingerprint to compare by eye: sixteen characters in groups of four."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, 16, 4)).upper()


def short_code(hex_digest: str) -> str:
    """The digest's first eight characters in two groups, as on the page and the paper."""
    return f"{hex_digest[:4]} {hex_digest[4:8]}".upper()


def _point(point: PointText, zone: ZoneInfo) -> Json:
    return {
        "number": point.number,
        "heading": point.heading,
        "confirmed_at": _moment(point.confirmed_at, zone),
        "clauses": [
            {
                "number": clause.number,
                "heading": clause.heading,
                "commitment": clause.commitment,
            }
            for clause in point.clauses
        ],
    }


def _key(key: KeyText, zone: ZoneInfo) -> Json:
    return {
        "fingerprint": key.fingerprint,
        "enrolled_at": _timestamp(key.enrolled_at, zone),
        "removed_at": _moment(key.removed_at, zone),
    }


def _agreement(agreement: AgreementText | None) -> Json:
    if agreement is None:
        return None
    return {"version": agreement.version, "sha256": agreement.sha256}


def _mark(text: PledgeText) -> Json:
    mark = text.mark
    if isinstance(mark, PaperMark):
        return {
            "method": "paper",
            "media_type": mark.media_type,
            "sha256": mark.sha256,
            "form_digest": form_digest(text),
            "signed_on": mark.signed_on.isoformat() if mark.signed_on else None,
            "witness": _named(mark.witness),
            "entered_by": _named(mark.entered_by),
        }
    assert mark is not None  # build_manifest has asked
    if mark.method == "drawn":
        return {
            "method": "drawn",
            "media_type": IMAGE_TYPE,
            "sha256": hashlib.sha256(mark.image.encode()).hexdigest(),
        }
    return {"method": mark.method, "text": mark.text}


def _named(person: tuple[str, str]) -> Json:
    staff_number, name = person
    return {"staff_number": staff_number, "name": name}


def _moment(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else _timestamp(moment, zone)


def _timestamp(moment: datetime, zone: ZoneInfo) -> str:
    """RFC 3339 with offset, to the microsecond, in `zone`."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment!r}")
    return moment.astimezone(zone).isoformat(timespec="microseconds")
