"""Forging a pledge with every right there is: superuser, owner of the database, stolen secretary.

The forger here may do all that the server may: write any row, append to the ledger, sign
checkpoints, seal. Only the cadre's own key is out of reach. Each test is one way tried, and says
what finds it out; docs/security.md lists them, and what is not found out.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import rfc8785
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from meetings.admin import site as admin_site
from meetings.closing import close_meeting
from meetings.models import Block, Cadre, Meeting
from meetings.papers.gathering import gather_record
from meetings.papers.record import render_record
from meetings.papers.seal import describe_seal, embed_and_seal, open_sealer
from meetings.papers.seal_keys import configured_seal, root_pem
from meetings.roster.activation import activate, issue_codes, reset_account
from pledges import ledger, triggers
from pledges.evidence import EvidenceFile, gather_evidence, gather_receipt
from pledges.exceptions import KeyRefused, LedgerBroken, NotTheSigner, PledgeError
from pledges.ledger.notes import public_key
from pledges.models import (
    Assertion,
    Checkpoint,
    EntryKind,
    LedgerEntry,
    LedgerNode,
    Level,
    Pledge,
    Signature,
    SigningKey,
)
from pledges.passkeys import GivenAssertion, prove_assertion
from pledges.signing import prepare_pledge, sign_pledge, sign_pledge_with_key
from pledges.verify import manifest_digest, verify_receipt, verify_record
from tests.evidence import (
    SigningKeyFactory,
    answer_of,
    put_assertion,
    sign_on_paper,
    sign_with_key,
)
from tests.factories import (
    PASSWORD,
    AttendanceFactory,
    CadreFactory,
    MeetingFactory,
    PledgeFactory,
    RoleAssignmentFactory,
    SignatureFactory,
    UnitFactory,
    tell,
)
from tests.meetings.papers import samples

Files = dict[str, Any]


@pytest.fixture(scope="session")
def blank_pdf() -> bytes:
    return render_record(samples.minimal_record_facts())


@dataclass
class Talk:
    """A talk open for signing: the victim has read everything and not signed, the forger is a
    colleague with a key of their own, who has signed."""

    meeting: Meeting
    secretary: Cadre
    victim: Pledge
    victims_key: SigningKey
    forger: Pledge
    forgers_key: SigningKey
    pdf: bytes

    def facts(self) -> Files:
        gathered = gather_record(
            self.meeting,
            made_at=timezone.now(),
            made_by=self.secretary,
            seal=describe_seal(configured_seal()),
        )
        return gathered.to_json()

    def signed(self) -> list[Pledge]:
        rows = self.meeting.attendances.order_by("order", "id")
        return [row.pledge for row in rows if row.pledge and row.pledge.is_signed]

    def evidence(self) -> Files:
        """What the server would attach, by file name, open for changing."""
        files = gather_evidence(
            facts_json=self.facts(),
            number=self.meeting.number or "",
            revision=1,
            pledges=self.signed(),
            checkpoint=ledger.make_checkpoint(),
            seal={"level": "B-B", "trial": True},
        )
        return {
            file.name: file.data.decode() if file.name.endswith(".txt") else json.loads(file.data)
            for file in files
        }

    def seal(self, files: Files | None = None) -> bytes:
        """Seals as the server would, but without its own look at what it sealed."""
        files = self.evidence() if files is None else files
        facts = rfc8785.dumps(files["facts.json"])
        files["policy.json"]["record"]["facts_sha256"] = hashlib.sha256(facts).hexdigest()
        attached = [
            EvidenceFile(
                name,
                "text/plain" if isinstance(part, str) else "application/json",
                name,
                part.encode() if isinstance(part, str) else rfc8785.dumps(part),
            )
            for name, part in files.items()
        ]
        with open_sealer(configured_seal()) as sealer:
            return embed_and_seal(
                self.pdf, files=attached, sealer=sealer, level="B-B", at=timezone.localtime()
            )


@pytest.fixture
def talk(db: None, blank_pdf: bytes) -> Talk:
    unit = UnitFactory()
    secretary = RoleAssignmentFactory(unit=unit, cadre__unit=unit).cadre
    meeting = MeetingFactory(unit=unit, created_by=secretary, signing=True)
    meeting.agenda_items.create(order=1, block=Block.TALK, minutes=40, notes="围绕四个方面谈话。")
    victim = AttendanceFactory(meeting=meeting, asked=True, order=1).pledge
    victims_key = SigningKeyFactory(owner=victim.signer, enrolled_at=timezone.now())
    draft(victim)
    forger = AttendanceFactory(meeting=meeting, asked=True, order=2).pledge
    forgers_key = SigningKeyFactory(owner=forger.signer, enrolled_at=timezone.now())
    draft(forger)
    sign_with_key(forger, forgers_key)
    return Talk(meeting, secretary, victim, victims_key, forger, forgers_key, blank_pdf)


@pytest.fixture
def unguarded(talk: Talk) -> None:
    """The owner of the database takes all triggers away."""
    triggers.uninstall(connection, triggers.registered())


def draft(pledge: Pledge) -> None:
    """Brings a pledge to where only the signature is missing."""
    made = PledgeFactory.build(occasion=pledge.occasion, signer=pledge.signer)
    now = timezone.now()
    Pledge.objects.filter(pk=pledge.pk).update(
        opened_at=now, signature_method="typed", signature_text=made.name
    )
    for point in pledge.occasion.outline.points.all():
        pledge.confirmations.create(point=point, confirmed_at=now)
    pledge.refresh_from_db()


def report_of(pdf: bytes, **known: Any) -> Any:
    roots = [root_pem(configured_seal())]
    return verify_record(pdf, roots=roots, ledger_key=public_key(), **known)


def faults(pdf: bytes, **known: Any) -> set[str]:
    return {check.fault for check in report_of(pdf, **known).checks if not check.ok}


def forged_signature(talk: Talk, *, level: Level, key: SigningKey | None) -> Signature:
    """The victim's pledge signed by rows alone, with its entry in the ledger."""
    signature: Signature = SignatureFactory(
        pledge=talk.victim, level=level, key=key, signed_at=timezone.now()
    )
    return signature


