"""Appending an entry: its payload, its place behind all others, its part of the tree."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import rfc8785
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from ..models import EntryKind, LedgerEntry
from ..verify import ACTOR_DOMAIN, leaf_hash
from .tree import store_completed

VERSION = 1
PRIVATE_DOMAIN = b"liantan-private-v1\n"
# The name of the one lock that appends queue for on PostgreSQL, as its bigint ("liantan1").
LOCK = int.from_bytes(b"liantan1", "big")
# The last entry's number, and its leaf, which is what an odd-numbered one is hashed with.
HEAD = "SELECT number, leaf FROM pledges_ledgerentry ORDER BY number DESC LIMIT 1"


def append(
    *,
    kind: EntryKind,
    by: AbstractBaseUser | None,
    subject: str = "",
    data: Mapping[str, Any] | None = None,
    private: Mapping[str, Any] | None = None,
) -> LedgerEntry:
    """Appends an entry in the caller's transaction, and queues for the ledger from here to its
    end. So it comes last there: after every other lock, just before the commit.

    `data` stands in the payload, which strangers may read, and must hold no personal data;
    `private` and the actor stand there as salted hashes. Both are JSON without fractions.
    Raises TransactionManagementError outside a transaction, ValidationError and
    rfc8785.CanonicalizationError for what no entry can hold.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("a ledger entry belongs in the transaction it tells of")
    number, left = lock_head()
    entry = LedgerEntry(
        **columns(
            number=number,
            at=timezone.now(),
            kind=kind,
            actor=by.get_username() if by is not None else "",
            subject=subject,
            data=data or {},
            private=private or {},
        )
    )
    entry.clean_fields()
    entry.save(force_insert=True)
    store_completed(number, bytes.fromhex(entry.leaf), left)
    return entry


def lock_head() -> tuple[int, bytes]:
    """Queues for the ledger until the transaction ends; gives the next entry's number and the
    leaf before it (empty for the first).

    On SQLite the transaction is IMMEDIATE, and so is the lock itself.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # In one go, and yet two statements: the second sees what was committed while the
            # first one waited.
            cursor.execute(f"SELECT pg_advisory_xact_lock({LOCK}); {HEAD}")
            cursor.nextset()
        else:
            cursor.execute(HEAD)
        last = cursor.fetchone()
    return (last[0] + 1, bytes.fromhex(last[1])) if last else (0, b"")


def columns(
    *,
    number: int,
    at: datetime,
    kind: EntryKind,
    actor: str,
    subject: str,
    data: Mapping[str, Any],
    private: Mapping[str, Any],
) -> dict[str, Any]:
    """The columns of an entry's row, with a new salt; `actor` is a staff number or empty."""
    salt = secrets.token_hex(32)
    payload = rfc8785.dumps(
        {
            "version": VERSION,
            "number": number,
            "at": at.astimezone(timezone.get_default_timezone()).isoformat(timespec="microseconds"),
            "kind": kind.value,
            "actor": actor_hash(salt, actor),
            "subject": subject,
            "data": dict(data),
            "private": private_hash(salt, private),
        }
    )
    return {
        "number": number,
        "at": at,
        "kind": kind.value,
        "actor": actor,
        "subject": subject,
        "payload": payload,
        "private": dict(private),
        "salt": salt,
        "leaf": leaf_hash(payload).hex(),
    }


def actor_hash(salt: str, actor: str) -> str:
    """What the payload says of the actor: a salted hash of the staff number, or nothing."""
    return _salted(ACTOR_DOMAIN, salt, actor.encode()) if actor else ""


def private_hash(salt: str, private: Mapping[str, Any]) -> str:
    """What the payload says of the private part: a salted hash of its canonical JSON."""
    return _salted(PRIVATE_DOMAIN, salt, rfc8785.dumps(dict(private))) if private else ""


def _salted(domain: bytes, salt: str, value: bytes) -> str:
    return hashlib.sha256(domain + bytes.fromhex(salt) + value).hexdigest()
