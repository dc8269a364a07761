"""Who may do what with a meeting.

Views fetch by `visible_to` (else 404), then ask here (else 403).
"""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from .models import Cadre, Meeting, Role, Unit

User = Cadre | AnonymousUser
EXPORTING_ROLES = (Role.SECRETARY, Role.INSPECTOR)


def is_secretary(user: User) -> bool:
    """Whether the user is the secretary of any unit."""
    return isinstance(user, Cadre) and Role.SECRETARY in user.roles


def may_see_meetings(user: User) -> bool:
    """Whether the list of meetings has anything for this user beyond their own notices."""
    return isinstance(user, Cadre) and (
        bool(user.roles) or Meeting.objects.visible_to(user).exists()
    )


def may_manage_unit(user: User, unit: Unit) -> bool:
    """Whether the user is the secretary of `unit` or of a unit above it."""
    return isinstance(user, Cadre) and unit.path.startswith(user.served_paths())


def may_manage(user: User, meeting: Meeting) -> bool:
    """Whether the user may change `meeting`: the secretary of its unit, or of one above."""
    return may_manage_unit(user, meeting.unit)


def may_open_pledges(user: User, meeting: Meeting) -> bool:
    """Whether the user may open a single person's pledge: the unit's secretary or inspector."""
    if may_manage(user, meeting):
        return True
    if not isinstance(user, Cadre):
        return False
    inspected = user.role_assignments.filter(role=Role.INSPECTOR)
    return meeting.unit.path.startswith(tuple(inspected.values_list("unit__path", flat=True)))


def may_take_minutes(user: User, meeting: Meeting) -> bool:
    """Whether the user may note what was said: the secretary, or the meeting's recorder."""
    return may_manage(user, meeting) or (
        isinstance(user, Cadre) and meeting.recorder_id == user.pk and not meeting.is_draft
    )


def may_export_pledges(user: User, unit: Unit) -> bool:
    """Whether the user may take the pledges of `unit` out as files: its secretary and inspector,
    and those of the units above."""
    if not isinstance(user, Cadre):
        return False
    paths = user.role_assignments.filter(role__in=EXPORTING_ROLES).values_list("unit__path")
    return unit.path.startswith(tuple(path for (path,) in paths))


def exporting_units(user: Cadre) -> "QuerySet[Unit]":
    """The units whose pledges the user may take out as files, those below included."""
    scope = Q(pk__in=[])
    paths = user.role_assignments.filter(role__in=EXPORTING_ROLES).values_list("unit__path")
    for (path,) in paths:
        scope |= Q(path__startswith=path)
    return Unit.objects.filter(scope)


def may_see_fonts(user: User) -> bool:
    """Whether the user may see what the papers are set in: secretaries, and administrators."""
    return isinstance(user, Cadre) and (user.is_staff or is_secretary(user))


def may_ask_batches(user: User) -> bool:
    """Whether the user may take the pledges of any unit out as files."""
    return isinstance(user, Cadre) and not user.roles.isdisjoint(EXPORTING_ROLES)