# An honest record, so that the red ones below mean something ----------------------------------


def test_honest_record_is_good(talk):
    sign_with_key(talk.victim, talk.victims_key)
    assert report_of(talk.seal()).good


# The owner of the database --------------------------------------------------------------------


def test_signature_by_the_forgers_key_is_found_out(talk, unguarded):
    signature = forged_signature(talk, level=Level.KEY, key=talk.forgers_key)
    answer = answer_of(talk.forgers_key, signature.digest)
    put_assertion(signature, talk.forgers_key, answer)
    assert faults(talk.seal()) == {"key.owner"}


def test_forgers_key_given_to_the_victim_by_an_update_is_found_out(talk, unguarded):
    SigningKey.objects.filter(pk=talk.forgers_key.pk).update(owner=talk.victim.signer)
    signature = forged_signature(talk, level=Level.KEY, key=talk.forgers_key)
    answer = answer_of(talk.forgers_key, signature.digest)
    put_assertion(signature, talk.forgers_key, answer)
    assert "key.enroller" in faults(talk.seal())


def test_assertion_of_an_earlier_pledge_of_the_victim_is_found_out(talk, unguarded):
    earlier = PledgeFactory(signer=talk.victim.signer, drafted=True)
    old = sign_with_key(earlier, talk.victims_key).assertion
    signature = forged_signature(talk, level=Level.KEY, key=talk.victims_key)
    replayed = GivenAssertion(
        talk.victims_key.credential_id, old.authenticator_data, old.client_data, old.signature_bytes
    )
    put_assertion(signature, talk.victims_key, replayed)
    assert faults(talk.seal()) == {"assertion.challenge"}


