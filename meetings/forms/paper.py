"""Entering a pledge that was signed on paper. It checks shape; the service judges the rest."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .fields import CadreField


class PaperForm(forms.Form):
    code = forms.CharField(
        label=_("Code on the paper"),
        max_length=20,
        help_text=_("Eight characters, beside the QR code at the bottom left."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "code"}),
    )
    signed_on = forms.DateField(
        label=_("Day written by the signer"),
        required=False,
        help_text=_("Leave it empty where none is written: it is then kept as not recorded."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    witness = CadreField(
        label=_("Witness"),
        help_text=_("Who saw the signing, as on the paper: neither the signer nor you."),
    )
    scan = forms.FileField(
        label=_("Scan of the signed paper"),
        help_text=_("PDF, JPEG or PNG, 10 MB at most."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )
