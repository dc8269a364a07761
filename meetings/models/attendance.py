"""Who was called to a meeting, who came, and how every mark came about."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from pledges.models import Pledge

from .meeting import Meeting
from .roster import Cadre

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class AttendanceRole(models.TextChoices):
    CALLED = "called", _("called")
    OBSERVING = "observing", _("observing")
    EXCLUDED = "excluded", _("excluded")


class AttendanceState(models.TextChoices):
    UNMARKED = "unmarked", _("not marked")
    PRESENT = "present", _("present")
    LEAVE = "leave", _("on leave")
    ABSENT = "absent", _("absent")


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def called(self) -> "AttendanceQuerySet":
        return self.filter(role=AttendanceRole.CALLED)

    def markable(self) -> "AttendanceQuerySet":
        """Those whom the attendance desk marks: everyone but the excluded."""
        return self.exclude(role=AttendanceRole.EXCLUDED)

    def unmarked(self) -> "AttendanceQuerySet":
        return self.markable().filter(state=AttendanceState.UNMARKED)

    def present(self) -> "AttendanceQuerySet":
        return self.called().filter(state=AttendanceState.PRESENT)

    def missed(self) -> "AttendanceQuerySet":
        """Called, and on leave or absent."""
        return self.called().filter(state__in=(AttendanceState.LEAVE, AttendanceState.ABSENT))

    def announced_to(self, user: "Cadre | AnonymousUser") -> "AttendanceQuerySet":
        """The user's own places in meetings that were announced: what the notice page shows."""
        if not isinstance(user, Cadre):
            return self.none()
        return self.filter(cadre=user).exclude(meeting__state="draft")

    def unsigned(self) -> "AttendanceQuerySet":
        """Present at a talk that is open for signing, and not yet signed."""
        return self.filter(pledge__isnull=False, pledge__signature__isnull=True)

    def signed(self) -> "AttendanceQuerySet":
        """Signed, and not disowned by the signer since."""
        return self.filter(pledge__signature__isnull=False, pledge__revocation__isnull=True)

    def disowned(self) -> "AttendanceQuerySet":
        """Signed, and their signer says that it was not them."""
        return self.filter(pledge__revocation__isnull=False)


class Attendance(models.Model):
    """One cadre's place in one meeting.

    Name, unit and post are frozen when the meeting is announced: posts change, records do not.
    """

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendances")
    cadre = models.ForeignKey(Cadre, models.PROTECT, related_name="attendances")
    role = models.CharField(
        _("called as"), max_length=10, choices=AttendanceRole, default=AttendanceRole.CALLED
    )
    exclusion_reason = models.CharField(_("reason for exclusion"), max_length=100, blank=True)
    order = models.PositiveIntegerField(_("order"), default=0)

    staff_number = models.CharField(_("staff number"), max_length=30, blank=True)
    name = models.CharField(_("name"), max_length=60, blank=True)
    gender = models.CharField(_("gender"), max_length=1, blank=True)
    ethnicity = models.CharField(_("ethnicity"), max_length=20, blank=True)
    unit_name = models.CharField(_("unit"), max_length=100, blank=True)
    post = models.CharField(_("post"), max_length=100, blank=True)
    rank = models.CharField(_("rank"), max_length=30, blank=True)
    newly_placed = models.BooleanField(_("newly placed"), default=False)

    state = models.CharField(
        _("attendance"), max_length=10, choices=AttendanceState, default=AttendanceState.UNMARKED
    )
    late = models.BooleanField(_("late"), default=False)
    left_early = models.BooleanField(_("left early"), default=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    approved_by = models.CharField(_("leave approved by"), max_length=60, blank=True)
    # Counts the marks: a screen that shows an older one is told so instead of overwriting.
    version = models.PositiveIntegerField(default=0)
    pledge = models.OneToOneField(
        Pledge, models.PROTECT, null=True, blank=True, related_name="attendance"
    )

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        ordering = ["meeting", "order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "cadre"], name="attendance_once_per_meeting"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=AttendanceRole.values), name="attendance_role_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=AttendanceState.values), name="attendance_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(role="excluded", state="unmarked")
                & ~models.Q(exclusion_reason="")
                | ~models.Q(role="excluded") & models.Q(exclusion_reason=""),
                name="attendance_excluded_with_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(state="present") | models.Q(late=False, left_early=False),
                name="attendance_late_only_when_present",
            ),
            models.CheckConstraint(
                condition=models.Q(state="leave") | models.Q(approved_by=""),
                name="attendance_approved_only_when_on_leave",
            ),
            models.CheckConstraint(
                condition=models.Q(pledge=None) | models.Q(state="present", role="called"),
                name="attendance_pledge_only_when_present",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.cadre.name


class AttendanceChange(models.Model):
    """One mark at the desk. Insert only: triggers refuse UPDATE and DELETE."""

    attendance = models.ForeignKey(Attendance, models.PROTECT, related_name="changes")
    changed_at = models.DateTimeField(_("changed at"))
    changed_by = models.ForeignKey(Cadre, models.PROTECT, related_name="+")
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))

    class Meta:
        verbose_name = _("change of attendance")
        verbose_name_plural = _("changes of attendance")
        ordering = ["-changed_at", "-id"]

    def __str__(self) -> str:
        return f"{self.attendance} · {self.changed_at:%F %T}"


class NoticeKind(models.TextChoices):
    ANNOUNCEMENT = "announcement", _("announcement")
    REMINDER = "reminder", _("reminder")


class Notice(models.Model):
    """A notice sent to one person about one meeting: who got it, when, and how."""

    attendance = models.ForeignKey(Attendance, models.CASCADE, related_name="notices")
    kind = models.CharField(_("kind"), max_length=15, choices=NoticeKind)
    sent_at = models.DateTimeField(_("sent at"))
    sent_by = models.ForeignKey(Cadre, models.PROTECT, related_name="+")
    mailed = models.BooleanField(_("also by mail"), default=False)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-sent_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=NoticeKind.values), name="notice_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attendance} · {self.get_kind_display()}"
