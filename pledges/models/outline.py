"""The outline of a talk: four points, thirteen clauses, each with two faces."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class OutlineQuerySet(models.QuerySet["Outline"]):
    def newest(self) -> "Outline":
        """The outline that a new meeting takes.

        Raises Outline.DoesNotExist when none is there (migrations put version 1 in).
        """
        return self.latest("version")


class Outline(models.Model):
    """One version of what is talked about and promised. Rows never change: editing makes the
    next version, so that a pledge always leads back to the words that were read.
    """

    version = models.PositiveIntegerField(_("version"), unique=True)
    title = models.CharField(_("title"), max_length=100)
    pledge_title = models.CharField(_("title of the pledge"), max_length=100)
    pledge_opening = models.TextField(_("opening of the pledge"))
    pledge_closing = models.TextField(_("closing of the pledge"))
    note = models.CharField(_("what changed"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("made at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("made by"),
        null=True,
        blank=True,
        related_name="+",
    )

    objects = OutlineQuerySet.as_manager()

    class Meta:
        verbose_name = _("outline")
        verbose_name_plural = _("outlines")
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(version__gte=1), name="outline_version_from_1"
            ),
        ]

    def __str__(self) -> str:
        return str(
            _("%(title)s (version %(version)s)") % {"title": self.title, "version": self.version}
        )


class Point(models.Model):
    """One of the four points of an outline (勤奋学习, 强化担当, 严格要求, 加强监督)."""

    outline = models.ForeignKey(Outline, models.PROTECT, related_name="points")
    number = models.PositiveSmallIntegerField(_("number"))
    heading = models.CharField(_("heading"), max_length=50)
    summary = models.CharField(_("summary"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("point")
        verbose_name_plural = _("points")
        ordering = ["outline", "number"]
        constraints = [
            models.UniqueConstraint(fields=["outline", "number"], name="point_once_per_outline"),
            models.CheckConstraint(
                condition=models.Q(number__gte=1, number__lte=4), name="point_number_1_to_4"
            ),
        ]

    def __str__(self) -> str:
        return self.heading


class Clause(models.Model):
    """A clause of a point: the requirement that the speaker puts, the commitment that the cadre
    makes."""

    point = models.ForeignKey(Point, models.PROTECT, related_name="clauses")
    number = models.PositiveSmallIntegerField(_("number"))
    heading = models.CharField(_("heading"), max_length=50)
    requirement = models.TextField(_("requirement"))
    commitment = models.TextField(_("commitment"))

    class Meta:
        verbose_name = _("clause")
        verbose_name_plural = _("clauses")
        ordering = ["point", "number"]
        constraints = [
            models.UniqueConstraint(fields=["point", "number"], name="clause_once_per_point"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="clause_number_from_1"),
        ]

    def __str__(self) -> str:
        return self.heading
