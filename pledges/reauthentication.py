"""Proving again, in the midst of a session, that it is still this very person."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser

from .exceptions import WrongPassword


def prove_password(by: AbstractBaseUser, password: str) -> str:
    """The stored hash that `password` was found to match: of this very user, in office.

    Slow, as a password hash is: call it before any lock is taken.
    Raises WrongPassword.
    """
    user = get_user_model().objects.filter(pk=by.pk, is_active=True).first()
    if user is None or not user.check_password(password):
        raise WrongPassword
    return user.password
