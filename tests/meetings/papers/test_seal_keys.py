"""Whose seal it is: settings, files, the trial's own, a token; and what the check says of them."""

import os
import shutil
import stat
import subprocess
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from meetings.checks import check_seal
from meetings.papers import seal_keys
from meetings.papers.exceptions import SealError
from meetings.papers.seal import describe_seal, embed_and_seal, open_sealer
from meetings.papers.seal_keys import configured_seal, make_trial_seal, root_pem

from .authorities import (
    SEAL_NAME,
    Authority,
    faults_of_seal,
    new_key,
    write_pkcs12,
    write_roots,
)
from .test_seal import AT, FILES

NAMES = (
    "SEAL_PKCS12", "SEAL_PASSWORD_FILE", "SEAL_PKCS11_MODULE", "SEAL_PKCS11_TOKEN",
    "SEAL_PKCS11_PIN_FILE", "SEAL_PKCS11_CERT", "SEAL_ROOTS", "SEAL_TSA_URL", "SEAL_TSA_ROOTS",
)  # fmt: skip


@pytest.fixture
def configure(settings):
    """Sets the seal's settings, and takes away whatever else was set."""
    for name in NAMES:
        setattr(settings, name, [] if name.endswith("ROOTS") else "")

    def change(**values):
        for name, value in values.items():
            setattr(settings, name, value)

    return change


@pytest.fixture(scope="module")
def root():
    return Authority()


@pytest.fixture
def real(configure, root, tmp_path):
    """A whole configuration with a PKCS#12 file."""
    key = new_key()
    files = write_pkcs12(tmp_path, key, root.issue(SEAL_NAME, key))
    configure(**files, SEAL_ROOTS=write_roots(tmp_path / "root.pem", root.certificate))
    return configure


def identifiers():
    return [message.id for message in check_seal(None)]


# The trial's ----------------------------------------------------------------------------------


def test_trial_makes_a_seal_that_says_what_it_is(configure, settings, tmp_path, minimal_pdf):
    configure(KEY_DIR=tmp_path / "keys")
    setup = configured_seal()
    told = describe_seal(setup)
    assert (told.level, told.trial) == ("B-B", True)
    for words in ("试用", "TRIAL", "no legal effect"):
        assert words in told.certificate
        assert words in seal_keys.certificate_name(setup.roots[0])
    with open_sealer(setup) as sealer:
        embed_and_seal(minimal_pdf, files=FILES, sealer=sealer, level="B-B", at=AT)


def test_trial_keeps_its_seal_to_its_owner(configure, tmp_path):
    folder = make_trial_seal(tmp_path / "keys")
    assert sorted(file.name for file in folder.iterdir()) == ["root.pem", "seal.key", "seal.pem"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in folder.parent.iterdir()] == ["trial-seal"]


def _root_after(key_dir: str) -> bytes:
    return (make_trial_seal(Path(key_dir)) / "root.pem").read_bytes()


def test_trial_seal_made_by_four_at_once_is_one(tmp_path):
    with ProcessPoolExecutor(4, mp_context=get_context("fork")) as pool:
        roots = list(pool.map(_root_after, [str(tmp_path / "keys")] * 4))
    assert len(set(roots)) == 1


def test_trial_seal_that_is_broken_is_said_and_not_replaced(configure, tmp_path):
    configure(KEY_DIR=tmp_path)
    (make_trial_seal(tmp_path) / "seal.key").write_text("nothing")
    with pytest.raises(SealError, match="trial-seal"):
        configured_seal()


def test_outside_the_trial_no_seal_is_made(configure, settings, tmp_path):
    configure(TRIAL=False, KEY_DIR=tmp_path / "keys")
    with pytest.raises(SealError, match="SEAL_PKCS12"):
        configured_seal()
    assert not (tmp_path / "keys").exists()
    assert identifiers() == ["meetings.W001"]


def test_trial_with_a_real_seal_uses_it(real, settings):
    assert settings.TRIAL
    assert describe_seal(configured_seal()).certificate == SEAL_NAME
    assert not configured_seal().trial


