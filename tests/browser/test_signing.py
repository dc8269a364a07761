"""A cadre signs: by hand, by keyboard alone, without JavaScript, after a session that ran out."""

import re

import pytest
from playwright.sync_api import expect

from pledges.models import Pledge
from tests.factories import PASSWORD, CadreFactory, PledgeFactory, RoleAssignmentFactory


@pytest.fixture
def pledge():
    return PledgeFactory(signer=CadreFactory(name="欧阳文澜", post="计划财务科科长"))


def draw(page):
    """Draws on the pad, and waits until the server has it."""
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        for stroke in range(3):
            left = box["x"] + 20 + stroke * 90
            page.mouse.move(left, box["y"] + 40)
            page.mouse.down()
            for step in range(12):
                page.mouse.move(left + 6 * step, box["y"] + 40 + 60 * (step % 2))
            page.mouse.up()


def confirm_all(page):
    for number in range(1, 5):
        page.click(f"#point-{number} button")
        page.wait_for_selector(f"#point-{number}.point-confirmed")


def give_password(page, password=PASSWORD):
    """Signs with the password; accepts the signing agreement where it is asked for."""
    if page.locator("#id_agree").count():
        page.check("#id_agree")
    page.fill("#id_password", password)
    page.click("main button.btn-primary")
    page.wait_for_load_state()


def test_cadre_signs_on_one_page(page, pledge, log_in, check):
    page.expected_statuses.add(422)
    log_in(page, pledge.signer)
    page.goto(f"/pledges/at/{pledge.occasion_id}/")
    check(page, "sign")
    page.click("#finish button.btn-primary")
    page.wait_for_selector(".error-summary")
    assert page.evaluate("document.activeElement.className") == "error-summary"
    check(page, "missing")
    confirm_all(page)
    assert not page.locator(".error-summary").is_visible()
    page.click("#personal summary")
    page.click("button[name=example] >> nth=0")
    expect(page.locator("textarea")).to_have_value(re.compile("资金支付"))
    draw(page)
    page.wait_for_selector("#missing .state-ready")
    check(page, "everything-there")
    page.reload()
    assert page.locator(".pledge-mark img").is_visible()
    check(page, "saved")
    page.click("#finish button.btn-primary")
    page.wait_for_url("**/review/")
    check(page, "review")
    give_password(page, "wrong")
    page.wait_for_selector(".error-summary")
    check(page, "wrong-password")
    give_password(page)
    page.wait_for_url("**/receipt/")
    for fold in page.locator("main details > summary").all():
        fold.click()
    check(page, "receipt")
    signed = Pledge.objects.signed().get()
    assert signed.signature_method == "drawn"
    assert signed.personal_commitment.startswith("我承诺资金支付")
    assert page.inner_text(".receipt-code") == signed.signature.short_code


