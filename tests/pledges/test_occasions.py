"""Opening and closing an occasion, asking for pledges, taking one back."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from pledges.exceptions import AlreadySigned, OccasionClosed, PledgeError
from pledges.models import Occasion, Outline, Pledge
from pledges.occasions import close_occasion, open_occasion, request_pledges, withdraw_pledge
from tests.factories import MORNING, CadreFactory, OccasionFactory, PledgeFactory

pytestmark = pytest.mark.django_db


def facts(**changes):
    return {
        "number": "青农廉谈〔2026〕7号",
        "kind": "集体廉政谈话",
        "title": "集体廉政谈话",
        "held_at": MORNING,
        "place": "三楼会议室",
        "speaker": "冯守正",
        "outline": Outline.objects.newest(),
        "due_on": None,
        "opened_at": MORNING,
        **changes,
    }


def asked(cadre):
    return (cadre.pk, cadre.staff_number, cadre.name, cadre.unit.name, cadre.post)


def test_occasion_opens_with_its_facts():
    occasion = open_occasion(**facts(due_on=MORNING.date()))
    assert occasion.is_open
    assert Occasion.objects.filter(**facts(due_on=MORNING.date())).get() == occasion


def test_occasion_opened_again_stays_as_it_was():
    occasion = open_occasion(**facts())
    assert open_occasion(**facts(title="别的题目")) == occasion
    assert Occasion.objects.get().title == "集体廉政谈话"


def test_occasion_without_a_place_is_refused():
    with pytest.raises(ValidationError):
        open_occasion(**facts(place=""))


def test_occasion_closes_once():
    occasion = OccasionFactory()
    closed_at = timezone.now()
    assert close_occasion(occasion=occasion, closed_at=closed_at).closed_at == closed_at
    again = close_occasion(occasion=occasion, closed_at=closed_at + timedelta(1))
    assert again.closed_at == closed_at


def test_occasion_closed_before_it_opened_is_refused():
    with pytest.raises(ValidationError):
        close_occasion(occasion=OccasionFactory(), closed_at=MORNING - timedelta(1))


def test_pledges_are_asked_of_each_in_the_order_given(secretary):
    occasion = OccasionFactory()
    cadres = [CadreFactory() for _ in range(3)]
    pledges = request_pledges(by=secretary, occasion=occasion, signers=map_asked(cadres[::-1]))
    assert [pledge.signer for pledge in pledges] == cadres[::-1]
    first = pledges[0]
    assert (first.name, first.unit_name, first.post) == (
        cadres[2].name,
        cadres[2].unit.name,
        cadres[2].post,
    )
    assert first.opened_at is None
    assert len({pledge.nonce for pledge in pledges}) == 3
    assert {len(pledge.nonce) for pledge in pledges} == {64}


def map_asked(cadres):
    return [asked(cadre) for cadre in cadres]


def test_pledges_asked_again_are_the_same_ones(secretary):
    occasion = OccasionFactory()
    cadres = [CadreFactory() for _ in range(2)]
    before = request_pledges(by=secretary, occasion=occasion, signers=map_asked(cadres[:1]))
    after = request_pledges(by=secretary, occasion=occasion, signers=map_asked(cadres))
    assert after[0] == before[0]
    assert after[0].nonce == before[0].nonce
    assert Pledge.objects.count() == 2


def test_pledges_on_a_closed_occasion_are_refused(secretary):
    occasion = OccasionFactory(closed_at=timezone.now())
    with pytest.raises(OccasionClosed):
        request_pledges(by=secretary, occasion=occasion, signers=map_asked([CadreFactory()]))


def test_pledges_without_a_name_are_refused(secretary):
    cadre = CadreFactory()
    with pytest.raises(ValidationError):
        request_pledges(
            by=secretary, occasion=OccasionFactory(), signers=[(cadre.pk, "G1", "", "一科", "")]
        )


def test_asking_takes_the_same_queries_for_3_and_for_30(secretary, django_assert_num_queries):
    for number in (3, 30):
        occasion = OccasionFactory()
        signers = map_asked([CadreFactory() for _ in range(number)])
        with django_assert_num_queries(6):
            request_pledges(by=secretary, occasion=occasion, signers=signers)


def test_pledge_untouched_is_taken_back(secretary):
    pledge = PledgeFactory()
    withdraw_pledge(by=secretary, pledge=pledge)
    withdraw_pledge(by=secretary, pledge=pledge)
    assert not Pledge.objects.exists()


def test_pledge_that_was_opened_is_not_taken_back(secretary):
    pledge = PledgeFactory(opened_at=timezone.now())
    with pytest.raises(PledgeError):
        withdraw_pledge(by=secretary, pledge=pledge)


def test_pledge_that_was_signed_is_not_taken_back(secretary):
    with pytest.raises(AlreadySigned):
        withdraw_pledge(by=secretary, pledge=PledgeFactory(signed=True))
