"""Every way to cheat that is known to us, each as one file and the check that must go red.

A vector is a function that returns a file's bytes, under the decorator that names the check and the
fault. Those of the seal's keeper re-seal what they forged: the seal alone must not save them.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import rfc8785
from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm

from . import builder
from .builder import (
    LEDGER_KEY,
    RP_ID,
    Authenticator,
    Json,
    Office,
    as_files,
    at,
    digest_of,
    receipt,
    record,
    rehash,
    sha256,
    write_note,
)
from .sealing import (
    EXPIRED,
    ROOT_NAME,
    SEAL_NAME,
    Certified,
    append_update,
    authority,
    embed_one,
    make_pdf,
    seal_pdf,
    stamp_authority,
    stamper_under,
    unit_seal,
)


@dataclass(frozen=True)
class Vector:
    """`check` goes red with `fault` ("" for any). `options` are more arguments of the verifier."""

    name: str
    check: str
    fault: str
    make: Callable[[], bytes]
    suffix: str = "pdf"
    older: bool = False


VECTORS: list[Vector] = []
RAW = ("credential_id", "authenticator_data", "client_data", "signature")


def vector(check: str, fault: str = "", **options: Any) -> Callable[[Any], Any]:
    def register(make: Callable[[], bytes]) -> Callable[[], bytes]:
        VECTORS.append(Vector(make.__name__, check, fault, make, **options))
        return make

    return register


def forged(check: str, fault: str = "") -> Callable[[Any], Any]:
    """A change to good parts, sealed again by whoever holds the seal."""

    def register(change: Callable[[Json], None]) -> Callable[[Json], None]:
        def make() -> bytes:
            parts = good_parts()
            change(parts)
            return record(parts)

        VECTORS.append(Vector(change.__name__, check, fault, make))
        return change

    return register


def told(check: str, fault: str = "") -> Callable[[Any], Any]:
    """A story that went another way, then told, proven and sealed without a slip."""

    def register(tell: Callable[[Office], None]) -> Callable[[Office], None]:
        def make() -> bytes:
            office = Office()
            tell(office)
            return record(office.parts())

        VECTORS.append(Vector(tell.__name__, check, fault, make))
        return tell

    return register


_PARTS: Json = Office().write().parts()


def good_parts() -> Json:
    return copy.deepcopy(_PARTS)


def good() -> bytes:
    return record(good_parts())


# The file and its seal ---------------------------------------------------------------------------


def _flip(pdf: bytes, place: int) -> bytes:
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


@vector("seal.valid", "seal.broken")
def one_byte_flipped_on_the_page() -> bytes:
    pdf = seal_pdf(make_pdf(as_files(good_parts())))
    return _flip(pdf, pdf.index(b"/MediaBox") + 22)


@vector("seal.valid", "seal.broken")
def one_byte_flipped_in_an_attachment() -> bytes:
    pdf = good()
    return _flip(pdf, pdf.index(b"stream", pdf.index(b"/EmbeddedFile")) + 60)


@vector("seal.whole", "seal.hole")
def one_byte_flipped_in_the_seals_padding() -> bytes:
    pdf = good()
    return _flip(pdf, pdf.index(b"0" * 200) + 100)


@vector("seal.whole", "seal.hole")
def hex_of_the_seal_in_other_letters() -> bytes:
    pdf = good()
    place = pdf.index(b"/Contents <") + 11
    return pdf[:place] + pdf[place : place + 600].lower() + pdf[place + 600 :]


@vector("seal.whole", "seal.form")
def length_in_the_seal_stretched_over_its_padding() -> bytes:
    pdf = good()
    place = pdf.index(b"/Contents <3082") + 15
    length = int(pdf[place : place + 4], 16)
    return pdf[:place] + b"%04X" % (length + 4) + pdf[place + 4 :]


@vector("seal.whole", "seal.appended")
def key_added_to_the_catalogue() -> bytes:
    def change(writer: Any) -> None:
        writer.root[pdf_name("/Note")] = generic.pdf_string("changed")
        writer.update_root()

    return append_update(good(), change)


@vector("seal.whole", "seal.appended")
def page_content_replaced() -> bytes:
    def change(writer: Any) -> None:
        page = writer.root["/Pages"]["/Kids"][0]
        words = generic.StreamObject(stream_data=b"BT (another text) Tj ET")
        page[pdf_name("/Contents")] = writer.add_object(words)
        writer.mark_update(page.container_ref)

    return append_update(good(), change)


@vector("seal.whole", "seal.appended")
def attachment_swapped_by_an_update() -> bytes:
    def change(writer: Any) -> None:
        pairs = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
        spec = pairs[1]
        stream = generic.StreamObject(
            stream_data=b"{}", dict_data={pdf_name("/Type"): pdf_name("/EmbeddedFile")}
        )
        reference = writer.add_object(stream)
        spec["/EF"][pdf_name("/F")] = spec["/EF"][pdf_name("/UF")] = reference
        writer.mark_update(spec.container_ref)

    return append_update(good(), change)


@vector("seal.whole", "seal.coverage")
def bytes_after_the_end() -> bytes:
    return good() + b"\n% a remark\n"


@vector("seal.whole", "seal.coverage")
def blanks_after_the_end() -> bytes:
    return good() + b"\n"


@vector("seal.one", "seal.several")
def second_signature() -> bytes:
    return seal_pdf(good(), Certified("Somebody"), certify=False, field="Another")


@vector("seal.one", "seal.missing")
def stripped_signature() -> bytes:
    return make_pdf(as_files(good_parts()))


@vector("seal.one")
def stripped_signature_with_its_field_left() -> bytes:
    def change(writer: Any) -> None:
        found = writer.root["/AcroForm"]["/Fields"][0]
        del found["/V"]
        writer.mark_update(found.container_ref)

    return append_update(good(), change)


@vector("seal.locked", "seal.approval")
def approved_and_not_certified() -> bytes:
    return record(good_parts(), certify=False)


@vector("seal.locked", "seal.permissions")
def certified_with_comments_allowed() -> bytes:
    return record(good_parts(), allowed=MDPPerm.ANNOTATE)


@vector("seal.valid", "seal.digest")
def weak_digest() -> bytes:
    return record(good_parts(), digest="sha1")


@vector("seal.trusted", "seal.untrusted")
def another_authority_of_the_same_name() -> bytes:
    return record(good_parts(), by=Certified(SEAL_NAME, Certified(ROOT_NAME)))


@vector("seal.trusted", "seal.untrusted")
def certificate_issued_by_itself() -> bytes:
    return record(good_parts(), by=Certified(SEAL_NAME))


@vector("seal.trusted", "seal.untrusted")
def certificate_below_one_that_may_not_issue() -> bytes:
    return record(
        good_parts(), by=Certified(SEAL_NAME, unit_seal()), carry=(authority(), unit_seal())
    )


@vector("seal.time", "seal.expired")
def certificate_expired_at_signing() -> bytes:
    return record(good_parts(), by=Certified(SEAL_NAME, authority(), valid=EXPIRED))


@vector("seal.trusted")
def certificate_for_web_servers() -> bytes:
    purpose = ExtendedKeyUsageOID.SERVER_AUTH
    return record(good_parts(), by=Certified(SEAL_NAME, authority(), purpose=purpose))


@vector("seal.trusted")
def certificate_for_key_agreement() -> bytes:
    return record(good_parts(), by=Certified(SEAL_NAME, authority(), usage="agree"))


@vector("seal.trusted", "seal.form")
def unrelated_certificate_carried_along() -> bytes:
    return record(good_parts(), carry=(Certified("Stowaway"),))


@vector("seal.told", "seal.told")
def seal_of_another_holder() -> bytes:
    return record(good_parts(), by=Certified("Another TRIAL seal", authority()))


@vector("seal.told", "seal.trial")
def trial_seal_passed_off_as_real() -> bytes:
    parts = good_parts()
    parts["policy.json"]["seal"]["trial"] = parts["facts.json"]["seal"]["trial"] = False
    rehash(parts)
    return record(parts)


def _stamped_parts() -> Json:
    return Office().write().parts(level="B-T")


@vector("seal.told", "seal.level")
def time_stamp_claimed_and_not_there() -> bytes:
    return seal_pdf(make_pdf(as_files(_stamped_parts())))


@vector("seal.told", "seal.level")
def time_stamp_stripped() -> bytes:
    return _with_cms(record(_stamped_parts()), _without_stamp)


@vector("seal.time", "seal.stamp")
def time_stamp_of_another_server() -> bytes:
    other = stamper_under(Certified(stamp_authority().certificate.subject.rfc4514_string()[3:]))
    return record(_stamped_parts(), stamper=other)


@vector("seal.time", "seal.stamp")
def time_stamp_of_another_seal() -> bytes:
    other = _signed_data(record(_stamped_parts()))["signer_infos"][0]["unsigned_attrs"]

    def transplant(signed: cms.SignedData) -> None:
        signed["signer_infos"][0]["unsigned_attrs"] = other

    return _with_cms(record(_stamped_parts()), transplant)


def _signed_data(pdf: bytes) -> cms.SignedData:
    return PdfFileReader(BytesIO(pdf)).embedded_signatures[0].signed_data


def _without_stamp(signed: cms.SignedData) -> None:
    del signed["signer_infos"][0]["unsigned_attrs"]


def _with_cms(pdf: bytes, change: Callable[[cms.SignedData], None]) -> bytes:
    """`pdf` with its seal's CMS changed in the place that is kept for it."""
    seal = PdfFileReader(BytesIO(pdf)).embedded_signatures[0]
    message = cms.ContentInfo.load(seal.pkcs7_content).copy()
    change(message["content"])
    start, end = seal.byte_range[1] + 1, seal.byte_range[2] - 1
    data = message.dump(force=True).hex().upper().encode()
    return pdf[:start] + data.ljust(end - start, b"0") + pdf[end:]


