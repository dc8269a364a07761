"""The mark of one person at the attendance desk."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from meetings.models import Attendance, AttendanceState

# What offices write; offered while typing, never forced.
USUAL_REASONS = ("出差", "病假", "事假", "参加上级会议", "值班", "外出学习培训", "未请假")


class MarkForm(forms.Form):
    """A mark as the row sends it: what does not belong to the state is left out."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    state = forms.ChoiceField(label=_("Attendance"), choices=AttendanceState.choices)
    late = forms.BooleanField(label=_("Late"), required=False)
    left_early = forms.BooleanField(label=_("Left early"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)
    approved_by = forms.CharField(label=_("Leave approved by"), max_length=60, required=False)

    @classmethod
    def showing(cls, row: Attendance) -> "MarkForm":
        """The form as it stands for `row`, with nothing wanted yet."""
        names = ("version", "state", "late", "left_early", "reason", "approved_by")
        return cls(initial={name: getattr(row, name) for name in names})

    def clean(self) -> dict[str, Any]:
        mark = super().clean() or {}
        state = mark.get("state")
        if state != AttendanceState.PRESENT:
            mark["late"] = mark["left_early"] = False
        if state != AttendanceState.LEAVE:
            mark["approved_by"] = ""
        if state not in (AttendanceState.LEAVE, AttendanceState.ABSENT):
            mark["reason"] = ""
        return mark


class RollFilterForm(forms.Form):
    """Which part of the roll is shown; the words may stand in name, unit, post or number."""

    SHOW = (
        ("", _("everyone")),
        *AttendanceState.choices,
    )

    q = forms.CharField(label=_("Find a person"), required=False, max_length=60)
    show = forms.ChoiceField(label=_("Show"), required=False, choices=SHOW)
