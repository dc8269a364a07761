"""The forms of scheduling: a new draft, the draft itself, and who is called."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from meetings.models import (
    AgendaItem,
    AttendanceRole,
    Cadre,
    Kind,
    Meeting,
    PostChange,
    Retention,
    Unit,
)
from meetings.models.meeting import Block
from meetings.scheduling import suggest_due_date
from pledges.models import Outline

from .fields import CadreField, MomentField, PlainSelect


class NewMeetingForm(forms.Form):
    """What a draft begins with. `units` are those the secretary serves."""

    title = forms.CharField(label=_("Title"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind of talk"), choices=Kind.choices)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), empty_label=None)

    def __init__(self, *args: Any, units: "QuerySet[Unit]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]


class MeetingForm(forms.Form):
    """A draft's own fields; all may stay empty until it is announced, but for the title."""

    title = forms.CharField(label=_("Title"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind of talk"), choices=Kind.choices)
    basis = forms.CharField(
        label=_("Reason and basis"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Why the talk is held, and by which document."),
    )
    starts_at = MomentField(label=_("Starts at"), required=False)
    ends_at = MomentField(label=_("Ends at"), required=False)
    place = forms.CharField(label=_("Place"), max_length=100, required=False)
    chair = CadreField(label=_("Chair"), required=False)
    speaker = CadreField(label=_("Speaker"), required=False)
    recorder = CadreField(label=_("Recorder"), required=False)
    reminders = forms.CharField(
        label=_("What to mind"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Printed in the notice: what to bring, when to be seated."),
    )
    study_list = forms.CharField(
        label=_("Study list"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One document a line, with its date or edition."),
    )
    outline = forms.ModelChoiceField(
        label=_("Outline"), queryset=Outline.objects.all(), empty_label=None
    )
    pledge_due_on = forms.DateField(
        label=_("Pledges due on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    retention = forms.ChoiceField(label=_("Retention"), choices=Retention.choices)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts, ends = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _("The meeting must end after it starts."))
        due = cleaned.get("pledge_due_on")
        if starts and due and due < starts.date():
            self.add_error("pledge_due_on", _("Pledges cannot be due before the meeting."))
        elif starts and not due and "pledge_due_on" not in self.errors:
            # A talk is not announced without it, and the usual day is nearly always meant.
            cleaned["pledge_due_on"] = suggest_due_date(starts)
        return cleaned

    @classmethod
    def values_of(cls, meeting: Meeting) -> dict[str, Any]:
        """What the form shows of a saved draft."""
        return {name: getattr(meeting, name) for name in cls.base_fields}


class AgendaForm(forms.Form):
    block = forms.ChoiceField(label=_("Block"), choices=[("", "—"), *Block.choices], required=False)
    title = forms.CharField(label=_("Own title"), max_length=200, required=False)
    minutes = forms.IntegerField(
        label=pgettext_lazy("how long", "Minutes"), min_value=1, max_value=600, required=False
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("block") and (cleaned.get("title") or cleaned.get("minutes")):
            self.add_error("block", _("Choose what kind of block this is."))
        return cleaned


class PostChangeForm(forms.Form):
    cadre = CadreField(label=_("Cadre"), required=False)
    from_post = forms.CharField(label=_("From post"), max_length=100, required=False)
    to_post = forms.CharField(label=_("To post"), max_length=100, required=False)
    document = forms.CharField(label=_("Document"), max_length=100, required=False)
    newly_placed = forms.BooleanField(label=_("Newly placed"), required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        others = any(cleaned.get(name) for name in ("from_post", "to_post", "document"))
        if others and not cleaned.get("cadre") and "cadre" not in self.errors:
            self.add_error("cadre", _("Say who moved."))
        if cleaned.get("cadre") and not cleaned.get("to_post"):
            self.add_error("to_post", _("Say to which post."))
        return cleaned


class _PostChangeFormSet(BaseFormSet[PostChangeForm]):
    def clean(self) -> None:
        seen: set[Cadre] = set()
        for form in self.forms:
            cadre = form.cleaned_data.get("cadre") if hasattr(form, "cleaned_data") else None
            if cadre and cadre in seen:
                form.add_error("cadre", _("This person is in the list already."))
            elif cadre:
                seen.add(cadre)


AgendaFormSet = formset_factory(AgendaForm, extra=2, can_order=True, can_delete=True)
PostChangeFormSet = formset_factory(
    PostChangeForm, formset=_PostChangeFormSet, extra=2, can_delete=True
)


def agenda_values(formset: BaseFormSet[AgendaForm]) -> list[dict[str, Any]]:
    """The agenda of a valid formset, in the order given; blank and deleted lines left out."""
    return [
        {name: form.cleaned_data.get(name) for name in ("block", "title", "minutes")}
        for form in formset.ordered_forms
        if form.cleaned_data.get("block")
    ]


def agenda_initial(items: Iterable[AgendaItem]) -> list[dict[str, Any]]:
    return [{"block": i.block, "title": i.title, "minutes": i.minutes} for i in items]


def post_change_values(formset: BaseFormSet[PostChangeForm]) -> list[dict[str, Any]]:
    """The post changes of a valid formset; blank and deleted lines left out."""
    return [
        {
            name: form.cleaned_data.get(name)
            for name in ("cadre", "from_post", "to_post", "document", "newly_placed")
        }
        for form in formset.forms
        if form.cleaned_data.get("cadre") and form not in formset.deleted_forms
    ]


def post_change_initial(changes: "QuerySet[PostChange]") -> list[dict[str, Any]]:
    return [
        {
            "cadre": change.cadre,
            "from_post": change.from_post,
            "to_post": change.to_post,
            "document": change.document,
            "newly_placed": change.newly_placed,
        }
        for change in changes
    ]


class PeopleFilterForm(forms.Form):
    """Which cadres the people page offers. `unit` bounds them from above."""

    q = forms.CharField(label=_("Name or staff number"), required=False)
    unit = forms.ModelChoiceField(
        label=_("Unit"),
        queryset=Unit.objects.none(),
        required=False,
        empty_label=_("All units"),
        widget=PlainSelect,
    )
    rank = forms.ChoiceField(label=_("Rank"), required=False, widget=PlainSelect)
    newly_placed = forms.BooleanField(label=_("Newly placed only"), required=False)

    def __init__(
        self, *args: Any, units: "QuerySet[Unit]", ranks: list[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["rank"].choices = [  # type: ignore[attr-defined]
            ("", _("All ranks")),
            *((rank, rank) for rank in ranks),
        ]


class RoleForm(forms.Form):
    """In which role people are put on the roll, or off it."""

    role = forms.ChoiceField(choices=[*AttendanceRole.choices, ("off", _("not called"))])
    exclusion_reason = forms.CharField(
        label=_("Reason for exclusion"), max_length=100, required=False
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("role") == AttendanceRole.EXCLUDED and not cleaned.get("exclusion_reason"):
            self.add_error("exclusion_reason", _("Say why they are excluded."))
        return cleaned
