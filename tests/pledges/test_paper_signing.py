"""Signing on paper: what has to fit, what is kept, and that it never looks like more."""

import hashlib
import json
from datetime import date, timedelta

import pytest
from django.utils import timezone

from pledges import manifest
from pledges.exceptions import AlreadySigned, OccasionClosed, PaperRefused
from pledges.models import EntryKind, LedgerEntry, Level, Pledge, Signature
from pledges.paper_signing import MOST_BYTES, check_scan, paper_form
from pledges.signing import save_draft
from pledges.text import pledge_text, signed_text
from tests.evidence import SCAN, SigningKeyFactory, sign_on_paper, sign_with_key
from tests.factories import MORNING, CadreFactory, OccasionFactory, PledgeFactory

from .conftest import STROKES, complete

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 32


def refused(pledge, **changes):
    """The field that a paper is refused for."""
    with pytest.raises(PaperRefused) as caught:
        sign_on_paper(pledge, **changes)
    assert not Signature.objects.filter(pledge=pledge).exists()
    assert str(caught.value)
    return caught.value.field


def test_paper_is_kept_with_its_scan_and_both_people(pledge):
    clerk, witness = CadreFactory(name="许立新"), CadreFactory(name="周守正")
    signature = sign_on_paper(pledge, by=clerk, witness=witness)
    assert signature.level == Level.PAPER
    assert (signature.address, signature.browser) == (None, "")
    paper = signature.paper
    assert bytes(paper.scan) == SCAN
    assert (paper.media_type, paper.sha256) == ("application/pdf", hashlib.sha256(SCAN).hexdigest())
    assert (paper.entered_by, paper.witness) == (clerk, witness)
    assert paper.signed_on == timezone.localdate(MORNING)


def test_manifest_says_paper_and_nothing_of_a_screen(pledge):
    complete(pledge)
    SigningKeyFactory(owner=pledge.signer)
    form_digest = paper_form(pledge)[1]
    signature = sign_on_paper(Pledge.objects.get(pk=pledge.pk))
    signed = json.loads(bytes(signature.manifest))
    assert signed["opened_at"] is None
    assert signed["agreement"] is None
    assert {point["confirmed_at"] for point in signed["text"]["points"]} == {None}
    assert len(signed["keys"]) == 1
    mark = signed["signature"]
    assert (mark["method"], mark["form_digest"]) == ("paper", form_digest)
    assert mark["signed_on"] == "2026-03-05"
    assert set(mark["witness"]) == set(mark["entered_by"]) == {"staff_number", "name"}
    assert manifest.digest(bytes(signature.manifest)) == signature.digest


def test_drawing_on_the_screen_is_no_part_of_it(pledge):
    complete(pledge)
    sign_on_paper(pledge)
    kept = Pledge.objects.get(pk=pledge.pk)
    assert (kept.signature_method, kept.signature_image, kept.signature_text) == ("", "", "")


def test_ledger_tells_of_paper_without_a_time_and_hides_the_witness(pledge):
    witness, clerk = CadreFactory(), CadreFactory()
    signature = sign_on_paper(pledge, witness=witness, by=clerk)
    entry = LedgerEntry.objects.get(kind=EntryKind.PLEDGE_SIGNED)
    assert (entry.subject, entry.actor) == (f"pledge:{pledge.pk}", clerk.staff_number)
    assert json.loads(bytes(entry.payload))["data"] == {
        "digest": signature.digest,
        "level": "paper",
        "key": None,
        "signed_at": None,
    }
    assert entry.private == {"witness": witness.staff_number, "scan": signature.paper.sha256}


def test_day_that_nobody_wrote_is_not_filled_in(pledge):
    signature = sign_on_paper(pledge, signed_on=None)
    assert signature.paper.signed_on is None
    assert json.loads(bytes(signature.manifest))["signature"]["signed_on"] is None


@pytest.mark.parametrize(
    ("scan", "media_type"),
    [(SCAN, "application/pdf"), (PNG, "image/png"), (JPEG, "image/jpeg")],
)
def test_scan_is_told_by_its_content(scan, media_type):
    assert check_scan(scan) == media_type


