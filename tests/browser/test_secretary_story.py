"""The secretary's whole story: from a roster in Excel to a corrected record and the next draft."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from meetings.models import Attendance, Cadre, Meeting, Notice, NoticeKind, State
from pledges.models import Pledge
from tests.browser.office import TITLE, Office, as_typed, build_office, follow, sign, write_roster

NEXT_STEP = ".sheet-next .btn-primary"
EXCLUDED, ON_LEAVE, ABSENT = "田富", "苏玥", "程䶮"


@dataclass
class Story:
    """The secretary's browser, what looks at each page, and the office around."""

    page: Page
    check: Callable[[Page, str], None]
    office: Office
    on_phone: bool
    begins: datetime

    @property
    def meeting(self) -> Meeting:
        return Meeting.objects.exclude(state=State.DRAFT).get()

    def look(self, name: str) -> None:
        self.check(self.page, name)

    def to_meeting(self) -> None:
        self.page.goto(f"/meetings/{self.meeting.pk}/")

    def row(self, name: str) -> Locator:
        """A person's row at the desk."""
        return self.page.locator(f"#p{Attendance.objects.get(name=name).pk}")


@pytest.fixture
def story(visit, check, look):
    page = visit()
    page.expected_statuses.add(422)
    begins = timezone.localtime().replace(second=0, microsecond=0) - timedelta(minutes=5)
    return Story(page, check, build_office(), look.screen == "phone", begins)


def test_secretary_takes_a_talk_from_roster_to_record(story, log_in, tmp_path):
    log_in(story.page, story.office.secretary)
    story.look("01-me")
    import_roster(story, write_roster(tmp_path / "花名册.xlsx"))
    hand_out_slips(story)
    draft_talk(story)
    call_people(story)
    announce(story)
    mark_attendance(story)
    hold_and_open_signing(story)
    show_on_site(story)
    take_minutes(story)
    attach_file(story)
    remind_once(story)
    close(story)
    correct(story)
    copy(story)


def import_roster(story: Story, roster: Path) -> None:
    page = story.page
    page.goto("/roster/")
    story.look("02-roster")
    follow(page, ".page-head .btn-primary")
    page.set_input_files("#id_file", roster)
    follow(page, "main form .btn-primary")
    wrong = page.locator("#row-7")
    expect(wrong.locator(".state-wrong")).to_be_visible()
    expect(page.locator("#row-3 .state-changed")).to_be_visible()
    story.look("03-preview-wrong")
    follow(page, "form[action$='/units/'] button[name=all]")
    follow(page, wrong.locator("a"))
    story.look("04-mend-row")
    page.fill("#id_birth_month", "1975.10")
    follow(page, "main form .btn-primary")
    page.goto(re.sub(r"\?.*", "", page.url))
    expect(page.locator("table .state-new")).to_have_count(5)
    story.look("05-preview-clean")
    follow(page, "form[action$='/apply/'] button")
    assert Cadre.objects.get(staff_number="G1001").post == "副主任"
    assert Cadre.objects.get(staff_number="G1005").birth_month == "1975-10"
    assert Cadre.objects.get(staff_number="G1003").name == "田富"


def hand_out_slips(story: Story) -> None:
    page = story.page
    assert page.url.endswith("/roster/slips/")
    expect(page.locator("tbody tr")).to_have_count(5)
    story.look("06-slips-choice")
    follow(page, ".sheet-next .btn-primary")
    expect(page.locator(".slip")).to_have_count(5)
    assert re.fullmatch(r"(\w{4}-){2}\w{4}", page.locator(".slip-code").first.inner_text())
    story.look("07-slips")


