"""A pledge: who promises, on which occasion, against which outline; and its signature."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .outline import Outline, Point

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


class Occasion(models.Model):
    """A plain snapshot of the talk that pledges belong to, taken when signing opens.

    The ground floor knows no meeting; this row is all that a pledge says about one.
    """

    number = models.CharField(_("number"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=50)
    title = models.CharField(_("title"), max_length=200)
    held_at = models.DateTimeField(_("held at"))
    place = models.CharField(_("place"), max_length=100)
    speaker = models.CharField(_("speaker"), max_length=100)
    outline = models.ForeignKey(Outline, models.PROTECT, related_name="occasions")
    due_on = models.DateField(_("to be signed by"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened for signing at"))
    closed_at = models.DateTimeField(_("closed for signing at"), null=True, blank=True)

    class Meta:
        verbose_name = _("occasion")
        verbose_name_plural = _("occasions")
        ordering = ["-held_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closed_at=None) | models.Q(closed_at__gte=models.F("opened_at")),
                name="occasion_closed_after_opened",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def is_open(self) -> bool:
        """Whether pledges on this occasion may be signed now."""
        return self.closed_at is None


class SignatureMethod(models.TextChoices):
    DRAWN = "drawn", _("drawn by hand")
    TYPED = "typed", _("typed name")


class Level(models.TextChoices):
    """How a pledge was signed, said honestly; never shown as more than it is."""

    KEY = "key", _("Level A: own key")
    PASSWORD = "password", _("Level B: password")
    PAPER = "paper", _("Level C: paper")


class PledgeQuerySet(models.QuerySet["Pledge"]):
    def visible_to(self, user: "AbstractBaseUser") -> "PledgeQuerySet":
        """The pledges whose text `user` may open on the signing pages: their own, nobody else's."""
        return self.filter(signer_id=user.pk)

    def signed(self) -> "PledgeQuerySet":
        return self.filter(signature__isnull=False)

    def unsigned(self) -> "PledgeQuerySet":
        return self.filter(signature__isnull=True)

    def waiting(self) -> "PledgeQuerySet":
        """Unsigned, on an occasion that is still open."""
        return self.unsigned().filter(occasion__closed_at=None)


class Pledge(models.Model):
    """The pledge asked of one signer on one occasion.

    Up to the signature this row holds the draft, so that nothing typed or drawn is lost; once a
    Signature refers to it, triggers refuse every change (see pledges/triggers.py).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    occasion = models.ForeignKey(Occasion, models.PROTECT, related_name="pledges")
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="pledges", verbose_name=_("signer")
    )
    staff_number = models.CharField(_("staff number"), max_length=30)
    name = models.CharField(_("name"), max_length=60)
    unit_name = models.CharField(_("unit"), max_length=100)
    post = models.CharField(_("post"), max_length=100, blank=True)
    nonce = models.CharField(max_length=64, unique=True)
    requested_at = models.DateTimeField(_("asked for at"))
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    personal_commitment = models.TextField(_("personal commitment"), blank=True, max_length=500)
    signature_method = models.CharField(
        _("kind of signature"), max_length=10, choices=SignatureMethod, blank=True
    )
    # An SVG that the server drew from checked strokes (drawn), or the typed name (typed).
    signature_image = models.TextField(blank=True)
    signature_text = models.CharField(max_length=60, blank=True)

    objects = PledgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("pledge")
        verbose_name_plural = _("pledges")
        ordering = ["-requested_at", "staff_number"]
        constraints = [
            models.UniqueConstraint(fields=["signer", "occasion"], name="pledge_once_per_occasion"),
            models.CheckConstraint(
                condition=models.Q(signature_method="", signature_image="", signature_text="")
                | (
                    models.Q(signature_method="drawn", signature_text="")
                    & ~models.Q(signature_image="")
                )
                | (
                    models.Q(signature_method="typed", signature_image="")
                    & ~models.Q(signature_text="")
                ),
                name="pledge_signature_matches_method",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.occasion.number}"

    @property
    def is_signed(self) -> bool:
        return hasattr(self, "signature")

    @property
    def is_disowned(self) -> bool:
        """Whether its signer has said that the signature is not theirs."""
        return hasattr(self, "revocation")


class PointConfirmation(models.Model):
    """The signer's confirmation of one point, by itself, at a time of its own."""

    pledge = models.ForeignKey(Pledge, models.PROTECT, related_name="confirmations")
    point = models.ForeignKey(Point, models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(_("confirmed at"))

    class Meta:
        verbose_name = _("confirmation of a point")
        verbose_name_plural = _("confirmations of points")
        ordering = ["pledge", "point__number"]
        constraints = [
            models.UniqueConstraint(fields=["pledge", "point"], name="point_confirmed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.point}"


class Signature(models.Model):
    """The signature that makes a pledge final: the manifest's bytes, their digest, how and when.

    Insert only: triggers refuse UPDATE and DELETE on both databases.
    """

    pledge = models.OneToOneField(Pledge, models.PROTECT, related_name="signature")
    level = models.CharField(_("level"), max_length=10, choices=Level)
    manifest = models.BinaryField(_("manifest"))
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    # When the server took it in; for a paper that is not when the signer signed.
    signed_at = models.DateTimeField(_("signed at"))
    address = models.GenericIPAddressField(_("network address"), null=True, blank=True)
    browser = models.CharField(_("browser"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["-signed_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(level__in=Level.values), name="signature_level_known"
            ),
            models.CheckConstraint(
                condition=models.Q(digest__regex=r"^[0-9a-f]{64}$"),
                name="signature_digest_is_sha256",
            ),
        ]

    def __str__(self) -> str:
        return self.short_code

    @property
    def short_code(self) -> str:
        """The digest's first eight characters in two groups, as on the page and the paper."""
        return f"{self.digest[:4]} {self.digest[4:8]}".upper()
