"""Sealing a finished record: a job with states of its own, retried, and an alert when it fails.

pending → sealing → sealed, or failed with the reason in words. Whoever takes a record up notes the
time on it; a later one may take it over when that was long ago, and then the earlier one's result
does not count. So one record gets one seal, whatever is killed and however often the job is run.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from pledges.evidence import gather_evidence
from pledges.exceptions import PledgeError
from pledges.ledger import append, make_checkpoint
from pledges.models import EntryKind, Pledge
from pledges.verify import Check
from pledges.verifying import verify_here

from .models import Cadre, Meeting, Record, RecordState, SealState
from .papers import facts
from .papers.exceptions import SealError
from .papers.gathering import facts_of
from .papers.seal import embed_and_seal, open_sealer
from .papers.seal_keys import (
    SealSetup,
    certificate_fingerprint,
    certificate_name,
    configured_seal,
)
from .permissions import may_manage
from .tasks import make_record, seal_record

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sealed:
    """A sealed file and what is kept beside it."""

    pdf: bytes
    level: str
    certificate: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.pdf).hexdigest()


def seal_pending_record(record_id: int) -> Record:
    """Seals a finished record, or notes in words why it could not be sealed.

    Sealed ones stay as they are, and so does one that another worker is sealing now. Called by the
    task worker; raises nothing that a person could mend. The slow parts (reading the evidence,
    sealing, the time-stamp server) hold no lock.
    """
    taken_up_at = _take_up(record_id)
    record = Record.objects.select_related("meeting__occasion").get(pk=record_id)
    if taken_up_at is None:
        return record
    with translation.override(settings.LANGUAGE_CODE):
        try:
            _keep(record, taken_up_at, _seal(record))
        except (SealError, PledgeError, ImproperlyConfigured) as error:
            _give_up(record, taken_up_at, str(error))
        except Exception:
            logger.exception("record %s could not be sealed", record)
            _give_up(
                record,
                taken_up_at,
                _("An unexpected fault; the administrator finds it in the server's log."),
            )
    record.refresh_from_db()
    return record


def _take_up(record_id: int) -> datetime | None:
    """Marks the record as being sealed from now on; None when it is not for the taking.

    One UPDATE decides, so that of two workers at once only one gets it.
    """
    now = timezone.now()
    taken = (
        Record.objects.filter(pk=record_id)
        .seal_open(now)
        .update(seal_state=SealState.SEALING, seal_started_at=now, seal_error="")
    )
    return now if taken else None


def _seal(record: Record) -> Sealed:
    """The record's PDF with its evidence, sealed as its facts say. Raises SealError."""
    told = facts_of(record)
    setup = configured_seal()
    promised = _promise(told, setup)
    files = gather_evidence(
        facts_json=record.facts,
        number=told.number,
        revision=record.revision,
        pledges=_pledges_of(record, told),
        checkpoint=make_checkpoint(),
        seal={"level": promised.level, "trial": promised.trial},
    )
    with open_sealer(setup) as sealer:
        if certificate_name(sealer.certificate) != promised.certificate:
            raise SealError(
                _("The record names the seal “%(told)s”, and the one set up is “%(found)s”.")
                % {"told": promised.certificate, "found": certificate_name(sealer.certificate)}
            )
        pdf = embed_and_seal(
            bytes(record.pdf or b""),
            files=files,
            sealer=sealer,
            level=promised.level,
            at=timezone.localtime(),
        )
    _verify(pdf)
    return Sealed(pdf, promised.level, certificate_fingerprint(sealer.certificate))


def _verify(pdf: bytes) -> None:
    """Runs the strangers' verifier on what is about to be kept. Raises SealError."""
    report = verify_here(pdf)
    if not report.good:
        wrong = "；".join(_in_words(check) for check in report.checks if not check.ok)
        raise SealError(
            _("The sealed record does not stand verification: %(why)s") % {"why": wrong}
        )


def _in_words(check: Check) -> str:
    """What is wrong: in the administrator's terms where a setting can mend it."""
    if check.fault == "seal.untrusted":
        return _("its certificate leads to no root of SEAL_ROOTS")
    if check.fault in ("seal.stamp", "seal.tsa_root"):
        return _("the time stamp's certificate leads to no root of SEAL_TSA_ROOTS")
    return check.zh


def _promise(told: facts.RecordFacts, setup: SealSetup) -> facts.Seal:
    """What the record says about its seal. Raises SealError when that cannot be kept any more."""
    if told.seal is None:
        raise SealError(_("This record was made while there was no seal, and says so."))
    if told.seal.trial != setup.trial:
        raise SealError(
            _("The record names the trial's seal, and another one is set up now.")
            if told.seal.trial
            else _("The record names the unit's seal, and only the trial's is there now.")
        )
    return told.seal


