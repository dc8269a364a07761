"""How allauth meets the cadre: accounts come from the roster, and five failures lock one."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext_lazy as _

from pledges import ledger
from pledges.access import client_facts
from pledges.models import EntryKind

# More than any staff number has; what is typed there may be anything.
TYPED_LENGTH = 150


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes sign-up, counts failed log-ins per account and nothing else, tells the ledger.

    The count is allauth's (ACCOUNT_RATE_LIMITS, `login_failed`); every password check of this
    project goes through `authenticate` or `reauthenticate`, so that it is one count.
    """

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": _(
            "The account is locked after five failed attempts. "
            "Try again in 30 minutes, or ask the office."
        ),
        "username_password_mismatch": _(
            "The staff number or the password is wrong. "
            "After five failed attempts the account is locked for 30 minutes."
        ),
        "incorrect_password": _("The password is wrong."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The user whose staff number and password these are, or None.

        The right password ends the count: only failures one after the other lock an account.
        Raises ValidationError while the account is locked, even for the right password.
        """
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            self.forget_failures(request, **credentials)
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Tells the ledger. Who tried is not known, so what was typed is its private part."""
        typed = str(credentials.get("username", ""))[:TYPED_LENGTH].replace("\0", "")
        with transaction.atomic():
            ledger.append(
                kind=EntryKind.LOGIN_FAILED,
                by=None,
                private={**client_facts(request), "staff_number": typed},
            )

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Logs in, and tells the ledger; every log-in of this project comes through here."""
        super().login(request, user)
        with transaction.atomic():
            ledger.append(kind=EntryKind.LOGIN, by=user, private=client_facts(request))

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Sets the password, and tells the ledger; hashes before the transaction."""
        user.set_password(password)
        with transaction.atomic():
            user.save(update_fields=["password"])
            ledger.append(
                kind=EntryKind.PASSWORD_CHANGED, by=user, private=client_facts(self.request)
            )

    def forget_failures(self, request: HttpRequest, **credentials: Any) -> None:
        """Ends the count of failures of an account whose password was just found right."""
        ratelimit.clear(
            request,
            action="login_failed",
            key=self._get_login_attempts_cache_key(request, **credentials),
        )

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return resolve_url(settings.LOGIN_REDIRECT_URL)

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        messages.error(request, _("This account is closed. Ask the office if you need it."))
        return redirect("account_login")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth's own key has the Host header in it, whose port anyone may vary to count anew.
        return str(credentials.get("username", "")).casefold()

    def _rollback_login_failed_rl_usage(self) -> None:
        """Nothing to take back: `authenticate` clears the whole count."""
