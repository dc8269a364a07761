"""The keyboard alone does everything: log in, the menu, signing by name, marking at the desk."""

import pytest
from playwright.sync_api import Page, expect

from meetings.models import Attendance
from pledges.models import Signature
from tests.browser.conftest import LOOKS
from tests.browser.office import build_office, call, signing_talk, talk
from tests.factories import PASSWORD, CadreFactory

on_a_pc = pytest.mark.parametrize("look", LOOKS[:1], ids=str)
MOST_STEPS = 80


@pytest.fixture
def office():
    return build_office()


def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until the focus is there, and makes sure that one can see it."""
    for _step in range(MOST_STEPS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            break
    else:
        pytest.fail(f"Tab does not lead to {selector}")
    focused = page.locator(selector).and_(page.locator(":focus-visible"))
    expect(focused).to_be_in_viewport()
    ring = focused.evaluate("focused => getComputedStyle(focused).outlineStyle")
    assert ring != "none", f"the focus cannot be seen on {selector}"


def press(page: Page, key: str = "Enter") -> None:
    """Presses a key that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def log_in_by_keyboard(page: Page, number: str) -> None:
    page.goto("/")
    tab_to(page, "#id_login")
    page.keyboard.insert_text(number)
    tab_to(page, "#id_password")
    page.keyboard.insert_text(PASSWORD)
    press(page)


@on_a_pc
def test_cadre_finds_reads_and_signs_by_keyboard(page, office):
    cadre = office.staff[0]
    signing_talk(office, cadre)
    log_in_by_keyboard(page, cadre.staff_number)
    tab_to(page, ".site-nav a")
    press(page)
    tab_to(page, ".sheet-next .btn-primary")
    press(page)
    for number in range(1, 5):
        tab_to(page, f"#point-{number} button")
        page.keyboard.press("Enter")
        expect(page.locator(f"#point-{number} .point-state")).to_be_focused()
    tab_to(page, "#id_personal_commitment")
    page.keyboard.insert_text("不为亲友打招呼。")
    tab_to(page, "#signature summary")
    page.keyboard.press("Enter")
    tab_to(page, "#id_typed_name")
    page.keyboard.insert_text(cadre.name)
    tab_to(page, "#finish [value=review]")
    press(page)
    tab_to(page, "#id_agree")
    page.keyboard.press("Space")
    tab_to(page, "#id_password")
    page.keyboard.insert_text(PASSWORD)
    tab_to(page, ".sheet-next .btn-primary")
    press(page, "Space")
    expect(page.locator(".receipt-code")).to_have_text(Signature.objects.get().short_code)


@on_a_pc
def test_secretary_marks_the_roll_by_keyboard(page, office):
    meeting = talk(office, announced=True)
    people = [CadreFactory(unit=office.unit, name=name) for name in ("马骉", "苏玥", "程䶮")]
    first, second, third = call(meeting, *people)
    log_in_by_keyboard(page, office.secretary.staff_number)
    page.goto(f"/meetings/{meeting.pk}/desk/")
    tab_to(page, "#id_q")
    page.keyboard.insert_text("骉")
    expect(page.locator("#roll > li:visible")).to_have_count(1)
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    page.keyboard.press("1")
    expect(page.locator(f"#p{first.pk}")).to_have_attribute("data-state", "present")
    expect(page.locator(f"#p{second.pk} button").first).to_be_focused()
    page.keyboard.press("2")
    for words in ("下乡", "沈秉衡"):
        expect(page.locator(f"#p{second.pk} input:focus")).to_have_count(1)
        page.keyboard.insert_text(words)
        page.keyboard.press("Enter")
    expect(page.locator(f"#p{third.pk} button").first).to_be_focused()
    page.keyboard.press("3")
    expect(page.locator(f"#p{third.pk}")).to_have_attribute("data-state", "absent")
    expect(page.locator(f"#p{second.pk} [name=approved_by]")).to_have_value("沈秉衡")
    leave = Attendance.objects.get(pk=second.pk)
    assert (leave.state, leave.reason, leave.approved_by) == ("leave", "下乡", "沈秉衡")


@on_a_pc
def test_language_is_switched_by_keyboard(page, office, look):
    log_in_by_keyboard(page, office.secretary.staff_number)
    tab_to(page, "details.site-menu > summary")
    page.keyboard.press("Enter")
    other = "en" if look.language == "zh-hans" else "zh-hans"
    tab_to(page, f"button[name=language][value={other}]")
    press(page)
    assert page.get_attribute("html", "lang") == other
