"""The seal of a paper: its evidence embedded, then signed once with the unit's certificate.

PAdES (ETSI EN 319 142-1), certified so that only form filling may follow (ISO 32000-1, 12.8.2.2),
into a PDF/A-3 that stays one: the seal's field is invisible, its picture is a matter of the paper.
What is made here counts only when the verifier has found it good (sealing.py).
"""

from __future__ import annotations

import io
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import pkcs11
import pkcs11.exceptions
from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from django.utils.translation import gettext as _
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pledges.verify import run_outside_loop

from . import facts
from .exceptions import SealError
from .seal_keys import (
    PrivateKey,
    SealKey,
    SealSetup,
    SealToken,
    certificate_name,
    configured_seal,
    find_chain,
)
from .stamping import fetch_stamp

FIELD = "LiantanSeal"
DIGEST = "sha256"
# How hard the evidence is pressed. Half of it is hashes, which hardly yield: zlib's usual 6 takes
# twice as long as this for a file smaller by a twentieth.
PACKING = 3
# Bytes kept free for what a time-stamp server sends, its certificates with it.
STAMP_ROOM = 18 * 1024
# The most bytes that a string may have in PDF/A (ISO 19005-3, 6.1.12).
MOST_ROOM = 32_767
# A token knows one log-in a process.
_token_in_use = threading.Lock()


class AttachedFile(Protocol):
    """One file to embed: pledges.evidence.EvidenceFile, or its like."""

    @property
    def name(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def data(self) -> bytes: ...


@dataclass(frozen=True)
class Sealer:
    """An opened seal, ready to sign."""

    setup: SealSetup
    certificate: x509.Certificate
    signer: signers.Signer


@contextmanager
def open_sealer(setup: SealSetup) -> Iterator[Sealer]:
    """The seal of `setup` for as long as the block lasts; a token is opened and closed again.

    Raises SealError when the token or what is asked of it is not there.
    """
    if isinstance(setup.holder, SealKey):
        key = setup.holder
        chain = find_chain(key.certificate, key.others, setup.roots)
        yield Sealer(setup, key.certificate, _KeySigner(key.key, key.certificate, chain))
        return
    token = setup.holder
    with _token_in_use, _token_words(token):
        session = open_pkcs11_session(
            token.module, token_criteria=TokenCriteria(label=token.token), user_pin=token.pin
        )
        with session:
            certificate, others = _token_certificates(session, token)
            signer = PKCS11Signer(
                session,
                key_label=token.label,
                signing_cert=_asn1(certificate),
                ca_chain=[_asn1(one) for one in find_chain(certificate, others, setup.roots)],
            )
            yield Sealer(setup, certificate, signer)


def _token_certificates(
    session: pkcs11.Session, token: SealToken
) -> tuple[x509.Certificate, list[x509.Certificate]]:
    """The seal's certificate on an open token, and whatever others it holds."""
    found: list[x509.Certificate] = []
    others: list[x509.Certificate] = []
    objects = session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE})
    for item in objects:
        certificate = x509.load_der_x509_certificate(item[pkcs11.Attribute.VALUE])
        (found if item[pkcs11.Attribute.LABEL] == token.label else others).append(certificate)
    if len(found) != 1:
        raise SealError(
            _("The token “%(token)s” has %(count)s certificates labelled “%(label)s”.")
            % {"token": token.token, "count": len(found), "label": token.label}
        )
    return found[0], others


@contextmanager
def _token_words(token: SealToken) -> Iterator[None]:
    try:
        yield
    except (pkcs11.exceptions.PKCS11Error, SigningError) as error:
        why = str(error) or type(error).__name__
        raise SealError(
            _("The seal's token “%(token)s” does not serve: %(why)s")
            % {"token": token.token, "why": why}
        ) from error


def describe_seal(setup: SealSetup) -> facts.Seal:
    """What a record says about its seal. Raises SealError when the certificate is out of reach."""
    with open_sealer(setup) as sealer:
        return facts.Seal(setup.level, setup.trial, certificate_name(sealer.certificate))


def look_at_seal() -> facts.Seal | SealError:
    """What a record made now would say about its seal, or why it can have none.

    It may open a token, which takes its time: ask before any lock is taken.
    """
    try:
        return describe_seal(configured_seal())
    except SealError as error:
        return error


def embed_and_seal(
    pdf: bytes, *, files: Sequence[AttachedFile], sealer: Sealer, level: str, at: datetime
) -> bytes:
    """`pdf` (PDF/A-3) with `files` embedded as its associated files, sealed, and not yet checked.

    `level` is B-B or B-T; with B-T a stamp of the time-stamp server is in the seal, or there is
    no seal. `at` becomes the files' date.

    Raises:
        SealError: the certificate is not valid now, the time-stamp server or the token fails, or
            the PDF cannot be sealed.
    """
    _check_certificate(sealer.certificate)
    stamper = None
    if level == "B-T":
        if not sealer.setup.tsa_url:
            raise SealError(
                _("The record promises a time stamp, and no time-stamp server is set up.")
            )
        stamper = _Stamper(sealer.setup.tsa_url)
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=DIGEST,
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.FILL_FORMS,
    )
    # Off the page: an invisible field there is no part of what is read, and needs no tag
    # (ISO 14289-1, 7.18.1), and unlike a hidden one it may stand in PDF/A (ISO 19005-3, 6.3.2).
    place = fields.SigFieldSpec(
        FIELD,
        on_page=-1,
        readable_field_name="谈话记录电子印章",
        invis_sig_settings=fields.InvisSigSettings(box_out_of_bounds=True),
    )
    try:
        writer = _Writer(io.BytesIO(pdf))
        _embed(writer, files, at)
        signer = signers.PdfSigner(meta, sealer.signer, timestamper=stamper, new_field_spec=place)
        sealed = run_outside_loop(
            lambda: signer.sign_pdf(
                writer, bytes_reserved=_room(sealer, level), in_place=True
            ).getvalue()
        )
    except (PdfError, SigningError) as error:
        raise SealError(_("The PDF cannot be sealed: %(why)s") % {"why": error}) from error
    return bytes(sealed)


