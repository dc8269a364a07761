"""The minutes: notes by agenda item, and the statements made."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from meetings.holding import fingerprint
from meetings.models import AgendaItem, Attendance, AttendanceState, Meeting


class AttendanceChoiceField(forms.ModelChoiceField[Attendance]):
    """A person of the roll, told apart from others of the same name by unit."""

    def label_from_instance(self, obj: Attendance) -> str:
        return f"{obj.name} · {obj.unit_name}" if obj.unit_name else obj.name


class StatementForm(forms.Form):
    """A statement in summary, by one of those present."""

    attendance = AttendanceChoiceField(
        label=_("Who"), queryset=Attendance.objects.none(), empty_label=_("Choose a person present")
    )
    summary = forms.CharField(
        label=_("What was said"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["attendance"]
        assert isinstance(person, AttendanceChoiceField)
        person.queryset = meeting.attendances.filter(state=AttendanceState.PRESENT)


class NotesForm(forms.Form):
    """The notes of one agenda item, with the fingerprint of those that the page showed.

    The fields carry the item's key as their prefix, so that one page holds the forms of all
    items and each can also be sent alone.
    """

    notes = forms.CharField(
        required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, item: AgendaItem) -> None:
        super().__init__(
            data,
            prefix=f"item-{item.pk}",
            initial={"notes": item.notes, "seen": fingerprint(item.notes)},
        )
        self.item = item
        self.fields["notes"].label = str(item)

    @classmethod
    def all_of(cls, items: Iterable[AgendaItem], data: Any = None) -> list["NotesForm"]:
        """One form for each of `items`, bound to `data` where there is some."""
        return [cls(data, item=item) for item in items]
