"""The inspector's story: reads everything within scope, changes nothing."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from meetings.models import Meeting
from tests.browser.office import TITLE, Office, build_office, closed_talk, follow, signing_talk
from tests.factories import CadreFactory, MeetingFactory

# What an inspector may not even open: of a meeting in scope, and of the office.
SECRETARYS = (
    "edit/", "people/", "desk/", "hold/", "screen/", "unsigned/", "close/", "correct/",
)  # fmt: skip


@dataclass
class Story:
    page: Page
    check: Callable[[Page, str], None]
    office: Office
    closed: Meeting
    signing: Meeting

    def look(self, name: str) -> None:
        self.check(self.page, name)

    def offers_no_change(self) -> None:
        """The page has nothing to send, and leads to no page of the secretary's."""
        main = self.page.locator("main")
        expect(main.locator("form[method=post]")).to_have_count(0)
        for end in SECRETARYS:
            expect(main.locator(f"a[href$='/{end}']")).to_have_count(0)


@pytest.fixture
def story(visit, check):
    office = build_office()
    closed = closed_talk(office, *office.staff, CadreFactory(unit=office.unit, name="马骉"))
    signing = signing_talk(office, *office.staff)
    return Story(visit(), check, office, closed, signing)


def test_inspector_reads_all_and_changes_nothing(story, log_in):
    log_in(story.page, story.office.inspector)
    story.look("01-mine")
    read_meetings(story)
    read_record(story)
    stay_outside(story)


def read_meetings(story: Story) -> None:
    page = story.page
    elsewhere = MeetingFactory(title="别的单位的谈话", announced=True)
    page.goto("/meetings/")
    expect(page.locator(".card-list > li")).to_have_count(2)
    expect(page.locator("main")).not_to_contain_text(elsewhere.title)
    story.offers_no_change()
    story.look("02-meetings")
    follow(page, f".card-list a[href$='/{story.signing.pk}/']")
    story.offers_no_change()
    story.look("03-meeting-being-signed")
    for end in ("minutes/", "attachments/"):
        page.goto(f"/meetings/{story.signing.pk}/{end}")
        story.offers_no_change()
    page.goto("/pledges/outlines/")
    story.look("04-outlines")
    follow(page, "tbody a")
    story.offers_no_change()
    story.look("05-outline")


def read_record(story: Story) -> None:
    page = story.page
    page.goto(f"/meetings/{story.closed.pk}/")
    story.offers_no_change()
    story.look("06-meeting-closed")
    follow(page, "main .actions .btn-primary")
    expect(page.locator("article")).to_contain_text("石𬸦")
    story.offers_no_change()
    story.look("07-record")
    with page.expect_download() as download:
        page.click("#record-state .btn-primary")
    with open(download.value.path(), "rb") as file:
        sheets = PdfReader(io.BytesIO(file.read())).pages
    text = re.sub(r"\s", "", "".join(sheet.extract_text() for sheet in sheets))
    assert TITLE[:6] in text


def stay_outside(story: Story) -> None:
    """Each refusal is a page in plain words with a way on."""
    page = story.page
    page.expected_statuses |= {403, 404}
    for end in SECRETARYS:
        answer = page.goto(f"/meetings/{story.signing.pk}/{end}")
        assert answer.status == 403, end
    story.look("08-forbidden")
    assert page.goto("/roster/").status == 403
    pledge = story.signing.attendances.get().pledge
    elsewhere = Meeting.objects.exclude(unit=story.office.unit).get()
    for address in (f"/meetings/{elsewhere.pk}/", f"/pledges/{pledge.pk}/"):
        assert page.goto(address).status == 404
    story.look("09-not-found")
    follow(page, "main .actions a")
    assert page.url.endswith("/")
