"""Units, the cadres who work in them, and who may do what within a unit and below."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Now
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# Year and month as rosters have them: "1975-08". A day is never known.
MONTH_PATTERN = r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$"


class UnitQuerySet(models.QuerySet["Unit"]):
    def within(self, unit: "Unit") -> "UnitQuerySet":
        """`unit` itself and all units below it."""
        return self.filter(path__startswith=unit.path)


class Unit(models.Model):
    """A unit of the office, or a section of one: a tree.

    `path` holds the primary keys from the root down ("/1/4/9/"), so that "this unit and below"
    is one prefix. Only `roster.units` writes it.
    """

    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("belongs to"),
        null=True,
        blank=True,
        related_name="children",
    )
    path = models.CharField(max_length=200, db_index=True, editable=False)
    order = models.PositiveIntegerField(_("order"), default=0)
    number_prefix = models.CharField(
        _("prefix of meeting numbers"),
        max_length=20,
        blank=True,
        help_text=_("What stands before the year in a meeting number, such as 青农廉谈."),
    )

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="unit_name_once_per_parent"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(parent=None), name="unit_name_once_at_the_root"
            ),
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="unit_not_its_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CadreQuerySet(models.QuerySet["Cadre"]):
    def within(self, unit: Unit) -> "CadreQuerySet":
        """The cadres of `unit` and of all units below it."""
        return self.filter(unit__path__startswith=unit.path)

    def in_office(self) -> "CadreQuerySet":
        """Those who can be called: the ones who left stay in the table for old records."""
        return self.filter(is_active=True)


class CadreManager(BaseUserManager["Cadre"]):
    def get_queryset(self) -> CadreQuerySet:
        return CadreQuerySet(self.model, using=self._db)

    def within(self, unit: Unit) -> CadreQuerySet:
        return self.get_queryset().within(unit)

    def in_office(self) -> CadreQuerySet:
        return self.get_queryset().in_office()

    def create_superuser(self, staff_number: str, password: str, **fields: Any) -> "Cadre":
        """For `manage.py createsuperuser`: the administrator of accounts and units."""
        cadre = self.model(
            staff_number=staff_number,
            is_staff=True,
            is_superuser=True,
            activated_at=Now(),
            **fields,
        )
        cadre.set_password(password)
        cadre.save(using=self._db)
        return cadre


class Gender(models.TextChoices):
    MALE = "男", _("male")
    FEMALE = "女", _("female")


class Cadre(AbstractBaseUser, PermissionsMixin):
    """A cadre, who logs in by staff number. People are matched by that number, never by name."""

    staff_number = models.CharField(_("staff number"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=60)
    gender = models.CharField(_("gender"), max_length=1, choices=Gender, blank=True)
    ethnicity = models.CharField(_("ethnicity"), max_length=20, blank=True)
    birth_month = models.CharField(_("born in"), max_length=7, blank=True)
    political_status = models.CharField(_("political status"), max_length=20, blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, verbose_name=_("unit"), null=True, blank=True, related_name="cadres"
    )
    post = models.CharField(_("post"), max_length=100, blank=True)
    rank = models.CharField(_("rank"), max_length=30, blank=True)
    post_since = models.CharField(_("in post since"), max_length=7, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    order = models.PositiveIntegerField(_("given order"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    is_active = models.BooleanField(_("in office"), default=True)
    is_staff = models.BooleanField(_("administrator"), default=False)
    activated_at = models.DateTimeField(_("account activated at"), null=True, blank=True)

    objects: ClassVar[CadreManager] = CadreManager()

    USERNAME_FIELD = "staff_number"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("cadre")
        verbose_name_plural = _("cadres")
        ordering = ["staff_number"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(staff_number="") & ~models.Q(name=""),
                name="cadre_has_number_and_name",
            ),
            models.CheckConstraint(
                condition=models.Q(gender__in=["", *Gender.values]), name="cadre_gender_known"
            ),
            models.CheckConstraint(
                condition=models.Q(birth_month="") | models.Q(birth_month__regex=MONTH_PATTERN),
                name="cadre_birth_month_is_a_month",
            ),
            models.CheckConstraint(
                condition=models.Q(post_since="") | models.Q(post_since__regex=MONTH_PATTERN),
                name="cadre_post_since_is_a_month",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles held anywhere, asked once a request: every page's menu wants them."""
        return frozenset(self.role_assignments.values_list("role", flat=True))

    def served_paths(self) -> tuple[str, ...]:
        """The paths of the units whose secretary this is; `str.startswith` takes them as they are.

        Asked anew each time: services re-check with it what must never be bypassed.
        """
        served = self.role_assignments.filter(role=Role.SECRETARY)
        return tuple(served.values_list("unit__path", flat=True))

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Role(models.TextChoices):
    SECRETARY = "secretary", _("secretary")
    SPEAKER = "speaker", _("speaker")
    INSPECTOR = "inspector", _("inspector")


class RoleAssignment(models.Model):
    """A role that a cadre holds within a unit and all units below it."""

    cadre = models.ForeignKey(
        Cadre, models.PROTECT, verbose_name=_("cadre"), related_name="role_assignments"
    )
    role = models.CharField(_("role"), max_length=10, choices=Role)
    unit = models.ForeignKey(Unit, models.PROTECT, verbose_name=_("unit"), related_name="+")

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["unit", "role"]
        constraints = [
            models.UniqueConstraint(fields=["cadre", "role", "unit"], name="role_once_per_unit"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.cadre} · {self.get_role_display()} · {self.unit}"


class ActivationCode(models.Model):
    """The one-time code of a new account's activation slip; only its hash is kept."""

    cadre = models.OneToOneField(Cadre, models.CASCADE, related_name="activation_code")
    code_hash = models.CharField(max_length=128)
    issued_at = models.DateTimeField(_("issued at"))
    issued_by = models.ForeignKey(Cadre, models.PROTECT, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField(_("valid until"))
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("activation code")
        verbose_name_plural = _("activation codes")

    def __str__(self) -> str:
        return f"{self.cadre}"
