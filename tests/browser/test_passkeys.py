"""Keys of one's own in a real Chromium, with its virtual authenticator.

Enrol, sign, refuse without user verification, refuse another's key, refuse a replay, lose a key
and give it up with the older signatures still valid; and what the page says where keys do not work.
"""

import json

import pytest
from playwright.sync_api import expect

from pledges import verify
from pledges.models import Assertion, KeyRemoval, Level, Signature, SigningKey
from tests.factories import PASSWORD, CadreFactory, PledgeFactory

from .conftest import LOOKS
from .office import follow

one_look = pytest.mark.parametrize("look", LOOKS[:1], ids=str)


class Device:
    """The virtual authenticator in one person's browser."""

    def __init__(self, page, **options):
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable")
        made = self.cdp.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                    **options,
                }
            },
        )
        self.id = made["authenticatorId"]

    def recognises(self, verified):
        """Whether the fingerprint, from now on, is the owner's."""
        self.cdp.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": verified}
        )


@pytest.fixture
def pledge(db):
    return PledgeFactory(signer=CadreFactory(name="欧阳文澜"), drafted=True)


def enrol(page, label="办公室电脑", check=lambda page, name: None):
    """Through the two pages, from wherever the first one is open."""
    page.fill("#id_label", label)
    page.fill("#id_password", PASSWORD)
    check(page, "add")
    follow(page, "main button.btn-primary")
    check(page, "create")
    follow(page, "[data-passkey-start]")


def review_of(pledge):
    return f"/pledges/{pledge.pk}/review/"


def holds(signature, settings):
    """Whether a stranger's check of the kept assertion passes; else EvidenceError."""
    kept = Assertion.objects.select_related("key").get(signature=signature)
    verify.check_assertion(
        digest=verify.manifest_digest(bytes(signature.manifest)),
        authenticator_data=bytes(kept.authenticator_data),
        client_data=bytes(kept.client_data),
        signature=bytes(kept.signature_bytes),
        public_key=bytes(kept.key.public_key),
        rp_id=settings.RP_ID,
        origins=settings.SIGNING_ORIGINS,
    )
    return True


def test_cadre_enrols_signs_loses_the_key_and_gives_it_up(page, pledge, log_in, check, settings):
    Device(page)
    log_in(page, pledge.signer)
    page.goto("/pledges/keys/")
    check(page, "no-keys")
    page.goto(review_of(pledge))
    check(page, "review-without-key")
    follow(page, "a[href^='/pledges/keys/add/']")
    enrol(page, check=check)
    assert page.url.endswith(review_of(pledge))
    expect(page.locator("[data-passkey-start]")).to_be_visible()
    expect(page.locator("#id_password")).not_to_be_visible()
    check(page, "review-with-key")
    follow(page, "[data-passkey-start]")
    page.wait_for_url("**/receipt/")
    check(page, "receipt")
    signature = Signature.objects.get()
    assert signature.level == Level.KEY
    assert holds(signature, settings)

    page.goto("/")
    check(page, "mine")
    page.goto("/pledges/keys/")
    check(page, "keys")
    follow(page, "a[href$='/remove/']")
    check(page, "remove")
    page.check("input[value=lost]")
    page.fill("#id_password", PASSWORD)
    follow(page, "main button.btn-danger")
    check(page, "removed")
    assert KeyRemoval.objects.get().lost
    assert holds(signature, settings)
    later = PledgeFactory(signer=pledge.signer, drafted=True)
    page.goto(review_of(later))
    expect(page.locator("[data-passkey-start]")).to_have_count(0)
    page.goto(f"/pledges/{pledge.pk}/receipt/")
    check(page, "receipt-after-removal")


@one_look
def test_key_without_user_verification_is_not_made_and_signs_nothing(page, pledge, log_in, check):
    device = Device(page, isUserVerified=False)
    page.expected_statuses.add(422)
    log_in(page, pledge.signer)
    page.goto("/pledges/keys/add/")
    page.fill("#id_label", "手机")
    page.fill("#id_password", PASSWORD)
    follow(page, "main button.btn-primary")
    page.click("[data-passkey-start]")
    expect(page.locator("[data-passkey-error]")).to_be_visible()
    check(page, "not-recognised")
    assert not SigningKey.objects.exists()
    device.recognises(True)
    follow(page, "[data-passkey-start]")
    assert SigningKey.objects.exists()
    page.goto(review_of(pledge))
    device.recognises(False)
    page.click("[data-passkey-start]")
    expect(page.locator("[data-passkey-error]")).to_be_visible()
    # A browser that does not insist: the server does.
    change_options(page, "options.userVerification = 'discouraged'")
    follow(page, "[data-passkey-start]")
    expect(page.locator("#assertion-error")).to_be_visible()
    check(page, "refused")
    assert not Signature.objects.exists()
    device.recognises(True)
    follow(page, "[data-passkey-start]")
    page.wait_for_url("**/receipt/")


