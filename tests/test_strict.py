"""The tests' own strictness: what it is for fails, what libraries do on purpose does not."""

import logging

import pytest
from django.conf import settings
from django.template import Context, Engine, Origin, Template

from tests.strict import ErrorLog, UndefinedVariableError

OURS = settings.BASE_DIR / "templates" / "planted.html"
THEIRS = "/usr/lib/python3/site-packages/library/templates/planted.html"


def render(source, path):
    engine = Engine.get_default()
    return Template(source, Origin(str(path)), engine=engine).render(Context({"known": "here"}))


@pytest.mark.parametrize("source", ["{{ unknown }}", "{{ known.unknown }}", "{{ unknown|lower }}"])
def test_undefined_variable_in_our_template_raises(source):
    with pytest.raises(UndefinedVariableError, match="unknown"):
        render(source, OURS)


def test_undefined_variable_under_if_is_accepted():
    assert render("{% if unknown %}x{% endif %}{{ known }}", OURS) == "here"


def test_undefined_variable_in_a_library_is_what_django_makes_of_it():
    assert render("[{{ unknown }}]{{ unknown|default:'else' }}", THEIRS) == "[]else"


def test_error_log_keeps_errors_and_nothing_below():
    log, logger = ErrorLog(), logging.Logger("planted")
    logger.addHandler(log)
    logger.warning("minor")
    logger.error("broken %s", "pipe")
    assert log.lines == ["planted: broken pipe"]