def _pledges_of(record: Record, told: facts.RecordFacts) -> list[Pledge]:
    """The pledges that the record shows, in the roll's order. Raises SealError for a gap."""
    by_digest = {
        pledge.signature.digest: pledge
        for pledge in Pledge.objects.signed()
        .filter(occasion=record.meeting.occasion)
        .select_related("signature")
    }
    digests = [row.pledge.digest for row in told.signed if row.pledge]
    lost = [digest for digest in digests if digest not in by_digest]
    if lost:
        raise SealError(
            _("The record shows a pledge that is not kept: %(digest)s") % {"digest": lost[0]}
        )
    return [by_digest[digest] for digest in digests]


@transaction.atomic
def _keep(record: Record, taken_up_at: datetime, sealed: Sealed) -> None:
    kept = _ours(record, taken_up_at).update(
        seal_state=SealState.SEALED,
        seal_started_at=None,
        sealed_at=timezone.now(),
        sealed_pdf=sealed.pdf,
        sealed_sha256=sealed.sha256,
        seal_level=sealed.level,
        seal_certificate=sealed.certificate,
    )
    if kept:  # else somebody took it over, and this seal was never made
        append(
            kind=EntryKind.RECORD_SEALED,
            by=None,
            subject=f"record:{record.facts['number']}/{record.revision}",
            data={"sha256": sealed.sha256, "level": sealed.level},
        )


def _give_up(record: Record, taken_up_at: datetime, reason: str) -> None:
    failed = _ours(record, taken_up_at).update(
        seal_state=SealState.FAILED, seal_started_at=None, seal_error=reason
    )
    if failed:
        logger.warning("record %s was not sealed: %s", record, reason)
        _alert(record, reason)


def _ours(record: Record, taken_up_at: datetime) -> Any:
    return Record.objects.filter(
        pk=record.pk, seal_state=SealState.SEALING, seal_started_at=taken_up_at
    )


def _alert(record: Record, reason: str) -> None:
    """Mails those who look after the site; the secretary reads it on the pages."""
    if not settings.ALERT_EMAILS:
        return
    context = {"record": record, "reason": reason, "site_url": settings.SITE_URL}
    message = EmailMessage(
        subject=render_to_string("meetings/mail_seal_failed_subject.txt", context).strip(),
        body=render_to_string("meetings/mail_seal_failed.txt", context),
        to=settings.ALERT_EMAILS,
    )
    try:
        message.send()
    except OSError:  # of which SMTPException is one: the state is kept all the same
        logger.exception("the alert about record %s could not be mailed", record)


def list_unsealed(user: Cadre) -> list[Record]:
    """The records of the user's own units whose sealing failed, for the secretary's pages."""
    return list(
        Record.objects.without_bytes()
        .seal_failed()
        .filter(meeting__in=Meeting.objects.managed_by(user))
        .select_related("meeting")
        .order_by("made_at")
    )


@transaction.atomic
def retry_seal(*, by: Cadre, record: Record) -> Record:
    """Has sealing tried once more where it failed or was left; anything else stays as it is."""
    locked = Record.objects.select_for_update(of=("self",)).get(pk=record.pk)
    if not may_manage(by, locked.meeting):
        raise PermissionDenied
    if locked.may_retry_seal:
        _put_back(locked.pk)
        transaction.on_commit(lambda: seal_record.enqueue(locked.pk))
    return Record.objects.get(pk=record.pk)


def _put_back(record_id: int) -> None:
    Record.objects.filter(pk=record_id).exclude(seal_state=SealState.SEALED).update(
        seal_state=SealState.PENDING, seal_started_at=None, seal_error=""
    )


def resume_sealing(*, interrupted: bool = False, failed: bool = False) -> list[Record]:
    """Queues again what was left behind: records whose PDF or whose seal was never finished.

    `interrupted` says that no worker runs, so that whatever is being sealed was stopped in the
    middle, however short ago; `failed` takes those that failed as well. Gives what was queued.
    """
    records = Record.objects.without_bytes().select_related("meeting")
    unmade = list(records.filter(state=RecordState.PENDING))
    for record in unmade:
        make_record.enqueue(record.pk)
    finished = records.filter(state=RecordState.READY)
    left = finished.filter(seal_state=SealState.PENDING) | finished.seal_stale(timezone.now())
    if interrupted:
        left |= finished.filter(seal_state=SealState.SEALING)
    if failed:
        left |= finished.seal_failed()
    unsealed = list(left)
    for record in unsealed:
        _put_back(record.pk)
        seal_record.enqueue(record.pk)
    return [*unmade, *unsealed]