# The files inside --------------------------------------------------------------------------------


@forged("files", "files.names")
def file_missing(parts: Json) -> None:
    del parts["keys.json"]


@forged("files", "files.names")
def file_besides(parts: Json) -> None:
    parts["remarks.json"] = []


@vector("files", "files.names")
def file_on_no_list() -> bytes:
    """Embedded and associated, yet not in the name tree."""
    pdf = make_pdf(as_files(good_parts()))

    def change(writer: Any) -> None:
        embed_one(writer, "stray.json", b"{}")
        names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
        del names[-2:]
        writer.update_container(names)
        writer.update_container(writer.root["/AF"])

    return seal_pdf(append_update(pdf, change))


@vector("files", "files.page")
def file_pinned_to_a_page() -> bytes:
    def change(writer: Any) -> None:
        page = writer.root["/Pages"]["/Kids"][0]
        note = generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name("/FileAttachment"),
                pdf_name("/Rect"): generic.ArrayObject([generic.NumberObject(0)] * 4),
            }
        )
        page[pdf_name("/Annots")] = generic.ArrayObject([writer.add_object(note)])
        writer.mark_update(page.container_ref)

    return seal_pdf(append_update(make_pdf(as_files(good_parts())), change))


@vector("file", "file.active")
def document_that_acts_when_opened() -> bytes:
    def change(writer: Any) -> None:
        action = generic.DictionaryObject({pdf_name("/S"): pdf_name("/JavaScript")})
        writer.root[pdf_name("/OpenAction")] = writer.add_object(action)
        writer.update_root()

    return seal_pdf(append_update(make_pdf(as_files(good_parts())), change))


