"""When a meeting actually took place."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetings.models import Meeting

from .fields import MomentField


class HoldForm(forms.Form):
    """The actual beginning and end. Where none is noted yet, the planned ones are offered.

    A planned end that has not come yet is not offered: it would be noted as a fact. Once pledges
    are open, they state the beginning, so it stays.
    """

    started_at = MomentField(label=_("Actually started at"))
    ended_at = MomentField(
        label=_("Actually ended at"),
        required=False,
        help_text=_("May be noted later, but before the meeting is closed."),
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        self.meeting = meeting
        ended = meeting.ended_at
        if ended is None and meeting.ends_at is not None and meeting.ends_at <= timezone.now():
            ended = meeting.ends_at
        kwargs["initial"] = {
            "started_at": meeting.started_at or meeting.starts_at,
            "ended_at": ended,
        }
        super().__init__(*args, **kwargs)
        if meeting.occasion_id is not None:
            self.fields["started_at"].disabled = True
            self.fields["started_at"].help_text = _("The pledges state this time already.")

    def clean(self) -> dict[str, Any]:
        times = super().clean() or {}
        if self.meeting.occasion_id is not None:
            times["started_at"] = self.meeting.started_at  # to the microsecond
        started, ended = times.get("started_at"), times.get("ended_at")
        if started and ended and ended <= started:
            self.add_error("ended_at", _("The meeting must end after it starts."))
        return times
