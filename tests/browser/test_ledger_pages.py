"""A stranger looks at the ledger: its checkpoints, the key, one entry, and takes a note along."""

import pytest
from django.db import transaction

from pledges import ledger
from pledges.models import EntryKind

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_stranger_takes_a_checkpoint_along_and_looks_at_an_entry(page, check):
    for _ in range(2):
        with transaction.atomic():
            entry = ledger.append(kind=EntryKind.LOGIN, by=None)
        checkpoint = ledger.make_checkpoint()
    page.goto("/pledges/checkpoints/")
    check(page, "checkpoints")
    with page.expect_download() as download:
        page.locator(".page-head .btn-primary").click()
    assert download.value.path().read_text(encoding="utf-8") == checkpoint.note
    page.goto(f"/pledges/ledger/{entry.number}/")
    check(page, "entry")