@forged("files", "files.json")
def key_of_the_json_doubled(parts: Json) -> None:
    text = rfc8785.dumps(parts["policy.json"])
    parts["policy.json"] = text.replace(b'"rp_id":', b'"rp_id":"evil.example","rp_id":')


@forged("files", "files.json")
def json_with_blanks(parts: Json) -> None:
    parts["keys.json"] = json.dumps(parts["keys.json"], ensure_ascii=False).encode()


@forged("files", "form")
def field_unknown(parts: Json) -> None:
    parts["assertions.json"][0]["trusted"] = True


@forged("files", "form")
def field_missing(parts: Json) -> None:
    del parts["assertions.json"][0]["revoked_entry"]


@forged("files", "form")
def version_unknown(parts: Json) -> None:
    parts["policy.json"]["version"] = 2


@forged("files", "form")
def true_for_one(parts: Json) -> None:
    parts["policy.json"]["version"] = True


# The pledges -------------------------------------------------------------------------------------


@forged("manifests", "manifest.digest")
def manifest_with_one_character_changed(parts: Json) -> None:
    text = parts["manifests.json"][0]
    text["manifest"] = text["manifest"].replace("不收礼", "不送礼")


@forged("manifests", "manifest.form")
def manifest_not_canonical(parts: Json) -> None:
    _replace_manifest(parts, 2, lambda text: text.replace(b",", b", ", 1))


