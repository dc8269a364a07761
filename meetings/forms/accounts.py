"""Log-in and change of password, in the words of the office."""

import unicodedata
from typing import Any, cast

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from django import forms
from django.utils.translation import gettext_lazy as _


def _plain(form: forms.Form, labels: dict[str, Any]) -> None:
    """Labels the fields, without allauth's placeholders: those vanish as one types."""
    for name, label in labels.items():
        field = form.fields[name]
        field.label = label
        field.widget.attrs.pop("placeholder", None)


class LoginForm(allauth_forms.LoginForm):  # type: ignore[misc]
    """Staff number and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, {"login": _("Staff number"), "password": _("Password")})
        self.fields["login"].widget.attrs.update(autocapitalize="none", spellcheck="false")

    def clean_login(self) -> str:
        # A Chinese input method may type full-width digits.
        return unicodedata.normalize("NFKC", super().clean_login()).strip()


class ChangePasswordForm(allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """The current password, and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(
            self,
            {
                "oldpassword": _("Current password"),
                "password1": _("New password"),
                "password2": _("New password again"),
            },
        )

    def clean_oldpassword(self) -> str:
        """Counts towards the lock-out: an open page is no place to guess a password either."""
        password = cast(str, self.cleaned_data["oldpassword"])
        if not get_adapter().reauthenticate(self.user, password):
            raise get_adapter().validation_error("incorrect_password")
        return password
