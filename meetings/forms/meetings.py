"""The filters of the list of meetings, and the forms of closing and correcting."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import formset_factory
from django.utils.translation import gettext_lazy as _

from meetings.models import Attendance, AttendanceState, Kind, State, Unit

from .fields import MomentField, PlainSelect


class MeetingFilterForm(forms.Form):
    q = forms.CharField(label=_("Title or number"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("All states")), *State.choices],
        required=False,
        widget=PlainSelect,
    )
    kind = forms.ChoiceField(
        label=_("Kind of talk"),
        choices=[("", _("All kinds")), *Kind.choices],
        required=False,
        widget=PlainSelect,
    )
    unit = forms.ModelChoiceField(
        label=_("Unit"),
        queryset=Unit.objects.none(),
        required=False,
        empty_label=_("All units"),
        widget=PlainSelect,
    )
    year = forms.TypedChoiceField(
        label=_("Year"), coerce=int, empty_value=None, required=False, widget=PlainSelect
    )

    def __init__(
        self, *args: Any, years: list[int], units: "QuerySet[Unit]", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["year"].choices = [  # type: ignore[attr-defined]
            ("", _("All years")),
            *((year, str(year)) for year in years),
        ]

    @property
    def selects(self) -> list[forms.BoundField]:
        """The filters beside the search box."""
        return [self[name] for name in ("state", "kind", "unit", "year")]


class CorrectionForm(forms.Form):
    """Why a closed meeting's record is corrected, and the meeting's own facts."""

    reason = forms.CharField(
        label=_("Reason for the correction"), widget=forms.Textarea(attrs={"rows": 2})
    )
    place = forms.CharField(label=_("Place"), max_length=100)
    started_at = MomentField(label=_("Actually started at"))
    ended_at = MomentField(label=_("Actually ended at"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        started, ended = cleaned.get("started_at"), cleaned.get("ended_at")
        if started and ended and ended <= started:
            self.add_error("ended_at", _("The meeting must end after it starts."))
        return cleaned


class TextForm(forms.Form):
    """One text of the record: an agenda item's notes, or a statement's summary."""

    pk = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = self.initial.get("label", "")


class MarkForm(forms.Form):
    """A person's attendance as it should have been."""

    attendance = forms.ModelChoiceField(
        label=_("Cadre"), queryset=Attendance.objects.none(), required=False, empty_label="—"
    )
    state = forms.ChoiceField(
        label=_("Attendance"),
        required=False,
        choices=[
            ("", "—"),
            *(c for c in AttendanceState.choices if c[0] != AttendanceState.UNMARKED),
        ],
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)
    approved_by = forms.CharField(label=_("Leave approved by"), max_length=60, required=False)

    def __init__(self, *args: Any, roll: "QuerySet[Attendance]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attendance"].queryset = roll  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        row, state = cleaned.get("attendance"), cleaned.get("state")
        if not row:
            return cleaned
        if not state:
            self.add_error("state", _("Choose the attendance."))
        if row.pledge_id and state != AttendanceState.PRESENT:
            self.add_error("state", _("A pledge was asked of this person, who was present."))
        if state == AttendanceState.LEAVE and not (
            cleaned.get("reason") and cleaned.get("approved_by")
        ):
            self.add_error("reason", _("A leave needs its reason and who approved it."))
        return cleaned


TextFormSet = formset_factory(TextForm, extra=0)
MarkFormSet = formset_factory(MarkForm, extra=3)
