"""The form by which a signer disowns a signature. It checks shape; the rule is in `disowning`."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..personal import MAX_LENGTH
from .keys import PasswordAgainField


class DisownForm(forms.Form):
    reason = forms.CharField(
        label=_("What happened"),
        max_length=MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
        help_text=_(
            "How you noticed, where you were then, who may know your password. "
            "It is kept for good, and seen by those who look into it."
        ),
        error_messages={"required": _("Say what happened.")},
    )
    password = PasswordAgainField(required_words=_("Enter your password."))
