"""Whose seal it is: the unit's own, as it is configured, or the trial's, made on first use.

Nothing here seals; seal.py does, with what `configured_seal` gives.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils.translation import gettext as _

from .exceptions import SealError

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

TRIAL_ROOT_NAME = "廉谈试用根证书 TRIAL ROOT – no legal effect"
TRIAL_SEAL_NAME = "廉谈试用印章 TRIAL SEAL – no legal effect"
TRIAL_YEARS = 10
TRIAL_KEY_BITS = 3072
LEAST_RSA_BITS = 2048


@dataclass(frozen=True)
class SealKey:
    """A seal whose key is in this process's memory; `others` are the certificates above it."""

    certificate: x509.Certificate
    key: PrivateKey
    others: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True)
class SealToken:
    """A seal whose key never leaves a PKCS#11 token."""

    module: str
    token: str
    pin: str
    label: str


@dataclass(frozen=True)
class SealSetup:
    """All that sealing needs to know of the site: whose seal, who is believed, who stamps."""

    trial: bool
    holder: SealKey | SealToken
    roots: tuple[x509.Certificate, ...]
    tsa_url: str = ""
    tsa_roots: tuple[x509.Certificate, ...] = ()

    @property
    def level(self) -> str:
        """The PAdES level (ETSI EN 319 142-1, 6.1): B-T with a time-stamp server, else B-B."""
        return "B-T" if self.tsa_url else "B-B"


def configured_seal() -> SealSetup:
    """The seal of this site as its settings say; in the trial mode without any, the trial's.

    Raises SealError, in words, when no seal is set up, when its settings contradict each other
    or are half there, and when a file cannot be read or does not hold what it should.
    """
    problem = next(find_contradictions(), None)
    if problem:
        raise SealError(problem)
    holder = _configured_holder()
    if holder is not None:
        trial, roots = False, read_certificates(settings.SEAL_ROOTS)
    elif settings.TRIAL:
        holder = _read_trial_seal(make_trial_seal(Path(settings.KEY_DIR)))
        trial, roots = True, holder.others
    else:
        raise SealError(
            _("No seal is set up. The administrator sets SEAL_PKCS12 or SEAL_PKCS11_MODULE.")
        )
    tsa_roots = read_certificates(settings.SEAL_TSA_ROOTS)
    return SealSetup(trial, holder, roots, settings.SEAL_TSA_URL, tsa_roots)


def _configured_holder() -> SealKey | SealToken | None:
    if settings.SEAL_PKCS12:
        return _read_pkcs12(*_stamped(settings.SEAL_PKCS12), *_stamped(settings.SEAL_PASSWORD_FILE))
    if settings.SEAL_PKCS11_MODULE:
        return SealToken(
            settings.SEAL_PKCS11_MODULE,
            settings.SEAL_PKCS11_TOKEN,
            _read_secret(settings.SEAL_PKCS11_PIN_FILE),
            settings.SEAL_PKCS11_CERT,
        )
    return None


# What each of these settings needs beside it.
NEEDED = {
    "SEAL_PKCS12": ("SEAL_PASSWORD_FILE", "SEAL_ROOTS"),
    "SEAL_PKCS11_MODULE": (
        "SEAL_PKCS11_TOKEN",
        "SEAL_PKCS11_PIN_FILE",
        "SEAL_PKCS11_CERT",
        "SEAL_ROOTS",
    ),
    "SEAL_TSA_URL": ("SEAL_TSA_ROOTS",),
}


def find_contradictions() -> Iterator[str]:
    """What is half there in the settings of the seal, each in words; no file is read."""
    given = {first for first in NEEDED if getattr(settings, first)}
    if {"SEAL_PKCS12", "SEAL_PKCS11_MODULE"} <= given:
        yield _("SEAL_PKCS12 and SEAL_PKCS11_MODULE are both set: which of them is the seal?")
    for name in sorted({name for names in NEEDED.values() for name in names}):
        firsts = [first for first, names in NEEDED.items() if name in names]
        missed = [first for first in firsts if first in given]
        if missed and not getattr(settings, name):
            yield _("%(first)s is set without %(name)s.") % {"first": missed[0], "name": name}
        elif getattr(settings, name) and not missed:
            yield _("%(first)s is set without %(name)s.") % {
                "first": name,
                "name": " / ".join(firsts),
            }


def read_certificates(files: list[str]) -> tuple[x509.Certificate, ...]:
    """All certificates of some PEM files. Raises SealError for a file without any."""
    found: list[x509.Certificate] = []
    for file in files:
        with _said(file):
            found += x509.load_pem_x509_certificates(Path(file).read_bytes())
    return tuple(found)


@contextmanager
def _said(file: str) -> Iterator[None]:
    """Turns what reading a key file may raise into words that name the file, never its content."""
    try:
        yield
    except OSError as error:
        raise SealError(
            _("%(file)s cannot be read: %(why)s") % {"file": file, "why": error.strerror}
        ) from error
    except (ValueError, TypeError) as error:
        raise SealError(
            _("%(file)s does not hold what it should, or its password is another.") % {"file": file}
        ) from error


