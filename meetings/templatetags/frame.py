"""Small parts of every page: icons, states, the steps of a meeting, names in tables."""

from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from meetings.models import State
from meetings.roster.ordering import display_name

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decorative icon by its name in static/vendor/bootstrap-icons/sprite.svg."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("vendor/bootstrap-icons/sprite.svg"),
        name,
    )


@register.simple_tag
def state_badge(state: str, label: str) -> SafeString:
    """A state by word and colour; the colour comes from the class `state-<state>`."""
    return format_html('<span class="state state-{}">{}</span>', state, label)


@register.inclusion_tag("components/steps.html")
def meeting_steps(current: str) -> dict[str, Any]:
    """The line draft → announced → held → signing → closed, with where the meeting stands."""
    here = State.values.index(current)
    return {
        "steps": [
            {"label": state.label, "status": "done" if n < here else "here" if n == here else ""}
            for n, state in enumerate(State)
        ]
    }


register.filter("table_name", display_name)
