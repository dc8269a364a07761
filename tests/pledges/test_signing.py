"""The services of signing: who may, in which order, and that signing twice is signing once."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from meetings.models import Role
from pledges import manifest
from pledges.exceptions import (
    AlreadySigned,
    DrawingRefused,
    NameDiffers,
    NotTheSigner,
    OccasionClosed,
    PledgeChanged,
    PledgeError,
    PledgeIncomplete,
    TextRefused,
    WrongPassword,
)
from pledges.models import Level, PointConfirmation, Signature
from pledges.occasions import close_occasion
from pledges.signing import (
    confirm_point,
    open_pledge,
    prepare_pledge,
    save_draft,
    sign_pledge,
)
from pledges.text import outline_points, pledge_text
from tests.factories import (
    PASSWORD,
    CadreFactory,
    OutlineFactory,
    PledgeFactory,
    RoleAssignmentFactory,
)

from .conftest import STROKES, complete

pytestmark = pytest.mark.django_db


def sign(pledge, **changes):
    arguments = {
        "by": pledge.signer,
        "pledge": pledge,
        "password": PASSWORD,
        "address": "192.0.2.7",
        "browser": "Chromium",
        **changes,
    }
    if "digest_seen" not in arguments:
        arguments["digest_seen"] = prepare_pledge(by=pledge.signer, pledge=pledge).digest
    return sign_pledge(**arguments)


def first_point(pledge):
    return pledge.occasion.outline.points.first()


def impostors(pledge):
    """People of every right but the one that counts."""
    unit = pledge.signer.unit
    return [
        *(RoleAssignmentFactory(role=role, unit=unit, cadre__unit=unit).cadre for role in Role),
        CadreFactory(is_superuser=True, is_staff=True),
        CadreFactory(name=pledge.name),
    ]


# Opening ----------------------------------------------------------------------------------------


def test_opening_is_recorded_once(pledge, signer):
    at = timezone.now() - timedelta(minutes=2)
    assert open_pledge(by=signer, pledge=pledge, at=at).opened_at == at
    assert open_pledge(by=signer, pledge=pledge, at=timezone.now()).opened_at == at


@pytest.mark.parametrize("off", [timedelta(days=-40_000), timedelta(days=1)])
def test_opening_at_an_impossible_time_is_now(pledge, signer, off):
    before = timezone.now()
    opened_at = open_pledge(by=signer, pledge=pledge, at=timezone.now() + off).opened_at
    assert before <= opened_at <= timezone.now()


# Confirming and drafting ------------------------------------------------------------------------


def test_point_is_confirmed_by_itself_and_once(pledge, signer):
    point = first_point(pledge)
    confirmation = confirm_point(by=signer, pledge=pledge, point=point)
    again = confirm_point(by=signer, pledge=pledge, point=point)
    assert again.confirmed_at == confirmation.confirmed_at
    assert PointConfirmation.objects.get().point == point


def test_point_of_another_outline_is_refused(pledge, signer):
    with pytest.raises(PledgeError):
        confirm_point(by=signer, pledge=pledge, point=OutlineFactory().points.first())


def test_draft_keeps_each_part_by_itself(pledge, signer):
    save_draft(by=signer, pledge=pledge, personal_commitment=" 不说情。\r\n")
    save_draft(by=signer, pledge=pledge, strokes=STROKES)
    pledge.refresh_from_db()
    assert pledge.personal_commitment == "不说情。"
    assert pledge.signature_method == "drawn"
    assert pledge.signature_image.startswith("<svg ")


def test_draft_takes_the_last_signature_given(pledge, signer):
    save_draft(by=signer, pledge=pledge, strokes=STROKES)
    save_draft(by=signer, pledge=pledge, typed_name="欧阳 文澜")
    pledge.refresh_from_db()
    assert (pledge.signature_method, pledge.signature_text) == ("typed", "欧阳文澜")
    assert pledge.signature_image == ""


def test_draft_gives_the_signature_up_when_it_is_emptied(pledge, signer):
    save_draft(by=signer, pledge=pledge, strokes=STROKES)
    save_draft(by=signer, pledge=pledge, strokes=())
    pledge.refresh_from_db()
    assert (pledge.signature_method, pledge.signature_image) == ("", "")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"typed_name": "旁人"}, NameDiffers),
        ({"typed_name": "欧阳"}, NameDiffers),
        ({"strokes": (((1.0, 1.0),),)}, DrawingRefused),
        ({"personal_commitment": "😀"}, TextRefused),
    ],
)
def test_draft_that_breaks_a_rule_is_refused(pledge, signer, change, error):
    with pytest.raises(error):
        save_draft(by=signer, pledge=pledge, **change)


def test_typed_name_may_be_padded():
    pledge = PledgeFactory(signer=CadreFactory(name="王芳"))
    save_draft(by=pledge.signer, pledge=pledge, typed_name="王\u3000芳")
    pledge.refresh_from_db()
    assert pledge.signature_text == "王芳"


# Signing ----------------------------------------------------------------------------------------


def test_signing_keeps_the_manifest_of_what_was_read(completed):
    prepared = prepare_pledge(by=completed.signer, pledge=completed)
    signature = sign(completed)
    assert signature.level == Level.PASSWORD
    assert bytes(signature.manifest) == prepared.manifest
    assert signature.digest == prepared.digest == manifest.digest(prepared.manifest)
    assert (signature.address, signature.browser) == ("192.0.2.7", "Chromium")
    assert signature.short_code == prepared.short_code == manifest.short_code(prepared.digest)
    stored = Signature.objects.get()
    text = pledge_text(stored.pledge)
    assert manifest.canonical_bytes(manifest.build_manifest(text)) == bytes(stored.manifest)


def test_signing_twice_gives_the_same_signature(completed):
    first = sign(completed)
    assert sign(completed, digest_seen="0" * 64) == first
    assert Signature.objects.count() == 1


def test_signing_without_an_address_records_none(completed):
    assert sign(completed, address=None).address is None


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " "])
def test_signing_with_a_wrong_password_is_refused(completed, password):
    with pytest.raises(WrongPassword):
        sign(completed, password=password)
    assert not Signature.objects.exists()


def test_signing_by_an_account_that_was_closed_is_refused(completed):
    type(completed.signer).objects.filter(pk=completed.signer_id).update(is_active=False)
    with pytest.raises(WrongPassword):
        sign(completed)


def test_signing_with_a_password_changed_meanwhile_is_refused(completed, monkeypatch):
    monkeypatch.setattr("pledges.signing.prove_password", lambda by, password: "an older hash")
    with pytest.raises(WrongPassword):
        sign(completed)


def test_signing_what_changed_since_it_was_read_is_refused(completed):
    seen = prepare_pledge(by=completed.signer, pledge=completed).digest
    save_draft(by=completed.signer, pledge=completed, personal_commitment="加一条。")
    with pytest.raises(PledgeChanged):
        sign(completed, digest_seen=seen)
    assert not Signature.objects.exists()


@pytest.mark.parametrize("missing", ["opening", "point", "mark"])
def test_signing_with_something_missing_is_refused(pledge, signer, missing):
    if missing != "opening":
        open_pledge(by=signer, pledge=pledge, at=timezone.now())
    for point in pledge.occasion.outline.points.all()[missing == "point" :]:
        confirm_point(by=signer, pledge=pledge, point=point)
    if missing != "mark":
        save_draft(by=signer, pledge=pledge, strokes=STROKES)
    pledge.refresh_from_db()
    with pytest.raises(PledgeIncomplete):
        prepare_pledge(by=signer, pledge=pledge)
    with pytest.raises(PledgeIncomplete):
        sign(pledge, digest_seen="0" * 64)
    assert not Signature.objects.exists()


def test_nothing_is_done_on_a_closed_occasion(completed):
    by, digest = completed.signer, prepare_pledge(by=completed.signer, pledge=completed).digest
    close_occasion(occasion=completed.occasion, closed_at=timezone.now())
    with pytest.raises(OccasionClosed):
        sign(completed, digest_seen=digest)
    with pytest.raises(OccasionClosed):
        save_draft(by=by, pledge=completed, personal_commitment="迟了。")
    with pytest.raises(OccasionClosed):
        confirm_point(by=by, pledge=completed, point=first_point(completed))
    with pytest.raises(OccasionClosed):
        open_pledge(by=by, pledge=completed, at=timezone.now())


def test_nothing_is_done_once_signed(completed):
    by = completed.signer
    sign(completed)
    with pytest.raises(AlreadySigned):
        save_draft(by=by, pledge=completed, personal_commitment="加一条。")
    with pytest.raises(AlreadySigned):
        confirm_point(by=by, pledge=completed, point=first_point(completed))
    with pytest.raises(AlreadySigned):
        open_pledge(by=by, pledge=completed, at=timezone.now())


# Nobody for another -----------------------------------------------------------------------------


def test_nobody_acts_for_another_whatever_their_rights(completed):
    digest = prepare_pledge(by=completed.signer, pledge=completed).digest
    for by in impostors(completed):
        for act in (
            lambda by=by: open_pledge(by=by, pledge=completed, at=timezone.now()),
            lambda by=by: confirm_point(by=by, pledge=completed, point=first_point(completed)),
            lambda by=by: save_draft(by=by, pledge=completed, personal_commitment="代写。"),
            lambda by=by: prepare_pledge(by=by, pledge=completed),
            lambda by=by: sign(completed, by=by, digest_seen=digest),
        ):
            with pytest.raises(NotTheSigner) as caught:
                act()
            assert isinstance(caught.value, PermissionDenied)
    assert not Signature.objects.exists()


def test_pledge_made_to_look_like_ones_own_is_still_anothers(completed):
    impostor = CadreFactory()
    completed.signer = impostor  # in memory alone
    with pytest.raises(NotTheSigner):
        save_draft(by=impostor, pledge=completed, personal_commitment="代写。")
    with pytest.raises(NotTheSigner):
        sign_pledge(
            by=impostor,
            pledge=completed,
            digest_seen="0" * 64,
            password=PASSWORD,
            address=None,
            browser="",
        )


def test_password_of_another_does_not_sign(completed):
    other = CadreFactory(password="Another-2026")
    assert other.check_password("Another-2026")
    with pytest.raises(WrongPassword):
        sign(completed, password="Another-2026")


def test_text_of_a_pledge_takes_the_same_queries_for_any_outline(
    completed, django_assert_num_queries
):
    small = complete(PledgeFactory(occasion__outline=OutlineFactory()))
    for pledge in (completed, small):
        fresh = type(pledge).objects.select_related("occasion__outline").get(pk=pledge.pk)
        outline_points.cache_clear()
        for queries in (5, 3):
            with django_assert_num_queries(queries):
                pledge_text(fresh)
