"""The minutes: notes saved item by item, nobody's words overwritten unseen."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from meetings.holding import add_statement, fingerprint, note_agenda_item
from meetings.models import AgendaItem, Block, State
from tests.factories import AttendanceFactory, MeetingFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def meeting(secretary):
    return MeetingFactory(unit=secretary.unit, created_by=secretary, held=True)


@pytest.fixture
def items(meeting):
    blocks = (Block.STUDY, Block.TALK)
    return [
        AgendaItem.objects.create(meeting=meeting, order=order, block=block, notes=f"原{order}")
        for order, block in enumerate(blocks, start=1)
    ]


@pytest.fixture
def client(client_of, secretary):
    return client_of(secretary)


def url(meeting, name="minutes", *more):
    return reverse(f"meetings:{name}", args=[meeting.pk, *more])


def sent(items, *texts):
    """What the page sends: each item's text, and the fingerprint of what was shown."""
    data = {}
    for item, text in zip(items, texts, strict=True):
        data[f"item-{item.pk}-notes"] = text
        data[f"item-{item.pk}-seen"] = fingerprint(item.notes)
    return data


def notes(meeting):
    return list(meeting.agenda_items.values_list("notes", flat=True))


def test_minutes_show_the_notes_and_the_four_points_beside_the_talk(client, meeting, items):
    html = client.get(url(meeting)).content.decode()
    assert "原1" in html
    for heading in meeting.outline.points.values_list("heading", flat=True):
        assert html.count(f"<b>{heading}</b>") == 1


def test_minutes_save_all_notes_with_one_button(client, meeting, items):
    response = client.post(url(meeting), sent(items, "学习了\r\n准则", "谈了四点"))
    assert response.url == url(meeting)
    assert notes(meeting) == ["学习了\n准则", "谈了四点"]


def test_minutes_leave_alone_what_was_not_changed_here(client, meeting, items, secretary):
    data = sent(items, "我改了第一项", "原2")
    note_agenda_item(by=secretary, item=items[1], notes="别人改了第二项")
    assert client.post(url(meeting), data).status_code == 302
    assert notes(meeting) == ["我改了第一项", "别人改了第二项"]


def test_minutes_in_conflict_show_both_texts_and_keep_theirs(client, meeting, items, secretary):
    data = sent(items, "我的话", "也要保存")
    note_agenda_item(by=secretary, item=items[0], notes="别人的话")
    response = client.post(url(meeting), data)
    html = response.content.decode()
    assert response.status_code == 409
    assert "我的话" in html
    assert "别人的话" in html
    assert notes(meeting) == ["别人的话", "也要保存"]
    over = {f"over-{items[0].pk}": fingerprint("别人的话")}
    assert client.post(url(meeting), {**data, **over}).status_code == 302
    assert notes(meeting)[0] == "我的话"


def test_minutes_of_a_meeting_closed_meanwhile_give_the_text_back(client, meeting, items):
    data = sent(items, "最后一句", "原2")
    meeting.state = State.CLOSED
    meeting.save()
    response = client.post(url(meeting), data)
    assert response.status_code == 409
    assert "最后一句" in response.content.decode()
    assert notes(meeting) == ["原1", "原2"]


def test_minutes_too_long_are_refused_and_given_back(client, meeting, items):
    response = client.post(url(meeting), sent(items, "长" * 20_001, "好的"))
    assert response.status_code == 422
    assert "长" * 20_001 in response.content.decode()


def test_item_is_saved_alone_as_one_types(client, meeting, items):
    data = sent(items, "打字中", "别处未存的")
    response = client.post(url(meeting, "minutes_item", items[0].pk), data, headers=HTMX)
    assert response.status_code == 200
    assert notes(meeting) == ["打字中", "原2"]
    # The next save starts from what this one kept.
    assert f'value="{fingerprint("打字中")}"' in response.content.decode()
    assert 'hx-swap-oob="true"' in response.content.decode()


def test_item_in_conflict_shows_theirs_and_keeps_the_old_start(client, meeting, items, secretary):
    data = sent(items[:1], "我的话")
    note_agenda_item(by=secretary, item=items[0], notes="别人的话")
    page = url(meeting, "minutes_item", items[0].pk)
    response = client.post(page, data, headers=HTMX)
    html = response.content.decode()
    assert response.status_code == 422
    assert "别人的话" in html
    assert "hx-swap-oob" not in html
    over = {f"over-{items[0].pk}": fingerprint("别人的话")}
    assert client.post(page, {**data, **over}, headers=HTMX).status_code == 200
    assert notes(meeting)[0] == "我的话"


