"""The services of signing: open an occasion, ask for pledges, confirm, draft, sign, close.

Locks are taken in one order: the occasion before its pledges. Nobody but the signer acts on a
pledge, whatever their rights; every service here checks that by itself.
"""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import manifest
from .exceptions import (
    AlreadySigned,
    NameDiffers,
    NotTheSigner,
    OccasionClosed,
    PledgeChanged,
    PledgeError,
    PledgeIncomplete,
    WrongPassword,
)
from .models import (
    Level,
    Occasion,
    Outline,
    Pledge,
    Point,
    PointConfirmation,
    Signature,
    SignatureMethod,
)
from .personal import clean_commitment
from .strokes import Stroke, draw_svg
from .text import pledge_text

logger = logging.getLogger(__name__)

DRAFT_FIELDS = (
    "personal_commitment",
    "signature_method",
    "signature_image",
    "signature_text",
)
BROWSER_LENGTH = Signature._meta.get_field("browser").max_length


# One person asked for a pledge: user id, staff number, name, unit, post, as of the meeting.
SignerFacts = tuple[int, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is about to be signed: the text as read, its canonical bytes, their digest."""

    text: manifest.PledgeText
    manifest: bytes
    digest: str

    @property
    def short_code(self) -> str:
        return manifest.short_code(self.digest)


@transaction.atomic
def open_occasion(
    *,
    number: str,
    kind: str,
    title: str,
    held_at: datetime,
    place: str,
    speaker: str,
    outline: Outline,
    due_on: date | None,
    opened_at: datetime,
) -> Occasion:
    """The occasion `number`, opened for signing with these facts.

    One that exists already is returned as it is: its facts were frozen when it opened.
    Raises ValidationError for facts that no occasion can have.
    """
    existing = Occasion.objects.filter(number=number).first()
    if existing is not None:
        return existing
    occasion = Occasion(
        number=number,
        kind=kind,
        title=title,
        held_at=held_at,
        place=place,
        speaker=speaker,
        outline=outline,
        due_on=due_on,
        opened_at=opened_at,
    )
    occasion.full_clean()
    try:
        with transaction.atomic():
            occasion.save(force_insert=True)
    except IntegrityError:
        return Occasion.objects.get(number=number)
    return occasion


@transaction.atomic
def close_occasion(*, occasion: Occasion, closed_at: datetime) -> Occasion:
    """Ends the signing on `occasion`; one that is closed already keeps its time.

    Waits for signatures under way, and no signature follows it.
    """
    locked = Occasion.objects.select_for_update(no_key=True).get(pk=occasion.pk)
    if locked.closed_at is None:
        locked.closed_at = closed_at
        locked.full_clean(exclude=["outline"])
        locked.save(update_fields=["closed_at"])
    return locked


@transaction.atomic
def request_pledges(
    *, by: AbstractBaseUser, occasion: Occasion, signers: Sequence[SignerFacts]
) -> list[Pledge]:
    """The pledges of `signers` on `occasion`, in their order; those not there yet are made.

    Who may ask for pledges is the caller's to decide. Raises OccasionClosed, and ValidationError
    for facts that no pledge can have.
    """
    locked = Occasion.objects.select_for_update(no_key=True).get(pk=occasion.pk)
    if not locked.is_open:
        raise OccasionClosed
    ids = [signer[0] for signer in signers]
    there = set(locked.pledges.filter(signer__in=ids).values_list("signer_id", flat=True))
    now = timezone.now()
    new = {
        signer[0]: _new_pledge(locked, signer, now) for signer in signers if signer[0] not in there
    }
    Pledge.objects.bulk_create(new.values(), batch_size=500)
    logger.info("%s pledges asked for on %s by %s", len(new), locked.number, by.pk)
    pledges = {
        pledge.signer_id: pledge
        for pledge in locked.pledges.filter(signer__in=ids).select_related("signature")
    }
    return [pledges[user_id] for user_id in ids]


@transaction.atomic
def withdraw_pledge(*, by: AbstractBaseUser, pledge: Pledge) -> None:
    """Takes back a pledge asked of somebody by mistake; one already gone is passed over.

    Who may do so is the caller's to decide. Raises AlreadySigned, and PledgeError once the signer
    has opened it.
    """
    locked = Pledge.objects.select_for_update().filter(pk=pledge.pk).first()
    if locked is None:
        return
    if locked.is_signed:
        raise AlreadySigned
    if locked.opened_at is not None:
        raise PledgeError(_("The signer has opened this pledge already."))
    locked.delete()
    logger.info("pledge of %s on %s withdrawn by %s", locked.staff_number, locked.occasion, by.pk)


@transaction.atomic
def open_pledge(*, by: AbstractBaseUser, pledge: Pledge, at: datetime) -> Pledge:
    """Records when the signer opened the pledge: once, on the first thing they do there.

    `at` is when the page was handed out; a time before the occasion opened, or to come, is
    replaced by now (docs/decisions/time-of-opening.md).
    Raises NotTheSigner, AlreadySigned, OccasionClosed.
    """
    locked = _draft(by, pledge)
    if locked.opened_at is None:
        now = timezone.now()
        locked.opened_at = at if locked.occasion.opened_at <= at <= now else now
        locked.save(update_fields=["opened_at"])
    return locked


@transaction.atomic
def confirm_point(*, by: AbstractBaseUser, pledge: Pledge, point: Point) -> PointConfirmation:
    """The signer's confirmation of one point; one that is there keeps its time.

    Raises NotTheSigner, AlreadySigned, OccasionClosed, and PledgeError for a point of another
    outline.
    """
    locked = _draft(by, pledge)
    if point.outline_id != locked.occasion.outline_id:
        raise PledgeError
    confirmation, _made = PointConfirmation.objects.get_or_create(
        pledge=locked, point=point, defaults={"confirmed_at": timezone.now()}
    )
    return confirmation


@transaction.atomic
def save_draft(
    *,
    by: AbstractBaseUser,
    pledge: Pledge,
    personal_commitment: str | None = None,
    strokes: Sequence[Stroke] | None = None,
    typed_name: str | None = None,
) -> Pledge:
    """Keeps what the signer has written and drawn so far; None leaves a part as it is.

    Empty `strokes`, or an empty `typed_name`, take the signature away. With both given, the
    drawing counts.
    Raises NotTheSigner, AlreadySigned, OccasionClosed, TextRefused, DrawingRefused, NameDiffers.
    """
    locked = _draft(by, pledge)
    before = {name: getattr(locked, name) for name in DRAFT_FIELDS}
    if personal_commitment is not None:
        locked.personal_commitment = clean_commitment(personal_commitment)
    if strokes:
        _put_mark(locked, SignatureMethod.DRAWN, image=draw_svg(strokes))
    elif typed_name:
        check_typed_name(typed_name, locked.name)
        _put_mark(locked, SignatureMethod.TYPED, text=locked.name)
    elif strokes is not None or typed_name is not None:
        _put_mark(locked, None)
    # Every button of the page sends the whole draft, and mostly nothing in it has changed.
    if any(getattr(locked, name) != value for name, value in before.items()):
        locked.full_clean(exclude=["occasion", "signer"], validate_unique=False)
        locked.save(update_fields=DRAFT_FIELDS)
    return locked


def check_typed_name(typed: str, name: str) -> None:
    """Raises NameDiffers unless `typed` is `name`; spaces, as in 王　芳, do not count."""
    if "".join(typed.split()) != "".join(name.split()):
        raise NameDiffers


def prepare_pledge(*, by: AbstractBaseUser, pledge: Pledge) -> Prepared:
    """What `pledge` would be signed as now. Writes nothing.

    Raises NotTheSigner, and PledgeIncomplete while anything is missing.
    """
    _require_signer(by, pledge)
    text = pledge_text(pledge)
    try:
        manifest_bytes = manifest.canonical_bytes(manifest.build_manifest(text))
    except manifest.ManifestIncomplete as error:
        raise PledgeIncomplete from error
    return Prepared(text, manifest_bytes, manifest.digest(manifest_bytes))


def sign_pledge(
    *,
    by: AbstractBaseUser,
    pledge: Pledge,
    digest_seen: str,
    password: str,
    address: str | None,
    browser: str,
) -> Signature:
    """Signs `pledge` at level B (乙): the signer's password, given again for this signature.

    `digest_seen` is the digest of what the signer last read. Signing a signed pledge returns its
    signature. The password is proven before anything else is looked at, so that every other
    outcome says that it was right; and before any lock is taken, because Argon2 is slow.
    Raises NotTheSigner, OccasionClosed, WrongPassword, PledgeIncomplete, PledgeChanged.
    """
    _require_signer(by, pledge)
    proven = _prove_password(by, password)
    return _sign(by, pledge, digest_seen, proven, address, browser)


@transaction.atomic
def _sign(
    by: AbstractBaseUser,
    pledge: Pledge,
    digest_seen: str,
    proven: str,
    address: str | None,
    browser: str,
) -> Signature:
    occasion = Occasion.objects.select_for_update(no_key=True).get(pk=pledge.occasion_id)
    locked = _locked(pledge)
    signature = Signature.objects.filter(pledge=locked).first()
    if signature is not None:
        return signature
    if not occasion.is_open:
        raise OccasionClosed
    # The password may have been changed, or the account closed, while it was being checked.
    if not get_user_model().objects.filter(pk=by.pk, password=proven, is_active=True).exists():
        raise WrongPassword
    prepared = prepare_pledge(by=by, pledge=locked)
    if prepared.digest != digest_seen:
        raise PledgeChanged
    signature = Signature(
        pledge=locked,
        level=Level.PASSWORD,
        manifest=prepared.manifest,
        digest=prepared.digest,
        signed_at=timezone.now(),
        address=address,
        browser=browser[:BROWSER_LENGTH],
    )
    # Level and digest are this module's own, and the pledge is locked and unsigned: asking the
    # database for its constraints beforehand would make nine queries of one under the lock.
    signature.full_clean(validate_unique=False, validate_constraints=False)
    signature.save(force_insert=True)
    return signature


def _prove_password(by: AbstractBaseUser, password: str) -> str:
    """The stored hash that `password` was found to match: of this very user, in office."""
    signer = get_user_model().objects.filter(pk=by.pk, is_active=True).first()
    if signer is None or not signer.check_password(password):
        raise WrongPassword
    return signer.password


def _new_pledge(occasion: Occasion, signer: SignerFacts, now: datetime) -> Pledge:
    user_id, staff_number, name, unit_name, post = signer
    pledge = Pledge(
        occasion=occasion,
        signer_id=user_id,
        staff_number=staff_number,
        name=name,
        unit_name=unit_name,
        post=post,
        nonce=secrets.token_hex(32),
        requested_at=now,
    )
    pledge.clean_fields(exclude=["occasion", "signer"])
    return pledge


def _require_signer(by: AbstractBaseUser, pledge: Pledge) -> None:
    if by.pk is None or by.pk != pledge.signer_id:
        raise NotTheSigner


def _locked(pledge: Pledge) -> Pledge:
    return (
        Pledge.objects.select_for_update(of=("self",))
        .select_related("occasion__outline", "signature")
        .get(pk=pledge.pk)
    )


def _draft(by: AbstractBaseUser, pledge: Pledge) -> Pledge:
    """The pledge, locked and still open to its signer's changes."""
    _require_signer(by, pledge)
    locked = _locked(pledge)
    _require_signer(by, locked)
    if locked.is_signed:
        raise AlreadySigned
    if not locked.occasion.is_open:
        raise OccasionClosed
    return locked


def _put_mark(
    pledge: Pledge, method: SignatureMethod | None, *, image: str = "", text: str = ""
) -> None:
    pledge.signature_method = method or ""
    pledge.signature_image = image
    pledge.signature_text = text
