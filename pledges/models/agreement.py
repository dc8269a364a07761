"""The agreement on electronic signatures (电子签名使用约定), and who accepted which version."""

import hashlib

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def newest(self) -> "Agreement":
        """The version in force (migrations put version 1 in)."""
        return self.latest("version")


class Agreement(models.Model):
    """One version of the agreement. Insert only: a change makes the next version."""

    version = models.PositiveIntegerField(_("version"), unique=True)
    title = models.CharField(_("title"), max_length=100)
    # Paragraphs, one a line.
    text = models.TextField(_("text"))
    published_at = models.DateTimeField(_("published at"))

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("signing agreement")
        verbose_name_plural = _("signing agreements")
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(version__gte=1), name="agreement_version_from_1"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.version}"

    @property
    def sha256(self) -> str:
        """SHA-256 of the text in UTF-8, in hex: what manifests and the ledger name it by."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class AgreementAcceptance(models.Model):
    """One cadre's acceptance of one version, once. Insert only."""

    signer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="acceptances")
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="acceptances")
    accepted_at = models.DateTimeField(_("accepted at"))
    address = models.GenericIPAddressField(_("network address"), null=True, blank=True)
    browser = models.CharField(_("browser"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("acceptance of the agreement")
        verbose_name_plural = _("acceptances of the agreement")
        ordering = ["-accepted_at"]
        constraints = [
            models.UniqueConstraint(fields=["signer", "agreement"], name="agreement_accepted_once"),
        ]

    def __str__(self) -> str:
        return f"{self.signer_id} · {self.agreement_id}"