def draft_talk(story: Story) -> None:
    page = story.page
    page.goto("/meetings/")
    story.look("08-no-meetings")
    follow(page, ".page-head .btn-primary")
    story.look("09-new-talk")
    page.fill("#id_title", TITLE)
    page.select_option("#id_unit", label=story.office.unit.name)
    follow(page, "main form .btn-primary")
    story.look("10-draft")
    page.fill("#id_basis", "近期部分中层岗位作了调整，依据青农党组〔2026〕6号文件。")
    page.fill("#id_starts_at", as_typed(story.begins))
    page.fill("#id_ends_at", as_typed(story.begins + timedelta(minutes=100)))
    page.fill("#id_chair", story.office.chair.name)
    page.fill("#id_speaker", story.office.speaker.staff_number)
    page.fill("#id_study_list", "中国共产党章程\n中国共产党廉洁自律准则")
    move_agenda(page)
    moved = page.locator(".move-line").first
    moved.locator("input[name$=cadre]").fill("G1001")
    moved.locator("input[name$=from_post]").fill("科员")
    moved.locator("input[name$=to_post]").fill("副主任")
    expect(page.locator("#draft-state")).not_to_be_empty()
    story.look("11-draft-filled")
    follow(page, "#draft .actions .btn-primary")
    blocks = list(Meeting.objects.get().agenda_items.values_list("block", flat=True))
    assert blocks[:3] == ["study", "talk", "opening"]


def move_agenda(page: Page) -> None:
    """The opening goes down two places; its button keeps the focus meanwhile."""
    lines = page.locator(".agenda-line")
    down = lines.first.locator(".agenda-moves button").nth(1)
    down.click()
    page.keyboard.press("Enter")
    expect(lines.nth(2).locator("select")).to_have_value("opening")


def call_people(story: Story) -> None:
    page = story.page
    count = page.locator(".counts-sticky b").first
    story.look("12-people")
    assert int(count.inner_text()) == 0
    with page.expect_navigation():
        page.select_option("#id_rank", "副科级")
    expect(page.locator("tbody tr")).to_have_count(3)
    page.select_option("#whom", "all")
    follow(page, "#people .actions button")
    assert int(count.inner_text()) == 3
    with page.expect_navigation():
        page.select_option("#id_rank", "正科级")
    page.select_option("#whom", "all")
    follow(page, "#people .actions button")
    assert int(count.inner_text()) == 6
    exclude_one(story)
    story.look("14-people-called")
    follow(page, ".actions-sticky .btn-primary")


def exclude_one(story: Story) -> None:
    page = story.page
    page.get_by_label(f"{EXCLUDED} G1003").check()
    page.select_option("#id_role", "excluded")
    follow(page, "#people .actions button")
    expect(page.get_by_label(f"{EXCLUDED} G1003")).to_be_checked()
    expect(page.locator("#id_role")).to_have_value("excluded")
    story.look("13-reason-missing")
    page.fill("#id_exclusion_reason", "借调")
    follow(page, "#people .actions button")
    assert page.locator(".counts-sticky b").all_inner_texts() == ["5", "0", "1"]


def announce(story: Story) -> None:
    page = story.page
    expect(page.locator(".error-summary li")).to_have_count(1)
    expect(page.locator("main form button")).to_have_count(0)
    story.look("15-something-missing")
    follow(page, ".error-summary a")
    assert page.url.endswith("#id_place")
    expect(page.locator("#id_place")).to_be_in_viewport()
    page.fill("#id_place", "机关三楼会议室")
    follow(page, "#draft .actions .btn-primary")
    follow(page, ".actions-sticky .btn-primary")
    expect(page.locator(".error-summary")).to_have_count(0)
    story.look("16-check-and-announce")
    follow(page, ".sheet-next .btn-primary")
    assert story.meeting.state == State.ANNOUNCED
    assert Notice.objects.filter(kind=NoticeKind.ANNOUNCEMENT).count() == 5
    story.look("17-announced")


def mark_attendance(story: Story) -> None:
    page = story.page
    page.goto(f"/meetings/{story.meeting.pk}/desk/")
    story.look("18-desk")
    if story.on_phone:
        mark_by_thumb(story)
    else:
        mark_by_keyboard(story)
    balance(page, 5, 1, 1, 1, 2)
    story.look("19-desk-marked")
    follow(page, "#desk-counts a")
    story.look("20-rest-present")
    follow(page, "main form .btn-primary")
    balance(page, 5, 3, 1, 1, 0)
    expect(page.locator("#desk-counts .state-ready")).to_be_visible()
    late = Attendance.objects.get(state="present", late=True)
    assert late.name == "尉迟砚秋"
    leave = Attendance.objects.get(name=ON_LEAVE)
    assert (leave.reason, leave.approved_by) == ("住院治疗", "沈秉衡")
    follow(page, story.row(ON_LEAVE).locator(".roll-history"))
    story.look("21-history-of-marks")


