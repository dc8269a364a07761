"""The canonical bytes of a pledge, and their hash. Pure functions over plain data.

`PledgeText` is the one source of the page that the cadre reads, the paper and the manifest, so
that what is hashed is what was shown.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import rfc8785

TYPE = "liantan-pledge"
VERSION = 1
# Stands before the bytes under the hash, so that no other signed thing can be passed off as one.
DOMAIN = b"liantan-pledge-v1\n"
IMAGE_TYPE = "image/svg+xml"

Json = dict[str, "Json"] | list["Json"] | str | int


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
class PledgeText:
    """Everything that the cadre sees of a pledge.

    `mark` is None until something is drawn or typed, `opened_at` until the signer acted on the
    page. `zone` names the time zone in which every time is written.
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
    mark: Mark | None
    opened_at: datetime | None
    zone: str


def build_manifest(text: PledgeText) -> dict[str, Json]:
    """The manifest of a pledge as plain JSON types.

    Raises ManifestIncomplete when a point is not confirmed, nothing is drawn or typed, or the
    opening was not recorded; ValueError for a time without a zone.
    """
    zone = ZoneInfo(text.zone)
    if text.mark is None:
        raise ManifestIncomplete("no signature is drawn or typed")
    if text.opened_at is None:
        raise ManifestIncomplete("the time of opening is not recorded")
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
        "signature": _mark(text.mark),
        "opened_at": _timestamp(text.opened_at, zone),
        "zone": text.zone,
    }


def canonical_bytes(manifest: dict[str, Json]) -> bytes:
    """The manifest in canonical JSON (RFC 8785): the same bytes on any machine and day."""
    return rfc8785.dumps(manifest)


def digest(manifest_bytes: bytes) -> str:
    """SHA-256 over the domain line and the manifest's bytes, in hex (64 characters)."""
    return hashlib.sha256(DOMAIN + manifest_bytes).hexdigest()


def short_code(hex_digest: str) -> str:
    """The digest's first eight characters in two groups, as on the page and the paper."""
    return f"{hex_digest[:4]} {hex_digest[4:8]}".upper()


def _point(point: PointText, zone: ZoneInfo) -> Json:
    if point.confirmed_at is None:
        raise ManifestIncomplete(f"point {point.number} is not confirmed")
    return {
        "number": point.number,
        "heading": point.heading,
        "confirmed_at": _timestamp(point.confirmed_at, zone),
        "clauses": [
            {
                "number": clause.number,
                "heading": clause.heading,
                "commitment": clause.commitment,
            }
            for clause in point.clauses
        ],
    }


def _mark(mark: Mark) -> Json:
    if mark.method == "drawn":
        return {
            "method": "drawn",
            "media_type": IMAGE_TYPE,
            "sha256": hashlib.sha256(mark.image.encode()).hexdigest(),
        }
    return {"method": mark.method, "text": mark.text}


def _timestamp(moment: datetime, zone: ZoneInfo) -> str:
    """RFC 3339 with offset, to the microsecond, in `zone`."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment!r}")
    return moment.astimezone(zone).isoformat(timespec="microseconds")
