"""Flushing the database after a transactional test, though its triggers refuse every delete."""

from collections.abc import Callable

from django.db import connection
from django.test import TransactionTestCase

from pledges import triggers
from pledges.agreements.builtin import load_builtin_agreement
from pledges.outlines.builtin import load_builtin_outline


def flush_past_triggers(
    flush: Callable[[TransactionTestCase], None],
) -> Callable[[TransactionTestCase], None]:
    """Wraps `TransactionTestCase._fixture_teardown`: triggers out, flush, then triggers, outline
    and agreement in again. Teardown alone goes past them; a test never does.
    """

    def teardown(case: TransactionTestCase) -> None:
        triggers.uninstall(connection, triggers.registered())
        try:
            flush(case)
        finally:
            triggers.install(connection, triggers.registered())
            load_builtin_outline()
            load_builtin_agreement()

    return teardown