def test_item_of_a_closed_meeting_says_so(client, meeting, items):
    meeting.state = State.CLOSED
    meeting.save()
    page = url(meeting, "minutes_item", items[0].pk)
    response = client.post(page, sent(items[:1], "迟了"), headers=HTMX)
    assert response.status_code == 422
    assert "minutes-problem" in response.content.decode()
    assert notes(meeting)[0] == "原1"


def test_item_of_another_meeting_is_not_found(client, meeting):
    other = AgendaItem.objects.create(meeting=MeetingFactory(held=True), order=1, block=Block.TALK)
    assert client.post(url(meeting, "minutes_item", other.pk)).status_code == 404


def test_statement_is_added_and_removed(client, meeting, items):
    person = AttendanceFactory(meeting=meeting, present=True)
    data = {"attendance": person.pk, "summary": "坚决落实。"}
    assert client.post(url(meeting, "statement_add"), data).url == url(meeting)
    statement = meeting.statements.get()
    assert statement.summary == "坚决落实。"
    client.post(url(meeting, "statement_remove", statement.pk))
    assert not meeting.statements.exists()


def test_statement_is_offered_to_those_present_only(client, meeting, items):
    present = AttendanceFactory(meeting=meeting, present=True)
    absent = AttendanceFactory(meeting=meeting, absent=True)
    form = client.get(url(meeting)).context["statement_form"]
    assert list(form.fields["attendance"].queryset) == [present]
    data = {"attendance": absent.pk, "summary": "我没来，但我要说。"}
    response = client.post(url(meeting, "statement_add"), data)
    assert response.status_code == 422
    assert "我没来，但我要说。" in response.content.decode()


def test_statement_after_closing_gives_the_text_back(client, meeting, items):
    person = AttendanceFactory(meeting=meeting, present=True)
    meeting.state = State.CLOSED
    meeting.save()
    data = {"attendance": person.pk, "summary": "最后表态"}
    response = client.post(url(meeting, "statement_add"), data)
    assert response.status_code == 409
    assert "最后表态" in response.content.decode()


@pytest.mark.parametrize("who", ["inspector", "speaker"])
def test_minutes_are_read_only_for_others_who_see_the_meeting(
    request, client_of, meeting, items, secretary, who
):
    client = client_of(request.getfixturevalue(who))
    statement = add_statement(
        by=secretary,
        meeting=meeting,
        attendance=AttendanceFactory(meeting=meeting, present=True),
        summary="坚决落实。",
    )
    html = client.get(url(meeting)).content.decode()
    assert "原1" in html
    assert "坚决落实。" in html
    assert "<textarea" not in html
    assert client.post(url(meeting), sent(items, "改", "改")).status_code == 403
    for page in (
        url(meeting, "minutes_item", items[0].pk),
        url(meeting, "statement_add"),
        url(meeting, "statement_remove", statement.pk),
    ):
        assert client.post(page).status_code == 403
    assert notes(meeting) == ["原1", "原2"]


@pytest.mark.parametrize("who", ["cadre", "outsider"])
def test_minutes_are_not_found_by_others(request, client_of, meeting, items, who):
    client = client_of(request.getfixturevalue(who))
    assert client.get(url(meeting)).status_code == 404
    assert client.post(url(meeting)).status_code == 404


def test_minutes_ask_strangers_to_log_in(client, meeting, items):
    client.logout()
    assert client.get(url(meeting)).status_code == 302


@pytest.mark.parametrize("name", ["minutes_item", "statement_remove"])
def test_minutes_refuse_the_wrong_method(client, meeting, name):
    assert client.get(url(meeting, name, 1)).status_code == 405


def test_minutes_take_the_same_queries_for_any_number(client, secretary):
    counts = []
    for number in (3, 30):
        meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, held=True)
        for order in range(number):
            AgendaItem.objects.create(meeting=meeting, order=order, block=Block.OTHER)
            person = AttendanceFactory(meeting=meeting, present=True)
            meeting.statements.create(attendance=person, order=order, summary="落实。")
        client.get(url(meeting))
        with CaptureQueriesContext(connection) as queries:
            client.get(url(meeting))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_recorder_without_a_role_writes_the_minutes(client_of, meeting, items, cadre):
    meeting.recorder = cadre
    meeting.save()
    response = client_of(cadre).post(url(meeting), sent(items, "学习记录", "谈话记录"))
    assert response.status_code == 302
    assert notes(meeting) == ["学习记录", "谈话记录"]


def test_minutes_by_the_inspector_are_refused(client_of, meeting, items, inspector):
    response = client_of(inspector).post(url(meeting), sent(items, "改", "改"))
    assert response.status_code == 403
    assert notes(meeting) == ["原1", "原2"]
