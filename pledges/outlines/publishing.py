"""A new version of the outline. Points and clauses keep their names; the wording is editable."""

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from .. import ledger
from ..exceptions import OutlineStale
from ..models import Clause, EntryKind, Outline, Point
from ..permissions import may_edit_outlines


@dataclass(frozen=True, slots=True)
class ClauseWords:
    heading: str
    requirement: str
    commitment: str


@dataclass(frozen=True, slots=True)
class PointWords:
    heading: str
    summary: str
    clauses: tuple[ClauseWords, ...]


@dataclass(frozen=True, slots=True)
class OutlineWords:
    """All the words of an outline, without its version."""

    title: str
    pledge_title: str
    pledge_opening: str
    pledge_closing: str
    points: tuple[PointWords, ...]


def words_of(outline: Outline) -> OutlineWords:
    """The words of `outline`, in two queries."""
    points = outline.points.order_by("number").prefetch_related("clauses")
    return OutlineWords(
        title=outline.title,
        pledge_title=outline.pledge_title,
        pledge_opening=outline.pledge_opening,
        pledge_closing=outline.pledge_closing,
        points=tuple(
            PointWords(
                heading=point.heading,
                summary=point.summary,
                clauses=tuple(
                    ClauseWords(clause.heading, clause.requirement, clause.commitment)
                    for clause in sorted(point.clauses.all(), key=lambda clause: clause.number)
                ),
            )
            for point in points
        ),
    )


@transaction.atomic
def publish_outline(
    *, by: AbstractBaseUser, based_on: int, words: OutlineWords, note: str
) -> Outline:
    """Publishes `words` as the next version, after the version `based_on`; new meetings take it.

    The words of the newest version again give that version back, and make none.
    Raises PermissionDenied, OutlineStale when a newer version than `based_on` is there, and
    ValidationError for words that no outline can have.
    """
    if not may_edit_outlines(by):
        raise PermissionDenied
    newest = Outline.objects.newest()
    if words_of(newest) == words:
        return newest
    if newest.version != based_on:
        raise OutlineStale
    outline = Outline(
        version=newest.version + 1,
        title=words.title,
        pledge_title=words.pledge_title,
        pledge_opening=words.pledge_opening,
        pledge_closing=words.pledge_closing,
        note=note,
        created_at=timezone.now(),
        created_by_id=by.pk,
    )
    outline.full_clean(exclude=["created_by"])
    try:
        with transaction.atomic():
            outline.save(force_insert=True)
    except IntegrityError as error:
        # Somebody was quicker by a moment. The same words are the same button pressed twice.
        newest = Outline.objects.newest()
        if words_of(newest) == words:
            return newest
        raise OutlineStale from error
    _write_points(outline, words)
    ledger.append(kind=EntryKind.OUTLINE_PUBLISHED, by=by, subject=f"outline:{outline.version}")
    return outline


def _write_points(outline: Outline, words: OutlineWords) -> None:
    for number, point in enumerate(words.points, 1):
        row = Point(outline=outline, number=number, heading=point.heading, summary=point.summary)
        row.full_clean(exclude=["outline"], validate_unique=False)
        row.save(force_insert=True)
        for order, clause in enumerate(point.clauses, 1):
            line = Clause(
                point=row,
                number=order,
                heading=clause.heading,
                requirement=clause.requirement,
                commitment=clause.commitment,
            )
            line.full_clean(exclude=["point"], validate_unique=False)
            line.save(force_insert=True)
