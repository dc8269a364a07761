"""Papers made in bulk: all pledges of a meeting, or of a unit's year, as one file."""

import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .meeting import Meeting
from .roster import Cadre, Unit

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

# A worker gives a sign of life every second or so; whoever was silent for so long was killed.
SILENT_AFTER = timedelta(seconds=30)
# A finished file waits so long to be fetched.
KEPT_FOR = timedelta(days=7)


class BatchKind(models.TextChoices):
    ZIP = "zip", _("one file a person, in a ZIP")
    PDF = "pdf", _("one PDF to print")


class BatchState(models.TextChoices):
    WAITING = "waiting", _("waiting for its turn")
    RUNNING = "running", _("being made")
    DONE = "done", _("finished")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


OPEN_STATES = (BatchState.WAITING, BatchState.RUNNING)


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user: "Cadre | AnonymousUser") -> "BatchQuerySet":
        """The batches that `user` asked for: each asks for their own."""
        return self.filter(asked_by=user) if isinstance(user, Cadre) else self.none()

    def takeable(self, now: datetime) -> "BatchQuerySet":
        """Those that a worker may take up: waiting, or left in the middle by a killed one."""
        left = models.Q(state=BatchState.RUNNING, beat_at__lt=now - SILENT_AFTER)
        return self.filter(models.Q(state=BatchState.WAITING) | left)

    def outdated(self, now: datetime) -> "BatchQuerySet":
        """Those that came to an end so long ago that nothing of them is kept on disk."""
        return self.filter(finished_at__lt=now - KEPT_FOR, removed_at=None)


class Batch(models.Model):
    """One export, asked for by one person, made in the background.

    Which pledges are in it follows from the scope and from `created_at`: those signed by then.
    What is made on the way lies in `directory`, so that a worker that was killed loses little.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=3, choices=BatchKind)
    meeting = models.ForeignKey(
        Meeting, models.PROTECT, verbose_name=_("meeting"), null=True, blank=True, related_name="+"
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, verbose_name=_("unit"), null=True, blank=True, related_name="+"
    )
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    asked_by = models.ForeignKey(Cadre, models.PROTECT, related_name="batches")
    created_at = models.DateTimeField(_("asked for at"))

    state = models.CharField(
        _("state"), max_length=10, choices=BatchState, default=BatchState.WAITING
    )
    total = models.PositiveIntegerField(_("pledges"))
    done = models.PositiveIntegerField(_("made"), default=0)
    # Counts the times that a worker took it up: who holds an older number has lost it.
    run = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(_("begun at"), null=True, blank=True)
    beat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    finished_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    failure = models.TextField(_("what went wrong"), blank=True)
    # Whose pledge it was, with the unit; empty where no single person is concerned.
    person = models.CharField(_("person concerned"), max_length=200, blank=True)

    size = models.PositiveBigIntegerField(_("size"), null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    removed_at = models.DateTimeField(_("file removed at"), null=True, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("bulk export")
        verbose_name_plural = _("bulk exports")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=BatchKind.values), name="batch_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=BatchState.values), name="batch_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(meeting__isnull=False, unit=None, year=None)
                | models.Q(meeting=None, unit__isnull=False, year__isnull=False),
                name="batch_of_a_meeting_or_a_year",
            ),
            models.CheckConstraint(
                condition=models.Q(done__lte=models.F("total")), name="batch_done_within_total"
            ),
            models.CheckConstraint(
                condition=models.Q(state="running", started_at__isnull=False, beat_at__isnull=False)
                | ~models.Q(state="running") & models.Q(beat_at=None),
                name="batch_running_gives_signs_of_life",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["done", "failed", "cancelled"], finished_at__isnull=False
                )
                | models.Q(state__in=["waiting", "running"], finished_at=None),
                name="batch_ended_at_its_end",
            ),
            models.CheckConstraint(
                condition=models.Q(state="failed") & ~models.Q(failure="")
                | ~models.Q(state="failed") & models.Q(failure="", person=""),
                name="batch_failed_with_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(state="done", size__isnull=False)
                & models.Q(sha256__regex=r"^[0-9a-f]{64}$")
                | ~models.Q(state="done") & models.Q(size=None, sha256=""),
                name="batch_done_with_file",
            ),
            models.CheckConstraint(
                condition=models.Q(removed_at=None) | models.Q(finished_at__isnull=False),
                name="batch_removed_after_its_end",
            ),
            models.UniqueConstraint(
                fields=["asked_by", "kind", "meeting"],
                condition=models.Q(state__in=["waiting", "running"], year=None),
                name="batch_of_a_meeting_once_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["asked_by", "kind", "unit", "year"],
                condition=models.Q(state__in=["waiting", "running"], meeting=None),
                name="batch_of_a_year_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope_name} · {self.get_kind_display()}"

    @property
    def scope_name(self) -> str:
        """What it holds, as the unit writes it: the meeting's number, or the unit and year."""
        if self.meeting is not None:
            return f"{self.meeting.number} {self.meeting.title}"
        assert self.unit is not None
        return f"{self.unit.name} {self.year}"

    @property
    def is_open(self) -> bool:
        """Whether it is still on its way, so that the page asks again."""
        return self.state in OPEN_STATES

    @property
    def is_fetchable(self) -> bool:
        """Whether its file is there."""
        return self.state == BatchState.DONE and self.removed_at is None

    @property
    def was_left(self) -> bool:
        """Whether the worker that held it fell silent in the middle."""
        return self.beat_at is not None and self.beat_at < timezone.now() - SILENT_AFTER

    @property
    def may_resume(self) -> bool:
        """Whether going on is up to a person: it failed, or its worker fell silent."""
        return (self.state == BatchState.FAILED and self.removed_at is None) or self.was_left

    @property
    def kept_until(self) -> datetime | None:
        """When its file will be removed."""
        return self.finished_at + KEPT_FOR if self.finished_at else None

    @property
    def directory(self) -> Path:
        """The folder of this batch alone: its file, and the parts on the way there."""
        return Path(settings.MEDIA_ROOT) / "batches" / str(self.pk)

    @property
    def path(self) -> Path:
        """The finished file."""
        return self.directory / f"pledges.{self.kind}"
