"""Activation slips: a one-time code on paper lets a new account choose its first password."""

import datetime as dt
import logging
import secrets
from collections.abc import Iterable

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from meetings.models import ActivationCode, Cadre
from meetings.permissions import may_manage_unit
from pledges import ledger
from pledges.models import EntryKind

from .exceptions import ActivationRefused

logger = logging.getLogger(__name__)

# No 0 O, 1 I L: a code is read from paper. 12 of 31 characters are 59 bits.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 12
GROUP = 4
VALID_FOR = dt.timedelta(days=30)
MAX_FAILURES = 10


@transaction.atomic
def issue_codes(*, by: Cadre, cadres: Iterable[Cadre]) -> list[tuple[Cadre, str]]:
    """New codes for accounts that wait for activation, as (cadre, code), in the order given.

    A code is returned this once; only its hash is kept, and an earlier code is void. Cadres who
    are active already or have left are passed over: nobody gets into a living account by a slip.
    Raises PermissionDenied when one of the cadres is not in a unit whose secretary `by` is.
    """
    wanted = list(cadres)
    waiting = {
        cadre.pk: cadre
        for cadre in Cadre.objects.in_office()
        .filter(pk__in=[cadre.pk for cadre in wanted], activated_at=None)
        .select_related("unit")
        .select_for_update(of=("self",))
        .order_by("pk")
    }
    paths = by.served_paths()
    if any(not cadre.unit or not cadre.unit.path.startswith(paths) for cadre in waiting.values()):
        raise PermissionDenied
    now = timezone.now()
    issued = [
        (waiting[pk], _new_code()) for pk in dict.fromkeys(c.pk for c in wanted) if pk in waiting
    ]
    ActivationCode.objects.bulk_create(
        [
            ActivationCode(
                cadre=cadre,
                code_hash=_hash(cadre, code),
                issued_at=now,
                issued_by=by,
                expires_at=now + VALID_FOR,
            )
            for cadre, code in issued
        ],
        update_conflicts=True,
        unique_fields=["cadre"],
        update_fields=["code_hash", "issued_at", "issued_by", "expires_at", "failures"],
    )
    if issued:
        # Whoever holds a slip can take the account: for whom they were printed, must be told.
        ledger.append(
            kind=EntryKind.EXPORTED,
            by=by,
            subject="slips",
            private={"staff_numbers": [cadre.staff_number for cadre, _code in issued]},
        )
    return issued


@transaction.atomic
def reset_account(*, by: Cadre, cadre: Cadre) -> Cadre:
    """Takes the password off an account whose owner forgot it, so that a new slip can be issued.

    The owner cannot miss it: the old password no longer works and every session ends. An account
    that waits for activation stays as it is. Raises PermissionDenied for one's own account, and
    for people outside the units whose secretary `by` is; ActivationRefused for accounts with
    rights of their own, which a secretary must not be able to take over.
    """
    locked = Cadre.objects.select_for_update(of=("self",)).select_related("unit").get(pk=cadre.pk)
    if locked.pk == by.pk or not locked.unit or not may_manage_unit(by, locked.unit):
        raise PermissionDenied
    if locked.is_staff or locked.role_assignments.exists():
        raise ActivationRefused(
            _("%s has rights over others. Only the operator of the system resets this account.")
            % locked.name
        )
    if locked.activated_at is not None:
        locked.set_unusable_password()
        locked.activated_at = None
        locked.save(update_fields=["password", "activated_at"])
        logger.warning("account %s was reset by %s", locked.staff_number, by.staff_number)
        ledger.append(
            kind=EntryKind.ACCOUNT_RESET, by=by, private={"staff_number": locked.staff_number}
        )
    return locked


def activate(*, staff_number: str, code: str, password: str) -> Cadre:
    """Sets the first password of the account that the slip belongs to, and spends the slip.

    Raises ActivationRefused when number and code do not fit, the slip has expired or was tried
    too often, all in the same words; ValidationError when the password is too weak, which shows
    only after the code has fitted.
    """
    slip = _slip_of(staff_number)
    if slip is None or not _fits(slip, code):
        _count_failure(slip)
        raise _refusal()
    validate_password(password, slip.cadre)
    # Outside the transaction: the hash is slow by design, and SQLite has one writer.
    hashed = make_password(password)
    with transaction.atomic():
        cadre = Cadre.objects.select_for_update().get(pk=slip.cadre_id)
        slip = _slip_of(staff_number)
        if slip is None or not _fits(slip, code):
            raise _refusal()
        cadre.password = hashed
        cadre.activated_at = timezone.now()
        cadre.save(update_fields=["password", "activated_at"])
        slip.delete()
        ledger.append(kind=EntryKind.ACCOUNT_ACTIVATED, by=cadre)
    return cadre


def _slip_of(staff_number: str) -> ActivationCode | None:
    return (
        ActivationCode.objects.select_related("cadre")
        .filter(cadre__staff_number=staff_number, cadre__is_active=True, cadre__activated_at=None)
        .first()
    )


def _fits(slip: ActivationCode, code: str) -> bool:
    usable = slip.failures < MAX_FAILURES and timezone.now() < slip.expires_at
    return constant_time_compare(slip.code_hash, _hash(slip.cadre, code)) and usable


def _count_failure(slip: ActivationCode | None) -> None:
    """In a transaction of its own, so that the refusal does not roll it back."""
    if slip is None:
        return
    with transaction.atomic():
        locked = ActivationCode.objects.select_for_update().filter(pk=slip.pk).first()
        if locked is not None and locked.failures < MAX_FAILURES:
            locked.failures += 1
            locked.save(update_fields=["failures"])


def _refusal() -> ActivationRefused:
    return ActivationRefused(
        _(
            "Staff number and code do not fit, or the slip is no longer valid. Look at both again; "
            "the office gives out a new slip."
        )
    )


def _new_code() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _place in range(LENGTH))
    return "-".join(letters[place : place + GROUP] for place in range(0, LENGTH, GROUP))


def _hash(cadre: Cadre, code: str) -> str:
    """Fast on purpose: 59 random bits cannot be tried through, whatever a single try costs."""
    plain = "".join(character for character in code.upper() if character.isalnum())
    return salted_hmac("meetings.activation", f"{cadre.pk}:{plain}", algorithm="sha256").hexdigest()
