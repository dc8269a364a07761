"""Outlines that are older than the ledger are told to it by the migration."""

from importlib import import_module

import pytest
from django.apps import apps

from pledges import ledger
from pledges.models import LedgerEntry
from tests.factories import CadreFactory, OutlineFactory

from .conftest import append_some, clear_ledger

pytestmark = pytest.mark.django_db
tell = import_module("pledges.migrations.0007_outlines_in_ledger").tell


def test_outlines_are_told_once_in_the_order_of_their_versions():
    editor = CadreFactory(staff_number="G00417")
    made = [OutlineFactory(created_by=editor) for _ in range(4)]
    clear_ledger()
    tell(apps, None)
    entries = LedgerEntry.objects.order_by("number").values_list("subject", "actor")
    assert list(entries) == [
        ("outline:1", ""),
        *((f"outline:{outline.version}", "G00417") for outline in made),
    ]
    tell(apps, None)
    assert ledger.verify().entries == 5


def test_outlines_are_told_behind_what_is_there_already():
    OutlineFactory()
    append_some(6)
    before = ledger.size()
    tell(apps, None)
    assert ledger.verify().entries == before + 1
