"""What is asked for in bulk: the kind of file, and the unit and year that it is about."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from meetings.models import BatchKind, Unit


class BatchForm(forms.Form):
    """A file of one meeting's pledges; the meeting is the page's."""

    kind = forms.ChoiceField(
        label=_("What to make"), choices=BatchKind.choices, widget=forms.RadioSelect
    )


class YearBatchForm(forms.Form):
    """A file of a unit's pledges of one year.

    `units` are those whose pledges the user may have, `years` those in which anybody signed.
    """

    unit = forms.ModelChoiceField(
        label=_("Unit"),
        queryset=Unit.objects.none(),
        empty_label=None,
        help_text=_("With all units below it."),
    )
    year = forms.TypedChoiceField(label=_("Year"), coerce=int)
    kind = forms.ChoiceField(
        label=_("What to make"), choices=BatchKind.choices, widget=forms.RadioSelect
    )

    def __init__(
        self, *args: Any, units: "QuerySet[Unit]", years: list[int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(year, str(year)) for year in years]  # type: ignore[attr-defined]
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
