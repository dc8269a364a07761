"""From rows to the files that a stranger checks: complete, canonical, few queries."""

import base64
import hashlib
import json

import pytest
import rfc8785
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pledges import ledger
from pledges.evidence import gather_evidence, gather_receipt, receipt_bytes
from pledges.exceptions import EvidenceIncomplete
from pledges.models import Agreement, EntryKind
from pledges.verify import check_assertion, leaf_hash, open_note, verify_consistency
from pledges.verify import verify_inclusion as includes
from tests.evidence import RevocationFactory, SigningKeyFactory, sign_on_paper, sign_with_key
from tests.factories import OccasionFactory, PledgeFactory, accept, tell

pytestmark = pytest.mark.django_db
NAMES = [
    "facts.json", "policy.json", "manifests.json", "assertions.json", "keys.json",
    "agreements.json", "proofs.json", "checkpoint.txt",
]  # fmt: skip
SEAL = {"level": "B-B", "trial": True}


def gather(pledges, checkpoint=None, **changes):
    files = gather_evidence(
        facts_json=changes.get("facts", {"roll": []}),
        number="青农廉谈〔2026〕1号",
        revision=1,
        pledges=pledges,
        checkpoint=checkpoint or ledger.make_checkpoint(),
        seal=SEAL,
    )
    return {file.name: file for file in files}


def content(files, name):
    return json.loads(files[name].data)


@pytest.fixture
def three():
    """A pledge of each level, on one occasion."""
    occasion = OccasionFactory()
    key = sign_with_key(PledgeFactory(occasion=occasion, drafted=True))
    password = PledgeFactory(occasion=occasion, signed=True).signature
    paper = sign_on_paper(PledgeFactory(occasion=occasion))
    return [key.pledge, password.pledge, paper.pledge]


def test_files_are_those_of_the_contract_and_canonical(three):
    files = gather(three)
    assert list(files) == NAMES
    for name in NAMES[:-1]:
        assert rfc8785.dumps(content(files, name)) == files[name].data
        assert files[name].media_type == "application/json"
        assert files[name].description


def test_manifests_stand_in_the_order_given(three):
    for order in (three, three[::-1]):
        manifests = content(gather(order), "manifests.json")
        assert [m["digest"] for m in manifests] == [p.signature.digest for p in order]
        for one in manifests:
            signed = b"liantan-pledge-v1\n" + one["manifest"].encode()
            assert hashlib.sha256(signed).hexdigest() == one["digest"]


def test_policy_names_record_site_ledger_and_seal(three):
    files = gather(three, facts={"title": "谈话"})
    policy = content(files, "policy.json")
    assert policy["record"] == {
        "number": "青农廉谈〔2026〕1号",
        "revision": 1,
        "facts_sha256": hashlib.sha256(files["facts.json"].data).hexdigest(),
    }
    assert (policy["rp_id"], policy["origins"]) == (settings.RP_ID, settings.SIGNING_ORIGINS)
    assert policy["seal"] == SEAL


def test_each_level_says_what_it_has(three):
    key, password, paper = content(gather(three), "assertions.json")
    raw = ("key", "credential_id", "authenticator_data", "client_data", "signature")
    assert [one["level"] for one in (key, password, paper)] == ["key", "password", "paper"]
    assert all(key[name] for name in raw)
    assert not any(one[name] for one in (password, paper) for name in raw)
    assert paper["signed_at"] is None
    assert password["signed_at"] == "2026-03-05T11:06:00.000000+08:00"


def test_assertion_holds_over_its_digest(three):
    files = gather(three)
    assertion, (key,) = content(files, "assertions.json")[0], content(files, "keys.json")

    def raw(text):
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    check_assertion(
        digest=assertion["digest"],
        authenticator_data=raw(assertion["authenticator_data"]),
        client_data=raw(assertion["client_data"]),
        signature=raw(assertion["signature"]),
        public_key=raw(key["public_key"]),
        rp_id=settings.RP_ID,
        origins=settings.SIGNING_ORIGINS,
    )
    assert assertion["key"] == key["fingerprint"]


def test_keys_are_all_that_any_signer_ever_enrolled(three):
    signer = three[1].signer
    gone = SigningKeyFactory(owner=signer, removed=True)
    SigningKeyFactory()  # of somebody who is not in the record
    keys = content(gather(three), "keys.json")
    assert len(keys) == 2
    found = next(key for key in keys if key["fingerprint"] == gone.fingerprint)
    assert found["staff_number"] == signer.staff_number
    assert found["removed_at"] is not None
    assert found["removed_entry"] > found["enrolled_entry"]


