"""The cadre's whole story: from the slip with the code to the signed pledge in hand."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from meetings.models import Cadre
from pledges.models import Pledge, Signature
from tests.browser.office import (
    Office,
    build_office,
    coming_talk,
    follow,
    signing_talk,
    slip_for,
)
from tests.factories import PASSWORD, CadreFactory

OWN_WORDS = "凡经手的项目申报和验收，一律按程序公示，不为亲友打招呼。"
NEW_PASSWORD = "Spring-2027-Rain"
REVIEW = "#finish [value=review]"


@dataclass
class Story:
    """The cadre's browser, what looks at each page, and the office around."""

    page: Page
    check: Callable[[Page, str], None]
    office: Office
    cadre: Cadre
    on_phone: bool

    @property
    def pledge(self) -> Pledge:
        return Pledge.objects.get(signer=self.cadre)

    def look(self, name: str) -> None:
        self.check(self.page, name)


@pytest.fixture
def story(visit, check, look):
    page = visit()
    page.expected_statuses |= {401, 422}
    office = build_office()
    cadre = CadreFactory(
        staff_number="G1002",
        name="阿依努尔·图尔荪江",
        unit=office.unit,
        post="人事股股长",
        gender="女",
        ethnicity="维吾尔族",
        activated_at=None,
    )
    cadre.set_unusable_password()
    cadre.save()
    return Story(page, check, office, cadre, look.screen == "phone")


def test_cadre_activates_reads_and_signs(story):
    coming = coming_talk(story.office, story.cadre)
    held = signing_talk(story.office, story.cadre, *story.office.staff)
    missed = signing_talk(story.office, *story.office.staff)
    activate(story, slip_for(story.office, story.cadre))
    read_notice(story, coming.attendances.get(cadre=story.cadre).pk)
    come_by_code(story, held.occasion_id)
    confirm_points(story)
    draw(story)
    lose_session_while_typing(story)
    review_and_sign(story)
    keep_receipt(story)
    come_again(story, held.occasion_id, missed.occasion_id)


def activate(story: Story, code: str) -> None:
    page = story.page
    page.goto("/")
    follow(page, "main a[href='/activate/']")
    story.look("01-activate")
    fill_activation(page, story.cadre, code.swapcase().replace("-", "")[:-1] + "!")
    follow(page, "main form .btn-primary")
    expect(page.locator(".error-summary")).to_be_focused()
    story.look("02-wrong-code")
    fill_activation(page, story.cadre, code.lower())
    follow(page, "main form .btn-primary")
    expect(page.locator(".sheet-next")).to_have_count(1)
    story.look("03-mine")


def fill_activation(page: Page, cadre: Cadre, code: str) -> None:
    page.fill("#id_staff_number", cadre.staff_number)
    page.fill("#id_code", code)
    page.fill("#id_password", NEW_PASSWORD)
    page.fill("#id_password_again", NEW_PASSWORD)


def read_notice(story: Story, notice: int) -> None:
    page = story.page
    follow(page, f"main h3 a[href='/notices/{notice}/']")
    story.look("04-notice")
    with page.expect_download() as download:
        page.click("main a[href$='meeting.ics']")
    assert download.value.suggested_filename == "meeting.ics"
    with open(download.value.path(), encoding="utf-8") as calendar:
        assert calendar.read().startswith("BEGIN:VCALENDAR")


def come_by_code(story: Story, occasion: int) -> None:
    page = story.page
    page.goto(f"/pledges/at/{occasion}/")
    assert page.url.endswith(f"/pledges/{story.pledge.pk}/")
    story.look("05-pledge")
    follow(page, REVIEW)
    expect(page.locator(".error-summary li")).to_have_count(5)
    story.look("06-all-missing")


def confirm_points(story: Story) -> None:
    page = story.page
    for number in range(1, 5):
        page.click(f"#point-{number} button")
        expect(page.locator(f"#point-{number} .point-state")).to_be_focused()
        expect(page.locator("#missing li")).to_have_count(5 - number)


def draw(story: Story) -> None:
    """Two strokes; the last is undone, all is cleared, and at last they stay."""
    page, stroke = story.page, finger if story.on_phone else mouse
    pad = page.locator("canvas.pad")
    field = page.locator("#id_strokes")
    pad.scroll_into_view_if_needed()
    stroke(page, pad, 0.2)
    stroke(page, pad, 0.5)
    assert field.input_value().count("points") == 2
    page.click("[data-pad-undo]")
    assert field.input_value().count("points") == 1
    page.click("[data-pad-clear]")
    assert field.input_value() == "[]"
    stroke(page, pad, 0.3)
    stroke(page, pad, 0.6)
    expect(page.locator("#missing .state-ready")).to_be_visible()
    story.look("07-drawn")