def mark_by_thumb(story: Story) -> None:
    page = story.page
    first = story.row("尉迟砚秋")
    first.locator("[value=present]").tap()
    first.locator("[name=late]").nth(0).tap()
    expect(first.locator("button[name=late]")).to_have_attribute("aria-pressed", "true")
    for name, state in ((ON_LEAVE, "leave"), (ABSENT, "absent")):
        story.row(name).locator(f"button[value={state}]").tap()
        expect(story.row(name)).to_have_attribute("data-state", state)
        story.row(name).locator("input[name=reason]").fill("住院治疗")
    story.row(ON_LEAVE).locator("input[name=approved_by]").fill("沈秉衡")
    for name in (ON_LEAVE, ABSENT):
        story.row(name).locator(".roll-reasons button").tap()
    page.wait_for_load_state("networkidle")


def mark_by_keyboard(story: Story) -> None:
    """Present moves on by itself; leave and absence ask for their reasons first."""
    page = story.page
    press = page.keyboard.press
    page.focus("#id_q")
    press("Enter")
    expect(story.row("尉迟砚秋").locator("button").first).to_be_focused()
    press("p")
    expect(story.row("尉迟砚秋")).to_have_attribute("data-state", "present")
    press("k")
    press("t")
    expect(story.row("尉迟砚秋").locator("button[name=late]")).to_have_attribute(
        "aria-pressed", "true"
    )
    for name, key in ((ON_LEAVE, "l"), (ABSENT, "a")):
        story.row(name).locator("button[value=present]").focus()
        press(key)
        expect(story.row(name).locator("input[name=reason]")).to_be_focused()
        page.keyboard.insert_text("住院治疗")
        press("Enter")
        if key == "l":
            page.keyboard.insert_text("沈秉衡")
            press("Enter")
    page.wait_for_load_state("networkidle")


def balance(page: Page, *counts: int) -> None:
    """Called = present + on leave + absent + not marked, as the desk's head says it."""
    shown = page.locator("#desk-counts .counts li:not(.soft) b")
    expect(shown).to_have_text([str(count) for count in counts])
    assert counts[0] == sum(counts[1:])


def hold_and_open_signing(story: Story) -> None:
    page = story.page
    story.to_meeting()
    follow(page, NEXT_STEP)
    story.look("22-hold")
    page.fill("#id_started_at", as_typed(story.begins))
    follow(page, "main form .btn-primary")
    story.look("23-held")
    follow(page, NEXT_STEP)
    assert story.meeting.state == State.SIGNING
    assert Pledge.objects.count() == 3
    story.look("24-signing")


def show_on_site(story: Story) -> None:
    page = story.page
    sign(Pledge.objects.get(name="尉迟砚秋"))
    page.clock.install()
    page.goto(f"/meetings/{story.meeting.pk}/screen/")
    picture = page.locator(".screen-code img")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    expect(page.locator(".screen-count b")).to_have_text("1")
    sign(Pledge.objects.get(name="马骉"))
    story.look("25-on-site")
    page.clock.fast_forward(5_000)
    expect(page.locator(".screen-count b")).to_have_text("2")


def take_minutes(story: Story) -> None:
    page = story.page
    page.goto(f"/meetings/{story.meeting.pk}/minutes/")
    talk = page.locator("#minutes textarea").nth(1)
    talk.fill("围绕四个方面提出要求：抓学习、担责任、守分寸、受监督。")
    expect(page.locator(".minutes-saved").nth(1)).not_to_be_empty()
    page.select_option("#id_attendance", index=1)
    page.fill("#id_summary", "拥护组织决定，到新岗位先学规矩、再理业务。")
    follow(page, "#statements form .btn-secondary")
    assert story.meeting.statements.get().summary.startswith("拥护")
    assert story.meeting.agenda_items.get(block="talk").notes.startswith("围绕")
    story.look("26-minutes")


