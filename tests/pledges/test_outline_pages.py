"""The outlines: their list, one version, and editing a new one."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pledges.models import Outline
from pledges.outlines.publishing import words_of
from tests.factories import OutlineFactory

pytestmark = pytest.mark.django_db

LIST = "/pledges/outlines/"
EDIT = "/pledges/outlines/edit/"


def filled_in(client, **changes):
    """The edit form as it comes, with changes."""
    form = client.get(EDIT).context["form"]
    return {**form.initial, "note": "修订措辞", **changes}


def test_list_shows_every_version_newest_first(client_of, secretary):
    before = Outline.objects.newest()
    OutlineFactory(note="第二版说明")
    html = client_of(secretary).get(LIST).content.decode()
    first = reverse("pledges:outline_detail", args=[before.pk])
    assert html.index("第二版说明") < html.index(first)
    assert EDIT in html


def test_list_takes_the_same_queries_for_3_and_for_30(client_of, secretary):
    client, counts = client_of(secretary), []
    client.get(LIST)  # the first page of a session writes the session
    for number in (2, 27):
        for _ in range(number):
            OutlineFactory(created_by=secretary)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_detail_shows_the_talk_and_the_pledge(client_of, inspector):
    outline = Outline.objects.get(version=1)
    response = client_of(inspector).get(reverse("pledges:outline_detail", args=[outline.pk]))
    html = response.content.decode()
    for point in words_of(outline).points:
        for clause in point.clauses:
            assert clause.requirement in html
            assert clause.commitment in html
    assert EDIT not in html  # an inspector reads only


def test_detail_of_no_outline_is_not_found(client_of, secretary):
    url = reverse("pledges:outline_detail", args=[999_999])
    assert client_of(secretary).get(url).status_code == 404


def test_editing_publishes_the_next_version(client_of, secretary):
    client = client_of(secretary)
    text = "我承诺每月\r\n学习一次。"
    response = client.post(EDIT, filled_in(client, **{"commitment-1-1": text}))
    outline = Outline.objects.newest()
    assert response.url == reverse("pledges:outline_detail", args=[outline.pk])
    assert (outline.version, outline.note, outline.created_by) == (2, "修订措辞", secretary)
    assert words_of(outline).points[0].clauses[0].commitment == "我承诺每月学习一次。"
    assert client.get(response.url).status_code == 200


def test_editing_sent_twice_publishes_once(client_of, secretary):
    client = client_of(secretary)
    data = filled_in(client, title="谈话提纲")
    assert client.post(EDIT, data).url == client.post(EDIT, data).url
    assert Outline.objects.count() == 2


def test_editing_what_is_too_long_keeps_what_was_typed(client_of, secretary):
    client = client_of(secretary)
    data = filled_in(client, **{"commitment-2-1": "长" * 81, "title": "新题目"})
    response = client.post(EDIT, data)
    assert response.status_code == 422
    html = response.content.decode()
    assert "长" * 81 in html
    assert 'value="新题目"' in html
    assert Outline.objects.count() == 1


def test_editing_without_a_note_is_refused(client_of, secretary):
    client = client_of(secretary)
    assert client.post(EDIT, filled_in(client, note="")).status_code == 422


def test_editing_over_a_newer_version_says_so_and_keeps_what_was_typed(client_of, secretary):
    client = client_of(secretary)
    data = filled_in(client, title="我的题目")
    client.post(EDIT, filled_in(client, title="别人的题目"))
    response = client.post(EDIT, data)
    assert response.status_code == 409
    assert 'value="我的题目"' in response.content.decode()
    assert Outline.objects.newest().title == "别人的题目"
    assert client.post(EDIT, {**data, "based_on": 2}).status_code == 302


@pytest.mark.parametrize("url", [LIST, "/pledges/outlines/1/", EDIT])
def test_page_is_for_those_with_a_role(url, client_of, cadre):
    assert client_of(cadre).get(url).status_code == 403
    assert Client().get(url).url.startswith(reverse("account_login"))


def test_editing_is_for_secretaries(client_of, inspector, speaker, secretary):
    data = filled_in(client_of(secretary), title="越权")
    for user in (inspector, speaker):
        assert client_of(user).get(EDIT).status_code == 403
        assert client_of(user).post(EDIT, data).status_code == 403
    assert Outline.objects.count() == 1


@pytest.mark.parametrize(
    ("url", "method"),
    [(LIST, "post"), ("/pledges/outlines/1/", "post"), (EDIT, "put"), (EDIT, "delete")],
)
def test_page_refuses_other_methods(url, method, client_of, secretary):
    assert getattr(client_of(secretary), method)(url).status_code == 405