def test_cadre_signs_by_keyboard_alone(page, pledge, log_in):
    log_in(page, pledge.signer)
    page.goto(f"/pledges/{pledge.pk}/")
    for number in range(1, 5):
        page.focus(f"#point-{number} button")
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#point-{number}.point-confirmed")
        focused = page.evaluate("document.activeElement.closest('section').id")
        assert focused == f"point-{number}"
    page.focus("#signature summary")
    page.keyboard.press("Enter")
    page.focus("#id_typed_name")
    page.keyboard.insert_text("欧阳文澜")
    page.keyboard.press("Enter")  # saves, and signs nothing
    page.wait_for_selector(".mark-name")
    page.focus("#finish button.btn-primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/")
    page.focus("#id_agree")
    page.keyboard.press("Space")
    page.focus("#id_password")
    page.keyboard.insert_text(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipt/")
    assert Pledge.objects.signed().get().signature_text == "欧阳文澜"


def test_cadre_signs_without_javascript(visit, pledge, log_in):
    page = visit(java_script_enabled=False)
    log_in(page, pledge.signer)
    page.goto(f"/pledges/{pledge.pk}/")
    assert not page.locator("canvas").is_visible()
    assert page.locator("#signature noscript").is_visible()
    page.fill("#id_personal_commitment", "不说情。")
    for number in range(1, 5):
        page.click(f"#point-{number} button")
        page.wait_for_selector(f"#point-{number}.point-confirmed")
    page.click("#signature summary")
    page.fill("#id_typed_name", "欧阳文澜")
    page.click("#finish button.btn-primary")
    page.wait_for_url("**/review/")
    give_password(page)
    page.wait_for_url("**/receipt/")
    assert Pledge.objects.signed().get().personal_commitment == "不说情。"


def test_pad_undoes_clears_and_gives_way_to_a_typed_name(page, pledge, log_in):
    log_in(page, pledge.signer)
    page.goto(f"/pledges/{pledge.pk}/")
    draw(page)
    strokes = "JSON.parse(document.querySelector('#id_strokes').value).length"
    assert page.evaluate(strokes) == 3
    page.click("[data-pad-undo]")
    assert page.evaluate(strokes) == 2
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.click("[data-pad-clear]")
    assert page.evaluate(strokes) == 0
    assert Pledge.objects.get().signature_method == ""
    draw(page)
    page.click("#signature summary")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.fill("#id_typed_name", "欧阳文澜")
        page.locator("#id_typed_name").blur()
    expect(page.locator("#id_strokes")).to_have_value("[]")
    page.click("#finish button[value=save]")
    page.wait_for_selector(".mark-name")
    assert Pledge.objects.get().signature_text == "欧阳文澜"


def test_wrong_part_is_said_beside_it_as_one_goes(page, pledge, log_in, check):
    log_in(page, pledge.signer)
    page.goto(f"/pledges/{pledge.pk}/")
    page.fill("#id_personal_commitment", "😀 不说情。")
    expect(page.locator("#personal-error")).to_contain_text("U+1F600")
    page.click("#signature summary")
    page.fill("#id_typed_name", "旁人")
    page.locator("#id_typed_name").blur()
    expect(page.locator("#typed-error p")).to_be_visible()
    check(page, "wrong-parts")
    page.fill("#id_personal_commitment", "不说情。")
    page.fill("#id_typed_name", "欧阳文澜")
    page.locator("#id_typed_name").blur()
    expect(page.locator("#personal-error p")).to_have_count(0)
    expect(page.locator("#typed-error p")).to_have_count(0)
    page.reload()
    page.click("#point-1 button")
    page.wait_for_selector("#point-1.point-confirmed")


def test_session_that_ran_out_loses_nothing(page, pledge, log_in):
    page.expected_statuses.add(401)
    log_in(page, pledge.signer)
    page.goto(f"/pledges/{pledge.pk}/")
    page.context.clear_cookies(name="sessionid")
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    draw(page)
    page.fill("#id_personal_commitment", "写了很久。")
    # By keyboard: the line that tells of the 401 may move the button from under the pointer.
    page.press("#finish button[value=save]", "Enter")
    page.wait_for_url("**/account/login/**")
    page.fill("input[name=login]", pledge.signer.staff_number)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button.btn-primary")
    page.wait_for_url(f"**/pledges/{pledge.pk}/")
    assert page.input_value("#id_personal_commitment") == "写了很久。"
    assert page.evaluate("JSON.parse(document.querySelector('#id_strokes').value).length") == 3
    page.click("#finish button[value=save]")
    page.wait_for_selector(".pledge-mark img")
    pledge.refresh_from_db()
    assert pledge.personal_commitment == "写了很久。"


def test_cadre_without_a_pledge_is_told_why(page, pledge, log_in, check):
    log_in(page, CadreFactory())
    page.goto(f"/pledges/at/{pledge.occasion_id}/")
    check(page, "nothing-to-sign")


def test_secretary_edits_the_outline(page, log_in, check):
    page.expected_statuses.add(422)
    log_in(page, RoleAssignmentFactory().cadre)
    page.goto("/pledges/outlines/")
    check(page, "list")
    page.click("main .page-head .btn-primary")
    check(page, "form")
    page.fill("textarea[name=commitment-1-1]", "我承诺每月学习一次党纪党规。")
    page.click("main button.btn-primary")
    page.wait_for_selector(".error-summary")
    check(page, "form-wrong")
    page.fill("input[name=note]", "改为每月一次")
    page.click("main button.btn-primary")
    page.wait_for_selector(".two-faces")
    assert "我承诺每月学习一次党纪党规。" in page.inner_text("main")
    check(page, "detail")