def attach_file(story: Story) -> None:
    page = story.page
    page.goto(f"/meetings/{story.meeting.pk}/attachments/")
    file = {"name": "签到册.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n%%EOF\n"}
    page.set_input_files("#id_file", {**file, "buffer": b"MZ\x90\x00"})
    follow(page, "main form .btn-primary")
    expect(page.locator(".error-summary")).to_be_visible()
    story.look("27-attachment-refused")
    page.set_input_files("#id_file", file)
    follow(page, "main form .btn-primary")
    story.look("28-attachments")
    with page.expect_download() as download:
        page.click("tbody th a")
    assert download.value.suggested_filename == "签到册.pdf"
    assert Path(download.value.path()).read_bytes() == file["buffer"]


def remind_once(story: Story) -> None:
    page = story.page
    page.goto(f"/meetings/{story.meeting.pk}/unsigned/")
    expect(page.locator("tbody tr").first).to_contain_text("阿依努尔")
    story.look("29-unsigned")
    follow(page, "form[action$='/remind/'] .btn-primary")
    expect(page.locator(".note-success")).to_be_visible()
    follow(page, "form[action$='/remind/'] button")
    assert Notice.objects.filter(kind=NoticeKind.REMINDER).count() == 1
    story.look("30-second-reminder")
    follow(page, "form:has(input[name=again]) button")
    assert Notice.objects.filter(kind=NoticeKind.REMINDER).count() == 2


def close(story: Story) -> None:
    page = story.page
    story.to_meeting()
    follow(page, ".sheet-next a[href$='/close/']")
    expect(page.locator(".checklist .state-wrong")).to_have_count(1)
    expect(page.locator("main form")).to_have_count(0)
    story.look("31-not-yet")
    follow(page, ".checklist li:has(.state-wrong) a")
    page.fill("#id_ended_at", as_typed(story.begins + timedelta(minutes=95)))
    follow(page, "main form .btn-primary")
    follow(page, ".sheet-next a[href$='/close/']")
    story.look("32-close")
    follow(page, ".sheet-next .btn-primary")
    expect(page.locator("#record-state .state-sealed")).to_be_visible()
    expect(page.locator("article")).to_contain_text(TITLE)
    story.look("33-record")
    assert TITLE[:6] in read_pdf(page)


def read_pdf(page: Page) -> str:
    """The text of the PDF that the record's page has downloaded, without its line breaks."""
    with page.expect_download() as download:
        page.click("#record-state .btn-primary")
    assert download.value.suggested_filename.endswith(".pdf")
    pdf = Path(download.value.path()).read_bytes()
    text = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf)).pages)
    return re.sub(r"\s", "", text)


def correct(story: Story) -> None:
    page = story.page
    page.goto(f"/meetings/{story.meeting.pk}/correct/")
    story.look("34-correct")
    page.fill("#id_place", "机关四楼会议室")
    follow(page, "main form .btn-primary")
    expect(page.locator(".error-summary")).to_be_visible()
    page.fill("#id_reason", "会议室临时调整，原记录误记。")
    follow(page, "main form .btn-primary")
    expect(page.locator("nav.sections a")).to_have_count(2)
    expect(page.locator("main table").first).to_contain_text("机关四楼会议室")
    story.look("35-correction")
    assert "机关四楼会议室" in read_pdf(page)


def copy(story: Story) -> None:
    page = story.page
    story.to_meeting()
    story.look("36-closed")
    follow(page, "form[action$='/copy/'] button")
    assert page.input_value("#id_title") == TITLE
    assert page.input_value("#id_starts_at") == ""
    draft = Meeting.objects.get(state=State.DRAFT)
    assert draft.attendances.count() == 6
    page.goto("/meetings/")
    expect(page.locator(".card-list > li")).to_have_count(2)
    story.look("37-meetings")