def mouse(page: Page, pad: Locator, start: float) -> None:
    points = stroke_points(pad, start)
    page.mouse.move(*points[0])
    page.mouse.down()
    for x, y in points[1:]:
        page.mouse.move(x, y)
    page.mouse.up()


def finger(page: Page, pad: Locator, start: float) -> None:
    points = [{"x": x, "y": y} for x, y in stroke_points(pad, start)]
    touch = page.context.new_cdp_session(page)
    send = "Input.dispatchTouchEvent"
    touch.send(send, {"type": "touchStart", "touchPoints": points[:1]})
    for point in points[1:]:
        touch.send(send, {"type": "touchMove", "touchPoints": [point]})
    touch.send(send, {"type": "touchEnd", "touchPoints": []})
    touch.detach()


def stroke_points(pad: Locator, start: float) -> list[tuple[float, float]]:
    """A wave across a quarter of the pad, beginning at `start` of its width."""
    box = pad.bounding_box()
    assert box
    return [
        (
            box["x"] + box["width"] * (start + step / 40),
            box["y"] + box["height"] * (0.3 if step % 2 else 0.7),
        )
        for step in range(10)
    ]


def lose_session_while_typing(story: Story) -> None:
    """The session runs out: what was typed and drawn is there again after the log-in."""
    page = story.page
    page.context.clear_cookies(name="sessionid")
    page.fill("#id_personal_commitment", OWN_WORDS)
    expect(page.locator("#live")).not_to_be_empty()
    story.look("08-logged-out")
    follow(page, REVIEW)
    page.fill("#id_login", story.cadre.staff_number)
    page.fill("#id_password", NEW_PASSWORD)
    follow(page, "main form .btn-primary")
    assert page.input_value("#id_personal_commitment") == OWN_WORDS
    expect(page.locator(".note-warning")).to_be_visible()
    story.look("09-found-again")


def review_and_sign(story: Story) -> None:
    page = story.page
    follow(page, REVIEW)
    expect(page.locator(".pledge-text")).to_contain_text(OWN_WORDS)
    assert page.locator(".mark-picture").evaluate("image => image.naturalWidth > 0")
    code = page.locator("article dd.code").inner_text()
    stale = page.context.new_page()
    stale.goto(page.url)
    story.look("10-review")
    page.check("#id_agree")
    page.fill("#id_password", PASSWORD)
    follow(page, ".sheet-next .btn-primary")
    expect(page.locator(".error-summary")).to_be_focused()
    assert not Signature.objects.exists()
    story.look("11-wrong-password")
    assert page.is_checked("#id_agree")
    page.fill("#id_password", NEW_PASSWORD)
    follow(page, ".sheet-next .btn-primary")
    assert page.locator(".receipt-code").inner_text() == code
    stale.fill("#id_password", NEW_PASSWORD)
    follow(stale, ".sheet-next .btn-primary")
    assert stale.locator(".receipt-code").inner_text() == code
    stale.close()
    assert Signature.objects.get().short_code == code


def keep_receipt(story: Story) -> None:
    page = story.page
    story.look("12-receipt")
    page.locator("main details").evaluate_all("folds => folds.forEach(fold => fold.open = true)")
    story.look("13-receipt-in-full")
    answer = page.request.get(page.locator(".page-head .btn-primary").get_attribute("href"))
    assert answer.headers["content-type"] == "application/pdf"
    pdf = PdfReader(io.BytesIO(answer.body()))
    text = re.sub(r"\s", "", pdf.pages[0].extract_text())
    assert len(pdf.pages) == 1
    assert OWN_WORDS in text
    assert story.pledge.signature.short_code.replace(" ", "") in text


def come_again(story: Story, signed: int, missed: int) -> None:
    page = story.page
    page.goto(f"/pledges/at/{signed}/")
    assert page.url.endswith("/receipt/")
    page.goto("/")
    expect(page.locator(".sheet-next")).to_have_count(0)
    story.look("14-mine-signed")
    page.goto(f"/pledges/at/{missed}/")
    expect(page.locator("main form")).to_have_count(0)
    story.look("15-not-present")
