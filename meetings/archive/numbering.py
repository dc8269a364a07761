"""The archive number (档号), which the archive gives to a closed meeting."""

from django.db import transaction
from django.utils.translation import gettext as _

from meetings.exceptions import MeetingError
from meetings.models import Cadre, Meeting, State
from meetings.papers.exceptions import with_code_points
from meetings.papers.glyphs import without_glyph
from meetings.scheduling import lock_meeting, require_secretary


@transaction.atomic
def set_archive_number(*, by: Cadre, meeting: Meeting, number: str) -> Meeting:
    """Notes the archive number of a closed meeting; an empty one takes it away again.

    Raises PermissionDenied for others than the secretary, StateConflict while the meeting is open,
    MeetingError when another meeting has this number or the papers cannot show it, ValidationError
    when it is too long.
    """
    locked = lock_meeting(meeting, State.CLOSED)
    require_secretary(by, locked.unit)
    given = " ".join(number.split())
    taken = Meeting.objects.exclude(pk=locked.pk).filter(archive_number=given)
    if given and taken.exists():
        raise MeetingError(_("Another meeting has the archive number %s.") % given)
    if missing := without_glyph((given,)):
        raise MeetingError(_("No font has the character %s.") % with_code_points(sorted(missing)))
    locked.archive_number = given
    locked.full_clean()
    locked.save(update_fields=["archive_number"])
    return locked
