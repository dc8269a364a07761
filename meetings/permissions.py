"""Who may do what with a meeting.

Views fetch by `visible_to` (else 404), then ask here (else 403).
"""

from django.contrib.auth.models import AnonymousUser

from .models import Cadre, Meeting, Role, Unit

User = Cadre | AnonymousUser


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


def may_take_minutes(user: User, meeting: Meeting) -> bool:
    """Whether the user may note what was said: the secretary, or the meeting's recorder."""
    return may_manage(user, meeting) or (
        isinstance(user, Cadre) and meeting.recorder_id == user.pk and not meeting.is_draft
    )
