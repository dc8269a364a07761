"""What security asks to be told of, as ledger entries: who took something out of the system, and
who looked at a file that is not their own."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest

from . import ledger
from .models import EntryKind

BROWSER_LENGTH = 300


def note_export(request: HttpRequest, subject: str, **private: Any) -> None:
    """Notes that the user takes `subject` out as a file. No personal data in `subject`."""
    _note(request, EntryKind.EXPORTED, subject, private)


def note_view(request: HttpRequest, subject: str) -> None:
    """Notes that the user looks at `subject`, which tells of other people."""
    _note(request, EntryKind.FILE_VIEWED, subject, {})


def client_address(request: HttpRequest) -> str | None:
    """The client's address as far as trusted proxies tell it; None when nothing does."""
    try:
        address: str = get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        return None
    return address


def client_facts(request: HttpRequest) -> dict[str, str]:
    """Where a request comes from, for the private part of an entry: address and browser."""
    address = client_address(request) or ""
    browser = request.headers.get("User-Agent", "")[:BROWSER_LENGTH]
    # PostgreSQL keeps no such character in JSON.
    return {"address": address, "browser": browser.replace("\0", "")}


@transaction.atomic
def _note(request: HttpRequest, kind: EntryKind, subject: str, private: dict[str, Any]) -> None:
    assert isinstance(request.user, AbstractBaseUser)  # LoginRequiredMiddleware
    ledger.append(
        kind=kind, by=request.user, subject=subject, private={**client_facts(request), **private}
    )
