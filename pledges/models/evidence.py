"""What a signature rests on: the signer's own keys, assertions made with them, paper.

All rows are insert only: triggers refuse UPDATE and DELETE on both databases. A key that is given
up gets a KeyRemoval beside it, and the signatures made with it before stay as they are.
"""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .pledge import Pledge, Signature

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser


class SigningKeyQuerySet(models.QuerySet["SigningKey"]):
    def visible_to(self, user: "AbstractBaseUser") -> "SigningKeyQuerySet":
        """The keys that `user` may see and give up: their own, nobody else's."""
        return self.filter(owner_id=user.pk)

    def live(self) -> "SigningKeyQuerySet":
        """The keys that were not given up."""
        return self.filter(removal=None)


class SigningKey(models.Model):
    """A passkey that one cadre enrolled for signing, with the raw evidence of its enrolment."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="signing_keys")
    label = models.CharField(_("name of the key"), max_length=60)
    # Base64url without padding, as WebAuthn writes it.
    credential_id = models.CharField(max_length=1400, unique=True)
    # A COSE_Key (RFC 9052, 7) in the bytes that the authenticator gave.
    public_key = models.BinaryField()
    # SHA-256 over public_key, in hex.
    fingerprint = models.CharField(_("fingerprint"), max_length=64, unique=True)
    rp_id = models.CharField(max_length=253)
    aaguid = models.UUIDField(_("kind of authenticator"))
    # WebAuthn's backup eligibility: may be copied by its maker's cloud, or bound to its device.
    synced = models.BooleanField(_("may be synchronised"))
    sign_count = models.PositiveBigIntegerField()
    attestation = models.BinaryField()
    client_data = models.BinaryField()
    enrolled_at = models.DateTimeField(_("enrolled at"))
    address = models.GenericIPAddressField(_("network address"), null=True, blank=True)
    browser = models.CharField(_("browser"), max_length=300, blank=True)

    objects = SigningKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        ordering = ["enrolled_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(fingerprint__regex=r"^[0-9a-f]{64}$"),
                name="key_fingerprint_is_sha256",
            ),
            models.CheckConstraint(condition=~models.Q(label=""), name="key_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_live(self) -> bool:
        return not hasattr(self, "removal")

    @property
    def short_fingerprint(self) -> str:
        return " ".join(self.fingerprint[at : at + 4] for at in range(0, 16, 4)).upper()


class KeyRemoval(models.Model):
    """That a key was given up by its owner (lost, replaced), when and why."""

    key = models.OneToOneField(SigningKey, models.PROTECT, related_name="removal")
    removed_at = models.DateTimeField(_("removed at"))
    lost = models.BooleanField(_("lost"))

    class Meta:
        verbose_name = _("removal of a key")
        verbose_name_plural = _("removals of keys")
        ordering = ["removed_at"]

    def __str__(self) -> str:
        return str(self.key)


class Assertion(models.Model):
    """The WebAuthn assertion of a signature at level A (甲), raw as the browser gave it."""

    signature = models.OneToOneField(Signature, models.PROTECT, related_name="assertion")
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="assertions")
    authenticator_data = models.BinaryField()
    client_data = models.BinaryField()
    signature_bytes = models.BinaryField()
    sign_count = models.PositiveBigIntegerField()
    # WebAuthn's backup state at this moment.
    backed_up = models.BooleanField()

    class Meta:
        verbose_name = _("assertion")
        verbose_name_plural = _("assertions")

    def __str__(self) -> str:
        return f"{self.signature} · {self.key}"


class PaperSignature(models.Model):
    """The evidence of a signature at level C (丙): the scan, who entered it, who witnessed."""

    signature = models.OneToOneField(Signature, models.PROTECT, related_name="paper")
    scan = models.BinaryField()
    media_type = models.CharField(max_length=50)
    # SHA-256 of the scan, in hex.
    sha256 = models.CharField(max_length=64)
    form_digest = models.CharField(max_length=64)
    # The day that the signer wrote on the paper; None when there is none.
    signed_on = models.DateField(_("date on the paper"), null=True, blank=True)
    witness = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("witness")
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )

    class Meta:
        verbose_name = _("signature on paper")
        verbose_name_plural = _("signatures on paper")
        # Looked up by whoever scans the code on a printed form; the scans would have to be read.
        indexes = [models.Index(fields=["form_digest"], name="paper_by_form")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(witness=models.F("entered_by")),
                name="paper_witness_is_a_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="paper_scan_is_sha256"
            ),
            models.CheckConstraint(
                condition=models.Q(form_digest__regex=r"^[0-9a-f]{64}$"),
                name="paper_form_is_sha256",
            ),
        ]

    def __str__(self) -> str:
        return str(self.signature)


class Revocation(models.Model):
    """The signer's own statement that a signature is not theirs. The signature stays, marked."""

    pledge = models.OneToOneField(Pledge, models.PROTECT, related_name="revocation")
    reason = models.TextField(_("what happened"), max_length=500)
    revoked_at = models.DateTimeField(_("disowned at"))
    address = models.GenericIPAddressField(_("network address"), null=True, blank=True)

    class Meta:
        verbose_name = _("disowned signature")
        verbose_name_plural = _("disowned signatures")
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="revoked_with_reason"),
        ]

    def __str__(self) -> str:
        return str(self.pledge)
