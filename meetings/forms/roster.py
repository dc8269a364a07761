"""Forms of the roster: search, upload, mending a row, slips, activation."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.db.models import QuerySet
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from meetings.models import Unit
from meetings.roster.columns import HEADERS
from meetings.roster.preview import PlannedRow


class RosterSearchForm(forms.Form):
    """What to look for in the roster: words of a name, number or unit, and a unit."""

    q = forms.CharField(label=_("Name, staff number or unit"), required=False, max_length=100)
    unit = forms.ModelChoiceField(
        label=_("Unit"), queryset=Unit.objects.none(), required=False, empty_label=_("all units")
    )

    def __init__(self, *args: Any, units: "QuerySet[Unit]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]
        self.fields["unit"].widget.attrs["class"] = "form-select"


class SlipsForm(RosterSearchForm):
    """Whose slips to print."""

    again = forms.BooleanField(
        label=_("Also for people whose slip is still valid (the old one is void then)"),
        required=False,
    )


class UploadForm(forms.Form):
    """A roster, and the unit whose it is."""

    file = forms.FileField(
        label=_("Roster"),
        help_text=_("An .xlsx or .xls file of Excel or WPS, 5 MB at most."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.et"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )
    unit = forms.ModelChoiceField(
        label=_("Whose roster it is"),
        queryset=Unit.objects.none(),
        empty_label=None,
        help_text=_("Units that the file names and nobody knows yet can be created below it."),
    )

    def __init__(self, *args: Any, units: "QuerySet[Unit]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]


class MendForm(forms.Form):
    """One row of an upload, with its mistakes at their cells. Always bound."""

    def __init__(self, row: PlannedRow) -> None:
        super().__init__({name: row.text(name) for name in row.raw})
        for name in HEADERS:
            if name in row.raw:
                self.fields[name] = forms.CharField(
                    label=HEADERS[name][0], required=False, max_length=500
                )
        for name, reason in row.errors.items():
            self.add_error(name, reason)


class ActivationForm(forms.Form):
    """The slip's staff number and code, and the password that its owner chooses."""

    staff_number = forms.CharField(
        label=_("Staff number"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    code = forms.CharField(
        label=_("Code on the slip"),
        max_length=30,
        help_text=_("Twelve letters and digits. Capital or small, with dashes or without."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=128,
        help_text=lazy(password_validators_help_text_html, str)(),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password_again = forms.CharField(
        label=_("New password once more"),
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, again = cleaned.get("password"), cleaned.get("password_again")
        if first and again and first != again:
            self.add_error("password_again", _("The two passwords are not the same."))
        return cleaned
