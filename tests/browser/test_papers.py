"""The page of all papers: the list, each preview, and what comes as a file."""

import pytest
from playwright.sync_api import expect

from meetings.papers.catalogue import PAPERS
from tests.browser.office import build_office, call, coming_talk, follow, sign, signing_talk
from tests.factories import CadreFactory

# What a preview shows that does not name whoever came.
WANTED = {"outline": "提纲", "make-up-records": "石𬸦"}


@pytest.fixture
def office():
    return build_office()


def test_papers_while_pledges_are_signed(visit, log_in, check, office):
    names = ("马骉", "阿依努尔·图尔荪江")
    people = [CadreFactory(unit=office.unit, name=name) for name in names]
    meeting = signing_talk(office, *office.staff, *people)
    sign(meeting.attendances.get(name="阿依努尔·图尔荪江").pledge)
    call(meeting, CadreFactory(unit=office.unit, name="石𬸦"), absent=True)
    page = visit()
    log_in(page, office.inspector)
    page.goto(f"/meetings/{meeting.pk}/")
    follow(page, f"#papers a[href$='/{meeting.pk}/papers/']")
    check(page, "01-list")
    for number, paper in enumerate(PAPERS, start=2):
        follow(page, f"a[href^='?show={paper.slug}']")
        wanted = WANTED.get(paper.slug, "阿依努尔·图尔荪江")
        expect(page.locator("article")).to_contain_text(wanted)
        check(page, f"{number:02}-{paper.slug}")
        with page.expect_download() as download:
            page.click("#preview .btn-primary")
        assert download.value.suggested_filename.endswith((".pdf", ".docx"))


def test_papers_of_a_coming_meeting(visit, log_in, check, office):
    meeting = coming_talk(office, *office.staff)
    call(meeting, CadreFactory(unit=office.unit, name="买买提江"), observing=True)
    page = visit()
    log_in(page, office.secretary)
    page.goto(f"/meetings/{meeting.pk}/papers/?show=sign-in-sheet")
    expect(page.locator("article")).to_contain_text("买买提江")
    expect(page.locator("a[href*='minutes']")).to_have_count(0)
    check(page, "coming")