@forged("signatures", "assertion.challenge")
def assertion_for_another_manifest(parts: Json) -> None:
    _replace_manifest(parts, 0, lambda text: text.replace("不收礼".encode(), "不送礼".encode()))


def _replace_manifest(parts: Json, order: int, change: Callable[[bytes], bytes]) -> None:
    """Another text, with its new digest told everywhere and the ledger written anew."""
    text = change(parts["manifests.json"][order]["manifest"].encode())
    old = parts["manifests.json"][order]["digest"]
    digest = sha256(b"liantan-pledge-v1\n" + text)
    parts["manifests.json"][order] = {"digest": digest, "manifest": text.decode()}
    parts["assertions.json"][order]["digest"] = digest
    row = parts["facts.json"]["roll"][order]["pledge"]
    row.update(digest=digest, short_code=f"{digest[:4]} {digest[4:8]}".upper())
    rehash(parts)
    office = Office().write()
    for entry in office.ledger.entries:
        entry["payload"] = entry["payload"].replace(old, digest)
    parts["proofs.json"] = office.ledger.proofs(sorted(office.used))
    parts["checkpoint.txt"] = office.ledger.note()


@told("signatures", "key.owner")
def key_of_another_signer(office: Office) -> None:
    _enrol(office)
    office.sign(office.people[0], 10, by="G002b")
    _sign_others(office)


@told("signatures", "assertion.user_verification")
def user_not_verified(office: Office) -> None:
    _sign_first(office, flags=0x01)


@told("signatures", "assertion.user_presence")
def user_not_present(office: Office) -> None:
    _sign_first(office, flags=0x04)


@told("signatures", "assertion.rp_id")
def wrong_rp_id(office: Office) -> None:
    _sign_first(office, rp_id="gov.cn")


@told("signatures", "assertion.origin")
def wrong_origin(office: Office) -> None:
    _sign_first(office, origin=f"https://{RP_ID}.evil.example")


@told("signatures", "assertion.origin")
def origin_on_another_port(office: Office) -> None:
    _sign_first(office, origin=f"https://{RP_ID}:8443")


@told("signatures", "assertion.type")
def enrolment_passed_off_as_signing(office: Office) -> None:
    _sign_first(office, type="webauthn.create")


@told("signatures", "assertion.embedded")
def signed_inside_another_site(office: Office) -> None:
    _sign_first(office, crossOrigin=True)


@told("signatures", "assertion.embedded")
def signed_below_another_site(office: Office) -> None:
    _sign_first(office, topOrigin="https://evil.example")


@told("signatures", "assertion.client_data")
def odd_token_binding(office: Office) -> None:
    _sign_first(office, tokenBinding={"status": "present", "id": "AA"})


