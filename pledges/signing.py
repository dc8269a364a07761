"""The services of signing: open a pledge, confirm its points, draft, sign.

Locks are taken in one order: the occasion, its pledges, the signer, the ledger. Nobody but the
signer acts on a pledge, whatever their rights; every service here checks that by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils import timezone

from . import ledger, manifest
from .agreements.accepting import accept_agreement
from .exceptions import (
    AgreementNotAccepted,
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
    Agreement,
    AgreementAcceptance,
    EntryKind,
    Level,
    Occasion,
    Pledge,
    Point,
    PointConfirmation,
    Signature,
    SignatureMethod,
)
from .passkeys import (
    GivenAssertion,
    ProvenAssertion,
    keep_assertion,
    prove_assertion,
    require_still_good,
)
from .personal import clean_commitment
from .reauthentication import prove_password
from .strokes import Stroke, draw_svg
from .text import pledge_text

DRAFT_FIELDS = (
    "personal_commitment",
    "signature_method",
    "signature_image",
    "signature_text",
)
# The lock order above, in one go: the occasion shared, the pledge and its signer alone.
LOCKS = f"""
    SELECT 1 FROM {Occasion._meta.db_table} WHERE id = %s FOR SHARE;
    SELECT 1 FROM {Pledge._meta.db_table} WHERE id = %s FOR UPDATE;
    SELECT 1 FROM {get_user_model()._meta.db_table} WHERE id = %s FOR NO KEY UPDATE
"""  # noqa: S608 - names of our own tables
BROWSER_LENGTH = Signature._meta.get_field("browser").max_length


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
        ledger.append(kind=EntryKind.PLEDGE_OPENED, by=by, subject=f"pledge:{locked.pk}")
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
    accepts_agreement: bool = False,
) -> Signature:
    """Signs `pledge` at level B (乙): the signer's password, given again for this signature.

    `digest_seen` is the digest of what the signer last read; `accepts_agreement` accepts the
    signing agreement that it names. Signing a signed pledge returns its signature. The password
    is proven before anything else is looked at, so that every other outcome says that it was
    right; and before any lock is taken, because Argon2 is slow.
    Raises NotTheSigner, OccasionClosed, WrongPassword, PledgeIncomplete, PledgeChanged,
    AgreementNotAccepted.
    """
    _require_signer(by, pledge)
    proof = prove_password(by, password)
    origin = _Origin(address, browser, accepts_agreement, _accepted_versions(by))
    return _sign(by, pledge, digest_seen, proof, origin)


def sign_pledge_with_key(
    *,
    by: AbstractBaseUser,
    pledge: Pledge,
    digest_seen: str,
    assertion: GivenAssertion,
    address: str | None,
    browser: str,
    accepts_agreement: bool = False,
) -> Signature:
    """Signs `pledge` at level A (甲): an assertion over `digest_seen` by a key of the signer's own.

    Otherwise as `sign_pledge`, without any password. The assertion is checked before any lock is
    taken; that its key is live still, and its counter ahead, under the lock.
    Raises NotTheSigner, OccasionClosed, KeyRefused (UserNotVerified, KeyCopied),
    PledgeIncomplete, PledgeChanged, AgreementNotAccepted.
    """
    _require_signer(by, pledge)
    proof = prove_assertion(by=by, digest=digest_seen, given=assertion)
    origin = _Origin(address, browser, accepts_agreement, _accepted_versions(by))
    return _sign(by, pledge, digest_seen, proof, origin)


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a signature comes from, and which versions of the agreement were accepted before.

    An acceptance is never taken back, so that these may be asked for before the lock.
    """

    address: str | None
    browser: str
    accepts_agreement: bool
    accepted: frozenset[int]


