"""One violation of every constraint of this app; the database refuses each by its name."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from pledges.models import (
    Agreement,
    AgreementAcceptance,
    Clause,
    KeyRemoval,
    Occasion,
    Outline,
    PaperSignature,
    Pledge,
    Point,
    PointConfirmation,
    Revocation,
    Signature,
    SigningKey,
)
from tests.evidence import RevocationFactory, SigningKeyFactory, sign_on_paper
from tests.factories import (
    MORNING,
    AgreementFactory,
    CadreFactory,
    OccasionFactory,
    OutlineFactory,
    PledgeFactory,
    SignatureFactory,
)

pytestmark = pytest.mark.django_db


def point(**fields):
    return Point.objects.create(heading="多", **fields)


def pledge_for_same():
    first = PledgeFactory()
    PledgeFactory(occasion=first.occasion, signer=first.signer)


def confirmed_twice():
    confirmation = PledgeFactory(drafted=True).confirmations.first()
    PointConfirmation.objects.create(
        pledge=confirmation.pledge, point=confirmation.point, confirmed_at=MORNING
    )


def clause_twice():
    clause = Clause.objects.first()
    Clause.objects.create(point=clause.point, number=clause.number, heading="多")


def accepted_twice():
    agreement, signer = AgreementFactory(), CadreFactory()
    for _ in range(2):
        AgreementAcceptance.objects.create(signer=signer, agreement=agreement, accepted_at=MORNING)


def paper(**fields):
    """The paper of another signature, with what is wrong in `fields`."""
    kept = sign_on_paper(PledgeFactory()).paper
    same = ("scan", "media_type", "sha256", "form_digest", "signed_on", "witness", "entered_by")
    PaperSignature.objects.create(
        **{
            "signature": PledgeFactory(signed=True).signature,
            **{name: getattr(kept, name) for name in same},
            **fields,
        }
    )


def witness_of_oneself():
    both = CadreFactory()
    paper(witness=both, entered_by=both)


def removed_twice():
    key = SigningKeyFactory(removed=True)
    KeyRemoval.objects.create(key=key, removed_at=MORNING, lost=False)


def disowned_twice():
    RevocationFactory(pledge=RevocationFactory().pledge)


VIOLATIONS = {
    "agreement_version_from_1": lambda: AgreementFactory(version=0),
    "pledges_agreement.version": lambda: AgreementFactory(version=1),
    "agreement_accepted_once": accepted_twice,
    "key_fingerprint_is_sha256": lambda: SigningKeyFactory(fingerprint="A" * 64),
    "key_has_a_name": lambda: SigningKeyFactory(label=""),
    "pledges_keyremoval.key_id": removed_twice,
    "paper_witness_is_a_second_person": witness_of_oneself,
    "paper_scan_is_sha256": lambda: paper(sha256="0"),
    "paper_form_is_sha256": lambda: paper(form_digest="0"),
    "revoked_with_reason": lambda: RevocationFactory(reason=""),
    "pledges_revocation.pledge_id": disowned_twice,
    "outline_version_from_1": lambda: OutlineFactory(version=0),
    "pledges_outline.version": lambda: OutlineFactory(version=1),
    "point_once_per_outline": lambda: point(outline=OutlineFactory(), number=4),
    "point_number_1_to_4": lambda: point(outline=OutlineFactory(), number=5),
    "clause_once_per_point": clause_twice,
    "clause_number_from_1": lambda: Clause.objects.create(
        point=Point.objects.first(), number=0, heading="零"
    ),
    "occasion_closed_after_opened": lambda: OccasionFactory(
        opened_at=MORNING, closed_at=MORNING - timedelta(seconds=1)
    ),
    "pledges_occasion.number": lambda: [OccasionFactory(number="一号") for _ in range(2)],
    "pledge_once_per_occasion": pledge_for_same,
    "pledges_pledge.nonce": lambda: [PledgeFactory(nonce="same") for _ in range(2)],
    "pledge_signature_matches_method": lambda: PledgeFactory(signature_text="无方式"),
    "point_confirmed_once": confirmed_twice,
    "signature_level_known": lambda: SignatureFactory(level="passkey"),
    "signature_digest_is_sha256": lambda: SignatureFactory(digest="A" * 64),
    "pledges_signature.pledge_id": lambda: SignatureFactory(
        pledge=PledgeFactory(signed=True), digest="b" * 64
    ),
    "pledges_signature.digest": lambda: [SignatureFactory(digest="a" * 64) for _ in range(2)],
}
# SQLite names a unique constraint by its columns.
COLUMNS = {
    "agreement_accepted_once": (
        "pledges_agreementacceptance.signer_id, pledges_agreementacceptance.agreement_id"
    ),
    "point_once_per_outline": "pledges_point.outline_id, pledges_point.number",
    "clause_once_per_point": "pledges_clause.point_id, pledges_clause.number",
    "pledge_once_per_occasion": "pledges_pledge.signer_id, pledges_pledge.occasion_id",
    "point_confirmed_once": (
        "pledges_pointconfirmation.pledge_id, pledges_pointconfirmation.point_id"
    ),
}


def expected(name: str) -> str:
    if connection.vendor == "sqlite":
        return COLUMNS.get(name, name)
    table, _, column = name.partition(".")
    return f"{table}_{column}" if column else name


@pytest.mark.parametrize("name", VIOLATIONS)
def test_constraint_refuses_its_violation(name):
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        VIOLATIONS[name]()
    assert expected(name) in str(caught.value)


@pytest.mark.parametrize(
    "fields",
    [
        {"signature_method": "drawn"},
        {"signature_method": "drawn", "signature_image": "<svg/>", "signature_text": "王芳"},
        {"signature_method": "typed"},
        {"signature_method": "typed", "signature_image": "<svg/>", "signature_text": "王芳"},
        {"signature_method": "", "signature_image": "<svg/>"},
        {"signature_method": "stamp", "signature_text": "王芳"},
    ],
)
def test_signature_that_does_not_match_its_method_is_refused(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        PledgeFactory(**fields)


def test_every_constraint_has_its_violation():
    models = (
        *(Outline, Point, Clause, Occasion, Pledge, PointConfirmation, Signature),
        *(Agreement, AgreementAcceptance, SigningKey, KeyRemoval, PaperSignature, Revocation),
    )
    names = {constraint.name for model in models for constraint in model._meta.constraints}
    assert names <= set(VIOLATIONS)
