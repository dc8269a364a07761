"""What every test stands on: errors in the log fail, uploads are private, an office's people."""

import logging
import os
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client, TransactionTestCase

from meetings.models import Cadre, Role, Unit
from meetings.papers.exceptions import SiteFontProblem, SiteFontUnusable
from pledges.text import outline_points
from tests.factories import CadreFactory, RoleAssignmentFactory, UnitFactory
from tests.flush import flush_past_triggers
from tests.strict import ErrorLog

NEEDS_DATABASE = {"db", "transactional_db", "live_server", "django_db_setup"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only",
        action="store_true",
        help="leave out tests that touch no database, or are not about it: they ran with the other",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Typesetting and pure functions are the same on any database: once is enough."""
    if not config.getoption("--database-only"):
        return
    kept, left = [], []
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        touches = item.get_closest_marker("django_db") is not None or names & NEEDS_DATABASE
        once = item.get_closest_marker("one_database") is not None
        (kept if touches and not once else left).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test during which something was logged at ERROR, unless it says so."""
    log = ErrorLog()
    # The live server's logger does not propagate to the root.
    loggers = [logging.getLogger(), logging.getLogger("django.server")]
    for logger in loggers:
        logger.addHandler(log)
    try:
        result = yield
    finally:
        for logger in loggers:
            logger.removeHandler(log)
    if log.lines and item.get_closest_marker("logs_errors") is None:
        pytest.fail("logged at ERROR:\n" + "\n".join(log.lines), pytrace=False)
    return result


def pytest_unconfigure() -> None:
    """Removes what SQLite leaves beside a test database when a thread still held it."""
    for path in Path(tempfile.gettempdir()).glob(f"liantan-test-{os.getpid()}.*"):
        path.unlink(missing_ok=True)


@pytest.fixture(scope="session", autouse=True)
def flush_with_triggers() -> Iterator[None]:
    """Lets transactional tests clean up behind themselves where triggers guard the evidence."""
    with pytest.MonkeyPatch.context() as patch:
        teardown = flush_past_triggers(TransactionTestCase._fixture_teardown)
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield


@pytest.fixture(autouse=True)
def private_media(settings: object, tmp_path: Path) -> None:
    """Uploads of a test stay with the test."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def private_ledger_key(settings: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The trial's key is made once for all tests, outside the tree."""
    directory = tmp_path_factory.getbasetemp() / "keys"
    settings.KEY_DIR = directory
    settings.LEDGER_KEY_FILE = directory / "ledger.pem"


@pytest.fixture(autouse=True)
def outlines_read_anew() -> None:
    """A test's outline takes the id of one that was rolled back; in earnest none ever goes."""
    outline_points.cache_clear()


@pytest.fixture
def empty_cache() -> Iterator[None]:
    """The cache's table is no model's: neither flush nor rollback across threads empties it."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def unusable_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """A licensed font of the site that cannot be used, so that none can be asked for characters."""

    def refuse() -> None:
        raise SiteFontUnusable([SiteFontProblem("rare=/nowhere/rare.ttf", "the file is not there")])

    monkeypatch.setattr("meetings.papers.glyphs.prepared_fonts", refuse)


@pytest.fixture
def unit(db: None) -> Unit:
    """The root unit of an office."""
    return UnitFactory()


@pytest.fixture
def secretary(unit: Unit) -> Cadre:
    """The secretary of `unit`."""
    return RoleAssignmentFactory(role=Role.SECRETARY, unit=unit, cadre__unit=unit).cadre


@pytest.fixture
def speaker(unit: Unit) -> Cadre:
    return RoleAssignmentFactory(role=Role.SPEAKER, unit=unit, cadre__unit=unit).cadre


@pytest.fixture
def inspector(unit: Unit) -> Cadre:
    return RoleAssignmentFactory(role=Role.INSPECTOR, unit=unit, cadre__unit=unit).cadre


@pytest.fixture
def cadre(unit: Unit) -> Cadre:
    """A cadre of `unit` without any role."""
    return CadreFactory(unit=unit)


@pytest.fixture
def outsider(db: None) -> Cadre:
    """The secretary of another office altogether."""
    elsewhere = UnitFactory()
    return RoleAssignmentFactory(role=Role.SECRETARY, unit=elsewhere, cadre__unit=elsewhere).cadre


@pytest.fixture
def client_of() -> Callable[[Cadre], Client]:
    """Gives a client that is logged in as a cadre."""

    def log_in(cadre: Cadre) -> Client:
        client = Client()
        client.force_login(cadre)
        return client

    return log_in
