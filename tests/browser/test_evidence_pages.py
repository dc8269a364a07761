"""Paper, "this was not me", the receipt with its proof and the check page, in a real browser."""

import pytest

from meetings.models import Attendance
from pledges import ledger, manifest
from pledges.models import Level, Pledge, Signature
from pledges.paper_signing import paper_form
from tests.evidence import SCAN, SigningKeyFactory, sign_on_paper, sign_with_key
from tests.factories import PASSWORD, AttendanceFactory, MeetingFactory, PledgeFactory

from .office import build_office

SCAN_FILE = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": SCAN}


@pytest.fixture
def office():
    return build_office()


@pytest.fixture
def meeting(office):
    return MeetingFactory(
        unit=office.unit,
        created_by=office.secretary,
        chair=office.chair,
        speaker=office.speaker,
        signing=True,
        title="中层以上领导干部集体廉政谈话",
    )


@pytest.fixture
def row(meeting, office) -> Attendance:
    return AttendanceFactory(meeting=meeting, cadre=office.staff[0], asked=True)


def test_secretary_enters_a_pledge_on_paper(page, office, meeting, row, log_in, check):
    page.expected_statuses.add(422)
    AttendanceFactory(meeting=meeting, signed=True, cadre=office.chair)
    log_in(page, office.secretary)
    page.goto(f"/meetings/{meeting.pk}/unsigned/")
    check(page, "unsigned")
    page.click("td a[href*='/unsigned/']:not([href$='.pdf'])")
    check(page, "enter")
    page.fill("#id_code", "0000 0000")
    page.fill("#id_witness", office.speaker.staff_number)
    page.set_input_files(
        "#id_scan", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": SCAN}
    )
    page.click("main button.btn-primary")
    page.locator(".error-summary").wait_for()
    check(page, "wrong-code")
    assert page.input_value("#id_witness") == office.speaker.staff_number
    page.fill("#id_code", manifest.short_code(paper_form(row.pledge)[1]).lower())
    page.set_input_files(
        "#id_scan", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": SCAN}
    )
    page.click("main button.btn-primary")
    page.wait_for_url("**/unsigned/")
    page.click("details.fold > summary")
    check(page, "entered")
    assert Signature.objects.get(pledge=row.pledge).level == Level.PAPER


def test_signer_reads_the_receipt_of_a_paper_and_disowns_it(page, row, office, log_in, check):
    page.expected_statuses.add(422)
    sign_on_paper(row.pledge, by=office.secretary, witness=office.speaker)
    ledger.make_checkpoint()
    log_in(page, row.cadre)
    page.goto(f"/pledges/{row.pledge_id}/receipt/")
    check(page, "paper")
    page.click("a[href$='/disown/']")
    check(page, "disown")
    page.fill("#id_reason", "我没有在这张纸上签过名。")
    page.fill("#id_password", "wrong")
    page.click("main button.btn-danger")
    page.locator(".error-summary").wait_for()
    check(page, "wrong-password")
    assert page.input_value("#id_reason") == "我没有在这张纸上签过名。"
    page.fill("#id_password", PASSWORD)
    page.click("main button.btn-danger")
    page.wait_for_url("**/receipt/")
    check(page, "disowned")
    assert Pledge.objects.get(pk=row.pledge_id).is_disowned
    page.click("a[href$='/history/']")
    check(page, "history")
    page.goto("/")
    check(page, "me")


def test_receipt_of_a_key_and_the_agreement(page, office, log_in, check):
    pledge = PledgeFactory(signer=office.staff[0], drafted=True)
    SigningKeyFactory(owner=pledge.signer, removed=True, label="旧手机")
    sign_with_key(pledge, SigningKeyFactory(owner=pledge.signer, synced=True, label="新手机"))
    log_in(page, pledge.signer)
    page.goto(f"/pledges/{pledge.pk}/receipt/")
    for fold in page.locator("details.fold > summary").all():
        fold.click()
    check(page, "key")
    page.goto("/pledges/agreement/")
    check(page, "agreement")


def test_stranger_checks_codes(page, row, check):
    page.expected_statuses.add(404)
    signature = sign_on_paper(row.pledge)
    page.goto(f"/pledges/check/{signature.digest}/")
    check(page, "known")
    page.goto(f"/pledges/check/{'a' * 64}/")
    check(page, "unknown")


def test_inspector_reads_the_history_of_a_pledge(page, meeting, row, office, log_in, check):
    sign_on_paper(row.pledge)
    log_in(page, office.inspector)
    page.goto(f"/meetings/{meeting.pk}/pledges/{row.pledge_id}/history/")
    check(page, "history")