@told("signatures", "assertion.client_data")
def client_data_with_a_doubled_key(office: Office) -> None:
    _enrol(office)
    _sign_others(office, first=True)
    digest = office.assertions[0]["digest"]
    signer = office.authenticators["G001"]
    challenge = builder.b64u(bytes.fromhex(digest))
    data = (
        '{"type":"webauthn.get","challenge":"AAAA",'
        f'"challenge":"{challenge}","origin":"{builder.ORIGIN}"}}'
    )
    office.assertions[0].update(signer.sign_bytes(data.encode()))


@told("signatures", "assertion.challenge")
def assertion_replayed(office: Office) -> None:
    """The signer's own assertion of an earlier talk, shown once more for this one."""
    earlier = Office("廉谈〔2025〕9号")
    _enrol(earlier)
    earlier.sign(earlier.people[0], 10)
    _enrol(office)
    _sign_others(office, first=True)
    names = ("authenticator_data", "client_data", "signature")
    office.assertions[0].update({name: earlier.assertions[0][name] for name in names})


@forged("signatures", "assertion.signature")
def signature_of_nobody(parts: Json) -> None:
    made = Authenticator("nobody").sign(parts["assertions.json"][0]["digest"])
    parts["assertions.json"][0].update(made)


@forged("signatures", "ledger.entry")
def level_raised(parts: Json) -> None:
    """乙 shown as 甲, in the evidence and on the roll."""
    parts["assertions.json"][2]["level"] = "key"
    parts["facts.json"]["roll"][2]["pledge"]["level"] = "甲"
    rehash(parts)


@told("signatures", "level.raised")
def level_raised_in_the_ledger_too(office: Office) -> None:
    _enrol(office)
    for order, person in enumerate(office.people):
        if person.level == "password":
            office.manifests.append(office.manifest(person, 12))
            digest = digest_of(office.manifests[-1])
            data = {"digest": digest, "level": "key", "key": None, "signed_at": at(12)}
            entry = office.ledger.append(
                "pledge_signed", f"pledge:{person.pledge_id}", data, person.staff_number, 12
            )
            office.used.append(entry)
            raw = dict.fromkeys(RAW)
            office.assertions.append({**data, "entry": entry, "revoked_entry": None, **raw})
        else:
            office.sign(person, 10 + order)


@forged("roll", "roll.level")
def level_raised_on_the_roll_alone(parts: Json) -> None:
    parts["facts.json"]["roll"][2]["pledge"]["level"] = "甲"
    rehash(parts)


@told("manifests", "manifest.level")
def paper_passed_off_as_password(office: Office) -> None:
    _enrol(office)
    _sign_others(office, first=True)
    office.assertions[3].update(level="password", signed_at=at(13))


@told("manifests", "manifest.witness")
def paper_witnessed_by_its_clerk(office: Office) -> None:
    _enrol(office)
    mark = office.mark

    def own_witness(person: builder.Person, promise: Json) -> Json:
        made = mark(person, promise)
        if "witness" in made:
            made["witness"] = made["entered_by"]
        return made

    office.mark = own_witness
    _sign_others(office, first=True)


@forged("manifests", "manifest.twice")
def pledge_doubled(parts: Json) -> None:
    parts["manifests.json"].append(parts["manifests.json"][0])
    parts["assertions.json"].append(parts["assertions.json"][0])


@forged("extra", "extra.entry")
def pledge_dropped(parts: Json) -> None:
    _drop(parts, keep_entries=True)


@forged("roll", "roll.pledges")
def pledge_dropped_but_on_the_roll(parts: Json) -> None:
    pledge = copy.deepcopy(parts["facts.json"]["roll"][2]["pledge"])
    _drop(parts, keep_entries=False)
    parts["facts.json"]["roll"][2]["pledge"] = pledge
    rehash(parts)


