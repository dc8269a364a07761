"""The talk record: numbered revisions, each kept as it was made."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .meeting import Meeting
from .roster import Cadre


class RecordState(models.TextChoices):
    PENDING = "pending", _("being made")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


class Record(models.Model):
    """One revision of a meeting's talk record.

    Revision 1 is made on closing; each correction (更正记录) adds one beside the old. Its facts
    never change; once READY its bytes do not either (triggers).
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
        ]

    def __str__(self) -> str:
        return f"{self.meeting.number} r{self.revision}"
