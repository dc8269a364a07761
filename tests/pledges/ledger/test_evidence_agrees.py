"""Evidence that was put in, exchanged or taken away beside the ledger is found by checking it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pledges import ledger
from pledges.exceptions import LedgerBroken
from pledges.models import (
    Agreement,
    AgreementAcceptance,
    Assertion,
    EntryKind,
    KeyRemoval,
    PaperSignature,
    Revocation,
    Signature,
    SigningKey,
)
from tests.evidence import (
    RevocationFactory,
    SigningKeyFactory,
    sign_on_paper,
    sign_with_key,
)
from tests.factories import MORNING, CadreFactory, PledgeFactory

from .conftest import unguarded

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def signed():
    """A pledge signed with a key, one on paper, one disowned, and a key that was given up."""
    SigningKeyFactory(removed=True)
    sign_on_paper(PledgeFactory())
    RevocationFactory()
    return sign_with_key(PledgeFactory(drafted=True))


def test_every_kind_of_evidence_agrees(signed):
    counts = ledger.verify().evidence
    assert counts["pledge_signed"] == 3
    assert counts["key_enrolled"] == 2
    assert counts["key_removed"] == counts["pledge_revoked"] == 1
    assert counts["agreement_accepted"] == AgreementAcceptance.objects.count() > 0


def assertion_of_another_text(signed):
    other = sign_with_key(PledgeFactory(drafted=True), signed.assertion.key)
    Assertion.objects.filter(signature=other).delete()
    other.delete()
    Assertion.objects.filter(signature=signed).update(
        authenticator_data=bytes(other.assertion.authenticator_data),
        client_data=bytes(other.assertion.client_data),
        signature_bytes=bytes(other.assertion.signature_bytes),
    )


def assertion_of_another_key(signed):
    Assertion.objects.update(key=SigningKeyFactory(owner=signed.pledge.signer))


def assertion_taken_away(signed):
    Assertion.objects.all().delete()


def assertion_flipped_by_one_bit(signed):
    data = bytearray(signed.assertion.signature_bytes)
    data[-1] ^= 1
    Assertion.objects.update(signature_bytes=bytes(data))


def key_exchanged(signed):
    other = SigningKeyFactory.build(owner=signed.pledge.signer, public_key=b"another")
    SigningKey.objects.filter(pk=signed.assertion.key_id).update(public_key=other.public_key)


def key_given_to_another(signed):
    SigningKey.objects.filter(pk=signed.assertion.key_id).update(owner=CadreFactory())


def key_of_another_address(signed):
    SigningKey.objects.filter(pk=signed.assertion.key_id).update(rp_id="evil.example")


def key_enrolled_afterwards(signed):
    key = SigningKey.objects.filter(pk=signed.assertion.key_id)
    key.update(enrolled_at=signed.signed_at + HOUR)


def key_without_entry(signed):
    SigningKey.objects.create(
        owner=CadreFactory(),
        label="假的",
        credential_id="fake",
        public_key=b"fake",
        fingerprint="f" * 64,
        rp_id="localhost",
        aaguid="00000000-0000-0000-0000-000000000000",
        synced=False,
        sign_count=0,
        attestation=b"",
        client_data=b"",
        enrolled_at=MORNING,
    )


def removal_without_entry(signed):
    KeyRemoval.objects.create(key=signed.assertion.key, removed_at=MORNING, lost=False)


def removal_taken_away(signed):
    KeyRemoval.objects.all().delete()


def acceptance_without_entry(signed):
    AgreementAcceptance.objects.create(
        signer=CadreFactory(), agreement=Agreement.objects.newest(), accepted_at=MORNING
    )


def acceptance_taken_away(signed):
    AgreementAcceptance.objects.all().delete()


def agreement_reworded(signed):
    Agreement.objects.update(text="另一份约定")


def scan_exchanged(signed):
    PaperSignature.objects.update(scan=b"another")


def paper_taken_away(signed):
    PaperSignature.objects.all().delete()


def disowning_taken_away(signed):
    Revocation.objects.all().delete()


def disowning_without_entry(signed):
    Revocation.objects.create(pledge=signed.pledge, reason="编造", revoked_at=MORNING)


def time_of_signing_changed(signed):
    Signature.objects.update(signed_at="2026-03-06T00:00Z")


def entry_with_the_digest_of_another(signed):
    ledger.append(
        kind=EntryKind.PLEDGE_SIGNED,
        by=signed.pledge.signer,
        subject=f"pledge:{PledgeFactory().pk}",
        data={"digest": signed.digest},
    )


def entry_with_a_subject_that_names_nothing(signed):
    ledger.append(kind=EntryKind.AGREEMENT_ACCEPTED, by=signed.pledge.signer, subject="agreement:x")


@pytest.mark.parametrize(
    "tamper",
    [
        assertion_of_another_text,
        assertion_of_another_key,
        assertion_taken_away,
        assertion_flipped_by_one_bit,
        key_exchanged,
        key_given_to_another,
        key_of_another_address,
        key_enrolled_afterwards,
        key_without_entry,
        removal_without_entry,
        removal_taken_away,
        acceptance_without_entry,
        acceptance_taken_away,
        agreement_reworded,
        scan_exchanged,
        paper_taken_away,
        disowning_taken_away,
        disowning_without_entry,
        time_of_signing_changed,
        entry_with_the_digest_of_another,
        entry_with_a_subject_that_names_nothing,
    ],
)
def test_checking_finds(tamper, signed):
    with unguarded():
        tamper(signed)
    with pytest.raises(LedgerBroken):
        ledger.verify()


def test_assertion_stays_good_after_its_key_was_given_up(signed):
    key = signed.assertion.key
    KeyRemoval.objects.create(key=key, removed_at=signed.signed_at + HOUR, lost=True)
    subject = f"key:{key.fingerprint}"
    ledger.append(kind=EntryKind.KEY_REMOVED, by=key.owner, subject=subject)
    assert ledger.verify().evidence["key_removed"] == 2


def test_key_removed_before_the_signature_is_found(signed):
    key = signed.assertion.key
    KeyRemoval.objects.create(key=key, removed_at=signed.signed_at - HOUR, lost=True)
    subject = f"key:{key.fingerprint}"
    ledger.append(kind=EntryKind.KEY_REMOVED, by=key.owner, subject=subject)
    with pytest.raises(LedgerBroken, match="not enrolled at that time"):
        ledger.verify()


def test_checking_takes_no_more_queries_for_more_rows(signed):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            ledger.verify()
        return len(captured)

    before = queries()
    for _ in range(4):
        sign_with_key(PledgeFactory(drafted=True))
    assert queries() == before
