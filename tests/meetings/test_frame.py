"""The frame of every page: what it shows to whom, and its small parts."""

import pytest
from django.core.paginator import Paginator
from django.template import Context, RequestContext, Template

from meetings.models import State
from meetings.templatetags.frame import state_badge

PASSWORD_PAGE = "/account/password/"


def render(template, **context):
    return Template("{% load frame %}" + template).render(Context(context))


@pytest.fixture
def english(client_of, settings):
    def log_in(cadre):
        client = client_of(cadre)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        return client

    return log_in


def test_page_warns_that_no_state_secrets_belong_here(english, cadre):
    page = english(cadre).get(PASSWORD_PAGE).content.decode()
    assert "No state secrets belong in this system" in page


def test_menu_of_a_cadre_has_neither_meetings_nor_roster(english, cadre):
    page = english(cadre).get(PASSWORD_PAGE).content.decode()
    assert ">Mine</a>" in page
    assert ">Meetings</a>" not in page
    assert ">Roster</a>" not in page


def test_menu_of_a_secretary_has_meetings_and_roster(english, secretary):
    page = english(secretary).get(PASSWORD_PAGE).content.decode()
    assert ">Meetings</a>" in page
    assert ">Roster</a>" in page


def test_menu_of_an_inspector_has_meetings_without_roster(english, inspector):
    page = english(inspector).get(PASSWORD_PAGE).content.decode()
    assert ">Meetings</a>" in page
    assert ">Roster</a>" not in page


def test_page_carries_no_inline_code_and_a_policy_against_it(english, cadre):
    response = english(cadre).get(PASSWORD_PAGE)
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    assert "style=" not in response.content.decode()


def test_state_badge_escapes_its_word():
    assert state_badge("leave", "<b>") == '<span class="state state-leave">&lt;b&gt;</span>'


@pytest.mark.parametrize("current", State.values)
def test_steps_mark_where_the_meeting_stands(current):
    page = render("{% meeting_steps current %}", current=current)
    assert page.count('aria-current="step"') == 1
    assert page.count("step-done") == State.values.index(current)


def test_table_name_pads_two_chinese_characters_only():
    names = ["赵清", "王守正", "Li", "阿依古丽·买买提"]
    padded = [render("{{ name|table_name }}", name=name) for name in names]
    assert padded == ["赵\u3000清", "王守正", "Li", "阿依古丽·买买提"]


def test_progress_of_nobody_is_zero_of_zero():
    page = render('{% include "components/progress.html" %}', label="已签", value=0, total=0)
    assert "0/0" in page
    assert 'max="1"' in page


def test_pagination_keeps_the_filter(rf):
    request = rf.get("/meetings/", {"q": "第一季度", "page": "2"})
    pages = Paginator(range(90), 30)
    template = Template('{% include "components/pagination.html" %}')
    page = template.render(RequestContext(request, {"page": pages.page(2)}))
    assert page.count("q=%E7%AC%AC%E4%B8%80%E5%AD%A3%E5%BA%A6") == 2
    assert "page=1" in page
    assert "page=3" in page
