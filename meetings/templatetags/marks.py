"""A mark of attendance in words."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from meetings.models import AttendanceState

register = template.Library()


@register.filter
def mark_in_words(mark: Mapping[str, Any]) -> str:
    """A mark as one line: the state, what was with it, the reason, who approved.

    `mark` has the fields of a mark, as AttendanceChange keeps them.
    """
    words = [str(AttendanceState(mark["state"]).label)]
    if mark["late"]:
        words.append(_("late"))
    if mark["left_early"]:
        words.append(_("left early"))
    if mark["reason"]:
        words.append(mark["reason"])
    if mark["approved_by"]:
        words.append(_("approved by %s") % mark["approved_by"])
    return pgettext("between the parts of a mark", ", ").join(words)
