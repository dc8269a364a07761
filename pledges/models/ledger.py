"""The ledger: an append-only log of all that makes evidence, as a Merkle tree (RFC 6962).

Rows of all three tables are insert only: triggers refuse UPDATE, DELETE and TRUNCATE on both
databases. `pledges.ledger` alone writes them.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EntryKind(models.TextChoices):
    OUTLINE_PUBLISHED = "outline_published", _("outline published")
    MEETING_ANNOUNCED = "meeting_announced", _("meeting announced")
    ATTENDANCE_RECORDED = "attendance_recorded", _("attendance recorded")
    ATTENDANCE_CHANGED = "attendance_changed", _("attendance changed")
    PLEDGE_OPENED = "pledge_opened", _("pledge opened")
    PLEDGE_SIGNED = "pledge_signed", _("pledge signed")
    PLEDGE_REVOKED = "pledge_revoked", _("signature disowned by its signer")
    AGREEMENT_ACCEPTED = "agreement_accepted", _("signing agreement accepted")
    KEY_ENROLLED = "key_enrolled", _("key enrolled")
    KEY_REMOVED = "key_removed", _("key removed")
    RECORD_SEALED = "record_sealed", _("record sealed")
    RECORD_CORRECTED = "record_corrected", _("record corrected")
    CHECKPOINT_MADE = "checkpoint_made", _("checkpoint made")
    LOGIN = "login", _("logged in")
    LOGIN_FAILED = "login_failed", _("log-in failed")
    PASSWORD_CHANGED = "password_changed", _("password changed")
    ACCOUNT_RESET = "account_reset", _("account reset")
    ACCOUNT_ACTIVATED = "account_activated", _("account activated")
    EXPORTED = "exported", _("exported")
    FILE_VIEWED = "file_viewed", _("another person's file viewed")


class LedgerEntry(models.Model):
    """One leaf of the tree. `payload` is what is hashed, and holds no personal data; `actor`,
    `private` and `salt` are what it is the salted hash of."""

    number = models.PositiveBigIntegerField(_("number"), primary_key=True)
    at = models.DateTimeField(_("time"))
    kind = models.CharField(_("kind"), max_length=30, choices=EntryKind)
    # The staff number, as it was; empty when nobody is known (a failed log-in, a timer).
    actor = models.CharField(_("actor"), max_length=150, blank=True, db_index=True)
    subject = models.CharField(_("subject"), max_length=150, blank=True, db_index=True)
    payload = models.BinaryField(_("payload"))
    private = models.JSONField(_("private part"), default=dict, blank=True)
    salt = models.CharField(max_length=64)
    leaf = models.CharField(_("leaf hash"), max_length=64)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=EntryKind.values), name="ledger_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(leaf__regex=r"^[0-9a-f]{64}$"), name="ledger_leaf_is_sha256"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.kind} {self.subject}".rstrip()


class LedgerNode(models.Model):
    """The root of a complete subtree above the leaves.

    The key packs where it stands: level (1 and up) in the upper bits, index from the left in the
    lower 56, so that a path is fetched by one query over primary keys.
    """

    LEVEL_SHIFT = 56

    position = models.BigIntegerField(primary_key=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("ledger node")
        verbose_name_plural = _("ledger nodes")

    def __str__(self) -> str:
        index = self.position & ((1 << self.LEVEL_SHIFT) - 1)
        return f"{self.position >> self.LEVEL_SHIFT}/{index}"


class Checkpoint(models.Model):
    """The tree's size and root at a time, signed by the unit's key as a signed note."""

    size = models.PositiveBigIntegerField(_("size"), primary_key=True)
    root = models.CharField(_("root"), max_length=64)
    note = models.TextField(_("signed note"))
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        ordering = ["-size"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(root__regex=r"^[0-9a-f]{64}$"), name="checkpoint_root_is_sha256"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.size}"