@transaction.atomic
def _sign(
    by: AbstractBaseUser,
    pledge: Pledge,
    digest_seen: str,
    proof: str | ProvenAssertion,
    origin: _Origin,
) -> Signature:
    locked = _locked_for_signature(pledge)
    _require_signer(by, locked)
    if locked.is_signed:
        return locked.signature
    if not locked.occasion.is_open:
        raise OccasionClosed
    if isinstance(proof, str):
        _require_password(locked.signer, proof)
    prepared = prepare_pledge(by=by, pledge=locked)
    if isinstance(proof, ProvenAssertion):
        require_still_good(by=locked.signer, proven=proof, keys=prepared.text.keys)
    if prepared.digest != digest_seen:
        raise PledgeChanged
    _require_agreement(by, prepared.text, origin)
    return _keep_signature(by, locked, prepared, proof, origin)


def _locked_for_signature(pledge: Pledge) -> Pledge:
    """The pledge with all that belongs to it, as it is now and stays until the transaction ends.

    Many sign on one occasion at once, and only closing it waits for them: Django knows no lock
    for that. On SQLite the transaction itself is the lock.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(LOCKS, [pledge.occasion_id, pledge.pk, pledge.signer_id])
    # A statement of its own: one that waits for a lock sees the other tables as they were before.
    rows = Pledge.objects.select_related("occasion__outline", "signature", "signer")
    return rows.get(pk=pledge.pk)


def _require_password(signer: AbstractBaseUser, proven: str) -> None:
    """It may have been changed, or the account closed, while it was being checked."""
    if not signer.is_active or signer.password != proven:
        raise WrongPassword


def _accepted_versions(by: AbstractBaseUser) -> frozenset[int]:
    accepted = AgreementAcceptance.objects.filter(signer_id=by.pk).order_by()
    return frozenset(accepted.values_list("agreement__version", flat=True))


def _require_agreement(by: AbstractBaseUser, text: manifest.PledgeText, origin: _Origin) -> None:
    """The agreement that the text names: accepted before, or accepted now."""
    assert text.agreement is not None  # prepare_pledge has asked
    version = text.agreement.version
    if version in origin.accepted:
        return
    if not origin.accepts_agreement:
        raise AgreementNotAccepted
    accept_agreement(
        by=by,
        agreement=Agreement.objects.get(version=version),
        address=origin.address,
        browser=origin.browser,
    )


def _keep_signature(
    by: AbstractBaseUser,
    pledge: Pledge,
    prepared: Prepared,
    proof: str | ProvenAssertion,
    origin: _Origin,
) -> Signature:
    """Writes the signature, what proves its level, and last its entry in the ledger."""
    proven = proof if isinstance(proof, ProvenAssertion) else None
    signature = Signature(
        pledge=pledge,
        level=Level.KEY if proven else Level.PASSWORD,
        manifest=prepared.manifest,
        digest=prepared.digest,
        signed_at=timezone.now(),
        address=origin.address,
        browser=origin.browser[:BROWSER_LENGTH],
    )
    # Level and digest are this module's own, and the pledge is locked and unsigned: asking the
    # database for its constraints beforehand would make ten queries of one under the lock.
    signature.clean_fields(exclude=["pledge"])
    signature.save(force_insert=True)
    if proven:
        keep_assertion(signature=signature, proven=proven)
    signed_at = signature.signed_at.astimezone(timezone.get_default_timezone())
    ledger.append(
        kind=EntryKind.PLEDGE_SIGNED,
        by=by,
        subject=f"pledge:{pledge.pk}",
        data={
            "digest": signature.digest,
            "level": signature.level,
            "key": proven.key.fingerprint if proven else None,
            "signed_at": signed_at.isoformat(timespec="microseconds"),
        },
    )
    return signature


def _require_signer(by: AbstractBaseUser, pledge: Pledge) -> None:
    if by.pk is None or by.pk != pledge.signer_id:
        raise NotTheSigner


def _draft(by: AbstractBaseUser, pledge: Pledge) -> Pledge:
    """The pledge, locked and still open to its signer's changes."""
    _require_signer(by, pledge)
    rows = Pledge.objects.select_for_update(of=("self",)).select_related("occasion__outline")
    locked = rows.get(pk=pledge.pk)
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