def _drop(parts: Json, *, keep_entries: bool) -> None:
    """Takes the third pledge out of the evidence and the roll."""
    assertion = parts["assertions.json"].pop(2)
    del parts["manifests.json"][2]
    parts["facts.json"]["roll"][2]["pledge"] = None
    rehash(parts)
    if not keep_entries:
        gone = {assertion["entry"], assertion["revoked_entry"]}
        entries = parts["proofs.json"]["entries"]
        parts["proofs.json"]["entries"] = [it for it in entries if it["number"] not in gone]


@forged("extra", "extra.entry")
def revocation_hidden(parts: Json) -> None:
    parts["assertions.json"][2]["revoked_entry"] = None
    parts["facts.json"]["roll"][2]["pledge"]["disowned"] = False
    rehash(parts)


@told("signatures", "level.revoked")
def revoked_by_somebody_else(office: Office) -> None:
    _enrol(office)
    _sign_others(office, first=True)
    office.revoke(2, 20, by="G900")


@told("signatures", "level.actor")
def signed_by_the_secretary(office: Office) -> None:
    _enrol(office)
    append = office.ledger.append

    def as_secretary(kind: str, subject: str, data: Json, actor: str, minutes: float) -> int:
        actor = "G901" if data.get("level") == "password" else actor
        return append(kind, subject, data, actor, minutes)

    office.ledger.append = as_secretary
    _sign_others(office, first=True)


# Keys --------------------------------------------------------------------------------------------


def _enrol(office: Office) -> None:
    office.enrol(office.people[0], "G001", 1)
    office.enrol(office.people[1], "G002b", 2)


def _sign_others(office: Office, *, first: bool = False) -> None:
    for order, person in enumerate(office.people):
        if order or first:
            office.sign(person, 10 + order)


def _sign_first(office: Office, **changes: Any) -> None:
    _enrol(office)
    office.sign(office.people[0], 10, **changes)
    _sign_others(office)


@told("keys", "key.enroller")
def key_enrolled_by_somebody_else(office: Office) -> None:
    office.enrol(office.people[0], "G001", 1, by="G900")
    office.enrol(office.people[1], "G002b", 2)
    _sign_others(office, first=True)


@told("signatures", "key.late")
def key_enrolled_after_signing(office: Office) -> None:
    office.enrol(office.people[1], "G002b", 2)
    _sign_others(office, first=True)
    office.enrol(office.people[0], "G001", 30)


@told("signatures", "key.removed")
def key_removed_before_signing(office: Office) -> None:
    _enrol(office)
    office.remove(office.people[1], 3)
    _sign_others(office, first=True)


@told("signatures", "key.list")
def key_enrolled_and_not_listed(office: Office) -> None:
    """A key that was slipped in does not show on the pledge that the cadre read."""
    _enrol(office)
    office.enrol(office.people[2], "slipped in", 4)
    keys, office.people[2].keys = office.people[2].keys, []
    _sign_others(office, first=True)
    office.people[2].keys = keys


@forged("signatures", "key.list")
def key_left_out(parts: Json) -> None:
    key = parts["keys.json"].pop(2)
    gone = {key["enrolled_entry"], key["removed_entry"]}
    entries = parts["proofs.json"]["entries"]
    parts["proofs.json"]["entries"] = [it for it in entries if it["number"] not in gone]


@forged("keys", "key.fingerprint")
def key_swapped_under_its_fingerprint(parts: Json) -> None:
    other = Authenticator("forger")
    parts["keys.json"][0]["public_key"] = builder.b64u(other.public_key)
    parts["assertions.json"][0].update(other.sign(parts["assertions.json"][0]["digest"]))


@forged("keys", "ledger.missing")
def key_swapped_with_no_enrolment(parts: Json) -> None:
    other = Authenticator("forger")
    parts["keys.json"][0].update(
        public_key=builder.b64u(other.public_key),
        fingerprint=other.fingerprint,
        credential_id=other.credential_id,
        enrolled_entry=99,
    )


@forged("keys", "ledger.entry")
def key_said_to_be_bound_to_its_device(parts: Json) -> None:
    parts["keys.json"][0]["synced"] = False


