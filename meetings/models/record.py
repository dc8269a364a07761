"""The talk record: numbered revisions, each kept as it was made, and its seal."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .meeting import Meeting
from .roster import Cadre


class RecordState(models.TextChoices):
    PENDING = "pending", _("being made")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


class SealState(models.TextChoices):
    PENDING = "pending", _("waiting for its seal")
    SEALING = "sealing", _("being sealed")
    SEALED = "sealed", _("sealed")
    FAILED = "failed", _("sealing failed")


class SealLevel(models.TextChoices):
    """PAdES levels (ETSI EN 319 142-1, 6.1)."""

    BASIC = "B-B", _("without a time stamp")
    STAMPED = "B-T", _("with a time stamp")


# Sealing takes seconds; whoever has been at it for so long was stopped in the middle.
SEAL_STALE_AFTER = timedelta(minutes=5)


class RecordQuerySet(models.QuerySet["Record"]):
    def without_bytes(self) -> "RecordQuerySet":
        """The records without their files, which are large."""
        return self.defer("pdf", "sealed_pdf")

    def seal_failed(self) -> "RecordQuerySet":
        """Records whose seal somebody has to look after."""
        return self.filter(seal_state=SealState.FAILED)

    def seal_stale(self, now: datetime) -> "RecordQuerySet":
        """Records that a worker began to seal and did not finish."""
        return self.filter(seal_state=SealState.SEALING, seal_started_at__lt=now - SEAL_STALE_AFTER)

    def seal_open(self, now: datetime) -> "RecordQuerySet":
        """Finished records that may be taken up for sealing at `now`."""
        return self.filter(state=RecordState.READY).filter(
            Q(seal_state__in=[SealState.PENDING, SealState.FAILED])
            | Q(seal_state=SealState.SEALING, seal_started_at__lt=now - SEAL_STALE_AFTER)
        )


class Record(models.Model):
    """One revision of a meeting's talk record.

    Revision 1 is made on closing; each correction (更正记录) adds one beside the old. Its facts
    never change; once READY its bytes do not either, and once SEALED nothing does (triggers).
    """

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="records")
    revision = models.PositiveSmallIntegerField(_("revision"))
    reason = models.TextField(_("reason for the correction"), blank=True)
    # What a correction changed: [[what, before, after], …], as printed.
    changes = models.JSONField(_("changes"), default=list, blank=True)
    facts = models.JSONField(_("facts"))
    state = models.CharField(
        _("state"), max_length=10, choices=RecordState, default=RecordState.PENDING
    )
    error = models.TextField(_("what went wrong"), blank=True)
    pdf = models.BinaryField(_("PDF"), null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(Cadre, models.PROTECT, related_name="+")
    seal_state = models.CharField(
        _("state of the seal"), max_length=10, choices=SealState, default=SealState.PENDING
    )
    seal_error = models.TextField(_("why it could not be sealed"), blank=True)
    # When the one who is sealing it now took it up; tells that one from whoever comes later.
    seal_started_at = models.DateTimeField(_("sealing since"), null=True, blank=True)
    sealed_at = models.DateTimeField(_("sealed at"), null=True, blank=True)
    sealed_pdf = models.BinaryField(_("sealed PDF"), null=True, blank=True)
    sealed_sha256 = models.CharField(max_length=64, blank=True)
    seal_level = models.CharField(
        _("level of the seal"), max_length=3, choices=SealLevel, blank=True
    )
    # SHA-256 of the certificate's bytes, in hex.
    seal_certificate = models.CharField(_("certificate"), max_length=64, blank=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("talk record")
        verbose_name_plural = _("talk records")
        ordering = ["meeting", "-revision"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "revision"], name="record_revision_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=RecordState.values), name="record_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(revision=1, reason="")
                | models.Q(revision__gt=1) & ~models.Q(reason=""),
                name="record_corrected_with_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(state="ready", pdf__isnull=False) & ~models.Q(sha256="")
                | ~models.Q(state="ready") & models.Q(pdf=None, sha256=""),
                name="record_ready_with_bytes",
            ),
            models.CheckConstraint(
                condition=Q(seal_state__in=SealState.values), name="record_seal_state_known"
            ),
            models.CheckConstraint(
                condition=Q(seal_level__in=["", *SealLevel.values]), name="record_seal_level_known"
            ),
            models.CheckConstraint(
                condition=Q(seal_state="pending") | Q(state="ready"),
                name="record_sealed_once_ready",
            ),
            models.CheckConstraint(
                condition=Q(seal_state="sealing", seal_started_at__isnull=False)
                | ~Q(seal_state="sealing") & Q(seal_started_at=None),
                name="record_sealing_since",
            ),
            models.CheckConstraint(
                condition=Q(seal_state="failed") & ~Q(seal_error="")
                | ~Q(seal_state="failed") & Q(seal_error=""),
                name="record_seal_failed_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(seal_state="sealed", sealed_at__isnull=False, sealed_pdf__isnull=False)
                & ~Q(sealed_sha256="")
                & ~Q(seal_level="")
                & ~Q(seal_certificate="")
                | ~Q(seal_state="sealed")
                & Q(
                    sealed_at=None,
                    sealed_pdf=None,
                    sealed_sha256="",
                    seal_level="",
                    seal_certificate="",
                ),
                name="record_sealed_with_bytes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting.number} r{self.revision}"

    @property
    def is_ready(self) -> bool:
        """Whether the PDF is there, sealed or not."""
        return self.state == RecordState.READY

    @property
    def is_sealed(self) -> bool:
        return self.seal_state == SealState.SEALED

    @property
    def best_pdf(self) -> bytes:
        """The sealed file, else the one that waits for its seal; empty while there is none."""
        return bytes(self.sealed_pdf or self.pdf or b"")

    @property
    def seal_told(self) -> dict[str, Any] | None:
        """What the record's facts say about its seal: level, trial, certificate."""
        told: dict[str, Any] | None = self.facts.get("seal")
        return told

    @property
    def is_under_way(self) -> bool:
        """Whether the next thing happens by itself: the page asks again while this holds."""
        return self.state == RecordState.PENDING or (
            self.is_ready
            and self.seal_state in (SealState.PENDING, SealState.SEALING)
            and not self.may_retry_seal
        )

    @property
    def may_retry_seal(self) -> bool:
        """Whether sealing failed, or was begun and left."""
        stale = (
            self.seal_started_at is not None
            and self.seal_started_at < timezone.now() - SEAL_STALE_AFTER
        )
        return self.seal_state == SealState.FAILED or stale
