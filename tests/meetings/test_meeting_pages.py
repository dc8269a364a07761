"""The secretary's pages from the draft to the record, and who may open them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from meetings.closing import close_meeting
from meetings.models import Cadre, Meeting, RecordState, SealState, State
from tests.factories import (
    MORNING,
    AttendanceFactory,
    CadreFactory,
    MeetingFactory,
    PledgeFactory,
    RoleAssignmentFactory,
    UnitFactory,
)

from .test_closing import quick_pdf, signing_meeting  # noqa: F401 - a fixture by its name

pytestmark = pytest.mark.django_db

DRAFT_PAGES = ["meeting_edit", "meeting_people", "meeting_announce"]


def url(name: str, *args: object) -> str:
    return reverse(f"meetings:{name}", args=args)


def draft_data(meeting: Meeting, **changes: object) -> dict[str, object]:
    """What the browser sends for a complete draft with one agenda item and no post change."""
    return {
        "title": meeting.title,
        "kind": meeting.kind,
        "basis": "",
        "starts_at": "2026-03-05T09:00",
        "ends_at": "2026-03-05T10:30",
        "place": "三楼会议室",
        "chair": meeting.chair.staff_number,
        "speaker": f"{meeting.speaker.name}（{meeting.speaker.staff_number}）",
        "recorder": meeting.recorder.staff_number,
        "reminders": "",
        "study_list": "",
        "outline": meeting.outline_id,
        "pledge_due_on": "2026-03-08",
        "retention": "30",
        "agenda-TOTAL_FORMS": 1,
        "agenda-INITIAL_FORMS": 0,
        "agenda-0-ORDER": 1,
        "agenda-0-block": "talk",
        "agenda-0-title": "",
        "agenda-0-minutes": 40,
        "moves-TOTAL_FORMS": 1,
        "moves-INITIAL_FORMS": 0,
        "moves-0-cadre": "",
        **changes,
    }


@pytest.fixture
def draft(secretary):
    return MeetingFactory(unit=secretary.unit, created_by=secretary, people=3)


@pytest.fixture
def closed(secretary, quick_pdf, django_capture_on_commit_callbacks):  # noqa: F811
    meeting = signing_meeting(secretary)
    with django_capture_on_commit_callbacks(execute=True):
        close_meeting(by=secretary, meeting=meeting)
    return Meeting.objects.get(pk=meeting.pk)


# Who may open what ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["me", "meeting_list", "meeting_create"])
def test_page_for_nobody_leads_to_the_log_in(client, name):
    response = client.get(url(name))
    assert response.status_code == 302
    assert reverse("account_login") in response.url


@pytest.mark.parametrize("name", [*DRAFT_PAGES, "meeting_detail", "meeting_close", "correct"])
def test_meeting_page_for_an_outsider_is_not_found(client_of, draft, outsider, name):
    assert client_of(outsider).get(url(name, draft.pk)).status_code == 404


@pytest.mark.parametrize("name", ["meeting_edit", "meeting_people", "meeting_close", "correct"])
def test_secretary_page_for_the_inspector_is_forbidden(client_of, secretary, inspector, name):
    meeting = MeetingFactory(unit=secretary.unit, announced=True)
    assert client_of(inspector).get(url(name, meeting.pk)).status_code == 403


@pytest.mark.parametrize("name", [*DRAFT_PAGES, "meeting_detail"])
def test_draft_for_the_inspector_and_the_speaker_is_not_found(
    client_of, draft, inspector, speaker, name
):
    for reader in (inspector, speaker):
        assert client_of(reader).get(url(name, draft.pk)).status_code == 404


@pytest.mark.parametrize("name", ["meeting_copy", "meeting_discard"])
def test_step_by_get_is_not_allowed(client_of, draft, secretary, name):
    assert client_of(secretary).get(url(name, draft.pk)).status_code == 405


def test_meeting_page_for_a_cadre_called_is_not_found(client_of, secretary):
    meeting = MeetingFactory(unit=secretary.unit, announced=True)
    row = AttendanceFactory(meeting=meeting)
    client = client_of(row.cadre)
    assert client.get(url("meeting_detail", meeting.pk)).status_code == 404
    assert client.get(url("notice", row.pk)).status_code == 200


def test_notice_of_somebody_else_is_not_found(client_of, secretary, cadre):
    row = AttendanceFactory(meeting=MeetingFactory(unit=secretary.unit, announced=True))
    assert client_of(cadre).get(url("notice", row.pk)).status_code == 404
    assert client_of(cadre).get(url("notice_ics", row.pk)).status_code == 404


def test_notice_of_a_draft_is_not_found(client_of, draft):
    row = draft.attendances.first()
    assert client_of(row.cadre).get(url("notice", row.pk)).status_code == 404


def test_ics_has_the_meeting_in_utc(client_of, secretary):
    row = AttendanceFactory(meeting=MeetingFactory(unit=secretary.unit, announced=True))
    response = client_of(row.cadre).get(url("notice_ics", row.pk))
    assert response["Content-Type"].startswith("text/calendar")
    assert b"DTSTART:20260305T010500Z" in response.content


def test_speaker_sees_the_meeting_once_it_is_announced(client_of, secretary):
    speaker = CadreFactory()
    draft = MeetingFactory(unit=secretary.unit, speaker=speaker)
    assert client_of(speaker).get(url("meeting_detail", draft.pk)).status_code == 404
    announced = MeetingFactory(unit=secretary.unit, speaker=speaker, announced=True, sequence=9)
    response = client_of(speaker).get(url("meeting_detail", announced.pk))
    assert response.status_code == 200
    assert url("desk", announced.pk) not in response.content.decode()


# Drafting -------------------------------------------------------------------------------------


def test_new_draft_leads_to_its_form(client_of, secretary):
    response = client_of(secretary).post(
        url("meeting_create"),
        {"title": "谈话会", "kind": "collective", "unit": secretary.unit_id},
    )
    meeting = Meeting.objects.get()
    assert response.url == url("meeting_edit", meeting.pk)


def test_new_draft_for_a_cadre_without_a_role_is_forbidden(client_of, cadre):
    assert client_of(cadre).get(url("meeting_create")).status_code == 403


def test_new_draft_in_a_unit_of_somebody_else_is_refused_beside_the_field(
    client_of, secretary, outsider
):
    response = client_of(secretary).post(
        url("meeting_create"),
        {"title": "谈话会", "kind": "collective", "unit": outsider.unit_id},
    )
    assert response.status_code == 422
    assert not Meeting.objects.exists()


def test_draft_form_saves_and_goes_on_to_the_people(client_of, draft, secretary):
    response = client_of(secretary).post(
        url("meeting_edit", draft.pk), draft_data(draft, title="改名后的谈话会")
    )
    assert response.url == url("meeting_people", draft.pk)
    draft.refresh_from_db()
    assert draft.title == "改名后的谈话会"
    assert draft.agenda_items.get().minutes == 40


def test_draft_form_saves_as_one_types(client_of, draft, secretary):
    response = client_of(secretary).post(
        url("meeting_edit", draft.pk),
        draft_data(draft, place="礼堂"),
        headers={"hx-request": "true"},
    )
    assert response.status_code == 200
    assert b"<form" not in response.content
    draft.refresh_from_db()
    assert draft.place == "礼堂"


def test_draft_form_with_mistakes_keeps_what_was_typed(client_of, draft, secretary):
    response = client_of(secretary).post(
        url("meeting_edit", draft.pk),
        draft_data(draft, chair="查无此人", basis="写了很久的事由", ends_at="2026-03-05T08:00"),
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert "写了很久的事由" in page
    assert "查无此人" in page
    assert draft.title == Meeting.objects.get(pk=draft.pk).title


def test_chair_by_a_name_that_two_people_bear_is_asked_again(client_of, draft, secretary):
    CadreFactory.create_batch(2, name="王同名", unit=secretary.unit)
    response = client_of(secretary).post(
        url("meeting_edit", draft.pk), draft_data(draft, chair="王同名")
    )
    assert response.status_code == 422


def test_draft_form_after_announcing_says_that_the_meeting_moved_on(client_of, secretary):
    meeting = MeetingFactory(unit=secretary.unit, announced=True)
    response = client_of(secretary).post(url("meeting_edit", meeting.pk), {"title": "x"})
    assert response.status_code == 409
    assert url("meeting_detail", meeting.pk) in response.content.decode()


def test_people_by_filter_are_called_all_at_once(client_of, secretary):
    draft = MeetingFactory(unit=secretary.unit, created_by=secretary)
    CadreFactory.create_batch(4, unit=secretary.unit, rank="副科级")
    response = client_of(secretary).post(
        url("meeting_people", draft.pk) + "?rank=副科级",
        {"whom": "all", "role": "called", "exclusion_reason": ""},
    )
    assert response.status_code == 302
    assert draft.attendances.count() == 4


def test_people_ticked_are_excluded_with_a_reason_only(client_of, draft, secretary):
    row = draft.attendances.first()
    page = url("meeting_people", draft.pk)
    data = {"whom": "ticked", "cadre": row.cadre_id, "role": "excluded"}
    client = client_of(secretary)
    assert client.post(page, {**data, "exclusion_reason": ""}).status_code == 422
    assert client.post(page, {**data, "exclusion_reason": "借调"}).status_code == 302
    row.refresh_from_db()
    assert (row.role, row.exclusion_reason) == ("excluded", "借调")


def test_draft_without_a_due_day_gets_the_day_of_the_talk(client_of, draft, secretary):
    data = draft_data(draft, pledge_due_on="")
    assert client_of(secretary).post(url("meeting_edit", draft.pk), data).status_code == 302
    draft.refresh_from_db()
    assert str(draft.pledge_due_on) == "2026-03-05"


def test_exclusion_without_its_reason_keeps_what_was_ticked_and_chosen(client_of, draft, secretary):
    person = draft.attendances.first().cadre_id
    data = {"whom": "ticked", "cadre": person, "role": "excluded", "exclusion_reason": ""}
    page = client_of(secretary).post(url("meeting_people", draft.pk), data).content.decode()
    assert f'id="cadre-{person}" checked' in page
    assert '<option value="excluded" selected>' in page


def test_what_is_missing_leads_to_where_it_is_mended(client_of, secretary):
    empty = MeetingFactory(unit=secretary.unit, place="")
    page = client_of(secretary).get(url("meeting_announce", empty.pk)).content.decode()
    summary = page[page.index("error-summary") : page.index("</ul>", page.index("error-summary"))]
    edit = url("meeting_edit", empty.pk)
    assert re.findall('href="(.*?)"', summary) == [
        f"{edit}#id_place",
        f"{edit}#id_pledge_due_on",
        f"{edit}#agenda",
        url("meeting_people", empty.pk),
    ]


def test_people_of_another_office_cannot_be_called(client_of, draft, secretary, outsider):
    client_of(secretary).post(
        url("meeting_people", draft.pk),
        {"whom": "ticked", "cadre": outsider.pk, "role": "called", "exclusion_reason": ""},
    )
    assert not draft.attendances.filter(cadre=outsider).exists()


def test_announcing_from_the_page_gives_the_number(client_of, draft, secretary):
    client = client_of(secretary)
    client.post(url("meeting_edit", draft.pk), draft_data(draft))
    response = client.post(url("meeting_announce", draft.pk))
    draft.refresh_from_db()
    assert response.url == url("meeting_detail", draft.pk)
    assert draft.state == State.ANNOUNCED


def test_announcing_an_unfinished_draft_lists_what_is_missing(client_of, secretary):
    draft = MeetingFactory(unit=secretary.unit, place="")
    response = client_of(secretary).post(url("meeting_announce", draft.pk))
    assert response.status_code == 200
    assert response.content.decode().count(url("meeting_edit", draft.pk)) > 3
    draft.refresh_from_db()
    assert draft.is_draft


def test_announcing_a_name_that_no_font_has_names_it_and_leads_to_the_fonts(
    client_of, draft, secretary
):
    client = client_of(secretary)
    client.post(url("meeting_edit", draft.pk), draft_data(draft, place="三楼\U0002b81d"))
    Cadre.objects.filter(attendances=draft.attendances.first()).update(name="王\U0002b81d")
    response = client.post(url("meeting_announce", draft.pk))
    problems = response.context["problems"]
    assert [place for place, _words in problems] == [
        url("meeting_edit", draft.pk) + "#id_place",
        url("meeting_people", draft.pk),
    ]
    text = response.content.decode()
    assert all(words in text and "U+2B81D" in words for _place, words in problems)
    assert f'href="{url("paper_fonts")}"' in text.partition("<main")[2]
    draft.refresh_from_db()
    assert draft.is_draft


def test_announcing_with_a_font_that_cannot_be_used_says_which(
    client_of, draft, secretary, unusable_font
):
    client = client_of(secretary)
    client.post(url("meeting_edit", draft.pk), draft_data(draft))
    response = client.post(url("meeting_announce", draft.pk))
    ((place, words),) = response.context["problems"]
    assert (place, "/nowhere/rare.ttf" in words) == (url("paper_fonts"), True)
    assert not response.context["lacks_glyphs"]


def test_discarded_draft_is_gone(client_of, draft, secretary):
    client_of(secretary).post(url("meeting_discard", draft.pk))
    assert not Meeting.objects.exists()


# Lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["me", "meeting_list"])
def test_list_takes_the_same_number_of_queries_for_3_and_for_20(client_of, secretary, name):
    client = client_of(secretary)
    counts = []
    for total in (3, 17):
        for number in range(total):
            meeting = MeetingFactory(
                unit=secretary.unit, announced=True, sequence=total * 100 + number,
                starts_at=timezone.now() + timedelta(days=1),
                ends_at=timezone.now() + timedelta(days=1, hours=1),
            )  # fmt: skip
            AttendanceFactory(meeting=meeting, cadre=secretary)
            PledgeFactory(signer=secretary, signed=True)
        client.get(url(name))
        with CaptureQueriesContext(connection) as queries:
            client.get(url(name))
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["meeting_detail", "meeting_people", "record"])
def test_page_of_people_takes_the_same_number_of_queries_for_3_and_for_30(
    client_of,
    secretary,
    name,
    quick_pdf,  # noqa: F811
):
    client = client_of(secretary)
    counts = []
    for people in (3, 30):
        if name == "meeting_people":
            meeting = MeetingFactory(unit=secretary.unit, people=people)
        else:
            meeting = MeetingFactory(unit=secretary.unit, signing=True, sequence=people)
            AttendanceFactory.create_batch(people, meeting=meeting, signed=True)
        if name == "record":
            close_meeting(by=secretary, meeting=meeting)
        client.get(url(name, meeting.pk))
        with CaptureQueriesContext(connection) as queries:
            client.get(url(name, meeting.pk))
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=第一", 1),
        ("state=held", 1),
        ("kind=special", 1),
        ("year=2026", 2),
        ("q=没有", 0),
        ("", 2),
    ],
)
def test_list_of_meetings_can_be_searched_and_filtered(client_of, secretary, query, found):
    MeetingFactory(unit=secretary.unit, title="第一场", kind="special")
    MeetingFactory(unit=secretary.unit, title="另一场", held=True)
    page = client_of(secretary).get(f"{url('meeting_list')}?{query}").content.decode()
    assert len(re.findall(r'<h2><a href="/meetings/\d+/', page)) == found


def test_mine_shows_what_waits_and_leaves_out_what_is_closed(client_of, cadre):
    waiting = PledgeFactory(signer=cadre)
    PledgeFactory(signer=cadre, occasion__closed_at=MORNING + timedelta(days=2))
    page = client_of(cadre).get(url("me")).content.decode()
    assert page.count("sheet-next") == 1
    assert reverse("pledges:sign", args=[waiting.pk]) in page


# Closing and the record -----------------------------------------------------------------------


def test_close_page_lists_what_must_be_mended_and_offers_no_button(client_of, secretary):
    meeting = signing_meeting(secretary)
    AttendanceFactory(meeting=meeting)
    page = client_of(secretary).get(url("meeting_close", meeting.pk)).content.decode()
    assert url("desk", meeting.pk) in page
    assert "btn-primary" not in page


def test_closing_from_the_page_leads_to_the_record(client_of, secretary, quick_pdf):  # noqa: F811
    meeting = signing_meeting(secretary)
    client = client_of(secretary)
    response = client.post(url("meeting_close", meeting.pk))
    assert response.url == url("record", meeting.pk)
    assert client.get(response.url).status_code == 200


def test_record_page_and_pdf_for_the_inspector(client_of, closed, inspector):
    client = client_of(inspector)
    page = client.get(url("record", closed.pk)).content.decode()
    assert closed.attendances.first().name[0] in page
    assert url("correct", closed.pk) not in page
    response = client.get(url("record_pdf", closed.pk, 1) + "?download")
    assert response.content.startswith(b"%PDF")
    assert "attachment" in response["Content-Disposition"]


def test_record_for_a_signer_without_a_role_is_not_found(client_of, closed):
    client = client_of(closed.attendances.first().cadre)
    assert client.get(url("record", closed.pk)).status_code == 404
    assert client.get(url("record_pdf", closed.pk, 1)).status_code == 404


def test_record_of_an_open_meeting_is_not_found(client_of, secretary):
    meeting = signing_meeting(secretary)
    assert client_of(secretary).get(url("record", meeting.pk)).status_code == 404


def test_record_state_asks_again_while_pending_only(client_of, closed, secretary):
    client = client_of(secretary)
    state = url("record_state", closed.pk, 1)
    assert b"hx-trigger" not in client.get(state).content
    record = closed.records.get()
    record.pk, record.revision, record.reason = None, 2, "x"
    record.state, record.pdf, record.sha256 = RecordState.PENDING, None, ""
    record.seal_state, record.seal_error = SealState.PENDING, ""
    record.save()
    assert b"hx-trigger" in client.get(url("record_state", closed.pk, 2)).content


def test_correction_from_the_page_makes_a_revision(client_of, closed, secretary):
    item = closed.agenda_items.get()
    client = client_of(secretary)
    response = client.post(
        url("correct", closed.pk),
        {
            "reason": "地点记错",
            "place": "二楼会议室",
            "started_at": timezone.localtime(closed.started_at).strftime("%Y-%m-%dT%H:%M"),
            "ended_at": timezone.localtime(closed.ended_at).strftime("%Y-%m-%dT%H:%M"),
            "notes-TOTAL_FORMS": 1,
            "notes-INITIAL_FORMS": 1,
            "notes-0-pk": item.pk,
            "notes-0-text": item.notes,
            "statements-TOTAL_FORMS": 0,
            "statements-INITIAL_FORMS": 0,
            "marks-TOTAL_FORMS": 0,
            "marks-INITIAL_FORMS": 0,
        },
    )
    assert response.status_code == 302
    page = client.get(url("record", closed.pk)).content.decode()
    assert "二楼会议室" in page
    assert "三楼会议室" in page
    assert url("record_revision", closed.pk, 1) in page


def test_own_pledge_is_printed_for_its_signer_alone(client_of, secretary, monkeypatch):
    monkeypatch.setattr("meetings.views.records.render_pledge", lambda facts: b"%PDF-1.7")
    meeting = MeetingFactory(unit=secretary.unit, signing=True)
    row = AttendanceFactory(meeting=meeting, signed=True)
    paper = url("pledge_pdf", row.pledge_id)
    assert client_of(row.cadre).get(paper).content == b"%PDF-1.7"
    assert client_of(secretary).get(paper).status_code == 404
    assert Client().get(paper).status_code == 302


def test_own_pledge_that_cannot_be_printed_says_why(client_of, secretary):
    meeting = MeetingFactory(unit=secretary.unit, signing=True)
    row = AttendanceFactory(meeting=meeting, signed=True, cadre__name="张\ue000")
    response = client_of(row.cadre).get(url("pledge_pdf", row.pledge_id), follow=True)
    assert response.redirect_chain[-1][0] == reverse("pledges:receipt", args=[row.pledge_id])
    assert "U+E000" in response.content.decode()


def test_unsigned_pledge_has_no_paper(client_of, cadre):
    pledge = PledgeFactory(signer=cadre)
    assert client_of(cadre).get(url("pledge_pdf", pledge.pk)).status_code == 404


def test_secretary_of_a_unit_above_manages_the_meeting(client_of, secretary):
    below = UnitFactory(parent=secretary.unit)
    meeting = MeetingFactory(unit=below)
    assert client_of(secretary).get(url("meeting_edit", meeting.pk)).status_code == 200


def test_inspector_of_a_unit_below_does_not_see_the_meeting(client_of, secretary):
    below = UnitFactory(parent=secretary.unit)
    inspector = RoleAssignmentFactory(role="inspector", unit=below, cadre__unit=below).cadre
    meeting = MeetingFactory(unit=secretary.unit)
    assert client_of(inspector).get(url("meeting_detail", meeting.pk)).status_code == 404


def test_next_step_while_signing_is_the_unsigned_until_all_have_signed(client_of, secretary):
    meeting = signing_meeting(secretary)
    client = client_of(secretary)
    primary = r'class="btn btn-primary" href="([^"]+)"'
    page = client.get(url("meeting_detail", meeting.pk)).content.decode()
    assert re.findall(primary, page) == [url("meeting_close", meeting.pk)]
    AttendanceFactory(meeting=meeting, asked=True)
    page = client.get(url("meeting_detail", meeting.pk)).content.decode()
    assert re.findall(primary, page) == [url("unsigned", meeting.pk)]


def test_roll_of_a_draft_is_shown_in_official_order(client_of, secretary):
    draft = MeetingFactory(unit=secretary.unit, created_by=secretary)
    for name, rank in (("后到者", "副科级"), ("先列者", "正科级")):
        cadre = CadreFactory(unit=secretary.unit, name=name, rank=rank)
        AttendanceFactory(meeting=draft, cadre=cadre)
    page = client_of(secretary).get(url("meeting_detail", draft.pk)).content.decode()
    assert page.index("先列者") < page.index("后到者")
