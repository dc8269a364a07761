"""Levels and disowned signatures on the way into the record."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from meetings.closing import Corrections, close_meeting, correct_record, list_checks
from meetings.papers.gathering import facts_of, gather_pledge, gather_record
from pledges.models import Pledge
from tests.evidence import RevocationFactory, SigningKeyFactory, sign_on_paper, sign_with_key
from tests.factories import MORNING, AttendanceFactory, CadreFactory, MeetingFactory

from .test_closing import signing_meeting

pytestmark = pytest.mark.django_db


def test_each_level_is_told_as_what_it_is(secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    by_key = AttendanceFactory(meeting=meeting, asked=True, pledge__drafted=True)
    on_paper, undated = AttendanceFactory.create_batch(2, meeting=meeting, asked=True)
    key = SigningKeyFactory(owner=by_key.cadre)
    sign_with_key(by_key.pledge, key)
    sign_on_paper(on_paper.pledge, by=secretary, witness=CadreFactory(name="周守正"))
    sign_on_paper(undated.pledge, signed_on=None)
    told = gather_record(meeting, made_at=MORNING, made_by=secretary)
    first, second, third = (row.pledge for row in told.roll)
    assert (first.level, first.how, first.signed_on) == ("甲", "本人密钥签署并键入姓名", None)
    assert (second.level, second.signed_at, second.signed_on) == ("丙", None, "2026-03-05")
    assert second.how == f"纸面签署，周守正见证，{secretary.name}录入"
    assert (second.svg, second.typed) == (None, None)
    assert (third.signed_at, third.signed_on) == (None, None)
    pledge = Pledge.objects.get(pk=by_key.pledge_id)
    paper = gather_pledge(pledge, site_url="https://例.cn")
    assert [kept.fingerprint for kept in paper.keys] == [key.short_fingerprint]
    assert paper.verify_url == f"https://例.cn/pledges/check/{pledge.signature.digest}/"


def test_disowned_signature_is_in_the_record_marked_and_not_counted(secretary):
    meeting = signing_meeting(secretary)
    signed, disowned = meeting.attendances.filter(pledge__isnull=False).order_by("order")
    RevocationFactory(pledge=disowned.pledge)
    told = gather_record(meeting, made_at=MORNING, made_by=secretary)
    assert [row.name for row in told.signed] == [signed.name, disowned.name]
    assert [row.name for row in told.standing] == [signed.name]
    assert told.signed[1].pledge.how.endswith("（本人否认）")


def test_checklist_names_whose_signature_is_disowned(secretary):
    meeting = signing_meeting(secretary)
    before = len(list_checks(meeting))
    row = meeting.attendances.signed().first()
    RevocationFactory(pledge=row.pledge)
    checks = list_checks(meeting)
    (named,) = [check for check in checks if row.name in check.text]
    assert len(checks) == before + 1
    assert (named.done, named.blocking, named.url_name) == (False, False, "unsigned")


def test_signature_disowned_after_closing_can_be_corrected_into_the_record(secretary):
    closed = signing_meeting(secretary)
    close_meeting(by=secretary, meeting=closed)
    row = closed.attendances.signed().first()
    RevocationFactory(pledge=row.pledge)
    record = correct_record(
        by=secretary, meeting=closed, reason="本人否认签名。", corrections=Corrections()
    )
    assert record.changes == [[f"{row.name}的承诺书", "已签署", "已签署，本人否认"]]
    assert len(facts_of(record).standing) == 1


def test_record_asks_no_more_for_more_signatures(secretary):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    counts = []
    for more in (2, 8):
        AttendanceFactory.create_batch(more, meeting=meeting, signed=True)
        row = AttendanceFactory(meeting=meeting, asked=True)
        sign_on_paper(row.pledge)
        RevocationFactory(pledge=AttendanceFactory(meeting=meeting, signed=True).pledge)
        with CaptureQueriesContext(connection) as queries:
            gather_record(meeting, made_at=MORNING, made_by=secretary)
        counts.append(len(queries))
    assert counts[0] == counts[1]