def test_key_enrolled_after_the_checkpoint_is_left_to_the_next(three):
    checkpoint = ledger.make_checkpoint()
    SigningKeyFactory(owner=three[1].signer)
    assert len(content(gather(three, checkpoint), "keys.json")) == 1


def test_key_removed_after_the_checkpoint_is_live_in_it(three):
    checkpoint = ledger.make_checkpoint()
    signed = three[0].signature.assertion.key
    tell(kind=EntryKind.KEY_REMOVED, by=signed.owner, subject=f"key:{signed.fingerprint}")
    (key,) = content(gather(three, checkpoint), "keys.json")
    assert (key["removed_at"], key["removed_entry"]) == (None, None)


def test_every_proof_holds_under_the_checkpoint(three):
    RevocationFactory(pledge=three[1])
    first = ledger.make_checkpoint()
    accept(PledgeFactory().signer)
    tell(kind=EntryKind.LOGIN, by=None)
    files = gather(three)
    proofs, policy = content(files, "proofs.json"), content(files, "policy.json")
    key = base64.b64decode(policy["ledger"]["key"])
    head = open_note(files["checkpoint.txt"].data.decode(), policy["ledger"]["name"], key)
    assert head.size == proofs["size"]
    kinds = set()
    for entry in proofs["entries"]:
        payload = entry["payload"].encode()
        kinds.add(json.loads(payload)["kind"])
        assert includes(
            leaf=leaf_hash(payload),
            number=entry["number"],
            size=head.size,
            proof=[bytes.fromhex(part) for part in entry["proof"]],
            root=head.root,
        )
    assert kinds == {"pledge_signed", "pledge_revoked", "key_enrolled"}
    (older,) = proofs["consistency"]
    assert (older["size"], older["root"]) == (first.size, first.root)
    assert verify_consistency(
        old_size=older["size"],
        old_root=bytes.fromhex(older["root"]),
        new_size=head.size,
        new_root=head.root,
        proof=[bytes.fromhex(part) for part in older["proof"]],
    )


def test_disowned_signature_names_its_entry(three):
    RevocationFactory(pledge=three[1])
    numbers = [a["revoked_entry"] for a in content(gather(three), "assertions.json")]
    assert [number is not None for number in numbers] == [False, True, False]


def test_agreements_are_those_that_the_manifests_name(three):
    (agreement,) = content(gather(three), "agreements.json")
    kept = Agreement.objects.newest()
    assert agreement == {"version": 1, "sha256": kept.sha256, "text": kept.text}
    assert content(gather(three[2:]), "agreements.json") == []


def test_unsigned_pledge_has_no_evidence(three):
    with pytest.raises(EvidenceIncomplete):
        gather([*three, PledgeFactory()])


def test_checkpoint_before_a_signature_is_not_enough(three):
    checkpoint = ledger.make_checkpoint()
    later = PledgeFactory(signed=True)
    with pytest.raises(EvidenceIncomplete):
        gather([later], checkpoint)
    with pytest.raises(EvidenceIncomplete):
        gather_receipt(later, checkpoint)


def test_many_pledges_take_no_more_queries_than_few():
    occasion = OccasionFactory()
    PledgeFactory(signed=True)
    ledger.make_checkpoint()
    counts = []
    for more in (3, 27):
        for _ in range(more):
            sign_with_key(PledgeFactory(occasion=occasion, drafted=True))
        checkpoint = ledger.make_checkpoint()
        pledges = list(occasion.pledges.all())
        with CaptureQueriesContext(connection) as queries:
            gather(pledges, checkpoint)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_receipt_is_one_signers_own(three):
    checkpoint = ledger.make_checkpoint()
    receipt = gather_receipt(three[0], checkpoint)
    assert receipt["type"] == "liantan-receipt"
    assert json.loads(receipt["manifest"])["signer"]["name"] == three[0].name
    assert receipt["assertion"]["digest"] == three[0].signature.digest
    assert receipt["checkpoint"] == checkpoint.note
    assert not {"record", "seal"} & set(receipt["policy"])
    others = (three[1].staff_number, three[1].name, three[1].signature.digest)
    assert not any(word in receipt_bytes(receipt).decode() for word in others)
