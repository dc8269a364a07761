"""An uploaded roster between its preview and its application."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from .roster import Cadre, Unit

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class RosterImportQuerySet(models.QuerySet["RosterImport"]):
    def visible_to(self, user: "Cadre | AnonymousUser") -> "RosterImportQuerySet":
        """Only who uploaded a roster sees it: it is full of other people's data."""
        return self.filter(uploaded_by=user) if isinstance(user, Cadre) else self.none()


class RosterImport(models.Model):
    """The rows of one upload, kept in the database so that every worker process has them.

    Goes when it is applied or thrown away, and when its owner uploads anew; what was forgotten
    goes after a day.
    """

    uploaded_by = models.ForeignKey(Cadre, models.CASCADE, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded at"))
    unit = models.ForeignKey(Unit, models.CASCADE, verbose_name=_("unit"), related_name="+")
    file_name = models.CharField(_("file"), max_length=255)
    # The table as it stood in the file (roster.importing writes and reads it).
    table = models.JSONField()
    # Names of unknown units that the secretary agreed to create.
    accepted_units = models.JSONField(default=list)

    objects = RosterImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("roster import")
        verbose_name_plural = _("roster imports")
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.file_name
