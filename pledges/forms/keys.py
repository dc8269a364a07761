"""The forms of the pages about one's own keys. They check shape; the rules are in `passkeys`."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..exceptions import KeyRefused
from ..models import SigningKey
from ..passkeys import GivenAssertion
from ..verify import unbase64url

# An attestation with a chain of certificates stays far below.
MOST_TEXT = 100_000
LABEL_LENGTH = SigningKey._meta.get_field("label").max_length


class PasswordAgainField(forms.CharField):
    """The password, asked for in the midst of a session."""

    def __init__(self, *, required_words: Any, **kwargs: Any) -> None:
        super().__init__(
            label=_("Your password, once more"),
            strip=False,
            widget=forms.PasswordInput(
                attrs={"class": "form-control", "autocomplete": "current-password"}
            ),
            error_messages={"required": required_words},
            **kwargs,
        )


class EnrolForm(forms.Form):
    """Before a key is made: what to call it, and the password."""

    label = forms.CharField(
        label=_("Name of the key"),
        max_length=LABEL_LENGTH,
        help_text=_(
            "So that you can tell your keys apart: office computer, my phone, blue USB key."
        ),
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )
    password = PasswordAgainField(required_words=_("Enter your password."))


class CreatedForm(forms.Form):
    """What the browser hands over after an authenticator made a key."""

    credential = forms.CharField(max_length=MOST_TEXT, widget=forms.HiddenInput)

    def clean_credential(self) -> tuple[bytes, bytes]:
        """The attestation object and the client data."""
        answer = read_answer(self.cleaned_data["credential"])
        return part_of(answer, "attestationObject"), part_of(answer, "clientDataJSON")


class RemoveForm(forms.Form):
    """Why a key is given up, and the password."""

    LOST, REPLACED = "lost", "replaced"
    reason = forms.ChoiceField(
        label=_("Why do you remove it?"),
        choices=[
            (LOST, _("It is lost, or somebody else may have it")),
            (REPLACED, _("I do not need it any more")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say why you remove the key.")},
    )
    password = PasswordAgainField(required_words=_("Enter your password."))


def read_assertion(text: str) -> GivenAssertion:
    """The assertion in the JSON that passkeys.js makes. Raises ValidationError."""
    answer = read_answer(text)
    credential_id = answer.get("id")
    if not isinstance(credential_id, str):
        raise forms.ValidationError(str(KeyRefused()))
    return GivenAssertion(
        credential_id=credential_id,
        authenticator_data=part_of(answer, "authenticatorData"),
        client_data=part_of(answer, "clientDataJSON"),
        signature=part_of(answer, "signature"),
    )


def read_answer(text: str) -> dict[str, Any]:
    """The JSON object in `text`. Raises ValidationError."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise forms.ValidationError(str(KeyRefused()))
    return answer


def part_of(answer: dict[str, Any], name: str) -> bytes:
    """The bytes that `answer` has under `name`, as base64url. Raises ValidationError."""
    try:
        return unbase64url(answer[name])
    except (KeyError, TypeError, ValueError) as error:
        raise forms.ValidationError(str(KeyRefused())) from error
