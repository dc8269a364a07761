"""What the services refuse, each with a message for the person at the page."""

from collections.abc import Sequence


class MeetingError(Exception):
    """The base of this app's refusals. `message` is translated and fit to be shown."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class StateConflict(MeetingError):
    """The meeting has moved on (or not come so far yet) since the page was shown.

    `meeting_id` leads the page that says so back to the meeting as it is now.
    """

    def __init__(self, message: str, meeting_id: int | None = None) -> None:
        super().__init__(message)
        self.meeting_id = meeting_id


class AttendanceConflict(MeetingError):
    """Somebody else marked the same person since the page was shown."""


class NotesConflict(MeetingError):
    """Somebody else changed the same notes since the page was shown."""


class MeetingIncomplete(MeetingError):
    """Something is missing; `problems` lists all of it, so that it can be mended in one go."""

    def __init__(self, message: str, problems: Sequence[str]) -> None:
        super().__init__(message)
        self.problems = list(problems)


class AttachmentRefused(MeetingError):
    """The upload is too large, empty, of a type not kept here, or there already."""
