"""Activation slips: issued once, used once, and silent about who exists."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from meetings.models import ActivationCode
from meetings.roster.activation import MAX_FAILURES, activate, issue_codes, reset_account
from meetings.roster.exceptions import ActivationRefused
from tests.factories import CadreFactory

pytestmark = pytest.mark.django_db
PASSWORD = "Qingfeng-2026"


@pytest.fixture
def newcomer(unit):
    return CadreFactory(unit=unit, activated_at=None, password="!")


@pytest.fixture
def code(secretary, newcomer):
    return issue_codes(by=secretary, cadres=[newcomer])[0][1]


def refuse(**words):
    with pytest.raises(ActivationRefused) as refused:
        activate(**words)
    return str(refused.value.message)


def test_slip_sets_the_first_password_and_is_spent(newcomer, code):
    cadre = activate(staff_number=newcomer.staff_number, code=code, password=PASSWORD)
    assert cadre.check_password(PASSWORD)
    assert cadre.activated_at is not None
    assert not ActivationCode.objects.exists()
    assert refuse(staff_number=newcomer.staff_number, code=code, password="Another-2026")


def test_code_may_be_typed_small_and_without_dashes(newcomer, code):
    typed = f" {code.replace('-', '').lower()} "
    assert activate(staff_number=newcomer.staff_number, code=typed, password=PASSWORD)


def test_code_is_long_readable_and_not_kept(newcomer, code):
    assert re.fullmatch(r"([2-9A-HJKMNP-Z]{4}-){2}[2-9A-HJKMNP-Z]{4}", code)
    kept = ActivationCode.objects.get()
    assert code not in kept.code_hash
    assert code.replace("-", "") not in kept.code_hash


def test_refusal_says_the_same_whatever_is_wrong(newcomer, code, cadre):
    number = newcomer.staff_number
    said = {
        refuse(staff_number="nobody", code=code, password=PASSWORD),
        refuse(staff_number=number, code="2222-2222-2222", password=PASSWORD),
        refuse(staff_number=cadre.staff_number, code=code, password=PASSWORD),
    }
    ActivationCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    said.add(refuse(staff_number=number, code=code, password=PASSWORD))
    assert len(said) == 1


def test_slip_is_void_after_too_many_failures(newcomer, code):
    for _attempt in range(MAX_FAILURES):
        refuse(staff_number=newcomer.staff_number, code="2222-2222-2222", password=PASSWORD)
    refuse(staff_number=newcomer.staff_number, code=code, password=PASSWORD)
    newcomer.refresh_from_db()
    assert newcomer.activated_at is None


def test_weak_password_is_refused_and_the_slip_stays(newcomer, code):
    with pytest.raises(ValidationError):
        activate(staff_number=newcomer.staff_number, code=code, password="12345678")
    assert activate(staff_number=newcomer.staff_number, code=code, password=PASSWORD)


def test_weak_password_shows_only_after_the_code_fits(newcomer, code):
    assert refuse(staff_number=newcomer.staff_number, code="2222-2222-2222", password="1")


def test_new_slip_makes_the_old_one_void_and_counts_anew(secretary, newcomer, code):
    for _attempt in range(MAX_FAILURES):
        refuse(staff_number=newcomer.staff_number, code="2222-2222-2222", password=PASSWORD)
    again = issue_codes(by=secretary, cadres=[newcomer])[0][1]
    refuse(staff_number=newcomer.staff_number, code=code, password=PASSWORD)
    assert activate(staff_number=newcomer.staff_number, code=again, password=PASSWORD)


def test_slips_keep_the_order_and_pass_over_who_is_active_or_has_left(secretary, unit, newcomer):
    other = CadreFactory(unit=unit, activated_at=None)
    active = CadreFactory(unit=unit)
    gone = CadreFactory(unit=unit, activated_at=None, is_active=False)
    issued = issue_codes(by=secretary, cadres=[other, active, newcomer, gone, other])
    assert [cadre for cadre, _code in issued] == [other, newcomer]
    assert len({code for _cadre, code in issued}) == 2


def test_slips_are_for_the_secretary_of_the_unit_alone(outsider, cadre, newcomer):
    for somebody in (outsider, cadre):
        with pytest.raises(PermissionDenied):
            issue_codes(by=somebody, cadres=[newcomer])
    assert not ActivationCode.objects.exists()


@pytest.mark.parametrize("count", [3, 30])
def test_issuing_asks_the_database_the_same_for_many(
    secretary, unit, count, django_assert_max_num_queries
):
    people = [CadreFactory(unit=unit, activated_at=None) for _number in range(count)]
    with django_assert_max_num_queries(9):  # five, and two to four for the ledger
        issue_codes(by=secretary, cadres=people)


def test_reset_ends_the_old_password_and_makes_a_slip_possible(secretary, cadre):
    reset_account(by=secretary, cadre=cadre)
    cadre.refresh_from_db()
    assert not cadre.has_usable_password()
    code = issue_codes(by=secretary, cadres=[cadre])[0][1]
    assert activate(staff_number=cadre.staff_number, code=code, password=PASSWORD)


def test_reset_of_oneself_and_of_others_people_is_refused(secretary, outsider, cadre):
    for by, whom in ((secretary, secretary), (outsider, cadre), (cadre, secretary)):
        with pytest.raises(PermissionDenied):
            reset_account(by=by, cadre=whom)


def test_reset_of_an_account_with_rights_of_its_own_is_refused(secretary, inspector, cadre):
    cadre.is_staff = True
    cadre.save()
    for whom in (inspector, cadre):
        with pytest.raises(ActivationRefused):
            reset_account(by=secretary, cadre=whom)
        whom.refresh_from_db()
        assert whom.has_usable_password()