def _room(sealer: Sealer, level: str) -> int:
    """Hex digits to keep free for the signature. A reader takes them one by one, so not many more
    than needed: the certificates, the issuer's name twice over, the signature and its attributes.
    """
    held = [sealer.signer.signing_cert, *sealer.signer.cert_registry]
    needed: int = sum(len(certificate.dump()) for certificate in held)
    needed += 2 * len(held[0].issuer.dump()) + held[0].public_key.byte_size + 1024
    if level == "B-T":
        needed += STAMP_ROOM
    return 2 * min(needed, MOST_ROOM)


def _check_certificate(certificate: x509.Certificate) -> None:
    now = datetime.now(UTC)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise SealError(
            _("The seal's certificate “%(name)s” is valid from %(start)s to %(end)s only.")
            % {
                "name": certificate_name(certificate),
                "start": certificate.not_valid_before_utc.date(),
                "end": certificate.not_valid_after_utc.date(),
            }
        )


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


class _Writer(IncrementalPdfFileWriter):
    """Adds to the PDF and leaves its metadata as they are.

    The XMP of a PDF/A is exact to the byte, and the paper's date is the record's.
    """

    def _update_meta(self) -> None:
        pass


def _embed(writer: _Writer, files: Iterable[AttachedFile], at: datetime) -> None:
    """Adds associated files of the whole document (ISO 19005-3, 6.8 and annex E)."""
    named = [(file.name, _embed_one(writer, file, at)) for file in files]
    if not named:
        return
    root = writer.root
    if "/AF" in root:
        raise PdfError("it has associated files already")
    root["/AF"] = generic.ArrayObject([reference for _name, reference in named])
    # A name tree is in order of its keys (ISO 32000-1, 7.9.6).
    leaves = generic.ArrayObject()
    for name, reference in sorted(named, key=lambda pair: pair[0].encode()):
        leaves += [generic.pdf_string(name), reference]
    tree = generic.DictionaryObject({generic.pdf_name("/Names"): leaves})
    if "/Names" not in root:
        root["/Names"] = generic.DictionaryObject()
    names = root["/Names"]
    names["/EmbeddedFiles"] = writer.add_object(tree)
    writer.update_container(names)
    writer.update_root()  # type: ignore[no-untyped-call]


def _embed_one(writer: _Writer, file: AttachedFile, at: datetime) -> generic.IndirectObject:
    packed = zlib.compress(file.data, PACKING)
    if packed.endswith(b"\r"):
        packed += b" "  # or the CR would count as the line's end before "endstream"
    name = generic.pdf_name
    stream = generic.StreamObject(
        dict_data={
            name("/Type"): name("/EmbeddedFile"),
            name("/Subtype"): name("/" + file.media_type),
            name("/Filter"): name("/FlateDecode"),
            name("/Params"): generic.DictionaryObject(
                {
                    name("/Size"): generic.NumberObject(len(file.data)),
                    name("/ModDate"): generic.pdf_date(at),
                }
            ),
        },
        encoded_data=packed,
    )
    held = writer.add_object(stream)
    # The facts are what the pages were made from; the rest goes beyond them.
    relationship = "/Data" if file.name == "facts.json" else "/Supplement"
    specification = {
        name("/Type"): name("/Filespec"),
        name("/F"): generic.pdf_string(file.name),
        name("/UF"): generic.pdf_string(file.name),
        name("/EF"): generic.DictionaryObject({name("/F"): held, name("/UF"): held}),
        name("/Desc"): generic.TextStringObject(file.description),
        name("/AFRelationship"): name(relationship),
    }
    return writer.add_object(generic.DictionaryObject(specification))


class _KeySigner(signers.Signer):
    """Signs with a key in memory, loaded once: pyHanko's own loads and checks it every time."""

    def __init__(
        self, key: PrivateKey, certificate: x509.Certificate, chain: Iterable[x509.Certificate]
    ) -> None:
        store = SimpleCertificateStore()
        store.register_multiple(_asn1(one) for one in chain)
        super().__init__(cert_registry=store, signing_cert=_asn1(certificate))
        self._key = key

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        """The signature of `data` (RFC 8017 8.2, or ECDSA); DIGEST is the only algorithm."""
        assert digest_algorithm == DIGEST
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


class _Stamper(TimeStamper):
    """Has pyHanko take its stamp from our client, once: its own asks twice and bounds no size."""

    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._url = url

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """The stamp over `message_digest`. Raises SealError."""
        return await fetch_stamp(self._url, message_digest, md_algorithm)