def _stamped(file: str) -> tuple[str, int]:
    """A file and the time of its last change: what a cached reading of it depends on."""
    with _said(file):
        return file, Path(file).stat().st_mtime_ns


def _read_secret(file: str) -> str:
    with _said(file):
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")


@lru_cache(maxsize=4)
def _read_pkcs12(file: str, _changed: int, password_file: str, _password_changed: int) -> SealKey:
    """The key and certificates of a PKCS#12 file (RFC 7292); opening one takes a while."""
    password = _read_secret(password_file).encode()
    with _said(file):
        key, certificate, others = pkcs12.load_key_and_certificates(
            Path(file).read_bytes(), password
        )
    if key is None or certificate is None:
        raise SealError(_("%(file)s holds no key with its certificate.") % {"file": file})
    return SealKey(certificate, _usable(key, file), tuple(others))


def _usable(key: object, file: str) -> PrivateKey:
    if isinstance(key, ec.EllipticCurvePrivateKey) or (
        isinstance(key, rsa.RSAPrivateKey) and key.key_size >= LEAST_RSA_BITS
    ):
        return key
    raise SealError(
        _("The key in %(file)s is neither RSA of %(bits)s bits or more nor elliptic-curve.")
        % {"file": file, "bits": LEAST_RSA_BITS}
    )


def make_trial_seal(key_dir: Path) -> Path:
    """The folder with the trial's seal, made when it is not there yet.

    Everything is written into a folder beside it that takes its name at the end: of two processes
    that do so at once, one wins and both use what it made. The root's own key is not kept, so that
    nothing else can ever be issued under it.
    """
    folder = key_dir / "trial-seal"
    if folder.exists():
        return folder
    key_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    root_key = rsa.generate_private_key(65537, TRIAL_KEY_BITS)
    seal_key = rsa.generate_private_key(65537, TRIAL_KEY_BITS)
    root = _issue(TRIAL_ROOT_NAME, root_key.public_key(), TRIAL_ROOT_NAME, root_key, authority=True)
    seal = _issue(
        TRIAL_SEAL_NAME, seal_key.public_key(), TRIAL_ROOT_NAME, root_key, authority=False
    )
    with tempfile.TemporaryDirectory(dir=key_dir, prefix="trial-seal-") as scratch:
        made = Path(scratch) / "made"
        made.mkdir(mode=0o700)
        _write(made / "root.pem", certificate_pem(root))
        _write(made / "seal.pem", certificate_pem(seal))
        _write(
            made / "seal.key",
            seal_key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )
        try:
            made.rename(folder)
        except OSError:
            if not folder.exists():  # else another process was quicker
                raise
    return folder


def _write(file: Path, content: bytes) -> None:
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())


def _issue(
    subject: str, public: rsa.RSAPublicKey, issuer: str, by: rsa.RSAPrivateKey, *, authority: bool
) -> x509.Certificate:
    """A certificate for `public`, issued `by` the key of `issuer` (RFC 5280, 4)."""
    now = datetime.now(UTC)
    unused = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only"), False
    )
    usage = x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        decipher_only=False,
        **unused,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        # An hour back, for a verifier whose clock is behind.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=365 * TRIAL_YEARS))
        .add_extension(x509.BasicConstraints(authority, 0 if authority else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
        )
        .sign(by, hashes.SHA256())
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


@lru_cache(maxsize=4)
def _read_trial_seal(folder: Path) -> SealKey:
    with _said(str(folder)):
        key = serialization.load_pem_private_key((folder / "seal.key").read_bytes(), None)
        seal = x509.load_pem_x509_certificate((folder / "seal.pem").read_bytes())
        root = x509.load_pem_x509_certificate((folder / "root.pem").read_bytes())
    return SealKey(seal, _usable(key, str(folder)), (root,))


def find_chain(
    certificate: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
) -> tuple[x509.Certificate, ...]:
    """The certificates above `certificate`, each the issuer of the one before it, up to and with
    one of `roots` (RFC 5280, 6.1). Raises SealError where none of them is reached."""
    chain: list[x509.Certificate] = []
    last = certificate
    while last not in roots:
        above = next(
            (one for one in (*roots, *others) if one not in chain and _issued(one, last)), None
        )
        if above is None or above == last:
            raise SealError(
                _("The seal's certificate “%(name)s” leads to no root of SEAL_ROOTS.")
                % {"name": certificate_name(certificate)}
            )
        chain.append(above)
        last = above
    return tuple(chain)


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def certificate_name(certificate: x509.Certificate) -> str:
    """The common name that a certificate is known by. Raises SealError where it has not one."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if len(names) != 1:
        raise SealError(
            _("The seal's certificate has no common name: %(subject)s")
            % {"subject": certificate.subject.rfc4514_string()}
        )
    return str(names[0].value)


def certificate_fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 over the certificate's bytes, in hex."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def root_pem(setup: SealSetup) -> bytes:
    """The pinned roots as one PEM file, for those who verify."""
    return b"".join(map(certificate_pem, setup.roots))
