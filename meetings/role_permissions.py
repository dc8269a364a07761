"""Gives the roles of this app their permissions on the floor below."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from .models import Cadre, Role

SECRETARY_PERMISSIONS = {"pledges.add_outline"}
ROLE_PERMISSIONS = {"pledges.view_outline"}


class RolePermissionBackend(BaseBackend):
    """Everyone with a role may read the outlines; secretaries may publish a new version.

    Logs nobody in: it only answers `user.has_perm`.
    """

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not isinstance(user_obj, Cadre) or not user_obj.is_active or obj is not None:
            return set()
        permissions = ROLE_PERMISSIONS if user_obj.roles else set()
        return permissions | (SECRETARY_PERMISSIONS if Role.SECRETARY in user_obj.roles else set())
