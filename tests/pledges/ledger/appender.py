"""Appends in a process of its own: `python -m tests.pledges.ledger.appender COUNT`."""

import sys

import django

django.setup()

from django.db import transaction  # noqa: E402

from pledges import ledger  # noqa: E402
from pledges.models import EntryKind  # noqa: E402

sys.stdin.readline()  # all of them start together
for _ in range(int(sys.argv[1])):
    with transaction.atomic():
        ledger.append(kind=EntryKind.LOGIN, by=None)
