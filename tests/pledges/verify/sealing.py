"""A unit's seal made from nothing: authorities, a small PDF with files in it, the sealing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

ROOT_NAME = "廉谈试用根证书 TRIAL ROOT"
SEAL_NAME = "廉谈试用印章 TRIAL SEAL"
STAMPED_AT = datetime(2026, 3, 6, 2, 0, tzinfo=UTC)
NOW = datetime.now(UTC)


class Certified:
    """A key with its certificate, issued by another or by itself."""

    def __init__(
        self,
        name: str,
        issuer: Certified | None = None,
        *,
        valid: tuple[datetime, datetime] | None = None,
        usage: str = "sign",
        purpose: x509.ObjectIdentifier | None = None,
        old_style: bool = False,
    ) -> None:
        self.key: Any = (
            rsa.generate_private_key(65537, 2048)
            if old_style
            else ec.generate_private_key(ec.SECP256R1())
        )
        self.issuer = issuer
        above = issuer or self
        start, end = valid or (datetime(2020, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC))
        builder = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(above.certificate.subject if issuer else named(name))
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(issuer is None, None), critical=True)
            .add_extension(key_usage("ca" if issuer is None else usage), critical=True)
        )
        if purpose is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
        self.certificate = builder.sign(above.key, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def asn1(self) -> asn1_x509.Certificate:
        return asn1_x509.Certificate.load(self.certificate.public_bytes(serialization.Encoding.DER))

    @property
    def asn1_key(self) -> asn1_keys.PrivateKeyInfo:
        return asn1_keys.PrivateKeyInfo.load(
            self.key.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )

    def store(self, *others: Certified) -> SimpleCertificateStore:
        store = SimpleCertificateStore()
        store.register_multiple([other.asn1 for other in (self, *others)])
        return store


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def key_usage(kind: str) -> x509.KeyUsage:
    on = {
        "ca": {"key_cert_sign", "crl_sign"},
        "sign": {"digital_signature", "content_commitment"},
        "agree": {"key_agreement"},
    }[kind]
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: name in on for name in names})


@cache
def authority() -> Certified:
    return Certified(ROOT_NAME)


@cache
def unit_seal() -> Certified:
    return Certified(SEAL_NAME, authority())


@cache
def stamp_authority() -> Certified:
    return Certified("Stamp Root")


@cache
def stamp_server() -> DummyTimeStamper:
    return stamper_under(stamp_authority())


def stamper_under(root: Certified) -> DummyTimeStamper:
    # pyHanko's stand-in for a server can do RSA alone.
    purpose = ExtendedKeyUsageOID.TIME_STAMPING
    server = Certified("Stamp Server", root, purpose=purpose, old_style=True)
    return DummyTimeStamper(
        server.asn1, server.asn1_key, certs_to_embed=root.store(), fixed_dt=STAMPED_AT
    )


def make_pdf(files: Mapping[str, bytes], text: str = "Talk record") -> bytes:
    """One page, and `files` as associated files in the way of PDF/A-3."""
    writer = PdfFileWriter(stream_xrefs=False)
    content = generic.StreamObject(stream_data=f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode())
    page = PageObject(
        writer.add_object(content), generic.ArrayObject(map(number, (0, 0, 595, 842)))
    )
    page[pdf_name("/Resources")] = generic.DictionaryObject()
    writer.insert_page(page)
    for name, data in files.items():
        embed_one(writer, name, data)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def number(value: int) -> generic.NumberObject:
    return generic.NumberObject(value)


def embed_one(writer: Any, name: str, data: bytes) -> None:
    stream = embed.EmbeddedFileObject.from_file_data(
        writer, data=data, mime_type="application/json", compress=True
    )
    spec = embed.FileSpec(
        file_spec_string=name,
        file_name=name,
        embedded_data=stream,
        af_relationship=pdf_name("/Data"),
    )
    embed.embed_file(writer, spec)


def seal_pdf(
    pdf: bytes,
    by: Certified | None = None,
    *,
    stamper: DummyTimeStamper | None = None,
    certify: bool = True,
    allowed: fields.MDPPerm = fields.MDPPerm.FILL_FORMS,
    digest: str = "sha256",
    field: str = "Seal",
    carry: tuple[Certified, ...] = (),
) -> bytes:
    """`pdf` with a seal on it."""
    by = by or unit_seal()
    signer = signers.SimpleSigner(
        signing_cert=by.asn1,
        signing_key=by.asn1_key,
        cert_registry=(by.issuer or by).store(*carry),
        signature_mechanism=None,
    )
    meta = signers.PdfSignatureMetadata(
        field_name=field,
        md_algorithm=digest,
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=certify,
        docmdp_permissions=allowed,
    )
    out = signers.sign_pdf(
        IncrementalPdfFileWriter(BytesIO(pdf)),
        meta,
        signer,
        timestamper=stamper,
        bytes_reserved=8192 if stamper else 4096,
    )
    return bytes(out.getvalue())


def append_update(pdf: bytes, change: Any) -> bytes:
    """`pdf` with an incremental update in which `change(writer)` was made."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


EXPIRED = (NOW - timedelta(days=800), NOW - timedelta(days=400))