def change_options(page, change):
    page.evaluate(
        "(change) => { const form = document.querySelector('form[data-passkey]');"
        "const options = JSON.parse(form.dataset.options); change(options);"
        "form.dataset.options = JSON.stringify(options); }".replace(
            "change(options)", change
        ).replace("(change) =>", "() =>")
    )


@one_look
def test_key_of_another_signs_nothing(page, pledge, log_in):
    """Two people at one computer, whose authenticator holds a key of each."""
    page.expected_statuses.add(422)
    Device(page)
    for owner in (CadreFactory(), pledge.signer):
        log_in(page, owner)
        page.goto("/pledges/keys/add/")
        enrol(page)
        page.context.clear_cookies(name="sessionid")
    theirs, _own = SigningKey.objects.order_by("pk")
    log_in(page, pledge.signer)
    page.goto(review_of(pledge))
    change_options(page, f"options.allowCredentials[0].id = '{theirs.credential_id}'")
    follow(page, "[data-passkey-start]")
    expect(page.locator("#assertion-error")).to_be_visible()
    assert not Signature.objects.exists()


@one_look
def test_answer_sent_again_for_another_pledge_signs_nothing(page, pledge, log_in):
    page.expected_statuses.add(422)
    Device(page)
    log_in(page, pledge.signer)
    page.goto("/pledges/keys/add/")
    enrol(page)
    page.goto(review_of(pledge))
    with page.expect_request(lambda request: request.method == "POST") as sent:
        follow(page, "[data-passkey-start]")
    page.wait_for_url("**/receipt/")
    later = PledgeFactory(signer=pledge.signer, drafted=True)
    page.goto(review_of(later))
    answer = sent.value.post_data_json["assertion"]
    assert json.loads(answer)["signature"]
    with page.expect_navigation():
        page.evaluate(
            "(answer) => { const form = document.querySelector('form[data-passkey]');"
            "form.elements.assertion.value = answer; form.requestSubmit(); }",
            answer,
        )
    expect(page.locator("#assertion-error")).to_be_visible()
    assert Signature.objects.get().pledge == pledge


def test_page_without_the_right_address_says_which_to_open(page, pledge, log_in, check, settings):
    Device(page)
    log_in(page, pledge.signer)
    page.goto("/pledges/keys/add/")
    enrol(page)
    settings.SIGNING_ORIGINS = ["https://liantan.example.org"]
    settings.RP_ID = "liantan.example.org"
    page.goto(review_of(pledge))
    assert "https://liantan.example.org" in page.inner_text("main")
    check(page, "elsewhere")
    page.goto("/pledges/keys/add/")
    check(page, "add-elsewhere")


def test_browser_without_keys_leads_to_the_password(page, pledge, log_in, check):
    Device(page)
    log_in(page, pledge.signer)
    page.goto("/pledges/keys/add/")
    enrol(page)
    page.add_init_script("delete window.PublicKeyCredential")
    page.goto(review_of(pledge))
    expect(page.locator("[data-passkey-missing]")).to_be_visible()
    expect(page.locator("[data-passkey-start]")).not_to_be_visible()
    check(page, "review")
    page.fill("#id_password", PASSWORD)
    follow(page, "[data-passkey-otherwise] button")
    page.wait_for_url("**/receipt/")
    assert Signature.objects.get().level == Level.PASSWORD


@one_look
def test_without_javascript_the_password_signs(visit, pledge, log_in):
    page = visit()
    Device(page)
    log_in(page, pledge.signer)
    page.goto("/pledges/keys/add/")
    enrol(page)
    plain = visit(java_script_enabled=False)
    log_in(plain, pledge.signer)
    plain.goto(review_of(pledge))
    assert plain.locator("noscript").first.is_visible()
    assert not plain.locator("[data-passkey-start]").is_visible()
    plain.click("[data-passkey-otherwise] summary")
    plain.fill("#id_password", PASSWORD)
    plain.click("[data-passkey-otherwise] button")
    plain.wait_for_url("**/receipt/")
    assert Signature.objects.get().level == Level.PASSWORD
