"""All pledges of a meeting, or of a unit's year, as one file: asking, cancelling, going on.

What is asked for here is made in the background by `bulk_work`.
"""

import shutil
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from pledges import ledger
from pledges.models import EntryKind, Pledge

from .exceptions import MeetingError
from .models import Batch, BatchKind, BatchState, Cadre, Meeting, Unit
from .models.batch import OPEN_STATES
from .permissions import exporting_units, may_export_pledges
from .tasks import make_batch


class NothingToExport(MeetingError):
    """Nobody has signed within the scope that was asked for."""


def pledges_of(batch: Batch) -> "QuerySet[Pledge]":
    """The pledges in a batch, in the order of the file: by meeting, then as in its roll."""
    signed = Pledge.objects.signed().filter(signature__signed_at__lte=batch.created_at)
    if batch.meeting_id is not None:
        signed = signed.filter(attendance__meeting=batch.meeting_id)
    else:
        assert batch.unit is not None  # a check constraint has one or the other
        signed = signed.filter(
            attendance__meeting__year=batch.year,
            attendance__meeting__unit__path__startswith=batch.unit.path,
        )
    return signed.order_by(
        "attendance__meeting__starts_at",
        "attendance__meeting_id",
        "attendance__order",
        "attendance__id",
    )


def exportable_years(user: Cadre) -> list[int]:
    """The years, newest first, of the signed pledges that `user` may take out."""
    meetings = Meeting.objects.filter(
        unit__in=exporting_units(user), attendances__pledge__signature__isnull=False
    )
    years = meetings.order_by("-year").values_list("year", flat=True).distinct()
    return [year for year in years if year is not None]


@transaction.atomic
def ask_batch(
    *,
    by: Cadre,
    kind: str,
    meeting: Meeting | None = None,
    unit: Unit | None = None,
    year: int | None = None,
) -> Batch:
    """Has the signed pledges of `meeting`, or of `unit` and below in `year`, made into one file.

    While the same is already on its way for the same person, that one is given. Raises
    PermissionDenied outside the secretary's and the inspector's units, NothingToExport where
    nobody has signed.
    """
    scope = meeting.unit if meeting is not None else unit
    if scope is None or not may_export_pledges(by, scope):
        raise PermissionDenied
    wanted: dict[str, Any] = {"kind": kind, "meeting": meeting, "unit": unit, "year": year}
    batch = Batch(asked_by=by, created_at=timezone.now(), total=0, **wanted)
    batch.total = pledges_of(batch).count()
    if not batch.total:
        raise NothingToExport(_("Nobody has signed a pledge there yet."))
    batch.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            batch.save(force_insert=True)
    except IntegrityError:
        # On its way already, by an earlier press of the same button.
        return Batch.objects.get(asked_by=by, state__in=OPEN_STATES, **wanted)
    transaction.on_commit(lambda: make_batch.enqueue(str(batch.pk)))
    ledger.append(
        kind=EntryKind.EXPORTED,
        by=by,
        subject=f"batch:{batch.pk}",
        private={"scope": batch.scope_name, "kind": BatchKind(kind).value, "total": batch.total},
    )
    return batch


@transaction.atomic
def cancel_batch(*, by: Cadre, batch: Batch) -> Batch:
    """Stops a batch that is not finished; whoever makes it notices at the next pledge.

    Anything that has come to its end stays as it is. Raises PermissionDenied for others than the
    one who asked.
    """
    locked = _lock(by, batch)
    if locked.is_open:
        locked.state, locked.finished_at, locked.beat_at = (
            BatchState.CANCELLED,
            timezone.now(),
            None,
        )
        locked.save(update_fields=["state", "finished_at", "beat_at"])
    return locked


@transaction.atomic
def resume_batch(*, by: Cadre, batch: Batch) -> Batch:
    """Goes on with a batch that failed, or whose worker was killed; what is made stays made.

    Anything else stays as it is. Raises PermissionDenied for others than the one who asked, and
    for one who has lost the right to ask since.
    """
    locked = _lock(by, batch)
    if not may_fetch(by, locked):
        raise PermissionDenied
    if not locked.may_resume:
        return locked
    if locked.state == BatchState.FAILED:
        running = Batch.objects.filter(
            asked_by=by,
            state__in=OPEN_STATES,
            kind=locked.kind,
            meeting=locked.meeting_id,
            unit=locked.unit_id,
            year=locked.year,
        ).first()
        if running is not None:
            return running
        locked.state, locked.finished_at = BatchState.WAITING, None
        locked.failure = locked.person = ""
        locked.save(update_fields=["state", "finished_at", "failure", "person"])
    transaction.on_commit(lambda: make_batch.enqueue(str(locked.pk)))
    return locked


def may_fetch(user: Cadre, batch: Batch) -> bool:
    """Whether `user` may still have what the batch holds: the right may be gone by now."""
    scope = batch.meeting.unit if batch.meeting is not None else batch.unit
    return scope is not None and may_export_pledges(user, scope)


def discard_outdated() -> int:
    """Removes the files of batches that ended more than a week ago; gives how many."""
    now = timezone.now()
    outdated = list(Batch.objects.outdated(now))
    for batch in outdated:
        shutil.rmtree(batch.directory, ignore_errors=True)
        Batch.objects.filter(pk=batch.pk).update(removed_at=now)
    return len(outdated)


def _lock(by: Cadre, batch: Batch) -> Batch:
    locked = (
        Batch.objects.select_for_update(of=("self",))
        .select_related("meeting__unit", "unit")
        .get(pk=batch.pk)
    )
    if locked.asked_by_id != by.pk:
        raise PermissionDenied
    return locked
