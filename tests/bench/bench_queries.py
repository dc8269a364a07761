"""Queries that every list takes at 30 and at 300 rows: the two numbers should be equal.

    python -m tests.bench.bench_queries

Prints a table; gates nothing. Uses a test database of its own.
"""

import logging
import os
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import (  # noqa: E402
    CaptureQueriesContext,
    setup_test_environment,
    teardown_test_environment,
)
from django.urls import reverse  # noqa: E402

from meetings.closing import close_meeting  # noqa: E402
from meetings.models import Block, Cadre, Meeting, Role  # noqa: E402
from tests.factories import (  # noqa: E402
    AttendanceFactory,
    CadreFactory,
    MeetingFactory,
    PledgeFactory,
    RoleAssignmentFactory,
    UnitFactory,
)

SIZES = (30, 300)
Page = Callable[[Cadre, int], str]


def _meeting_with(by: Cadre, rows: int, **state: object) -> Meeting:
    meeting = MeetingFactory(unit=by.unit, created_by=by, **state)
    AttendanceFactory.create_batch(rows, meeting=meeting, signed="signing" in state)
    return meeting


def _of_meeting(name: str, **state: object) -> Page:
    def page(by: Cadre, rows: int) -> str:
        return reverse(f"meetings:{name}", args=[_meeting_with(by, rows, **state).pk])

    return page


def _unsigned(by: Cadre, rows: int) -> str:
    meeting = MeetingFactory(unit=by.unit, created_by=by, signing=True)
    AttendanceFactory.create_batch(rows, meeting=meeting, asked=True)
    return reverse("meetings:unsigned", args=[meeting.pk])


def _record(by: Cadre, rows: int) -> str:
    meeting = _meeting_with(by, rows, signing=True)
    meeting.agenda_items.create(order=1, block=Block.TALK, notes="谈话")
    close_meeting(by=by, meeting=meeting)
    return reverse("meetings:record", args=[meeting.pk])


def _meetings(by: Cadre, rows: int) -> str:
    MeetingFactory.create_batch(rows, unit=by.unit, created_by=by, announced=True)
    return reverse("meetings:meeting_list")


def _mine(by: Cadre, rows: int) -> str:
    PledgeFactory.create_batch(rows, signer=by, signed=True)
    return reverse("meetings:me")


def _roster(by: Cadre, rows: int) -> str:
    CadreFactory.create_batch(rows, unit=by.unit)
    return reverse("meetings:roster")


def _slips(by: Cadre, rows: int) -> str:
    CadreFactory.create_batch(rows, unit=by.unit, activated_at=None)
    return reverse("meetings:roster_slips")


PAGES: dict[str, Page] = {
    "mine": _mine,
    "meetings": _meetings,
    "meeting": _of_meeting("meeting_detail", signing=True),
    "people": _of_meeting("meeting_people"),
    "announce": _of_meeting("meeting_announce"),
    "desk": _of_meeting("desk", signing=True),
    "unsigned": _unsigned,
    "minutes": _of_meeting("minutes", held=True),
    "close": _of_meeting("meeting_close", signing=True),
    "record": _record,
    "roster": _roster,
    "slips": _slips,
}


def count_queries(page: Page, rows: int) -> int:
    """The queries of one page with `rows` rows, in an office of its own."""
    unit = UnitFactory(number_prefix=f"测{UnitFactory._meta.model.objects.count()}")
    by = RoleAssignmentFactory(role=Role.SECRETARY, unit=unit, cadre__unit=unit).cadre
    client = Client()
    client.force_login(by)
    address = page(by, rows)
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        status = client.get(address).status_code
    if status != 200:
        raise RuntimeError(f"{address} answered {status}")
    return len(queries)


def main() -> None:
    logging.disable(logging.WARNING)
    setup_test_environment()
    name = connection.creation.create_test_db(verbosity=0)
    try:
        print(f"{'page':<10}" + "".join(f"{rows:>6} rows" for rows in SIZES))
        for title, page in PAGES.items():
            counts = [count_queries(page, rows) for rows in SIZES]
            verdict = "" if len(set(counts)) == 1 else "   <- grows"
            print(f"{title:<10}" + "".join(f"{count:>11}" for count in counts) + verdict)
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        teardown_test_environment()


if __name__ == "__main__":
    main()
