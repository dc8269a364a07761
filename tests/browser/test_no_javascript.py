"""Without JavaScript: log in, mark at the desk by plain forms, sign with a typed name."""

import pytest
from playwright.sync_api import expect

from meetings.models import Attendance
from pledges.models import Signature
from tests.browser.office import build_office, call, follow, signing_talk, talk
from tests.factories import PASSWORD


@pytest.fixture
def office():
    return build_office()


@pytest.fixture
def page(visit):
    return visit(java_script_enabled=False)


def test_secretary_marks_the_roll_by_plain_forms(page, office, log_in):
    meeting = talk(office, announced=True)
    (row,) = call(meeting, *office.staff)
    log_in(page, office.secretary)
    page.goto(f"/meetings/{meeting.pk}/desk/")
    follow(page, f"#p{row.pk} button[value=leave]")
    page.fill("input[name=reason]", "住院治疗")
    page.fill("input[name=approved_by]", "沈秉衡")
    follow(page, ".roll-reasons button")
    row.refresh_from_db()
    assert (row.state, row.reason, row.approved_by) == ("leave", "住院治疗", "沈秉衡")
    page.goto(f"/meetings/{meeting.pk}/desk/")
    follow(page, f"#p{row.pk} button[value=present]")
    assert Attendance.objects.get(pk=row.pk).state == "present"


def test_cadre_signs_with_a_typed_name(page, office, log_in):
    page.expected_statuses.add(422)
    cadre = office.staff[0]
    signing_talk(office, cadre)
    log_in(page, cadre)
    follow(page, ".sheet-next .btn-primary")
    expect(page.locator("[data-pad]")).to_be_hidden()
    for number in range(1, 5):
        follow(page, f"#point-{number} button")
    page.click("#signature summary")
    page.fill("#id_typed_name", "别人的名字")
    follow(page, "#finish [value=review]")
    expect(page.locator("#typed-error")).to_be_visible()
    page.fill("#id_typed_name", cadre.name)
    follow(page, "#finish [value=review]")
    page.check("#id_agree")
    page.fill("#id_password", PASSWORD)
    follow(page, ".sheet-next .btn-primary")
    expect(page.locator(".receipt-code")).to_have_text(Signature.objects.get().short_code)
