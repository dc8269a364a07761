"""The tree of units and its paths."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from meetings.models import Unit
from meetings.roster.exceptions import UnitRefused
from meetings.roster.units import create_unit, create_units, move_unit

pytestmark = pytest.mark.django_db


def test_unit_path_holds_the_keys_from_the_root_down():
    root = create_unit(by=None, parent=None, name="农业农村局")
    section = create_unit(by=None, parent=root, name=" 办公室 ")
    assert root.path == f"/{root.pk}/"
    assert section.path == f"/{root.pk}/{section.pk}/"
    assert section.name == "办公室"


def test_units_stand_in_the_order_of_their_making(unit):
    create_unit(by=None, parent=unit, name="一科")
    create_units(by=None, parent=unit, names=["三科", "二科"])
    assert [found.name for found in unit.children.all()] == ["一科", "三科", "二科"]


def test_name_is_taken_once_below_a_unit(unit):
    create_unit(by=None, parent=unit, name="一科")
    with pytest.raises(UnitRefused):
        create_unit(by=None, parent=unit, name="一科")
    assert Unit.objects.filter(name="一科").count() == 1


def test_unit_needs_a_name(unit):
    with pytest.raises(ValidationError):
        create_unit(by=None, parent=unit, name="  ")


def test_move_takes_everything_below_along(unit):
    first, second = create_units(by=None, parent=unit, names=["一科", "二科"])
    below = create_unit(by=None, parent=first, name="组")
    moved = move_unit(by=None, unit=first, parent=second)
    below.refresh_from_db()
    assert moved.path == f"{second.path}{first.pk}/"
    assert below.path == f"{second.path}{first.pk}/{below.pk}/"
    move_unit(by=None, unit=first, parent=None)
    below.refresh_from_db()
    assert below.path == f"/{first.pk}/{below.pk}/"


def test_move_to_where_it_is_changes_nothing(unit):
    first = create_unit(by=None, parent=unit, name="一科")
    assert move_unit(by=None, unit=first, parent=unit).path == first.path


def test_move_below_itself_is_refused(unit):
    first = create_unit(by=None, parent=unit, name="一科")
    for target in (unit, first):
        with pytest.raises(UnitRefused):
            move_unit(by=None, unit=unit, parent=target)


def test_move_to_a_namesake_is_refused(unit):
    first, second = create_units(by=None, parent=unit, names=["一科", "二科"])
    twin = create_unit(by=None, parent=second, name="一科")
    with pytest.raises(UnitRefused):
        move_unit(by=None, unit=twin, parent=unit)
    first.refresh_from_db()
    assert first.parent == unit


def test_secretary_makes_and_moves_units_within_their_own_alone(secretary, outsider, unit):
    first, second = create_units(by=secretary, parent=unit, names=["一科", "二科"])
    move_unit(by=secretary, unit=second, parent=first)
    for attempt in (
        lambda: create_unit(by=secretary, parent=None, name="新局"),
        lambda: create_unit(by=outsider, parent=unit, name="三科"),
        lambda: move_unit(by=secretary, unit=first, parent=outsider.unit),
        lambda: move_unit(by=secretary, unit=first, parent=None),
        lambda: move_unit(by=outsider, unit=first, parent=outsider.unit),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
