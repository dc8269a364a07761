"""What a role may do with outlines."""

import pytest

from meetings.models import Role
from tests.factories import RoleAssignmentFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "may_see", "may_edit"),
    [
        (Role.SECRETARY, True, True),
        (Role.SPEAKER, True, False),
        (Role.INSPECTOR, True, False),
    ],
)
def test_role_gives_its_permissions(role, may_see, may_edit):
    cadre = RoleAssignmentFactory(role=role).cadre
    assert cadre.has_perm("pledges.view_outline") == may_see
    assert cadre.has_perm("pledges.add_outline") == may_edit
    assert not cadre.has_perm("pledges.change_outline")
    assert not cadre.has_perm("pledges.view_pledge")


def test_cadre_without_role_has_no_permission(cadre):
    assert not cadre.has_perm("pledges.view_outline")


def test_secretary_who_left_has_no_permission(secretary):
    secretary.is_active = False
    assert not secretary.has_perm("pledges.add_outline")
