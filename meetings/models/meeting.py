"""A meeting, from its draft to its record, and what is said in it."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pledges.models import Occasion, Outline

from .roster import Cadre, Role, Unit

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

# A main speech keeps to an hour; the agenda warns beyond it.
MAIN_SPEECH_MINUTES = 60


class Kind(models.TextChoices):
    """Kinds of collective talk. They are never mixed in statistics."""

    COLLECTIVE = "collective", _("collective integrity talk")
    PRE_APPOINTMENT = "pre_appointment", _("collective integrity talk before appointment")
    PRE_HOLIDAY = "pre_holiday", _("collective integrity talk before a holiday")
    SPECIAL = "special", _("special collective integrity talk")


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    ANNOUNCED = "announced", _("announced")
    HELD = "held", _("held")
    SIGNING = "signing", _("signing")
    CLOSED = "closed", _("closed")


class Retention(models.TextChoices):
    PERMANENT = "permanent", _("permanent")
    YEARS_30 = "30", _("30 years")
    YEARS_10 = "10", _("10 years")


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, user: "Cadre | AnonymousUser") -> "MeetingQuerySet":
        """The meetings whose page and papers `user` may open.

        Those of the units where the user holds a role (and below), and those that the user
        speaks at, chairs or records; drafts are their unit's secretary's alone. Being called
        shows the notice and one's own pledge, not the other people's attendance.
        """
        if not isinstance(user, Cadre):
            return self.none()
        scope = models.Q(speaker=user) | models.Q(chair=user) | models.Q(recorder=user)
        drafts = models.Q(pk__in=[])
        for role, path in user.role_assignments.values_list("role", "unit__path"):
            within = models.Q(unit__path__startswith=path)
            scope |= within
            if role == Role.SECRETARY:
                drafts |= within
        return self.filter(scope & ~models.Q(state=State.DRAFT) | drafts)

    def managed_by(self, user: Cadre) -> "MeetingQuerySet":
        """The meetings of units where `user` is the secretary, and below."""
        scope = models.Q(pk__in=[])
        for path in user.served_paths():
            scope |= models.Q(unit__path__startswith=path)
        return self.filter(scope)

    def with_progress(self) -> "MeetingQuerySet":
        """Adds `called_count`, `present_count` and `signed_count`, in the same query.

        A signature that its signer disowned does not count as signed.
        """
        called = models.Q(attendances__role="called")
        return self.annotate(
            called_count=models.Count("attendances", filter=called),
            present_count=models.Count(
                "attendances", filter=called & models.Q(attendances__state="present")
            ),
            signed_count=models.Count(
                "attendances",
                filter=models.Q(
                    attendances__pledge__signature__isnull=False,
                    attendances__pledge__revocation__isnull=True,
                ),
            ),
        ).order_by("-starts_at", "-id")  # grouping drops the model's own ordering


class Meeting(models.Model):
    """One collective integrity talk. `state` only moves forward, by the services."""

    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name=_("unit"), related_name="meetings")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.COLLECTIVE)
    title = models.CharField(_("title"), max_length=200)
    basis = models.TextField(_("reason and basis"), blank=True)
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=100, blank=True)
    chair = models.ForeignKey(
        Cadre, models.PROTECT, verbose_name=_("chair"), null=True, blank=True, related_name="+"
    )
    speaker = models.ForeignKey(
        Cadre, models.PROTECT, verbose_name=_("speaker"), null=True, blank=True, related_name="+"
    )
    recorder = models.ForeignKey(
        Cadre, models.PROTECT, verbose_name=_("recorder"), null=True, blank=True, related_name="+"
    )
    reminders = models.TextField(_("what to mind"), blank=True)
    study_list = models.TextField(
        _("study list"), blank=True, help_text=_("One document a line, with its date or edition.")
    )
    outline = models.ForeignKey(
        Outline, models.PROTECT, verbose_name=_("outline"), related_name="meetings"
    )
    pledge_due_on = models.DateField(_("pledges due on"), null=True, blank=True)
    retention = models.CharField(
        _("retention"), max_length=10, choices=Retention, default=Retention.YEARS_30
    )
    # 档号: the archive's own, given after closing.
    archive_number = models.CharField(_("archive number"), max_length=100, blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)

    # Given when announced, so that discarded drafts leave no gap.
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    sequence = models.PositiveIntegerField(_("sequence"), null=True, blank=True)
    number = models.CharField(_("number"), max_length=60, unique=True, null=True, blank=True)

    started_at = models.DateTimeField(_("actually started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("actually ended at"), null=True, blank=True)
    occasion = models.OneToOneField(
        Occasion, models.PROTECT, null=True, blank=True, related_name="meeting"
    )

    created_at = models.DateTimeField(_("drafted at"))
    created_by = models.ForeignKey(Cadre, models.PROTECT, related_name="+")
    announced_at = models.DateTimeField(_("announced at"), null=True, blank=True)
    announced_by = models.ForeignKey(Cadre, models.PROTECT, null=True, blank=True, related_name="+")
    held_at = models.DateTimeField(_("marked as held at"), null=True, blank=True)
    held_by = models.ForeignKey(Cadre, models.PROTECT, null=True, blank=True, related_name="+")
    signing_at = models.DateTimeField(_("opened for signing at"), null=True, blank=True)
    signing_by = models.ForeignKey(Cadre, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(Cadre, models.PROTECT, null=True, blank=True, related_name="+")

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=Kind.values), name="meeting_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=State.values), name="meeting_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(retention__in=Retention.values), name="meeting_retention_known"
            ),
            models.UniqueConstraint(
                fields=["unit", "year", "sequence"], name="meeting_number_once_per_unit_and_year"
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft", number=None, year=None, sequence=None)
                | (
                    ~models.Q(state="draft")
                    & models.Q(number__isnull=False, year__isnull=False, sequence__isnull=False)
                ),
                name="meeting_numbered_when_announced",
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft")
                | models.Q(
                    starts_at__isnull=False,
                    ends_at__isnull=False,
                    chair__isnull=False,
                    speaker__isnull=False,
                    recorder__isnull=False,
                )
                & ~models.Q(place=""),
                name="meeting_complete_when_announced",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at=None)
                | models.Q(starts_at=None)
                | models.Q(ends_at__gt=models.F("starts_at")),
                name="meeting_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=models.Q(started_at=None, ended_at=None)
                | models.Q(ended_at__gt=models.F("started_at")),
                name="meeting_ended_after_it_started",
            ),
            models.UniqueConstraint(
                fields=["archive_number"],
                condition=~models.Q(archive_number=""),
                name="meeting_archive_number_once",
            ),
            *(
                models.CheckConstraint(
                    condition=models.Q(**{f"{step}_at": None, f"{step}_by": None})
                    | models.Q(**{f"{step}_at__isnull": False, f"{step}_by__isnull": False}),
                    name=f"meeting_{step}_at_and_by",
                )
                for step in ("announced", "held", "signing", "closed")
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT

    @property
    def is_closed(self) -> bool:
        return self.state == State.CLOSED

    @property
    def study_items(self) -> list[str]:
        """The documents studied, one a line of the list."""
        return [line.strip() for line in self.study_list.splitlines() if line.strip()]


class Block(models.TextChoices):
    """Blocks of an agenda, all optional, in any order."""

    OPENING = "opening", _("opening by the chair")
    APPOINTMENTS = "appointments", _("reading of the appointment document")
    STUDY = "study", _("study of the rules")
    FILM = "film", _("warning film")
    QUIZ = "quiz", _("test of knowledge")
    SIGNING = "signing", _("signing of pledges")
    STATEMENTS = "statements", _("statements")
    TALK = "talk", _("collective talk by the leader")
    SUMMARY = "summary", _("summary by the chair")
    OTHER = "other", _("other")


class AgendaItem(models.Model):
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="agenda_items")
    order = models.PositiveSmallIntegerField(_("order"))
    block = models.CharField(_("block"), max_length=20, choices=Block)
    title = models.CharField(_("title"), max_length=200, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True)

    class Meta:
        verbose_name = _("agenda item")
        verbose_name_plural = _("agenda items")
        ordering = ["meeting", "order", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(block__in=Block.values), name="agenda_block_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.get_block_display()

    @property
    def is_overlong(self) -> bool:
        """Whether a main speech is planned beyond an hour."""
        return self.block == Block.TALK and (self.minutes or 0) > MAIN_SPEECH_MINUTES


class PostChange(models.Model):
    """Who moved from which post to which, by which document: often the reason for a talk."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="post_changes")
    cadre = models.ForeignKey(Cadre, models.PROTECT, verbose_name=_("cadre"), related_name="+")
    from_post = models.CharField(_("from post"), max_length=100, blank=True)
    to_post = models.CharField(_("to post"), max_length=100)
    document = models.CharField(_("document"), max_length=100, blank=True)
    newly_placed = models.BooleanField(_("newly placed"), default=True)

    class Meta:
        verbose_name = _("change of post")
        verbose_name_plural = _("changes of posts")
        ordering = ["meeting", "id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "cadre"], name="post_change_once_per_cadre"),
        ]

    def __str__(self) -> str:
        return f"{self.cadre}: {self.to_post}"


