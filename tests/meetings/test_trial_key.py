"""The rehearsal's key in software goes the way of a real one."""

import pytest

from meetings.rehearsal.trial_key import LABEL, TrialKey
from pledges.models import Level, SigningKey
from pledges.signing import prepare_pledge, sign_pledge_with_key
from tests.factories import PASSWORD, PledgeFactory

pytestmark = pytest.mark.django_db


def sign(pledge, key):
    digest = prepare_pledge(by=pledge.signer, pledge=pledge).digest
    return sign_pledge_with_key(
        by=pledge.signer,
        pledge=pledge,
        digest_seen=digest,
        assertion=key.sign(digest),
        address=None,
        browser="",
    )


def test_trial_key_is_enrolled_under_its_own_name_and_signs_again_and_again():
    first = PledgeFactory(drafted=True)
    key = TrialKey()
    key.enrol(first.signer, PASSWORD)
    assert SigningKey.objects.get(owner=first.signer).label == LABEL
    for pledge in (first, PledgeFactory(signer=first.signer, drafted=True)):
        assert sign(pledge, key).level == Level.KEY
