"""Which talks the statistics count: a year's, and a unit's with those below."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from meetings.models import Unit

from .fields import PlainSelect


class StatisticsForm(forms.Form):
    """The year, the newest by default, and a unit if not all."""

    year = forms.TypedChoiceField(
        label=_("Year"), coerce=int, empty_value=None, required=False, widget=PlainSelect
    )
    unit = forms.ModelChoiceField(
        label=_("Unit"),
        queryset=Unit.objects.none(),
        required=False,
        empty_label=_("All units"),
        widget=PlainSelect,
    )

    def __init__(
        self, *args: Any, years: list[int], units: "QuerySet[Unit]", **kwargs: Any
    ) -> None:
        """`years` are those to choose from, the newest first; there is at least one."""
        super().__init__(*args, **kwargs)
        self.newest = years[0]
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["year"].choices = [(year, str(year)) for year in years]  # type: ignore[attr-defined]