class Statement(models.Model):
    """A cadre's statement (表态发言) at the meeting, in summary."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="statements")
    attendance = models.ForeignKey("Attendance", models.PROTECT, related_name="statements")
    order = models.PositiveSmallIntegerField(_("order"))
    summary = models.TextField(_("summary"))

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ["meeting", "order", "id"]

    def __str__(self) -> str:
        return f"{self.attendance}"


class AttachmentKind(models.TextChoices):
    NOTICE = "notice", _("notice")
    SPEECH = "speech", _("speech")
    SIGN_IN = "sign_in", _("sign-in sheet")
    PICTURE = "picture", _("picture")
    DOCUMENT = "document", _("document")


def attachment_path(attachment: "Attachment", filename: str) -> str:
    """Where an upload is kept: under its hash, so that no name of a user reaches the disk."""
    return f"attachments/{attachment.meeting_id}/{attachment.sha256}"


class Attachment(models.Model):
    """A file kept with a meeting, served only to those who may see the meeting."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attachments")
    kind = models.CharField(_("kind"), max_length=10, choices=AttachmentKind)
    file = models.FileField(_("file"), upload_to=attachment_path, max_length=200)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=200)
    media_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField(_("uploaded at"))
    uploaded_by = models.ForeignKey(Cadre, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["meeting", "uploaded_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "sha256"], name="attachment_once_per_meeting"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=AttachmentKind.values), name="attachment_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
