"""Form fields that more than one page uses."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from meetings.models import Cadre

DATETIME_FORMAT = "%Y-%m-%dT%H:%M"


def cadre_label(cadre: Cadre) -> str:
    """How a cadre is written in an input and its suggestions: name and staff number."""
    return f"{cadre.name}（{cadre.staff_number}）"


class CadreField(forms.CharField):
    """A cadre, typed as a staff number, as a name that only one bears, or chosen from a list.

    `queryset` bounds who can be meant. The page offers `<datalist id="cadres">` to choose from,
    which a thousand-line `<select>` a field would not survive.
    """

    def __init__(self, *, queryset: "QuerySet[Cadre] | None" = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.queryset = Cadre.objects.in_office() if queryset is None else queryset
        self.widget.attrs.update({"list": "cadres", "autocomplete": "off"})

    def prepare_value(self, value: object) -> object:
        if isinstance(value, Cadre):
            return cadre_label(value)
        if isinstance(value, int):
            found = Cadre.objects.filter(pk=value).first()
            return cadre_label(found) if found else ""
        return value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        number = text.rpartition("（")[2].rstrip("）") if text.endswith("）") else text
        by_number = self.queryset.filter(staff_number=number).first()
        if by_number:
            return by_number
        by_name = list(self.queryset.filter(name=text.replace(" ", ""))[:2])
        if len(by_name) == 1:
            return by_name[0]
        if by_name:
            raise ValidationError(
                _("Several people are called %s: choose from the list, or type the staff number.")
                % text
            )
        raise ValidationError(_("Nobody here has the name or staff number %s.") % text)


class MomentField(forms.DateTimeField):
    """A date and a time of day in the browser's own picker."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget",
            forms.DateTimeInput(attrs={"type": "datetime-local"}, format=DATETIME_FORMAT),
        )
        super().__init__(input_formats=[DATETIME_FORMAT, "%Y-%m-%dT%H:%M:%S"], **kwargs)


class PlainSelect(forms.Select):
    """A select with Bootstrap's look, for the filter bars that crispy does not lay out."""

    def __init__(self, attrs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__({"class": "form-select", **(attrs or {})}, **kwargs)