def test_signed_text_with_one_word_changed_is_found_out(talk, unguarded):
    signature = sign_with_key(talk.victim, talk.victims_key)
    changed = bytes(signature.manifest).replace("我承诺".encode(), "我不承诺".encode(), 1)
    digest = manifest_digest(changed)
    Signature.objects.filter(pk=signature.pk).update(manifest=changed, digest=digest)
    # The forger leaves the signed entry and tells the ledger another one.
    LedgerEntry.objects.filter(
        subject=f"pledge:{talk.victim.pk}", kind=EntryKind.PLEDGE_SIGNED
    ).update(kind=EntryKind.PLEDGE_OPENED)
    tell(
        kind=EntryKind.PLEDGE_SIGNED,
        by=talk.victim.signer,
        subject=f"pledge:{talk.victim.pk}",
        data={
            "digest": digest,
            "level": "key",
            "key": talk.victims_key.fingerprint,
            "signed_at": timezone.localtime(signature.signed_at).isoformat(timespec="microseconds"),
        },
    )
    assert "assertion.challenge" in faults(talk.seal())


def test_password_signature_dressed_up_as_the_key_is_found_out(talk, unguarded):
    forged_signature(talk, level=Level.PASSWORD, key=None)
    files = talk.evidence()
    dressed, told = files["assertions.json"][0], files["facts.json"]["roll"][0]["pledge"]
    dressed["level"], told["level"] = "key", "甲"
    dressed["key"] = talk.victims_key.fingerprint
    assert faults(talk.seal(files)) >= {"ledger.entry"}


def test_ledger_told_of_a_key_signature_without_an_assertion_is_found_out(talk, unguarded):
    forged_signature(talk, level=Level.PASSWORD, key=None)
    signature = Signature.objects.get(pledge=talk.victim)
    tell(
        kind=EntryKind.PLEDGE_SIGNED,
        by=talk.victim.signer,
        subject=f"pledge:{talk.victim.pk}",
        data={
            "digest": signature.digest,
            "level": "key",
            "key": talk.victims_key.fingerprint,
            "signed_at": timezone.localtime(signature.signed_at).isoformat(timespec="microseconds"),
        },
    )
    entry = LedgerEntry.objects.order_by("number").last()
    files = talk.evidence()
    dressed, told = files["assertions.json"][0], files["facts.json"]["roll"][0]["pledge"]
    dressed |= {"level": "key", "key": talk.victims_key.fingerprint, "entry": entry.number}
    told["level"] = "甲"
    size = files["proofs.json"]["size"]
    entries = files["proofs.json"]["entries"]
    subject = f'"subject":"pledge:{talk.victim.pk}"'
    entries[:] = [told for told in entries if subject not in told["payload"]]
    entries.append(
        {
            "number": entry.number,
            "payload": bytes(entry.payload).decode(),
            "salt": entry.salt,
            "actor": entry.actor,
            "proof": [part.hex() for part in ledger.prove_inclusion(entry.number, size)],
        }
    )
    entries.sort(key=lambda told: told["number"])
    assert "level.raised" in faults(talk.seal(files))


def test_key_planted_for_the_victim_is_red_for_whoever_knows_the_true_one(talk, unguarded):
    """Without an older record or a list of keys it is not: then only its fingerprint and date,
    which the verdict names, tell the victim (docs/security.md, "not protected")."""
    sign_with_key(talk.victim, talk.victims_key)
    known = {talk.victim.staff_number: {talk.victims_key.fingerprint}}
    later = MeetingFactory(unit=talk.meeting.unit, created_by=talk.secretary, signing=True)
    victim = AttendanceFactory(meeting=later, cadre=talk.victim.signer, asked=True).pledge
    planted = SigningKeyFactory(owner=talk.victim.signer, enrolled_at=timezone.now())
    draft(victim)
    sign_with_key(victim, planted)
    second = Talk(later, talk.secretary, victim, planted, victim, planted, talk.pdf)
    pdf = second.seal()
    assert faults(pdf, pins=known) == {"key.pinned"}
    shown = report_of(pdf).summary["keys"]
    assert planted.fingerprint in {key["fingerprint"] for key in shown}


