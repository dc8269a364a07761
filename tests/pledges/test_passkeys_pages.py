"""The pages about one's own keys, and the key on the review page."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from fido2.utils import websafe_encode

from pledges.models import AgreementAcceptance, KeyRemoval, Signature, SigningKey
from pledges.passkeys import remove_key
from pledges.signing import prepare_pledge, save_draft, sign_pledge_with_key
from tests.factories import PASSWORD, CadreFactory, PledgeFactory

from .authenticator import UP, Authenticator, as_posted, enrol
from .conftest import complete

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

ADD, CREATE, KEYS = "/pledges/keys/add/", "/pledges/keys/add/create/", "/pledges/keys/"


@pytest.fixture
def browser_of():
    """A client at the address where keys work, logged in as a cadre."""

    def log_in(cadre):
        client = Client(HTTP_HOST="localhost:8000")
        client.force_login(cadre)
        return client

    return log_in


@pytest.fixture
def client(browser_of, signer):
    return browser_of(signer)


@pytest.fixture
def device():
    return Authenticator()


def begin(client, password=PASSWORD, label="我的手机", **more):
    return client.post(ADD, {"label": label, "password": password, **more})


def challenge_of(client):
    return json.loads(client.get(CREATE).context["options"])["challenge"]


def hand_over(client, answer):
    credential = {
        "attestationObject": websafe_encode(answer["attestation"]),
        "clientDataJSON": websafe_encode(answer["client_data"]),
    }
    return client.post(CREATE, {"credential": json.dumps(credential)})


def english(client):
    client.cookies["django_language"] = "en"
    return client


# Enrolling ---------------------------------------------------------------------------------------


def test_key_is_enrolled_in_two_steps(client, signer, device):
    assert client.get(ADD).status_code == 200
    assert begin(client).url == CREATE
    response = hand_over(client, device.create(challenge_of(client)))
    assert response.url == KEYS
    key = SigningKey.objects.get(owner=signer)
    assert (key.label, key.address) == ("我的手机", "127.0.0.1")
    html = client.get(KEYS).content.decode()
    assert key.fingerprint in html
    assert key.short_fingerprint in html
    assert "我的手机" in html


def test_enrolling_leads_back_to_the_pledge(client, device, completed):
    back = reverse("pledges:review", args=[completed.pk])
    page = client.get(f"{ADD}?next={back}").content.decode()
    assert f'name="next" value="{back}"' in page
    begin(client, next=back)
    assert hand_over(client, device.create(challenge_of(client))).url == back


@pytest.mark.parametrize("way", ["https://example.org/", "//example.org/", "javascript:x"])
def test_enrolling_leads_nowhere_else(client, device, way):
    assert client.get(ADD, {"next": way}).context["next"] == ""
    begin(client, next=way)
    assert hand_over(client, device.create(challenge_of(client))).url == KEYS


def test_wrong_password_gives_no_leave_to_enrol(client):
    response = begin(client, "wrong")
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"password"}
    assert "我的手机" in response.content.decode()
    assert client.get(CREATE).url == ADD


@pytest.mark.parametrize("missing", ["label", "password"])
def test_what_is_missing_is_said_at_its_field(client, missing):
    response = begin(client, **{missing: ""})
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {missing}


def test_guessing_at_the_enrolment_locks_the_account(client, signer):
    for _ in range(5):
        assert begin(client, "wrong").status_code == 422
    assert begin(client).status_code == 429
    login = Client().post(
        reverse("account_login"), {"login": signer.staff_number, "password": PASSWORD}
    )
    assert not login.wsgi_request.user.is_authenticated


def test_challenge_is_good_for_one_answer(client, device):
    begin(client)
    challenge = challenge_of(client)
    assert hand_over(client, device.create(challenge, flags=UP)).status_code == 422
    assert hand_over(client, device.create(challenge)).status_code == 409
    assert client.get(CREATE).url == ADD
    assert not SigningKey.objects.exists()


def test_challenge_of_another_session_is_no_good(client, browser_of, signer, device):
    begin(client)
    challenge = challenge_of(client)
    assert hand_over(browser_of(signer), device.create(challenge)).status_code == 409
    elsewhere = browser_of(signer)
    begin(elsewhere)
    assert hand_over(elsewhere, device.create(challenge)).status_code == 422
    assert not SigningKey.objects.exists()


def test_challenge_runs_out(client, device, monkeypatch):
    begin(client)
    challenge = challenge_of(client)
    later = timezone.now() + timedelta(minutes=6)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert client.get(CREATE).url == ADD
    assert hand_over(client, device.create(challenge)).status_code == 422
    assert not SigningKey.objects.exists()


def test_answer_that_is_no_key_is_said_in_words(client):
    for junk in ("", "{}", "[]", "{", '{"attestationObject": 1, "clientDataJSON": "="}'):
        begin(english(client))
        response = client.post(CREATE, {"credential": junk})
        assert response.status_code == 422
        assert 'role="alert"' in response.content.decode()
    assert not SigningKey.objects.exists()


def test_reason_and_name_stay_on_the_page_after_a_refusal(client, device):
    begin(english(client), label="蓝色U盾")
    response = hand_over(client, device.create(challenge_of(client), flags=UP | 0x40))
    html = response.content.decode()
    assert "did not check that it is you" in html
    assert "蓝色U盾" in html


def test_key_of_another_is_refused_without_saying_whose(client, device):
    other = CadreFactory(name="上官无忌")
    enrol(other, device)
    begin(client)
    response = hand_over(client, device.create(challenge_of(client)))
    assert response.status_code == 422
    assert other.name not in response.content.decode()


@pytest.mark.parametrize("host", ["127.0.0.1", "testserver"])
def test_at_another_address_the_page_says_which_one_to_open(browser_of, signer, host):
    client = browser_of(signer)
    response = client.get(ADD, HTTP_HOST=host)
    assert "http://localhost:8000/pledges/keys/add/" in response.content.decode()
    assert b"id_password" not in response.content
    data = {"label": "x", "password": PASSWORD}
    assert client.post(ADD, data, HTTP_HOST=host).status_code == 409
    assert client.get(CREATE).url == ADD


def test_installation_without_a_name_says_so(client, settings):
    settings.SIGNING_ORIGINS = ["http://192.0.2.1"]
    html = english(client).get(ADD).content.decode()
    assert "not set up here" in html


# Looking at them, giving one up ------------------------------------------------------------------


def test_pages_are_for_their_owner_alone(client, browser_of, signer, device):
    key = enrol(signer, device)
    page = reverse("pledges:key_remove", args=[key.pk])
    gone = {"reason": "lost", "password": PASSWORD}
    for other in (CadreFactory(), CadreFactory(is_superuser=True, is_staff=True)):
        theirs = browser_of(other)
        assert key.fingerprint not in theirs.get(KEYS).content.decode()
        assert theirs.get(page).status_code == 404
        assert theirs.post(page, gone).status_code == 404
    assert not KeyRemoval.objects.exists()
    for address in (KEYS, ADD, CREATE, page):
        assert Client().get(address).url.startswith(reverse("account_login"))
        assert Client().post(address, gone).url.startswith(reverse("account_login"))


@pytest.mark.parametrize(
    ("address", "method"), [(KEYS, "post"), (ADD, "put"), (CREATE, "delete"), (KEYS, "delete")]
)
def test_pages_refuse_other_methods(client, address, method):
    assert getattr(client, method)(address).status_code == 405


def test_administration_pages_know_nothing_of_keys():
    from meetings.admin import site

    assert not {SigningKey, KeyRemoval} & set(site._registry)


@pytest.mark.parametrize(("reason", "lost"), [("lost", True), ("replaced", False)])
def test_key_is_given_up_with_the_password(client, signer, device, reason, lost):
    key = enrol(signer, device)
    page = reverse("pledges:key_remove", args=[key.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"reason": reason, "password": "wrong"}).status_code == 422
    assert client.post(page, {"reason": "", "password": PASSWORD}).status_code == 422
    assert client.post(page, {"reason": reason, "password": PASSWORD}).url == KEYS
    assert KeyRemoval.objects.get().lost is lost
    assert client.get(page).url == KEYS


def test_guessing_at_the_removal_locks_the_account(client, signer, device):
    page = reverse("pledges:key_remove", args=[enrol(signer, device).pk])
    for _ in range(5):
        client.post(page, {"reason": "lost", "password": "wrong"})
    assert client.post(page, {"reason": "lost", "password": PASSWORD}).status_code == 429
    assert not KeyRemoval.objects.exists()


def test_removed_key_stays_in_view_with_what_it_signed(client, signer, completed, device):
    key = enrol(signer, device)
    digest = prepare_pledge(by=signer, pledge=completed).digest
    sign_pledge_with_key(
        by=signer,
        pledge=completed,
        digest_seen=digest,
        assertion=device.sign(digest),
        address=None,
        browser="",
    )
    remove_key(by=signer, key=key, password=PASSWORD, lost=True)
    response = english(client).get(KEYS)
    (shown,) = response.context["removed"]
    assert (shown.signatures, shown.last_used) == (1, Signature.objects.get().signed_at)
    html = response.content.decode()
    assert "stay valid" in html
    assert "as lost" in html
    assert key.fingerprint in html


def test_list_takes_the_same_queries_for_one_key_and_for_many(
    client, signer, django_assert_num_queries, django_assert_max_num_queries
):
    enrol(signer, Authenticator())
    client.get(KEYS)
    with django_assert_max_num_queries(20) as few:
        client.get(KEYS)
    for _ in range(5):
        enrol(signer, Authenticator())
    with django_assert_num_queries(len(few)):
        client.get(KEYS)


def test_own_page_tells_of_a_new_key_and_of_a_removed_one(client, signer, device):
    assert b"/pledges/keys/" in client.get("/").content  # the menu
    key = enrol(signer, device)
    html = english(client).get("/").content.decode()
    assert key.short_fingerprint in html
    assert "was enrolled" in html
    remove_key(by=signer, key=key, password=PASSWORD, lost=True)
    assert "was removed" in client.get("/").content.decode()


# The review page ---------------------------------------------------------------------------------


def page_of(pledge):
    return reverse("pledges:review", args=[pledge.pk])


def receipt_of(pledge):
    return reverse("pledges:receipt", args=[pledge.pk])


def digest_of(pledge):
    return prepare_pledge(by=pledge.signer, pledge=pledge).digest


def with_key(pledge, given, **changes):
    return {"digest": digest_of(pledge), "assertion": json.dumps(as_posted(given)), **changes}


def test_signer_with_a_key_is_offered_it_first(client, completed, signer, device):
    key = enrol(signer, device)
    response = english(client).get(page_of(completed))
    options = json.loads(response.context["options"])
    assert options["allowCredentials"] == [{"type": "public-key", "id": key.credential_id}]
    html = response.content.decode()
    assert "Sign with my key" in html
    assert html.count("btn-primary") == 1
    assert "id_password" in html  # the lower level, in a fold
    assert html.index("Sign with my key") < html.index("id_password")
    assert "<noscript>" in html
    assert key.short_fingerprint in html  # part of what is signed


def test_signer_without_a_key_is_offered_to_enrol_one(client, completed):
    html = english(client).get(page_of(completed)).content.decode()
    assert f"{ADD}?next={page_of(completed)}" in html
    assert "data-passkey" not in html


@pytest.mark.parametrize("has_key", [True, False])
def test_at_another_address_the_review_says_which_one_to_open(client, completed, has_key, signer):
    if has_key:
        enrol(signer, Authenticator())
    response = english(client).get(page_of(completed), HTTP_HOST="127.0.0.1")
    html = response.content.decode()
    assert f"http://localhost:8000{page_of(completed)}" in html
    assert "data-passkey" not in html
    assert ("You have a key" in html) == has_key
    assert "id_password" in html


def test_key_signs_and_gives_the_receipt(client, completed, signer, device):
    enrol(signer, device)
    data = with_key(completed, device.sign(digest_of(completed)))
    assert client.post(page_of(completed), data).url == receipt_of(completed)
    assert Signature.objects.get().level == "key"
    assert client.post(page_of(completed), data).url == receipt_of(completed)
    assert client.get(receipt_of(completed)).status_code == 200


def test_refused_key_is_said_beside_its_button(client, completed, signer, device):
    enrol(signer, device)
    given = device.sign(digest_of(completed), flags=UP)
    response = english(client).post(page_of(completed), with_key(completed, given))
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"assertion"}
    assert 'id="assertion-error">The key did not check' in response.content.decode()
    assert not Signature.objects.exists()


def test_refused_key_counts_as_no_wrong_password(client, completed, signer, device):
    enrol(signer, device)
    for _ in range(6):
        given = device.sign(digest_of(completed), flags=UP)
        assert client.post(page_of(completed), with_key(completed, given)).status_code == 422
    data = {"digest": digest_of(completed), "password": PASSWORD}
    assert client.post(page_of(completed), data).url == receipt_of(completed)


@pytest.mark.parametrize("junk", ["{", "[]", "{}", '{"id": 1}', '{"id": "x", "signature": "="}'])
def test_junk_in_the_place_of_an_assertion_is_refused(client, completed, junk):
    data = {"digest": digest_of(completed), "assertion": junk}
    assert client.post(page_of(completed), data).status_code == 422
    assert not Signature.objects.exists()


def test_text_changed_in_another_tab_is_shown_before_the_key_signs(
    client, completed, signer, device
):
    enrol(signer, device)
    data = with_key(completed, device.sign(digest_of(completed)))
    save_draft(by=signer, pledge=completed, personal_commitment="加一条。")
    response = client.post(page_of(completed), data)
    assert response.status_code == 409
    completed.refresh_from_db()
    assert f'value="{digest_of(completed)}"' in response.content.decode()
    assert not Signature.objects.exists()


def test_nobody_elses_session_signs_with_any_key(browser_of, completed, signer, device):
    enrol(signer, device)
    data = with_key(completed, device.sign(digest_of(completed)))
    for user in (CadreFactory(), CadreFactory(is_superuser=True, is_staff=True)):
        assert browser_of(user).post(page_of(completed), data).status_code == 404
    assert not Signature.objects.exists()


def test_agreement_is_accepted_with_the_first_signature(client, signer, device):
    enrol(signer, device)
    pledge = PledgeFactory(signer=signer, drafted=True, accepted=False)
    assert 'name="agree"' in client.get(page_of(pledge)).content.decode()
    refused = client.post(page_of(pledge), with_key(pledge, device.sign(digest_of(pledge))))
    assert refused.status_code == 422
    assert refused.context["form"].errors.keys() == {"agree"}
    data = with_key(pledge, device.sign(digest_of(pledge)), agree="1")
    assert client.post(page_of(pledge), data).url == receipt_of(pledge)
    assert AgreementAcceptance.objects.get().signer == signer
    later = complete(PledgeFactory(signer=signer))
    assert 'name="agree"' not in client.get(page_of(later)).content.decode()


def test_agreement_is_accepted_with_the_password_too(client, signer):
    pledge = PledgeFactory(signer=signer, drafted=True, accepted=False)
    data = {"digest": digest_of(pledge), "password": PASSWORD}
    assert client.post(page_of(pledge), data).status_code == 422
    assert client.post(page_of(pledge), {**data, "agree": "1"}).url == receipt_of(pledge)
