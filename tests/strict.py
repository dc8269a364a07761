"""What makes a test fail by itself: an undefined template variable, a log line at ERROR."""

import inspect
import logging
from pathlib import Path

from django.conf import settings
from django.template.base import Node


class UndefinedVariableError(AssertionError):
    """One of our templates used a name that its context does not have."""


class RaisingString(str):
    """Stands as `string_if_invalid`: raises in our templates, is empty in those of libraries.

    Libraries (admin, crispy) lean on undefined names on purpose; ours say `{% if %}` instead.
    """

    __slots__ = ()

    # Django asks whether it is true, whether "%s" is in it, and then formats the variable into it.
    def __bool__(self) -> bool:
        template = _template_being_rendered()
        return template is not None and template.is_relative_to(settings.BASE_DIR / "templates")

    def __contains__(self, text: str) -> bool:
        return text == "%s"

    def __mod__(self, variable: object) -> str:
        raise UndefinedVariableError(f"{_template_being_rendered()}: undefined {variable}")


def _template_being_rendered() -> Path | None:
    """The file of the innermost template node on the stack."""
    frame = inspect.currentframe()
    while frame is not None:
        node = frame.f_locals.get("self")
        origin = getattr(node, "origin", None)
        if isinstance(node, Node) and origin is not None:
            return Path(origin.name)
        frame = frame.f_back
    return None


class ErrorLog(logging.Handler):
    """Keeps every record at ERROR and above."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = f"{record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            line += f" ({record.exc_info[1]!r})"
        self.lines.append(line)
