"""Several secretaries announce at once: every meeting gets a number of its own, without gaps."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from meetings.models import Meeting
from meetings.scheduling import announce_meeting
from tests.factories import RoleAssignmentFactory, UnitFactory

from .test_scheduling import ready_draft

AT_ONCE = 4


@pytest.mark.django_db(transaction=True)
def test_announcing_at_once_gives_numbers_without_gaps():
    secretary = RoleAssignmentFactory(cadre__unit=UnitFactory()).cadre
    drafts = [ready_draft(secretary, people=1) for _ in range(AT_ONCE)]
    start = Barrier(AT_ONCE)

    def announce(meeting: Meeting) -> int:
        try:
            start.wait(timeout=20)
            return announce_meeting(by=secretary, meeting=meeting).sequence
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        sequences = list(pool.map(announce, drafts))
    assert sorted(sequences) == [1, 2, 3, 4]


@pytest.mark.django_db(transaction=True)
def test_announcing_one_meeting_at_once_gives_it_one_number():
    secretary = RoleAssignmentFactory(cadre__unit=UnitFactory()).cadre
    draft = ready_draft(secretary, people=1)
    start = Barrier(AT_ONCE)

    def announce(_: int) -> str | None:
        try:
            start.wait(timeout=20)
            return announce_meeting(by=secretary, meeting=draft).number
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        numbers = set(pool.map(announce, range(AT_ONCE)))
    assert len(numbers) == 1
    assert draft.attendances.get().notices.count() == 1
