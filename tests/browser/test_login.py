"""Logging in and out, as people do it."""

import pytest

from tests.factories import CadreFactory


@pytest.fixture
def cadre():
    return CadreFactory()


def test_cadre_logs_in_and_out(page, cadre, log_in, check):
    page.goto("/")
    check(page, "login")
    log_in(page, cadre)
    check(page, "first-page")
    page.click("details.site-menu > summary")
    check(page, "menu")
    page.locator("details.site-menu").get_by_role("button").last.click()
    page.wait_for_url("**/account/login/**")
    page.goto("/")
    assert "/account/login/" in page.url


def test_cadre_with_a_wrong_password_is_told(page, cadre, check):
    page.expected_statuses.add(422)
    page.goto("/account/login/")
    page.fill("input[name=login]", cadre.staff_number)
    page.fill("input[name=password]", "wrong-Password-1")
    page.click("main button.btn-primary")
    assert cadre.staff_number == page.input_value("input[name=login]")
    check(page, "wrong-password")