# The ledger --------------------------------------------------------------------------------------


@forged("ledger", "ledger.proof")
def proof_for_another_leaf(parts: Json) -> None:
    entries = parts["proofs.json"]["entries"]
    entries[0]["proof"], entries[1]["proof"] = entries[1]["proof"], entries[0]["proof"]


@forged("ledger", "ledger.number")
def entry_under_another_number(parts: Json) -> None:
    parts["proofs.json"]["entries"][0]["number"] += 100


@forged("ledger", "ledger.proof")
def entry_rewritten(parts: Json) -> None:
    entry = parts["proofs.json"]["entries"][-1]
    entry["payload"] = entry["payload"].replace("T09:30", "T09:31")


@forged("ledger", "ledger.actor")
def actor_of_an_entry_changed(parts: Json) -> None:
    parts["proofs.json"]["entries"][0]["actor"] = "G900"


@forged("checkpoint", "checkpoint.signature")
def checkpoint_by_another_key(parts: Json) -> None:
    office = Office().write()
    size = len(office.ledger.entries)
    other = Ed25519PrivateKey.from_private_bytes(b"another key of another office...")
    parts["checkpoint.txt"] = write_note(size, office.ledger.tree.root(size), other)


@vector("policy", "policy.ledger")
def ledger_of_another_key_altogether() -> bytes:
    """A whole ledger forged under a key of the forger's own, named in the policy: what is pinned
    tells."""
    parts = good_parts()
    other = Ed25519PrivateKey.from_private_bytes(b"another key of another office...")
    office = Office().write()
    size = len(office.ledger.entries)
    parts["checkpoint.txt"] = write_note(size, office.ledger.tree.root(size), other)
    parts["policy.json"]["ledger"]["key"] = base64.b64encode(builder.raw_key(other)).decode()
    return record(parts)


@forged("checkpoint", "checkpoint.name")
def checkpoint_of_another_ledger(parts: Json) -> None:
    office = Office().write()
    size = len(office.ledger.entries)
    parts["checkpoint.txt"] = write_note(
        size, office.ledger.tree.root(size), LEDGER_KEY, "evil.example/ledger"
    )


@forged("checkpoint", "checkpoint.size")
def shrunken_tree(parts: Json) -> None:
    office = Office().write()
    parts["checkpoint.txt"] = office.ledger.note(len(office.ledger.entries) - 2)


@forged("ledger", "ledger.proof")
def shrunken_tree_and_its_size(parts: Json) -> None:
    office = Office().write()
    parts["proofs.json"]["size"] = len(office.ledger.entries) - 2
    parts["checkpoint.txt"] = office.ledger.note(parts["proofs.json"]["size"])


@forged("consistency", "ledger.consistency")
def history_that_does_not_lead_here(parts: Json) -> None:
    parts["proofs.json"]["consistency"][0]["root"] = "ab" * 32


@forged("agreements", "agreement.text")
def agreement_reworded(parts: Json) -> None:
    parts["agreements.json"][0]["text"] += "并放弃一切异议。"


@forged("agreements", "agreement.missing")
def agreement_left_out(parts: Json) -> None:
    parts["agreements.json"] = []


@forged("extra", "extra.agreement")
def agreement_that_nobody_signed(parts: Json) -> None:
    parts["agreements.json"].append({"version": 2, "sha256": sha256(b"x"), "text": "x"})


# The record --------------------------------------------------------------------------------------


@forged("record", "record.facts")
def fact_changed(parts: Json) -> None:
    parts["facts.json"]["place"] = "五楼会议室"


@forged("record", "record.number")
def record_of_another_number(parts: Json) -> None:
    parts["facts.json"]["number"] = "廉谈〔2026〕4号"
    rehash(parts)


@vector("record", "record.occasion")
def evidence_of_another_record() -> bytes:
    parts = good_parts()
    number = "廉谈〔2026〕4号"
    parts["facts.json"]["number"] = parts["policy.json"]["record"]["number"] = number
    rehash(parts)
    return record(parts)


