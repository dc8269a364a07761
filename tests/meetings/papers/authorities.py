"""Invented certificate authorities, seals and a time-stamp server, for tests and benches."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from meetings.papers.seal_keys import SealSetup
from pledges.verify import verify_record

PASSWORD = "印章口令 2026"
ROOT_NAME = "青禾县电子印章根证书"
SEAL_NAME = "青禾县农业农村局"


def new_key(kind: str = "rsa") -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, 2048 if kind == "rsa" else 1024)


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def faults_of_seal(pdf: bytes, setup: SealSetup) -> list[str]:
    """What the verifier has against the seal on a paper, whatever evidence is in it."""
    report = verify_record(
        pdf,
        roots=[pem(root) for root in setup.roots],
        tsa_roots=[pem(root) for root in setup.tsa_roots],
    )
    ways = [check.code for check in report.checks]
    faults = [check.fault for check in report.checks if not check.ok and check.code != "files"]
    assert faults or "files" in ways, ways  # all that is asked of a seal was asked
    return faults


@dataclass(frozen=True)
class Authority:
    """Somebody who issues certificates: under itself, or under `parent`."""

    name: str = ROOT_NAME
    parent: "Authority | None" = None
    key: rsa.RSAPrivateKey = field(default_factory=new_key)

    def __post_init__(self) -> None:
        issuer = self.parent or self
        made = issuer._sign(self.name, self.key.public_key(), authority=True)
        object.__setattr__(self, "certificate", made)

    certificate: x509.Certificate = field(init=False)

    def issue(
        self,
        name: str,
        key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
        *,
        since: timedelta = timedelta(hours=-1),
        until: timedelta = timedelta(days=365),
        stamps: bool = False,
    ) -> x509.Certificate:
        return self._sign(name, key.public_key(), since=since, until=until, stamps=stamps)

    def _sign(
        self,
        name: str,
        public: object,
        *,
        authority: bool = False,
        since: timedelta = timedelta(hours=-1),
        until: timedelta = timedelta(days=3650),
        stamps: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        usage = dict.fromkeys(
            ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
             "decipher_only"), False
        )  # fmt: skip
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(self.name))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + since)
            .not_valid_after(now + until)
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=not authority,
                    content_commitment=not authority,
                    key_cert_sign=authority,
                    crl_sign=authority,
                    **usage,
                ),
                critical=True,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )
        if stamps:
            purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            builder = builder.add_extension(purpose, critical=True)
        return builder.sign(self.key, hashes.SHA256())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def write_pkcs12(
    folder: Path,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    certificate: x509.Certificate,
    others: tuple[x509.Certificate, ...] = (),
) -> dict[str, str]:
    """Writes seal.p12 and its password; gives the settings that name them."""
    encryption = serialization.BestAvailableEncryption(PASSWORD.encode())
    data = pkcs12.serialize_key_and_certificates(
        b"seal", key, certificate, others or None, encryption
    )
    for name, content in (("seal.p12", data), ("password", f"{PASSWORD}\n".encode())):
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    return {
        "SEAL_PKCS12": str(folder / "seal.p12"),
        "SEAL_PASSWORD_FILE": str(folder / "password"),
    }


def write_roots(file: Path, *roots: x509.Certificate) -> list[str]:
    file.write_bytes(b"".join(map(pem, roots)))
    return [str(file)]


class TimeStampAuthority:
    """Answers RFC 3161 requests as a real one would; `spoil` changes what it says."""

    def __init__(self, root: Authority) -> None:
        key = new_key()
        certificate = root.issue("青禾县时间戳服务", key, stamps=True)
        self.requests = 0
        self._stamper = DummyTimeStamper(
            asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
            asn1_keys.PrivateKeyInfo.load(
                key.private_bytes(
                    serialization.Encoding.DER,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            ),
            certs_to_embed=SimpleCertificateStore(),
        )

    def answer(self, request: bytes, spoil: str = "") -> bytes:
        self.requests += 1
        asked = tsp.TimeStampReq.load(request)
        if spoil == "nonce":
            asked["nonce"] = 4711
        if spoil == "digest":
            asked["message_imprint"]["hashed_message"] = b"\1" * 32
        changed = tsp.TimeStampReq.load(asked.dump(force=True))
        return self._stamper.request_tsa_response(changed).dump()


@contextmanager
def serve(answer: Callable[[bytes], tuple[int, bytes]]) -> Iterator[str]:
    """A web server on this machine that gives what `answer` makes of each request's body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
