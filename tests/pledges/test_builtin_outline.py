"""Version 1 of the outline, which migrations put in."""

import pytest

from pledges.models import Clause, Outline
from pledges.outlines.builtin import load_builtin_outline

pytestmark = pytest.mark.django_db

# domain.md, "The four points": these names are fixed.
NAMES = {
    "勤奋学习": ["学习党纪党规", "学习规章制度", "学习理论业务"],
    "强化担当": ["全面从严治党主体责任", "严明纪律责任", "改进作风责任"],
    "严格要求": ["走好第一步", "把握好自己", "净化交友圈", "管住细微处"],
    "加强监督": ["正确对待监督", "主动自我监督", "大胆开展监督"],
}


def test_builtin_outline_is_there_after_migrating():
    outline = Outline.objects.get(version=1)
    assert outline.created_by is None
    assert {
        point.heading: [clause.heading for clause in point.clauses.order_by("number")]
        for point in outline.points.order_by("number")
    } == NAMES


def test_builtin_outline_loaded_again_changes_nothing():
    before = list(Clause.objects.values())
    assert load_builtin_outline() == Outline.objects.get(version=1)
    assert list(Clause.objects.values()) == before


def test_builtin_outline_fits_a_pledge_on_one_page():
    outline = Outline.objects.get(version=1)
    assert len(outline.pledge_opening) <= 80
    assert len(outline.pledge_closing) <= 80
    for clause in Clause.objects.filter(point__outline=outline):
        assert clause.commitment.startswith("我承诺")
        assert len(clause.commitment) <= 45
        assert clause.requirement.startswith(("要", "新岗位"))
        assert len(clause.requirement) <= 120
