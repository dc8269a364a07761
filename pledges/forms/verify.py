"""The form of the public page that verifies a record or a receipt."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from ..verify import MAX_FILE

MEGABYTE = 2**20


class VerifyForm(forms.Form):
    """A file to verify; what it is, its content tells."""

    file = forms.FileField(
        label=_("Talk record (PDF) or receipt (JSON)"),
        help_text=_("The file itself, as it was handed out: not a scan, and not printed anew."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.json"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_FILE:
            raise forms.ValidationError(
                _("The file is too large: %(size)s MB at most."),
                params={"size": MAX_FILE // MEGABYTE},
            )
        return file
