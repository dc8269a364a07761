"""Editing an outline makes the next version."""

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError

from pledges.exceptions import OutlineStale
from pledges.models import Clause, Outline
from pledges.outlines import publishing
from pledges.outlines.publishing import publish_outline, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def words():
    return words_of(Outline.objects.get(version=1))


def with_other_commitment(words):
    point = words.points[0]
    clause = replace(point.clauses[0], commitment="我承诺每月学习一次。")
    return replace(
        words,
        points=(replace(point, clauses=(clause, *point.clauses[1:])), *words.points[1:]),
    )


def test_publishing_makes_the_next_version_with_all_words(secretary, words):
    edited = with_other_commitment(words)
    outline = publish_outline(by=secretary, based_on=1, words=edited, note="学习改为每月一次")
    assert (outline.version, outline.note, outline.created_by) == (2, "学习改为每月一次", secretary)
    assert Outline.objects.newest() == outline
    assert words_of(outline) == edited
    assert words_of(Outline.objects.get(version=1)) == words


def test_publishing_the_newest_words_again_makes_no_version(secretary, words):
    edited = with_other_commitment(words)
    first = publish_outline(by=secretary, based_on=1, words=edited, note="一")
    again = publish_outline(by=secretary, based_on=1, words=edited, note="一")
    assert again == first
    assert Outline.objects.count() == 2


def test_publishing_over_a_newer_version_is_refused(secretary, words):
    edited = with_other_commitment(words)
    publish_outline(by=secretary, based_on=1, words=edited, note="一")
    other = replace(words, title="谈话提纲")
    with pytest.raises(OutlineStale):
        publish_outline(by=secretary, based_on=1, words=other, note="二")
    assert Outline.objects.count() == 2


def test_publishing_at_the_same_moment_is_refused(secretary, words, monkeypatch):
    def taken(*args, **kwargs):
        raise IntegrityError

    monkeypatch.setattr(publishing.Outline, "save", taken)
    with pytest.raises(OutlineStale):
        publish_outline(by=secretary, based_on=1, words=replace(words, title="新"), note="一")


def test_publishing_by_a_cadre_without_right_is_refused(cadre, words):
    with pytest.raises(PermissionDenied):
        publish_outline(by=cadre, based_on=1, words=replace(words, title="新"), note="一")


def test_publishing_words_that_do_not_fit_writes_nothing(secretary, words):
    broken = replace(words, points=(replace(words.points[0], heading=""), *words.points[1:]))
    with pytest.raises(ValidationError):
        publish_outline(by=secretary, based_on=1, words=broken, note="一")
    assert Outline.objects.count() == 1
    assert Clause.objects.count() == 13
