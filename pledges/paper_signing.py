"""Signing on paper, level C (丙): what is printed, and what is entered from the signed paper.

What it proves is a scan and a witness's word, and it never claims more: no time of opening, no
confirmation on a screen, no agreement, and a date only where the signer wrote one.
"""

import hashlib
import logging
from dataclasses import replace
from datetime import date

import filetype
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import ledger, manifest
from .exceptions import AlreadySigned, OccasionClosed, PaperRefused
from .models import EntryKind, Level, Occasion, PaperSignature, Pledge, Signature
from .text import pledge_text

logger = logging.getLogger(__name__)

SCAN_TYPES = ("application/pdf", "image/jpeg", "image/png")
MOST_BYTES = 10 * 1024 * 1024
CODE_LENGTH = 8


def paper_form(pledge: Pledge) -> tuple[manifest.PledgeText, str]:
    """What is printed to be signed on paper, and its digest, in hex: nothing is confirmed in it."""
    text = replace(pledge_text(pledge), mark=None, opened_at=None, agreement=None)
    points = tuple(replace(point, confirmed_at=None) for point in text.points)
    text = replace(text, points=points)
    return text, manifest.form_digest(text)


def record_paper_signature(
    *,
    by: AbstractBaseUser,
    pledge: Pledge,
    code: str,
    scan: bytes,
    witness: AbstractBaseUser,
    signed_on: date | None,
) -> Signature:
    """Enters a pledge that was signed on paper: level C (丙).

    `code` is what stands on the paper, `signed_on` the day that its signer wrote there. Who may
    enter papers is the caller's to decide. Entering the same scan again returns its signature.
    Raises PaperRefused, with the field that it is about; AlreadySigned; OccasionClosed.
    """
    media_type = check_scan(scan)
    _check_people(by, pledge, witness)
    with transaction.atomic():
        occasion = Occasion.objects.select_for_update(no_key=True).get(pk=pledge.occasion_id)
        locked = (
            Pledge.objects.select_for_update(of=("self",))
            .select_related("occasion__outline", "signature__paper")
            .get(pk=pledge.pk)
        )
        if locked.is_signed:
            return _same(locked, scan)
        if not occasion.is_open:
            raise OccasionClosed
        _check_day(signed_on, occasion)
        _check_code(code, paper_form(locked)[1])
        mark = manifest.PaperMark(
            media_type=media_type,
            sha256=hashlib.sha256(scan).hexdigest(),
            signed_on=signed_on,
            witness=_named(witness),
            entered_by=_named(by),
        )
        signature = _keep(locked, mark)
        paper = PaperSignature(
            signature=signature,
            scan=scan,
            media_type=mark.media_type,
            sha256=mark.sha256,
            form_digest=paper_form(locked)[1],
            signed_on=signed_on,
            witness_id=witness.pk,
            entered_by_id=by.pk,
        )
        paper.clean_fields(exclude=["signature", "witness", "entered_by"])
        paper.save(force_insert=True)
        _tell(by, signature, mark)
    return signature


def check_scan(scan: bytes) -> str:
    """The media type of a scan, told by its content. Raises PaperRefused for any other file."""
    if len(scan) > MOST_BYTES:
        raise PaperRefused("scan", _("The file is larger than 10 MB."))
    guess = filetype.guess(scan[:8192])
    if guess is None or guess.mime not in SCAN_TYPES:
        raise PaperRefused("scan", _("Only a PDF, a JPEG or a PNG picture can be kept as scan."))
    return str(guess.mime)


def _check_people(by: AbstractBaseUser, pledge: Pledge, witness: AbstractBaseUser) -> None:
    if not get_user_model().objects.filter(pk=witness.pk, is_active=True).exists():
        raise PaperRefused("witness", _("The witness must be somebody in office."))
    if witness.pk == by.pk:
        raise PaperRefused("witness", _("Whoever enters the paper cannot be its witness."))
    if witness.pk == pledge.signer_id:
        raise PaperRefused("witness", _("Nobody witnesses their own signature."))


def _check_day(signed_on: date | None, occasion: Occasion) -> None:
    if signed_on is None:
        return
    if signed_on > timezone.localdate():
        raise PaperRefused("signed_on", _("This day is still to come."))
    if signed_on < timezone.localdate(occasion.held_at):
        raise PaperRefused("signed_on", _("This day is before the talk."))


def _check_code(code: str, form_digest: str) -> None:
    if "".join(code.split()).lower() != form_digest[:CODE_LENGTH]:
        raise PaperRefused(
            "code",
            _(
                "This is not the code of this pledge as it stands now. Compare it with the paper; "
                "if the pledge was changed after printing, print it and have it signed again."
            ),
        )


def _same(pledge: Pledge, scan: bytes) -> Signature:
    signature = pledge.signature
    paper = getattr(signature, "paper", None)
    if paper is None or paper.sha256 != hashlib.sha256(scan).hexdigest():
        raise AlreadySigned
    return signature


def _keep(pledge: Pledge, mark: manifest.PaperMark) -> Signature:
    """The signature's row. What was drawn on a screen meanwhile was no signature, and goes."""
    pledge.signature_method = pledge.signature_image = pledge.signature_text = ""
    pledge.save(update_fields=["signature_method", "signature_image", "signature_text"])
    text, _digest = paper_form(pledge)
    signed = manifest.canonical_bytes(manifest.build_manifest(replace(text, mark=mark)))
    signature = Signature(
        pledge=pledge,
        level=Level.PAPER,
        manifest=signed,
        digest=manifest.digest(signed),
        signed_at=timezone.now(),
    )
    signature.full_clean(validate_unique=False, validate_constraints=False)
    signature.save(force_insert=True)
    return signature


def _tell(by: AbstractBaseUser, signature: Signature, mark: manifest.PaperMark) -> None:
    ledger.append(
        kind=EntryKind.PLEDGE_SIGNED,
        by=by,
        subject=f"pledge:{signature.pledge_id}",
        data={
            "digest": signature.digest,
            "level": Level.PAPER.value,
            "key": None,
            "signed_at": None,
        },
        private={"witness": mark.witness[0], "scan": mark.sha256},
    )
    logger.info("paper of pledge %s entered by %s", signature.pledge_id, by.pk)


def _named(user: AbstractBaseUser) -> tuple[str, str]:
    """Staff number and name: a user model writes itself as its name."""
    return user.get_username(), str(user)