def test_true_key_hidden_behind_a_planted_one_is_red_beside_an_older_record(talk, unguarded):
    sign_with_key(talk.victim, talk.victims_key)
    older = talk.seal()
    later = MeetingFactory(unit=talk.meeting.unit, created_by=talk.secretary, signing=True)
    victim = AttendanceFactory(meeting=later, cadre=talk.victim.signer, asked=True).pledge
    Assertion.objects.filter(key=talk.victims_key).delete()
    SigningKey.objects.filter(pk=talk.victims_key.pk).delete()
    planted = SigningKeyFactory(owner=talk.victim.signer, enrolled_at=timezone.now())
    draft(victim)
    sign_with_key(victim, planted)
    second = Talk(later, talk.secretary, victim, planted, victim, planted, talk.pdf)
    assert faults(second.seal(), older=older) == {"older.key"}


def test_signature_deleted_is_found_by_the_ledger(talk, unguarded):
    sign_with_key(talk.victim, talk.victims_key)
    ledger.make_checkpoint()
    Assertion.objects.filter(signature__pledge=talk.victim).delete()
    Signature.objects.filter(pledge=talk.victim).delete()
    with pytest.raises(LedgerBroken):
        ledger.verify()


def rebuild_without(subject: str) -> None:
    """Writes the whole ledger anew, leaving out what it tells of `subject`."""
    kept = list(LedgerEntry.objects.exclude(subject=subject).order_by("number"))
    for model in (LedgerEntry, LedgerNode, Checkpoint):
        model.objects.all().delete()
    for entry in kept:
        data = json.loads(bytes(entry.payload))["data"]
        by = Cadre.objects.filter(staff_number=entry.actor).first()
        tell(kind=EntryKind(entry.kind), by=by, subject=entry.subject, data=data)


def test_history_rewritten_without_a_signature_contradicts_the_victims_receipt(talk, unguarded):
    sign_with_key(talk.victim, talk.victims_key)
    receipt = gather_receipt(talk.victim, ledger.make_checkpoint())
    Assertion.objects.filter(signature__pledge=talk.victim).delete()
    Signature.objects.filter(pledge=talk.victim).delete()
    rebuild_without(f"pledge:{talk.victim.pk}")
    assert verify_receipt(rfc8785.dumps(receipt), ledger_key=public_key()).good
    with pytest.raises(LedgerBroken):
        ledger.check_note(receipt["checkpoint"])


def test_history_rewritten_is_red_beside_an_older_record(talk, unguarded):
    older = talk.seal()
    rebuild_without(f"pledge:{talk.victim.pk}")
    for number in range(40):  # as long as before, and longer
        tell(kind=EntryKind.LOGIN, by=None, data={"again": number})
    newer = talk.seal()
    assert report_of(newer).good, "by itself nothing tells"
    assert faults(newer, older=older) == {"older.ledger"}


def test_checkpoint_by_another_key_is_found_out(talk, settings, tmp_path):
    true_key = public_key()
    settings.LEDGER_KEY_FILE = tmp_path / "other.pem"
    pdf = talk.seal()
    roots = [root_pem(configured_seal())]
    report = verify_record(pdf, roots=roots, ledger_key=true_key)
    assert {check.fault for check in report.checks if not check.ok} == {"policy.ledger"}


def test_record_sealed_by_an_authority_of_the_same_name_is_found_out(talk, settings, tmp_path):
    true_root = root_pem(configured_seal())
    settings.KEY_DIR = tmp_path
    pdf = talk.seal()
    report = verify_record(pdf, roots=[true_root])
    assert "seal.untrusted" in {check.fault for check in report.checks if not check.ok}


def test_pledge_left_out_of_the_evidence_but_not_of_the_roll_is_found_out(talk, unguarded):
    sign_with_key(talk.victim, talk.victims_key)
    files = talk.evidence()
    del files["manifests.json"][0], files["assertions.json"][0]
    assert "roll.pledges" in faults(talk.seal(files))


