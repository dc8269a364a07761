"""Importing a roster of 5,000 rows: read, preview, apply, and the same again with changes.

    python -m tests.bench.bench_import [ROWS]

Prints times, query counts, the peak of memory, and the ratio of preview to merely reading the
file's cells. Works in a database of its own on the engine of DATABASE_URL; gates nothing.
"""

import io
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import django

ROWS = 5_000


def roster_of(rows: int, post: str) -> bytes:
    from tests.meetings.roster.books import book_of

    surnames, given = "赵钱孙李周吴郑王冯陈褚卫", "守正清廉明远思齐若谷怀瑾知行慎独文澜"
    return book_of(
        *(
            [
                n, f"B{n:05}", surnames[n % 12] + given[n % 18] + given[(n * 7) % 18],
                "男女"[n % 2], "汉族", f"{1960 + n % 40}.{1 + n % 12:02}", f"第{n % 120 + 1}科",
                post, "正科级", f"{2005 + n % 20}.{1 + n % 9:02}", f"138{n:08}", "",
            ]
            for n in range(rows)
        )
    )  # fmt: skip


@contextmanager
def measured(name: str, rows: int) -> Iterator[None]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        start = time.perf_counter()
        yield
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{name:<34}{seconds:7.2f} s{rows / seconds:10,.0f} rows/s{len(queries):6} queries"
        f"{peak:6} MB"
    )


def cells_of(data: bytes) -> list[list[Any]]:
    """The cells alone, as the reader gives them: what the rest is held against."""
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def timed(work: Callable[[bytes], Any], data: bytes) -> float:
    start = time.perf_counter()
    work(data)
    return time.perf_counter() - start


def bench(rows: int) -> None:
    from meetings.models import Cadre, Role, RoleAssignment
    from meetings.roster.importing import (
        accept_units,
        apply_import,
        plan_of,
        read_roster,
        start_import,
    )
    from meetings.roster.ordering import in_official_order
    from meetings.roster.units import create_unit

    unit = create_unit(by=None, parent=None, name="农业农村局")
    secretary = Cadre.objects.create(staff_number="S1", name="秦守廉", unit=unit)
    RoleAssignment.objects.create(cadre=secretary, role=Role.SECRETARY, unit=unit)
    for step, post in (("new", "科长"), ("unchanged", "科长"), ("changed", "副科长")):
        data = roster_of(rows, post)
        bare = timed(cells_of, data)
        print(f"-- {rows} rows, {step}; {len(data) // 1024} kB; cells alone in {bare:.2f} s")
        read = timed(read_roster, data)
        print(f"{'read and find the table':<34}{read:7.2f} s{read / bare:10.1f} × the cells alone")
        with measured("upload (read, store)", rows):
            kept = start_import(by=secretary, unit=unit, file_name="b.xlsx", data=data)
        accept_units(by=secretary, kept=kept, names=plan_of(kept).unknown_units)
        kept.refresh_from_db()
        with measured("preview", rows):
            plan = plan_of(kept)
        print(f"   {plan.counts}")
        with measured("apply", rows):
            apply_import(by=secretary, kept=kept, digest=plan.digest())
    people = list(Cadre.objects.select_related("unit"))
    with measured("official order", rows):
        in_official_order(people)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        bench(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