@pytest.mark.parametrize(
    "scan",
    [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"PK\x03\x04",
     b"GIF89a;", SCAN + b"\0" * MOST_BYTES],
    ids=["empty", "text", "svg", "html", "zip", "gif", "too large"],
)  # fmt: skip
def test_other_files_are_no_scan(pledge, scan):
    assert refused(pledge, scan=scan) == "scan"


@pytest.mark.parametrize("code", ["", "0000 0000", "ZZZZ ZZZZ", "4F2A"])
def test_wrong_code_is_refused(pledge, code):
    assert refused(pledge, code=code) == "code"


@pytest.mark.parametrize("spoil", [str.lower, lambda code: code.replace(" ", ""), " {} ".format])
def test_code_is_read_whatever_its_case_and_spaces(pledge, spoil):
    code = manifest.short_code(paper_form(pledge)[1])
    assert sign_on_paper(pledge, code=spoil(code)).level == Level.PAPER


def test_code_of_another_pledge_is_refused(pledge):
    other = PledgeFactory(occasion=pledge.occasion)
    assert refused(pledge, code=manifest.short_code(paper_form(other)[1])) == "code"


def test_commitment_changed_after_printing_makes_another_code(pledge, signer):
    code = manifest.short_code(paper_form(pledge)[1])
    save_draft(by=signer, pledge=pledge, personal_commitment="不收礼。")
    assert refused(pledge, code=code) == "code"


def test_key_enrolled_after_printing_leaves_the_code(pledge, signer):
    code = manifest.short_code(paper_form(pledge)[1])
    SigningKeyFactory(owner=signer)
    assert sign_on_paper(pledge, code=code).level == Level.PAPER


def test_witness_is_a_second_person_beside_signer_and_clerk(pledge, signer):
    clerk = CadreFactory()
    assert refused(pledge, by=clerk, witness=clerk) == "witness"
    assert refused(pledge, witness=signer) == "witness"
    assert refused(pledge, witness=CadreFactory(is_active=False)) == "witness"


@pytest.mark.parametrize("days", [-400, 400])
def test_day_before_the_talk_or_to_come_is_refused(pledge, days):
    day = timezone.localdate() + timedelta(days=days)
    if days < 0:
        day = timezone.localdate(pledge.occasion.held_at) - timedelta(days=1)
    assert refused(pledge, signed_on=day) == "signed_on"


def test_closed_talk_takes_no_paper():
    pledge = PledgeFactory(occasion=OccasionFactory(closed_at=MORNING + timedelta(days=1)))
    with pytest.raises(OccasionClosed):
        sign_on_paper(pledge)


def test_same_scan_again_is_the_same_signature(pledge):
    first = sign_on_paper(pledge)
    assert sign_on_paper(pledge, code="irrelevant") == first
    assert LedgerEntry.objects.filter(kind=EntryKind.PLEDGE_SIGNED).count() == 1


@pytest.mark.parametrize("sign", [sign_with_key, sign_on_paper])
def test_signed_pledge_takes_no_other_paper(sign):
    pledge = sign(PledgeFactory(drafted=True)).pledge
    with pytest.raises(AlreadySigned):
        sign_on_paper(pledge, scan=PNG)


# What was signed, read back ---------------------------------------------------------------------


def test_signed_text_is_what_was_signed_on_every_level(pledge):
    drawn = PledgeFactory(drafted=True)
    save_draft(by=drawn.signer, pledge=drawn, strokes=STROKES, personal_commitment="不收礼。")
    SigningKeyFactory(owner=drawn.signer, removed=True)
    signatures = [
        sign_with_key(Pledge.objects.get(pk=drawn.pk)),
        PledgeFactory(signed=True).signature,
        sign_on_paper(pledge, signed_on=date(2026, 3, 6)),
        sign_on_paper(PledgeFactory(), signed_on=None),
    ]
    for signature in signatures:
        kept = Pledge.objects.get(pk=signature.pledge_id)
        rebuilt = manifest.build_manifest(signed_text(kept))
        assert manifest.canonical_bytes(rebuilt) == bytes(signature.manifest)


def test_signed_text_stays_when_keys_come_later():
    pledge = PledgeFactory(signed=True)
    SigningKeyFactory(owner=pledge.signer)
    assert signed_text(pledge).keys == ()
    assert len(pledge_text(pledge).keys) == 1