def test_server_refuses_to_seal_what_a_stranger_would_refuse(
    talk, unguarded, django_capture_on_commit_callbacks
):
    signature = forged_signature(talk, level=Level.KEY, key=talk.forgers_key)
    answer = answer_of(talk.forgers_key, signature.digest)
    put_assertion(signature, talk.forgers_key, answer)
    with django_capture_on_commit_callbacks(execute=True):
        record = close_meeting(by=talk.secretary, meeting=talk.meeting)
    record.refresh_from_db()
    assert record.seal_state == "failed"
    assert not record.sealed_pdf


# The superuser, by the pages and the services --------------------------------------------------


def test_superuser_reaches_nobodys_pledge(talk, client_of: Callable[[Cadre], Client]):
    superuser = CadreFactory(is_superuser=True, is_staff=True)
    client = client_of(superuser)
    for name in ("sign", "review", "receipt", "manifest", "history"):
        assert client.get(reverse(f"pledges:{name}", args=[talk.victim.pk])).status_code == 404
    posted = {"digest": "0" * 64, "password": PASSWORD}
    address = reverse("pledges:review", args=[talk.victim.pk])
    assert client.post(address, posted).status_code == 404
    assert not Signature.objects.filter(pledge=talk.victim).exists()


def test_superuser_signs_for_nobody_by_the_services(talk):
    superuser = CadreFactory(is_superuser=True, is_staff=True)
    digest = prepare_pledge(by=talk.victim.signer, pledge=talk.victim).digest
    given = answer_of(talk.forgers_key, digest)
    origin = {"address": None, "browser": "", "accepts_agreement": True}
    with pytest.raises(NotTheSigner):
        sign_pledge(
            by=superuser, pledge=talk.victim, digest_seen=digest, password=PASSWORD, **origin
        )
    with pytest.raises(NotTheSigner):
        sign_pledge_with_key(
            by=superuser, pledge=talk.victim, digest_seen=digest, assertion=given, **origin
        )


def test_admin_has_no_page_for_evidence():
    labels = {model._meta.app_label for model in admin_site._registry}
    assert "pledges" not in labels


# A stolen secretary's account, and one whose password was reset --------------------------------


def test_account_taken_over_by_a_slip_signs_at_level_b_only(talk):
    victim = talk.victim.signer
    reset_account(by=talk.secretary, cadre=victim)
    ((_cadre, code),) = issue_codes(by=talk.secretary, cadres=[victim])
    taken = activate(staff_number=victim.staff_number, code=code, password="Forged-Pass-1")
    digest = prepare_pledge(by=taken, pledge=talk.victim).digest
    with pytest.raises(KeyRefused):
        prove_assertion(by=taken, digest=digest, given=answer_of(talk.forgers_key, digest))
    signature = sign_pledge(
        by=taken,
        pledge=talk.victim,
        digest_seen=digest,
        password="Forged-Pass-1",
        address=None,
        browser="",
        accepts_agreement=True,
    )
    assert signature.level == Level.PASSWORD
    assert report_of(talk.seal()).summary["levels"] == {"key": 1, "password": 1, "paper": 0}
    reset = LedgerEntry.objects.get(kind=EntryKind.ACCOUNT_RESET)
    assert reset.actor == talk.secretary.staff_number


def test_paper_made_up_by_a_secretary_stays_paper_and_names_them(talk):
    with pytest.raises(PledgeError):
        sign_on_paper(talk.victim, by=talk.secretary, witness=talk.secretary)
    colleague = CadreFactory()
    signature = sign_on_paper(talk.victim, by=talk.secretary, witness=colleague)
    assert signature.level == Level.PAPER
    named = json.loads(bytes(signature.manifest))["signature"]
    assert named["entered_by"]["name"] == talk.secretary.name
    assert named["witness"]["name"] == colleague.name
    files = talk.evidence()
    told = files["facts.json"]["roll"][0]["pledge"]
    files["assertions.json"][0]["level"], told["level"] = "key", "甲"
    assert "manifest.level" in faults(talk.seal(files))
