"""The archive number of a closed meeting. It checks shape; the service judges the rest."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ArchiveNumberForm(forms.Form):
    number = forms.CharField(
        label=_("Archive number"),
        max_length=100,
        required=False,
        help_text=_("As the archive gives it. Leave it empty to take it away again."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
