"""The frame of every page, as a hand on the keyboard or a thumb meets it."""

import pytest

from tests.browser.conftest import LOOKS
from tests.factories import PASSWORD, CadreFactory

CHANGE = "/account/password/"
# For what neither the screen nor the language changes.
one_look = pytest.mark.parametrize("look", LOOKS[:1], ids=str)


@pytest.fixture
def cadre():
    return CadreFactory(name="阿依古丽·买买提明")


def test_pages_of_the_account_and_of_errors_are_sound(page, cadre, log_in, check):
    page.expected_statuses |= {403, 404}
    log_in(page, cadre)
    for name, url in [
        ("password", CHANGE),
        ("logout", "/account/logout/"),
        ("not-found", "/no/such/page/"),
        ("forbidden", "/admin/login/"),
    ]:
        page.goto(url)
        check(page, name)


@one_look
def test_keyboard_reaches_content_and_menu_and_closes_it(page, cadre, log_in):
    log_in(page, cadre)
    page.goto(CHANGE)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.focus("details.site-menu > summary")
    page.keyboard.press("Enter")
    assert page.locator("details.site-menu").get_attribute("open") is not None
    page.keyboard.press("Escape")
    assert page.locator("details.site-menu").get_attribute("open") is None
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_mistakes_are_summed_up_and_lead_to_their_field(page, cadre, log_in, check):
    page.expected_statuses.add(422)
    log_in(page, cadre)
    page.goto(CHANGE)
    page.fill("#id_oldpassword", PASSWORD)
    page.fill("#id_password1", "abc")
    page.fill("#id_password2", "abd")
    page.click("main button.btn-primary")
    page.locator(".error-summary:focus").wait_for()
    check(page, "mistakes")
    page.click(".error-summary a >> nth=0")
    assert page.evaluate("document.activeElement.id") == "id_password1"


@one_look
def test_language_and_large_type_are_kept_and_fit_a_small_phone(page, cadre, log_in, check):
    log_in(page, cadre)
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(CHANGE)
    page.click("details.site-menu > summary")
    page.click("button[name=type_size][value=large]")
    assert page.url.endswith(CHANGE)
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "20px"
    check(page, "large")
    page.click("details.site-menu > summary")
    check(page, "large-menu")
    for language in ("en", "zh-hans"):
        if not page.locator("details.site-menu[open]").count():
            page.click("details.site-menu > summary")
        page.click(f"button[name=language][value={language}]")
        assert page.get_attribute("html", "lang") == language


@one_look
def test_form_opened_before_a_new_log_in_elsewhere_can_still_be_sent(page, cadre, log_in):
    log_in(page, cadre)
    page.goto(CHANGE)
    page.fill("#id_oldpassword", PASSWORD)
    page.fill("#id_password1", "Spring-2027-Rain")
    page.fill("#id_password2", "Spring-2027-Rain")
    page.context.clear_cookies(name="sessionid")
    elsewhere = page.context.new_page()
    log_in(elsewhere, cadre)
    page.click("main button.btn-primary")
    page.wait_for_url(lambda url: CHANGE not in url)
    cadre.refresh_from_db()
    assert cadre.check_password("Spring-2027-Rain")


@one_look
def test_second_click_does_not_send_a_form_twice(page, cadre, log_in):
    log_in(page, cadre)
    page.goto("/account/logout/")
    refused = page.evaluate(
        """() => {
            const refused = [];
            document.addEventListener("submit", (event) => refused.push(event.defaultPrevented));
            const form = document.querySelector("main form");
            form.requestSubmit();
            form.requestSubmit();
            return refused;
        }"""
    )
    assert refused == [False, True]
    page.wait_for_url("**/account/login/**")


def test_menu_and_forms_work_without_javascript(browser, live_server, cadre, empty_cache):
    context = browser.new_context(
        base_url=live_server.url,
        java_script_enabled=False,
        viewport={"width": 390, "height": 844},
    )
    page = context.new_page()
    page.goto("/account/login/")
    page.fill("#id_login", cadre.staff_number)
    page.fill("#id_password", PASSWORD)
    page.click("main button.btn-primary")
    page.click("details.site-menu > summary")
    page.click(f".site-menu-sheet a[href='{CHANGE}']")
    assert page.locator("#id_oldpassword").is_visible()
    page.click("details.site-menu > summary")
    page.click(".site-menu-sheet .menu-button")
    assert "/account/login/" in page.url
    context.close()
