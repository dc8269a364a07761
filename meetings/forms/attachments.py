"""A file to keep with a meeting."""

from django import forms
from django.utils.translation import gettext_lazy as _

from meetings.models.meeting import AttachmentKind
from meetings.uploads import ACCEPTED_SUFFIXES


class AttachmentForm(forms.Form):
    """What kind of paper the file is, and the file; the service judges its content."""

    kind = forms.ChoiceField(label=_("Kind"), choices=AttachmentKind.choices)
    file = forms.FileField(
        label=_("File"),
        help_text=_("PDF, Word, Excel, PowerPoint, JPEG or PNG, 20 MB at most."),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(sorted(ACCEPTED_SUFFIXES))}),
    )
