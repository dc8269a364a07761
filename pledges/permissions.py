"""Who may do what with outlines and pledges.

Pledges need no predicate here: `Pledge.objects.visible_to(user)` gives a signer their own and
nobody else's, and the services of signing.py check the signer again.
"""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

User = AbstractBaseUser | AnonymousUser


def may_see_outlines(user: User) -> bool:
    """Whether the user may read the outlines: those who hold a role in talks."""
    return _has(user, "pledges.view_outline") or may_edit_outlines(user)


def may_edit_outlines(user: User) -> bool:
    """Whether the user may publish a new version.

    Asked as Django permissions, so that the floor above says by its own roles who has them.
    """
    return _has(user, "pledges.add_outline")


def _has(user: User, permission: str) -> bool:
    has_perm = getattr(user, "has_perm", None)
    return has_perm is not None and bool(has_perm(permission))