# Half there -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {"SEAL_PKCS12": "/seal.p12"},
        {"SEAL_PKCS12": "/seal.p12", "SEAL_PASSWORD_FILE": "/password"},
        {"SEAL_PKCS12": "/seal.p12", "SEAL_ROOTS": ["/root.pem"]},
        {"SEAL_PASSWORD_FILE": "/password"},
        {"SEAL_ROOTS": ["/root.pem"]},
        {"SEAL_PKCS11_MODULE": "/module.so"},
        {"SEAL_PKCS11_TOKEN": "token"},
        {"SEAL_TSA_URL": "http://tsa.example/"},
        {"SEAL_TSA_ROOTS": ["/root.pem"]},
    ],
)
def test_half_a_configuration_fails_loudly(configure, given):
    configure(**given)
    assert set(identifiers()) == {"meetings.E001"}
    with pytest.raises(SealError, match="SEAL_"):
        configured_seal()


def test_two_seals_fail_loudly(real):
    real(
        SEAL_PKCS11_MODULE="/module.so",
        SEAL_PKCS11_TOKEN="token",
        SEAL_PKCS11_PIN_FILE="/pin",
        SEAL_PKCS11_CERT="seal",
    )
    assert identifiers() == ["meetings.E001"]
    with pytest.raises(SealError, match="SEAL_PKCS11_MODULE"):
        configured_seal()


# A file ---------------------------------------------------------------------------------------


def test_whole_configuration_passes_the_check(real, root):
    assert identifiers() == []
    assert x509.load_pem_x509_certificate(root_pem(configured_seal())) == root.certificate


def test_wrong_password_is_said_without_it(real, settings):
    Path(settings.SEAL_PASSWORD_FILE).write_text("falsch-4711")
    with pytest.raises(SealError, match=r"seal\.p12") as caught:
        configured_seal()
    assert "4711" not in str(caught.value)
    assert identifiers() == ["meetings.E002"]


@pytest.mark.parametrize("name", ["SEAL_PKCS12", "SEAL_PASSWORD_FILE"])
def test_file_that_is_not_there_is_said(real, settings, name):
    Path(getattr(settings, name)).unlink()
    with pytest.raises(SealError, match=Path(getattr(settings, name)).name):
        configured_seal()
    assert identifiers() == ["meetings.E002"]


def test_roots_without_a_certificate_are_said(real, settings):
    Path(settings.SEAL_ROOTS[0]).write_text("nothing")
    assert identifiers() == ["meetings.E002"]


def test_key_that_is_too_short_is_refused(real, root, tmp_path):
    short = new_key("short")
    real(**write_pkcs12(tmp_path, short, root.issue(SEAL_NAME, short)))
    with pytest.raises(SealError, match="2048"):
        configured_seal()


def test_renewed_file_is_read_again(real, root, tmp_path):
    assert describe_seal(configured_seal()).certificate == SEAL_NAME
    key = new_key()
    real(**write_pkcs12(tmp_path, key, root.issue("青禾县农业农村局（新）", key)))
    os.utime(tmp_path / "seal.p12", ns=(1, 1))
    assert describe_seal(configured_seal()).certificate == "青禾县农业农村局（新）"


@pytest.mark.parametrize(
    ("until", "found"),
    [(timedelta(days=3), "meetings.W003"), (timedelta(minutes=-5), "meetings.E003")],
)
def test_certificate_near_or_past_its_end_is_said(real, root, tmp_path, until, found):
    key = new_key()
    certificate = root.issue(SEAL_NAME, key, since=timedelta(days=-9), until=until)
    real(**write_pkcs12(tmp_path, key, certificate))
    assert identifiers() == [found]


def test_certificate_under_another_root_is_said(real, tmp_path):
    elsewhere = Authority()
    real(SEAL_ROOTS=write_roots(tmp_path / "other.pem", elsewhere.certificate))
    assert identifiers() == ["meetings.E004"]


def test_password_open_to_everybody_is_said(real, settings):
    Path(settings.SEAL_PASSWORD_FILE).chmod(0o644)
    assert identifiers() == ["meetings.W002"]


# A token --------------------------------------------------------------------------------------

