"""What the roster refuses, in words for the person at the page."""

from meetings.exceptions import MeetingError


class RosterFileRefused(MeetingError):
    """The upload cannot be read as a roster: what it is instead, or what it lacks."""


class ImportOutdated(MeetingError):
    """Somebody changed the roster since the preview was shown; it must be looked at again."""


class ImportHasMistakes(MeetingError):
    """Rows are still wrong, and an import is all or nothing."""


class UnitRefused(MeetingError):
    """The unit's name is taken there, or the move would put it below itself."""


class ActivationRefused(MeetingError):
    """The slip does not fit. Never says whether the number, the code or the date is at fault."""
