"""The forms of the signing pages. They check shape; the rules are in `signing`."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ..exceptions import PledgeError
from ..models import Pledge, SignatureMethod
from ..passkeys import GivenAssertion
from ..personal import clean_commitment
from ..signing import check_typed_name
from ..strokes import MAX_TEXT, Stroke, draw_svg, parse_strokes
from .keys import MOST_TEXT, PasswordAgainField, read_assertion

# What the pad sends when it was cleared; an empty field means that it was not touched.
CLEARED = "[]"


class DraftForm(forms.Form):
    """What the signer writes and draws, on the way to the signature.

    A part that is wrong does not keep the others from being saved: `changes` gives the good ones.
    """

    personal_commitment = forms.CharField(
        label=_("Personal commitment (optional)"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
        help_text=_("What you promise beyond the four points, tied to your post and its risks."),
    )
    strokes = forms.CharField(required=False, max_length=MAX_TEXT, widget=forms.HiddenInput)
    typed_name = forms.CharField(
        label=_("Your name, typed"),
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        pledge: Pledge,
        kept: Mapping[str, str] | None = None,
    ) -> None:
        """For `pledge`; `kept` is what was typed when a session had run out."""
        self.pledge = pledge
        initial = {
            "personal_commitment": pledge.personal_commitment,
            "typed_name": pledge.signature_text,
            **(kept or {}),
        }
        super().__init__(data, initial=initial)

    def clean_personal_commitment(self) -> str:
        try:
            return clean_commitment(self.cleaned_data["personal_commitment"])
        except PledgeError as error:
            raise forms.ValidationError(str(error)) from error

    def clean_strokes(self) -> tuple[Stroke, ...] | None:
        """The strokes; () when the pad was cleared, None when it was not touched."""
        text = self.cleaned_data["strokes"]
        if not text:
            return None
        try:
            strokes = parse_strokes(text)
            if strokes:
                draw_svg(strokes)
        except PledgeError as error:
            raise forms.ValidationError(str(error)) from error
        return strokes

    def clean_typed_name(self) -> str:
        typed: str = self.cleaned_data["typed_name"]
        try:
            if typed:
                check_typed_name(typed, self.pledge.name)
        except PledgeError as error:
            raise forms.ValidationError(str(error)) from error
        return typed

    def changes(self) -> dict[str, Any]:
        """The arguments for `save_draft`, of the parts that are right. Call after validation."""
        good = self.cleaned_data
        changes = {}
        if "personal_commitment" in good and self._was_sent("personal_commitment"):
            changes["personal_commitment"] = good["personal_commitment"]
        strokes, typed = good.get("strokes"), good.get("typed_name")
        if strokes:
            changes["strokes"] = strokes
        elif typed:
            changes["typed_name"] = typed
        elif strokes is not None or self._name_was_emptied(typed):
            changes["strokes"] = ()
        return changes

    def _name_was_emptied(self, typed: str | None) -> bool:
        # The field is not on the page while a saved signature is shown.
        was_typed = self.pledge.signature_method == SignatureMethod.TYPED
        return was_typed and typed == "" and self._was_sent("typed_name")

    def _was_sent(self, field: str) -> bool:
        return self.add_prefix(field) in self.data


class SignForm(forms.Form):
    """The last step: the digest of what was read, and a key's assertion or the password.

    `agree` is there until the signer has accepted the signing agreement in force.
    """

    digest = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    agree = forms.BooleanField(
        label=_("Signing agreement"),
        error_messages={"required": _("Accept the signing agreement before you sign.")},
    )
    assertion = forms.CharField(required=False, max_length=MOST_TEXT, widget=forms.HiddenInput)
    password = PasswordAgainField(required=False, required_words=_("Enter your password to sign."))

    def __init__(self, data: QueryDict | None = None, *, digest: str, has_accepted: bool) -> None:
        super().__init__(data, initial={"digest": digest})
        if has_accepted:
            del self.fields["agree"]

    def clean_assertion(self) -> GivenAssertion | None:
        text: str = self.cleaned_data["assertion"]
        return read_assertion(text) if text else None

    def clean(self) -> dict[str, Any]:
        good = self.cleaned_data
        if "assertion" in good and not good["assertion"] and not good.get("password"):
            password = self.fields["password"]
            self.add_error("password", password.error_messages["required"])
        return good