SOFTHSM = next(
    (
        file
        for file in ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")
        if Path(file).exists()
    ),
    "",
)
PIN = "478 1234"
needs_softhsm = pytest.mark.skipif(
    not SOFTHSM or shutil.which("softhsm2-util") is None, reason="softhsm2 is not installed"
)


@pytest.fixture(scope="module")
def token(root, tmp_path_factory):
    """A SoftHSM token with a seal on it, below an authority that the token holds too."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    between, key = Authority("青禾县电子印章签发", root), new_key()
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    util = ["softhsm2-util", "--token", "liantan", "--pin", PIN]
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "liantan", "--pin", PIN,
         "--so-pin", "1234567"],
        check=True, capture_output=True,
    )  # fmt: skip
    subprocess.run(
        [*util, "--import", folder / "key.pem", "--label", "seal", "--id", "01"],
        check=True, capture_output=True,
    )  # fmt: skip
    with (
        pkcs11.lib(SOFTHSM).get_token(token_label="liantan").open(rw=True, user_pin=PIN) as session
    ):
        for label, certificate in (
            ("seal", between.issue(SEAL_NAME, key)),
            ("between", between.certificate),
        ):
            session.create_object(
                {
                    pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                    pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
                    pkcs11.Attribute.TOKEN: True,
                    pkcs11.Attribute.LABEL: label,
                    pkcs11.Attribute.ID: b"\1" if label == "seal" else b"\2",
                    pkcs11.Attribute.SUBJECT: certificate.subject.public_bytes(),
                    pkcs11.Attribute.VALUE: certificate.public_bytes(serialization.Encoding.DER),
                }
            )
    (folder / "pin").write_text(PIN)
    (folder / "pin").chmod(0o600)
    return {
        "SEAL_PKCS11_MODULE": SOFTHSM,
        "SEAL_PKCS11_TOKEN": "liantan",
        "SEAL_PKCS11_PIN_FILE": str(folder / "pin"),
        "SEAL_PKCS11_CERT": "seal",
        "SEAL_ROOTS": write_roots(folder / "root.pem", root.certificate),
    }


@needs_softhsm
def test_token_seals_again_and_again(configure, token, minimal_pdf):
    configure(**token)
    assert identifiers() == []
    setup = configured_seal()
    for _ in range(2):
        with open_sealer(setup) as sealer:
            sealed = embed_and_seal(minimal_pdf, files=FILES, sealer=sealer, level="B-B", at=AT)
        assert faults_of_seal(sealed, setup) == []
    told = describe_seal(setup)
    assert (told.certificate, told.trial) == (SEAL_NAME, False)


@needs_softhsm
@pytest.mark.parametrize(
    "wrong", [{"SEAL_PKCS11_TOKEN": "another"}, {"SEAL_PKCS11_CERT": "another"}]
)
def test_token_without_what_is_asked_of_it_is_said(configure, token, wrong):
    configure(**{**token, **wrong})
    with pytest.raises(SealError, match="another"):
        describe_seal(configured_seal())


@needs_softhsm
def test_token_with_another_pin_is_said_without_it(configure, token, tmp_path):
    (tmp_path / "pin").write_text("0000")
    configure(**{**token, "SEAL_PKCS11_PIN_FILE": str(tmp_path / "pin")})
    with pytest.raises(SealError, match="liantan") as caught:
        describe_seal(configured_seal())
    assert "0000" not in str(caught.value)


def test_token_module_that_is_not_there_is_said(configure, tmp_path):
    (tmp_path / "pin").write_text(PIN)
    (tmp_path / "pin").chmod(0o600)
    root = Authority()
    configure(
        SEAL_PKCS11_MODULE=str(tmp_path / "module.so"),
        SEAL_PKCS11_TOKEN="liantan",
        SEAL_PKCS11_PIN_FILE=str(tmp_path / "pin"),
        SEAL_PKCS11_CERT="seal",
        SEAL_ROOTS=write_roots(tmp_path / "root.pem", root.certificate),
    )
    assert identifiers() == ["meetings.E002"]
    with pytest.raises(SealError, match="liantan"):
        describe_seal(configured_seal())
