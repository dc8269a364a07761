"""A real browser on a live server: each story on a PC and on a phone, in Chinese and in English.

    def test_cadre_signs(visit, log_in, check): …
        page = visit()              a browser of its own; several people: several visits
        log_in(page, cadre)
        check(page, "sign")         axe finds nothing, nothing overflows, no English in Chinese

Whatever goes wrong unseen fails the test: an error in the console (a CSP violation is one), a
script's exception, a failed request, an answer of 400 and above. `page.expected_statuses` names the
answers that a story is about: `page.expected_statuses.add(422)`.

SCREENSHOTS=DIR keeps a picture of every page checked, named after the test, screen and language.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    Response,
    expect,
)
from playwright.sync_api import sync_playwright as start_playwright
from pytest_django.live_server_helper import LiveServer

from meetings.models import Cadre
from tests.factories import PASSWORD

AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
# Milliseconds until something expected counts as missing: a busy machine is no failure.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)
STATUS = re.compile(r"(?:status of|Status Error Code) (\d{3})")


@dataclass(frozen=True)
class Look:
    """What the page is looked at with: a screen and a language."""

    screen: str
    language: str

    @property
    def options(self) -> dict[str, Any]:
        touch = {"is_mobile": True, "has_touch": True} if self.screen == "phone" else {}
        return {"viewport": SIZES[self.screen], **touch}

    def __str__(self) -> str:
        return f"{self.screen}-{self.language}"


SIZES = {"pc": {"width": 1366, "height": 768}, "phone": {"width": 390, "height": 844}}
# Each language once, each kind of device once; check() lays each page out in both sizes.
LOOKS = [Look("pc", "zh-hans"), Look("phone", "en")]


# A worker that begins a long story last keeps all others waiting for it.
LONG_STORIES = ("test_secretary_story.py", "test_cadre_story.py", "test_inspector_story.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))
    items.sort(key=lambda item: item.path.name not in LONG_STORIES)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    # Playwright's event loop runs in this thread, and Django would refuse the ORM beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with start_playwright() as running:
        yield running
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = playwright.chromium.launch(
        executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
        args=["--no-sandbox", "--disable-dev-shm-usage"],
    )
    yield started
    started.close()


@pytest.fixture(params=LOOKS, ids=str)
def look(request: pytest.FixtureRequest) -> Look:
    return request.param


class Watch:
    """Collects what goes wrong on a page without anybody seeing it."""

    def __init__(self, page: Page, expected_statuses: set[int]) -> None:
        self.faults: list[str] = []
        self.expected_statuses = expected_statuses
        page.on("console", self.on_console)
        page.on("pageerror", lambda error: self.faults.append(f"exception: {error}"))
        page.on("requestfailed", self.on_failure)
        page.on("response", self.on_response)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        status = STATUS.search(message.text)
        if status is None:
            self.faults.append(f"console: {message.text}")

    def on_failure(self, request: Request) -> None:
        # A download or a page left early aborts its request: nothing is lost by that.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"request: {request.method} {request.url}: {request.failure}")

    def on_response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected_statuses:
            self.faults.append(f"answer: {response.status} to {response.url}")


@pytest.fixture(autouse=True)
def keys_work_here(live_server: LiveServer, settings: Any) -> None:
    """WebAuthn wants a host with a name, and the live server has a port of its own."""
    settings.RP_ID = "localhost"
    settings.SIGNING_ORIGINS = [live_server.url]


@pytest.fixture
def visit(
    browser: Browser, live_server: LiveServer, look: Look, empty_cache: None
) -> Iterator[Callable[[], Page]]:
    """Opens a browser of its own for one person, watched; its pages know the live server."""
    watches: list[Watch] = []
    contexts = []

    def open_page(**options: Any) -> Page:
        options = {"locale": "zh-CN", **look.options, **options}
        context = browser.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(PATIENCE)
        name = django_settings.LANGUAGE_COOKIE_NAME
        context.add_cookies([{"name": name, "value": look.language, "url": live_server.url}])
        page = context.new_page()
        page.expected_statuses = set()
        watches.append(Watch(page, page.expected_statuses))
        contexts.append(context)
        return page

    yield open_page
    for context in contexts:
        context.close()
    faults = [fault for watch in watches for fault in watch.faults]
    assert not faults, "\n".join(faults)


@pytest.fixture
def page(visit: Callable[[], Page]) -> Page:
    """The page of a story with one person."""
    return visit()


@pytest.fixture
def log_in() -> Callable[[Page, Cadre], None]:
    """Logs a cadre in through the form, as people do."""

    def through_the_form(page: Page, cadre: Cadre, password: str = PASSWORD) -> None:
        page.goto("/account/login/")
        page.fill("input[name=login]", cadre.staff_number)
        page.fill("input[name=password]", password)
        page.click("main button.btn-primary")
        page.wait_for_url(lambda url: "/account/login/" not in url)

    return through_the_form


def axe_faults(page: Page) -> list[str]:
    """What axe holds against the page, every rule on, a line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{rule['id']}: {rule['help']}: {node['target']} {node['html'][:150]}"
        for rule in found
        for node in rule["nodes"]
    ]


OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
IS_LARGE = "document.documentElement.classList.contains('type-large')"
LARGE = "(large) => document.documentElement.classList.toggle('type-large', large)"


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    return page.evaluate(OVERFLOW)


def tight_places(page: Page) -> list[str]:
    """Where the page scrolls sideways; a phone's in large type and on the smallest phone too."""
    width, was_large = page.viewport_size["width"], page.evaluate(IS_LARGE)
    others = [(width, True), (320, False)] if width < 400 else []
    found = []
    for wide, large in [(width, was_large), *others]:
        resize(page, {**page.viewport_size, "width": wide})
        page.evaluate(LARGE, large)
        if (by := overflow(page)) > 0:
            found.append(f"{by} px too wide at {wide} px{', large type' if large else ''}")
    page.evaluate(LARGE, was_large)
    return found


def resize(page: Page, size: dict[str, int]) -> None:
    if page.viewport_size != size:
        page.set_viewport_size(size)


# What a reader of the page sees of its words, but for numbers, codes, file names and addresses.
WORDS = """() => {
    const SKIPPED = ".code, .screen-address, [lang=en], script, option:not(:checked)";
    const read = (root) => Array.from(root.childNodes).map((node) => {
        if (node.nodeType === Node.TEXT_NODE) { return node.textContent; }
        const skipped = !node.matches || node.matches(SKIPPED);
        return skipped || !node.checkVisibility() ? "" : read(node);
    }).join(" ");
    return document.title + " " + read(document.querySelector("main"));
}"""
# Part of a code such as liantan-pledge-v1 is no word, nor is a group of a fingerprint.
ENGLISH = re.compile(r"(?<![\w-])(?![A-F]{4}\b)[A-Za-z]{4,}(?![\w-])")
CHINESE_TOO = {"Excel", "xlsx", "JSON", "JavaScript", "JPEG", "Word", "PowerPoint", "Enter"}


def english_words(page: Page) -> list[str]:
    """English words that a page in Chinese shows."""
    return sorted(set(ENGLISH.findall(page.evaluate(WORDS))) - CHINESE_TOO)


@pytest.fixture
def check(request: pytest.FixtureRequest, look: Look) -> Callable[[Page, str], None]:
    """Asserts, on a PC's size and on a phone's, what a page has to be: see the functions above."""

    def look_at(page: Page, name: str) -> None:
        page.wait_for_load_state()
        # What is on its way is drawn faint for a moment.
        expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
        # The size of its own last: the story goes on in it.
        for screen in sorted(SIZES, key=look.screen.__eq__):
            resize(page, SIZES[screen])
            if folder := os.environ.get("SCREENSHOTS"):
                test = request.node.originalname.removeprefix("test_")
                path = Path(folder) / f"{test}-{name}-{screen}-{look.language}.png"
                # Playwright would hide the caret with a style that our CSP refuses.
                page.screenshot(path=path, full_page=True, caret="initial")
            faults = tight_places(page)
            if screen == look.screen:  # axe takes as long as all the rest, and both looks ask it
                faults += axe_faults(page)
            if look.language == "zh-hans":
                faults += english_words(page)
            resize(page, SIZES[screen])
            assert not faults, f"{name} on a {screen}:\n" + "\n".join(faults)

    return look_at
