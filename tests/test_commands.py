"""Every command that a script or a page of the documentation gives is one that there is."""

import re
import shlex
from pathlib import Path

import pytest
from django.core.management import CommandError, get_commands, load_command_class

ROOT = Path(__file__).resolve().parent.parent
PLACES = ("script/server", "script/test", "script/messages", "README.md", "docs/operating.md")
# As a line of a script or of an indented block; up to a redirection, a comment or the line's end.
COMMAND = re.compile(r"^(?: {4}|\S+ )[^`\n]*?manage\.py\"? ([a-z].*?)\s*(?:[<&#\\].*)?$", re.M)
CHECKPOINTS = "ledger --verbosity 0 checkpoint --every 300"


def given() -> list[tuple[str, str]]:
    return [
        (place, line)
        for place in PLACES
        for line in COMMAND.findall((ROOT / place).read_text(encoding="utf-8"))
    ]


def parse(line: str) -> None:
    """Has the command itself read its arguments; it ends the process for those it refuses."""
    name, *arguments = shlex.split(line)
    command = load_command_class(get_commands()[name], name)
    command.create_parser("manage.py", name).parse_args(arguments)


def test_scripts_and_documentation_are_read():
    assert ("script/server", CHECKPOINTS) in given()
    assert {place for place, _line in given()} == set(PLACES)
    assert len(given()) > 12


@pytest.mark.parametrize(("place", "line"), given(), ids=lambda value: value)
def test_command_that_is_given_is_understood(place, line, settings):
    # The worker asks for the queue that the tests do without.
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    parse(line)


def test_argument_that_a_command_does_not_know_is_found():
    with pytest.raises(CommandError, match="unrecognized arguments: --verbosity"):
        parse("ledger checkpoint --every 300 --verbosity 0")