@forged("record", "record.number")
def correction_passed_off_as_the_first(parts: Json) -> None:
    parts["policy.json"]["record"]["revision"] = 2


@forged("record", "record.outline")
def outline_other_than_signed(parts: Json) -> None:
    parts["facts.json"]["points"][0]["clauses"][0]["commitment"] = "我承诺另一件事。"
    rehash(parts)


@forged("counts", "counts")
def wrong_count(parts: Json) -> None:
    parts["facts.json"]["counts"].update(called=6, present=5)
    rehash(parts)


@forged("counts", "counts")
def count_that_does_not_balance(parts: Json) -> None:
    parts["facts.json"]["counts"]["on_leave"] = 0
    rehash(parts)


def _row(name: str, what: str, value: Any, *, pledge: bool) -> None:
    def change(parts: Json) -> None:
        row = parts["facts.json"]["roll"][0]
        (row["pledge"] if pledge else row)[what] = value
        rehash(parts)

    change.__name__ = f"roll_with_another_{name}"
    forged("roll", f"roll.{name}")(change)


_row("name", "name", "王方", pledge=False)
_row("unit", "unit", None, pledge=False)
_row("post", "post", "局长", pledge=False)
_row("digest", "digest", "00" * 32, pledge=True)
_row("short_code", "short_code", "0000 0000", pledge=True)
_row("time", "signed_at", at(11.5), pledge=True)
_row("drawing", "svg", "<svg/>", pledge=True)
_row("typed", "typed", "王芳", pledge=True)
_row("day", "signed_on", "2026-03-06", pledge=True)
_row("disowned", "disowned", True, pledge=True)


@forged("roll", "roll.digest")
def pledges_in_another_order(parts: Json) -> None:
    for name in ("manifests.json", "assertions.json"):
        parts[name][0], parts[name][1] = parts[name][1], parts[name][0]


# Beside an older record, which is vectors/older.pdf ----------------------------------------------


@vector("older", "older.ledger", older=True)
def ledger_cut_and_written_anew() -> bytes:
    """The same talk on a ledger whose history is another: the older record's is not in it."""
    ledger = builder.Ledger()
    ledger.append("login_failed", "", {}, "", 0)
    ledger.append("login_failed", "", {}, "", 0)
    return record(Office(ledger=ledger).write().parts())


@vector("older", "older.key", older=True)
def key_of_the_older_record_gone() -> bytes:
    parts = good_parts()
    gone = next(
        key
        for key in parts["keys.json"]
        if key["fingerprint"] == Authenticator("later").fingerprint
    )
    parts["keys.json"].remove(gone)
    entries = parts["proofs.json"]["entries"]
    parts["proofs.json"]["entries"] = [
        item for item in entries if item["number"] != gone["enrolled_entry"]
    ]
    return record(parts)


# Receipts ----------------------------------------------------------------------------------------


def receipted(check: str, fault: str, order: int = 0) -> Callable[[Any], Any]:
    def register(change: Callable[[Json], None]) -> Callable[[Json], None]:
        def make() -> bytes:
            made = copy.deepcopy(receipt(good_parts(), order))
            change(made)
            return rfc8785.dumps(made)

        VECTORS.append(Vector(change.__name__, check, fault, make, suffix="json"))
        return change

    return register


@receipted("manifests", "manifest.digest")
def receipt_with_one_character_changed(made: Json) -> None:
    made["manifest"] = made["manifest"].replace("不收礼", "不送礼")


@receipted("signatures", "ledger.entry", order=2)
def receipt_with_its_level_raised(made: Json) -> None:
    made["assertion"]["level"] = "key"


@receipted("policy", "policy.ledger")
def receipt_of_another_ledger(made: Json) -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"another key of another office...")
    made["policy"]["ledger"]["key"] = base64.b64encode(builder.raw_key(other)).decode()


@receipted("file", "form")
def receipt_with_a_field_besides(made: Json) -> None:
    made["valid"] = True
