"""The attendance desk under two pairs of hands: the keyboard alone, and marks that cross."""

import pytest
from playwright.sync_api import Locator, Page, expect

from meetings.attendance import mark_attendance
from meetings.models import Role
from tests.browser.conftest import LOOKS
from tests.factories import AttendanceFactory, CadreFactory, MeetingFactory, RoleAssignmentFactory

one_look = pytest.mark.parametrize("look", LOOKS[:1], ids=str)
NAMES = ["王䶮", "欧阳慎之", "诸葛守正", "阿依努尔·图尔荪江"]


@pytest.fixture
def secretary():
    return RoleAssignmentFactory(role=Role.SECRETARY, cadre__name="许知行").cadre


@pytest.fixture
def other(secretary):
    cadre = CadreFactory(unit=secretary.unit, name="孟怀瑾")
    return RoleAssignmentFactory(role=Role.SECRETARY, unit=secretary.unit, cadre=cadre).cadre


@pytest.fixture
def people(secretary):
    """The rows of a roll of four."""
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, announced=True)
    return [
        AttendanceFactory(meeting=meeting, order=order, cadre__name=name)
        for order, name in enumerate(NAMES, start=1)
    ]


@pytest.fixture
def desk(page, log_in, secretary, people):
    log_in(page, secretary)
    page.goto(f"/meetings/{people[0].meeting_id}/desk/")
    return page


def row_of(page: Page, person) -> Locator:
    return page.locator(f"#p{person.pk}")


def expect_focus_in(page: Page, person) -> None:
    expect(row_of(page, person).locator(":focus")).to_have_count(1)


@one_look
def test_keyboard_alone_takes_the_whole_roll(desk, people):
    _first, second, third, fourth = people
    keys = desk.keyboard
    desk.focus("#id_q")
    keys.press("Enter")
    keys.press("p")
    expect_focus_in(desk, second)
    keys.press("l")
    expect(row_of(desk, second).locator("input[name=reason]")).to_be_focused()
    keys.type("病假")
    keys.press("Enter")
    keys.type("李局长")
    keys.press("Enter")
    expect_focus_in(desk, third)
    keys.press("1")
    keys.press("ArrowUp")
    expect(row_of(desk, third)).to_have_attribute("data-state", "present")
    keys.press("t")
    expect(row_of(desk, third).locator("button[name=late]")).to_have_attribute(
        "aria-pressed", "true"
    )
    keys.press("ArrowDown")
    keys.press("a")
    expect(row_of(desk, fourth).locator("input[name=reason]")).to_be_focused()
    # A letter in a text field is a letter.
    keys.type("pal")
    keys.press("Escape")
    keys.press("k")
    expect(row_of(desk, fourth)).to_have_attribute("data-version", "2")
    expect(desk.locator("#desk-counts .state-ready")).to_be_visible()
    for person in people:
        person.refresh_from_db()
    assert [person.state for person in people] == ["present", "leave", "present", "absent"]
    assert (second.reason, second.approved_by) == ("病假", "李局长")
    assert third.late
    assert fourth.reason == "pal"


@one_look
def test_filter_hides_as_one_types_and_leads_to_the_roll(desk, people):
    desk.fill("#id_q", "诸葛")
    expect(desk.locator(".roll-row:visible")).to_have_count(1)
    desk.press("#id_q", "Enter")
    expect_focus_in(desk, people[2])
    desk.keyboard.press("p")
    expect(row_of(desk, people[2])).to_have_attribute("data-state", "present")
    desk.keyboard.press("/")
    desk.keyboard.press("Delete")
    expect(desk.locator(".roll-row:visible")).to_have_count(4)
    desk.select_option("#id_show", "unmarked")
    expect(desk.locator(".roll-row:visible")).to_have_count(3)


def test_mark_that_crossed_another_is_shown_with_both(desk, people, other, check):
    desk.expected_statuses.add(409)
    person = people[1]
    mark_attendance(by=other, attendance=person, version=0, state="leave", reason="出差")
    row = row_of(desk, person)
    row.locator("button[value=absent]").click()
    problem = row.locator(".roll-problem")
    expect(problem).to_contain_text("孟怀瑾")
    expect(problem).to_contain_text("出差")
    expect(row).to_have_attribute("data-state", "leave")
    # The row says it; the page's own line for a refused step stays empty.
    expect(desk.locator("#live")).to_be_empty()
    check(desk, "conflict")
    problem.locator("button").click()
    expect(row).to_have_attribute("data-state", "absent")
    expect(row.locator(".roll-problem")).to_have_count(0)


@one_look
def test_marks_of_others_arrive_but_not_under_a_hand_that_types(
    page, log_in, secretary, other, people
):
    log_in(page, secretary)
    page.clock.install()
    page.expected_statuses.add(409)
    page.goto(f"/meetings/{people[0].meeting_id}/desk/")
    typing, resting = row_of(page, people[0]), row_of(page, people[1])
    typing.locator("button[value=absent]").click()
    reason = typing.locator("input[name=reason]")
    expect(reason).to_be_focused()
    page.keyboard.type("写到一半")
    mark_attendance(by=other, attendance=people[0], version=1, state="present")
    mark_attendance(by=other, attendance=people[1], version=0, state="present")
    page.clock.fast_forward(10_000)
    expect(resting).to_have_attribute("data-state", "present")
    expect(typing).to_have_attribute("data-state", "absent")
    expect(reason).to_have_value("写到一半")
    expect(reason).to_be_focused()
    page.keyboard.press("Enter")
    expect(typing.locator(".roll-problem")).to_contain_text("写到一半")
    expect(typing).to_have_attribute("data-state", "present")


@one_look
def test_second_click_waits_for_the_first(desk, people):
    row = row_of(desk, people[0])
    desk.evaluate(
        """(id) => ["present", "leave"].forEach(
            (state) => document.querySelector(`#${id} button[value=${state}]`).click())""",
        f"p{people[0].pk}",
    )
    expect(row).to_have_attribute("data-version", "2")
    expect(row).to_have_attribute("data-state", "leave")


@one_look
def test_minutes_are_saved_while_one_types(page, log_in, secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, held=True)
    item = meeting.agenda_items.create(order=1, block="talk")
    log_in(page, secretary)
    page.goto(f"/meetings/{meeting.pk}/minutes/")
    text = page.locator("textarea").first
    text.press_sequentially("谈了四个方面")
    expect(page.locator(f"#saved-{item.pk}")).not_to_be_empty()
    text.press_sequentially("，提了要求")
    text.blur()
    expect(page.locator(f"#id_item-{item.pk}-seen")).not_to_have_value("")
    page.click("form#minutes > .actions .btn-primary")
    page.wait_for_load_state()
    item.refresh_from_db()
    assert item.notes == "谈了四个方面，提了要求"
