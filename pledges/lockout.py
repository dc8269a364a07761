"""Counts wrong passwords at signing together with those at log-in: one lock for one account."""

from collections.abc import Iterator
from contextlib import contextmanager

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from .exceptions import NotTheSigner, PledgeError, WrongPassword


class TooManyFailures(PledgeError):
    message = _(
        "The password was wrong too often. The account is locked for 30 minutes; "
        "what you wrote is kept."
    )


@contextmanager
def counted_attempt(request: HttpRequest) -> Iterator[None]:
    """Counts one attempt at the user's password; only WrongPassword leaves it counted.

    allauth's own count is used (ACCOUNT_RATE_LIMITS, `login_failed`: five in 30 minutes for one
    account, GB/T 22239-2019, 8.1.4.1 b), so that guessing at signing is no way round the log-in's
    lock. Counted before, not after: guesses sent at once must not all get through.
    The block proves the password before it can fail in any other way of this app's own.
    Raises TooManyFailures when the account is locked.
    """
    adapter = get_adapter(request)
    credentials = {"username": request.user.get_username()}
    try:
        adapter.pre_authenticate(request, **credentials)
    except ValidationError as error:
        raise TooManyFailures from error
    try:
        yield
    except (WrongPassword, NotTheSigner):
        raise
    except PledgeError:
        adapter.forget_failures(request, **credentials)
        raise
    adapter.forget_failures(request, **credentials)
