"""Checks a Liantan talk record (PDF) or pledge receipt (JSON): evidence in, verdict out.

One file that a stranger can read and run alone, years later, without the server:

    python verify.py record.pdf --root unit-root.pem

It needs pyhanko 0.38 or newer (with asn1crypto and cryptography), rfc8785 and fido2. It never opens
a connection, and fails closed: whatever is missing, unknown, doubled or not understood makes the
verdict bad.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import binascii
import hashlib
import json
import logging
import re
import signal
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

import rfc8785
from asn1crypto import cms, parser, pem, x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509 import load_der_x509_certificate
from cryptography.x509.oid import NameOID
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.webauthn import AuthenticatorData
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import (
    DEFAULT_PURPOSE_LIMITS,
    DecodeLimits,
    DecodePurpose,
    DocumentDecodeBudget,
    StreamDecodeLimits,
)
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm, enumerate_sig_fields
from pyhanko.sign.validation import (
    EmbeddedPdfSignature,
    SignatureCoverageLevel,
    validate_pdf_signature,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

T = TypeVar("T")
MANIFEST_DOMAIN = b"liantan-pledge-v1\n"
PAPER_DOMAIN = b"liantan-paper-v1\n"
ACTOR_DOMAIN = b"liantan-actor-v1\n"
MAX_FILE = 200 * 2**20
MAX_PART = 100 * 2**20
MAX_RECEIPT = 8 * 2**20
MAX_ITEMS = 100_000
MAX_FILES = 64
MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1  # RFC 8785 has no larger one
# ES256, EdDSA, ES384, ES512, RS256, PS256: what browsers make, without SHA-1.
COSE_ALGORITHMS = {-7, -8, -35, -36, -257, -37}
EMPTY_ROOT = hashlib.sha256(b"").digest()
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
SIZE = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)


# What can be wrong: code, in Chinese, in English.
FAULTS = {
    code: (zh, en)
    for code, zh, en in (
        line.split(" | ")
        for line in """
file.size | 文件太大 | the file is too large
file.pdf | 不是 PDF 文件 | not a PDF
file.root | 没有给出信任的根证书 | no trusted root certificate was given
file.form | 文件加密或结构混杂 | the file is encrypted or of two structures
file.effort | 核验所需的时间或内存超出限度 | it takes more time or memory than is allowed
file.active | 文件带有自动动作 | the file acts by itself when opened
file.ledger_key | 没有给出账本公钥 | the ledger's key was not given
json | JSON 不合规范 | not acceptable JSON
form | 数据缺项、多项或格式不对 | data lack something, hold more, or are of another form
seal.form | 签名结构异常，或夹带无关内容 | the signature's structure is odd, or carries more
seal.told | 记录所载电子印章与实际不同 | the record tells of another seal
seal.untrusted | 证书不由所信任的根证书签发 | not issued under a trusted root
seal.missing | 没有电子印章 | there is no seal
seal.several | 有不止一个签名域 | there is more than one signature field
seal.appended | 盖章之后又追加了内容 | something was appended to the file
seal.coverage | 电子印章没有覆盖整个文件 | the seal does not cover the file
seal.hole | 印章处夹有别的内容 | the seal's place holds something else
seal.approval | 电子印章不是认证签名 | the seal is no certification
seal.permissions | 电子印章允许改动过多 | the seal allows too many changes
seal.digest | 使用了弱摘要算法 | a weak digest is used
seal.broken | 电子印章与文件内容不符 | the seal does not fit the file's bytes
seal.modified | 盖章后文件有改动 | the file was modified after sealing
seal.no_time | 电子印章没有写明时间 | the seal names no time
seal.future | 盖章时间在将来 | the seal is from the future
seal.expired | 盖章时证书不在有效期内 | the certificate was not valid at the time
seal.tsa_root | 没有给出时间戳根证书 | no root for time stamps was given
seal.stamp | 时间戳不成立 | the time stamp does not hold
seal.usage | 证书不能用于签章 | the certificate is not for signing
seal.trial | 是否试用印章，说法不一 | trial seal or not: they disagree
seal.level | 电子印章级别与所述不同 | the seal is of another level than said
files.names | 内嵌文件缺少、多出或名称不一 | embedded files lack, stand besides or differ by name
files.page | 页面上另有附件或批注 | a page carries files or comments
files.size | 内嵌文件太大 | an embedded file is too large
files.json | 内嵌数据不是规范的 JSON | embedded data are not canonical JSON
policy.ledger | 账本公钥不是约定的那把 | the ledger's key is not the pinned one
policy.rp_id | RP ID 不是约定的 | the RP ID is not the pinned one
policy.origin | 网址不属于本站，或不是约定的 | an origin is outside the RP ID, or not pinned
manifest.level | 签名方式与级别不符 | the kind of signature is not the level's
manifest.times | 逐条确认的时间缺失或多出 | times of confirming lack or are made up
manifest.agreement | 签署约定缺失或多出 | the agreement lacks or is made up
manifest.typed | 键入的姓名不是签署人 | the typed name is not the signer's
manifest.count | 承诺书与签署的份数不同 | as many pledges as signatures are due
manifest.paper | 纸质表单的编码不符 | the paper form's code does not fit
manifest.witness | 见证人与录入人是同一人 | witness and clerk are one person
manifest.digest | 摘要与原文不符 | a digest does not fit its text
manifest.twice | 同一份承诺书出现两次 | a pledge stands twice
manifest.form | 承诺书原文不是规范的 JSON | a manifest is not canonical JSON
assertion.rp_id | 签名不是为本站（RP ID）所作 | signed for another RP ID
assertion.user_presence | 签名时无人在场标志 | no user-presence flag
assertion.user_verification | 签名时未验证本人 | the user was not verified
assertion.algorithm | 公钥读不出或算法不被接受 | an unreadable key or an algorithm not accepted
assertion.client_data | 浏览器数据异常 | the client data are odd
assertion.type | 不是一次签名操作 | not a signing ceremony (webauthn.get)
assertion.challenge | 签名针对的是另一份内容 | another text was signed
assertion.origin | 签名来自不被接受的网址 | signed on a page of another origin
assertion.embedded | 签名时页面被嵌在别的网站 | signed inside another site
assertion.authenticator_data | 签名器数据无法读取 | unreadable authenticator data
assertion.signature | 本人密钥的签名不成立 | the key's signature does not hold
checkpoint.form | 检查点格式不合规范 | the checkpoint's form is wrong
checkpoint.name | 检查点属于另一本账 | the checkpoint is of another ledger
checkpoint.signature | 检查点不是这本账所签 | not signed with the ledger's key
checkpoint.size | 检查点大小与证明不符 | the proofs are for another size
ledger.number | 登记的编号不符或次序颠倒 | an entry's number is wrong or out of order
ledger.consistency | 账本曾被改写或截短 | the ledger was rewritten or cut
ledger.form | 账本登记不是规范的 JSON | an entry is not canonical JSON
ledger.proof | 登记不在账本中 | an entry is not proven to be in the ledger
ledger.actor | 登记的经办人不符 | the hidden actor of an entry is another
ledger.missing | 缺少登记，或一条登记用了两次 | an entry lacks or is used twice
ledger.entry | 登记的内容不符 | an entry says something else
key.time | 密钥的时间与账本不符 | a key's time is not the ledger's
key.twice | 同一把密钥出现两次 | a key stands twice
key.list | 承诺书所列密钥与登记不符 | a pledge lists other keys than enrolled
key.owner | 密钥不属于签署人 | the key is not the signer's
key.late | 密钥在签署之后才登记 | the key was enrolled after signing
key.removed | 密钥在签署之前已停用 | the key was removed before signing
key.pinned | 密钥不是约定的那把 | the key is not one of those pinned
key.fingerprint | 密钥与指纹不符 | a key does not fit its fingerprint
key.stranger | 有不属于任何签署人的密钥 | a key belongs to no signer here
key.removal | 密钥停用的记载不全或不符 | a key's removal is half there or not its owner's
key.enroller | 密钥不是由本人登记 | a key was enrolled by somebody else
level.raised | 甲级签署缺少密钥签名 | level A without a key's signature
level.actor | 签署的经办人不符 | signed or entered by somebody else
level.time | 签署时间与级别不符 | a time of signing lacks or is made up
level.dressed | 乙、丙级签署夹带密钥签名 | a lower level carries a key
level.revoked | 撤销的记载不符 | a revocation is not its signer's
agreement.twice | 同一版约定出现两次 | an agreement stands twice
agreement.missing | 缺少承诺书所引的约定 | a pledge's agreement lacks
agreement.text | 约定原文与摘要不符 | an agreement's text is another
extra.entry | 有用不上的账本登记 | an entry of the ledger has no place
extra.agreement | 有未被引用的约定 | an agreement that no pledge names
record.facts | 记录事实与摘要不符 | the facts do not fit their hash
record.number | 记录编号或修订号不符 | another record's number or revision
record.occasion | 承诺书属于另一次谈话 | a pledge is of another talk
record.outline | 记录的提纲与所签不同 | the outline is not what was signed
roll.pledges | 名册与承诺书份数不同 | the roll has another number of pledges
roll.digest | 名册上的摘要与所签不同 | the roll shows another digest than was signed
roll.short_code | 名册上的编码与所签不同 | the roll shows another code than was signed
roll.name | 名册上的姓名与所签不同 | the roll shows another name than was signed
roll.unit | 名册上的单位与所签不同 | the roll shows another unit than was signed
roll.post | 名册上的职务与所签不同 | the roll shows another post than was signed
roll.level | 名册上的级别与所签不同 | the roll shows another level than was signed
roll.time | 名册上的时间与所签不同 | the roll shows another time than was signed
roll.drawing | 名册上的手写签名与所签不同 | the roll shows another drawn signature than was signed
roll.typed | 名册上的键入姓名与所签不同 | the roll shows another typed name than was signed
roll.day | 名册上的纸质日期与所签不同 | the roll shows another day than stands on paper
roll.disowned | 名册称有撤销而账本没有 | the roll tells of a disowning that is not in the ledger
counts | 人数与名册不符 | the counts do not fit the roll
older.ledger | 不是同一本账，或账本曾被改写 | another ledger, or one that was rewritten
older.bad | 较早的记录本身不可信 | the older record is itself bad
older.key | 较早记录中的密钥缺失或被改动 | a key of the older record lacks or differs
""".strip().splitlines()
    )
}


class EvidenceError(Exception):
    """Something is wrong with the evidence: `code` says what, `zh` and `en` in words."""

    def __init__(self, code: str, detail: str = "") -> None:
        zh, en = FAULTS[code]
        self.code = code
        self.zh, self.en = (f"{zh}（{detail}）", f"{en} ({detail})") if detail else (zh, en)
        super().__init__(f"{code}: {self.en}")


def refuse(code: str, detail: str = "") -> NoReturn:
    """Raises the EvidenceError of this code."""
    raise EvidenceError(code, detail)


# Text and numbers ------------------------------------------------------------------------------


def strict_json(data: bytes, code: str = "json") -> Any:
    """The JSON in `data`. Doubled keys, floats, other numbers than RFC 8785's integers, a byte
    order mark and deep nesting raise EvidenceError(code)."""

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) != len(items):
            raise ValueError("a key stands twice")
        return result

    def integer(digits: str) -> int:
        if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
            raise ValueError("a number out of range")
        return int(digits)

    def no_number(text: str) -> NoReturn:
        raise ValueError(f"not an integer: {text[:20]}")

    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=pairs,
            parse_int=integer,
            parse_float=no_number,
            parse_constant=no_number,
        )
        limit_depth(value)
    except (ValueError, RecursionError) as error:
        refuse(code, str(error)[:80])
    return value


def limit_depth(value: Any, depth: int = 0) -> None:
    """Raises ValueError where lists and objects are nested deeper than MAX_DEPTH."""
    if isinstance(value, dict | list) and value:
        if depth == MAX_DEPTH:
            raise ValueError("nested too deep")
        for item in value.values() if isinstance(value, dict) else value:
            if isinstance(item, dict | list):
                limit_depth(item, depth + 1)


def canonical_json(data: bytes, code: str = "json") -> Any:
    """The JSON in `data`, which must be in canonical form (RFC 8785): one text for one value."""
    value = strict_json(data, code)
    try:
        same = rfc8785.dumps(value) == data
    except (rfc8785.CanonicalizationError, ValueError):
        same = False
    if not same:
        refuse(code, "RFC 8785")
    return value


def unbase64url(text: str) -> bytes:
    """The bytes of base64url without padding, in its one spelling; else ValueError."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text, re.ASCII):
        raise ValueError("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise ValueError("base64url with stray bits")
    return data


def unbase64(text: str) -> bytes:
    """The bytes of standard base64, in its one spelling; else ValueError."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("base64 with stray bits")
    return data


def moment(text: str) -> datetime:
    """The instant that an RFC 3339 text with its offset names; else ValueError."""
    if not TIME.fullmatch(text):
        raise ValueError(f"not an RFC 3339 time: {text[:40]}")
    return datetime.fromisoformat(text)


# The tree (RFC 6962 2.1, RFC 9162 2.1) ---------------------------------------------------------


def leaf_hash(payload: bytes) -> bytes:
    """A leaf's hash: SHA-256(0x00 || payload)."""
    return hashlib.sha256(b"\x00" + payload).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """An inner node's hash: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def verify_inclusion(
    *, leaf: bytes, number: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether the leaf hash `leaf` is number `number` (from 0) in the tree of `size` leaves under
    `root` (RFC 9162 2.1.3.2). Anything malformed is a plain no."""
    if not 0 <= number < size or any(len(part) != 32 for part in (leaf, root, *proof)):
        return False
    here, last, result = number, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            result = node_hash(part, result)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            result = node_hash(result, part)
        here, last = here >> 1, last >> 1
    return last == 0 and result == root


def verify_consistency(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the tree of `new_size` only appends to the tree of `old_size` (RFC 9162 2.1.4.2).

    An empty old tree precedes every tree, with an empty proof. Anything malformed is a plain no.
    """
    if any(len(part) != 32 for part in (old_root, new_root, *proof)):
        return False
    if not 0 <= old_size <= new_size:
        return False
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    if old_size == new_size:
        return not proof and old_root == new_root
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        return False
    here, last = old_size - 1, new_size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(part, old), node_hash(part, new)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, part)
        here, last = here >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


# What is signed, and how -----------------------------------------------------------------------


def manifest_digest(manifest: bytes) -> str:
    """What a pledge's signer signs: SHA-256 over the domain line and the bytes, in hex."""
    return hashlib.sha256(MANIFEST_DOMAIN + manifest).hexdigest()


def check_assertion(
    *,
    digest: str,
    authenticator_data: bytes,
    client_data: bytes,
    signature: bytes,
    public_key: bytes,
    rp_id: str,
    origins: Iterable[str],
) -> None:
    """Checks that the key `public_key` (COSE bytes) signed `digest` (hex) with its user present
    and verified, for `rp_id`, on a page of one of `origins` (WebAuthn Level 3, 7.2).

    Raises EvidenceError: assertion.type, .challenge, .origin, .embedded, .client_data, .rp_id,
    .user_presence, .user_verification, .authenticator_data, .algorithm, .signature.
    """
    check_client_data(client_data, digest, origins)
    try:
        data = AuthenticatorData(authenticator_data)
        rp_id_hash, flags = bytes(data.rp_id_hash), data.flags
    except Exception as error:
        raise EvidenceError("assertion.authenticator_data") from error
    if rp_id_hash != hashlib.sha256(rp_id.encode()).digest():
        refuse("assertion.rp_id")
    if not flags & AuthenticatorData.FLAG.UP:
        refuse("assertion.user_presence")
    if not flags & AuthenticatorData.FLAG.UV:
        refuse("assertion.user_verification")
    try:
        parsed: Any = cbor.decode(public_key)
        key = CoseKey.parse(parsed)
        algorithm = key.get(3)
    except Exception as error:
        raise EvidenceError("assertion.algorithm") from error
    if type(algorithm) is not int or algorithm not in COSE_ALGORITHMS:
        refuse("assertion.algorithm")
    try:
        key.verify(authenticator_data + hashlib.sha256(client_data).digest(), signature)
    except Exception as error:
        raise EvidenceError("assertion.signature") from error


def check_client_data(client_data: bytes, digest: str, origins: Iterable[str]) -> None:
    """The part of check_assertion about what the browser says that it asked the key for."""
    client = strict_json(client_data, "assertion.client_data")
    if not isinstance(client, dict):
        refuse("assertion.client_data")
    if client.get("type") != "webauthn.get":
        refuse("assertion.type")
    try:
        challenge = unbase64url(client["challenge"])
    except (KeyError, TypeError, ValueError):
        challenge = b""
    if len(digest) != 64 or challenge.hex() != digest:
        refuse("assertion.challenge")
    origin = client.get("origin")
    if not isinstance(origin, str) or origin not in set(origins):
        refuse("assertion.origin")
    if client.get("crossOrigin", False) is not False or "topOrigin" in client:
        refuse("assertion.embedded")
    binding = client.get("tokenBinding")
    if "tokenBinding" in client and binding not in (
        {"status": "supported"},
        {"status": "not-supported"},
    ):
        refuse("assertion.client_data")


class Head(NamedTuple):
    """What a checkpoint says: the tree's size, its root, and when the server said so."""

    size: int
    root: bytes
    time: datetime


def open_note(text: str, name: str, key: bytes) -> Head:
    """The checkpoint in the signed note `text` of ledger `name`, signed with `key` (the 32 bytes
    of an Ed25519 public key). C2SP signed-note and tlog-checkpoint, with one line for the time.

    Raises EvidenceError: checkpoint.form, checkpoint.name or checkpoint.signature.
    """
    lines = text.split("\n")
    if len(lines) != 7 or lines[4] or lines[6] or not lines[3].startswith("time "):
        refuse("checkpoint.form")
    if lines[0] != name or not name or not lines[5].startswith(f"— {name} "):
        refuse("checkpoint.name")
    try:
        if not SIZE.fullmatch(lines[1]):
            raise ValueError("size")
        head = Head(int(lines[1]), unbase64(lines[2]), moment(lines[3].removeprefix("time ")))
        signature = unbase64(lines[5].removeprefix(f"— {name} "))
        if len(head.root) != 32 or len(signature) != 68:
            raise ValueError("length")
    except (ValueError, binascii.Error) as error:
        raise EvidenceError("checkpoint.form") from error
    hint = hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]
    signed = "".join(line + "\n" for line in lines[:4])
    try:
        if signature[:4] != hint:
            raise InvalidSignature
        Ed25519PublicKey.from_public_bytes(key).verify(signature[4:], signed.encode())
    except (InvalidSignature, ValueError) as error:
        raise EvidenceError("checkpoint.signature") from error
    return head


# The form of the evidence: every key named, none besides ----------------------------------------


@dataclass(frozen=True)
class Maybe:
    """A shape, or null."""

    shape: Any


@dataclass(frozen=True)
class One:
    """One of these values and nothing else."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class AtLeast:
    """An object with these keys. What stands beside them is under a hash and is printed only."""

    shape: dict[str, Any]


# fmt: off
HEX = re.compile(r"[0-9a-f]{64}")
HEX_OR_NONE = re.compile(r"([0-9a-f]{64})?")
BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

RAW = ("credential_id", "authenticator_data", "client_data", "signature")

PARTY = {"staff_number": str, "name": str}
MANIFEST = {
    "type": One(("liantan-pledge",)), "version": One((1,)), "pledge": {"id": UUID, "nonce": str},
    "signer": {"staff_number": str, "name": str, "unit": str, "post": str},
    "occasion": {"number": str, "kind": str, "title": str, "held_at": TIME, "place": str,
                 "speaker": str},
    "outline": {"id": int, "version": int},
    "text": {"title": str, "opening": str, "personal_commitment": str, "closing": str, "points": [
        {"number": int, "heading": str, "confirmed_at": Maybe(TIME), "clauses": [
            {"number": int, "heading": str, "commitment": str}]}]},
    "keys": [{"fingerprint": HEX, "enrolled_at": TIME, "removed_at": Maybe(TIME)}],
    "agreement": Maybe({"version": int, "sha256": HEX}), "signature": dict,
    "opened_at": Maybe(TIME), "zone": str}
MARKS = {
    "drawn": {"method": str, "media_type": One(("image/svg+xml",)), "sha256": HEX},
    "typed": {"method": str, "text": str},
    "paper": {"method": str, "media_type": str, "sha256": HEX, "form_digest": HEX,
              "signed_on": Maybe(DAY), "witness": PARTY, "entered_by": PARTY}}
RECEIPT_POLICY = {"type": One(("liantan-policy",)), "version": One((1,)), "rp_id": str,
                  "origins": [str], "ledger": {"name": str, "key": str}}
POLICY = {**RECEIPT_POLICY, "record": {"number": str, "revision": int, "facts_sha256": HEX},
          "seal": {"level": One(("B-B", "B-T")), "trial": bool}}
MANIFESTS = [{"digest": HEX, "manifest": str}]
ASSERTION = {"digest": HEX, "level": One(("key", "password", "paper")), "signed_at": Maybe(TIME),
             "entry": int, "revoked_entry": Maybe(int), "key": Maybe(HEX),
             **dict.fromkeys(RAW, Maybe(BASE64URL))}
KEYS = [{"fingerprint": HEX, "credential_id": BASE64URL, "public_key": BASE64URL,
         "staff_number": str, "synced": bool, "enrolled_at": TIME, "removed_at": Maybe(TIME),
         "enrolled_entry": int, "removed_entry": Maybe(int)}]
AGREEMENTS = [{"version": int, "sha256": HEX, "text": str}]
PROOFS = {"size": int, "consistency": [{"size": int, "root": HEX, "proof": [HEX]}], "entries": [
    {"number": int, "payload": str, "salt": HEX, "actor": str, "proof": [HEX]}]}
PAYLOAD = {"version": One((1,)), "number": int, "at": TIME, "kind": str, "actor": HEX_OR_NONE,
           "subject": str, "data": dict, "private": HEX_OR_NONE}
RECEIPT = {"type": One(("liantan-receipt",)), "version": One((1,)), "policy": RECEIPT_POLICY,
           "manifest": str, "assertion": ASSERTION, "keys": KEYS, "agreements": AGREEMENTS,
           "proofs": PROOFS, "checkpoint": str}
COUNTS = dict.fromkeys(("called", "present", "on_leave", "absent", "excluded", "observing", "late",
                        "left_early"), int)
SIGNED = {"level": One(("甲", "乙", "丙")), "signed_at": Maybe(TIME), "short_code": str,
          "digest": HEX, "svg": Maybe(str), "typed": Maybe(str), "signed_on": Maybe(DAY),
          "disowned": bool}
ROW = {"number": str, "name": str, "unit": Maybe(str), "post": Maybe(str),
       "attendance": Maybe(str), "pledge": Maybe(AtLeast(SIGNED))}
POINT = {"heading": str, "clauses": [AtLeast({"heading": str, "commitment": str})]}
SEAL = {"level": str, "trial": bool, "certificate": str}
# Only what is compared with the evidence: later versions of the papers may tell more.
FACTS = {
    "number": str, "title": str, "counts": AtLeast(COUNTS), "roll": [AtLeast(ROW)],
    "observers": [dict], "leaves": [dict], "absences": [dict], "exclusions": [dict],
    "points": [AtLeast(POINT)], "correction": Maybe(AtLeast({"revision": int})), "seal": SEAL}
# The files in a record, each with its form; None for the one that is not JSON.
FILES = {"facts.json": AtLeast(FACTS), "policy.json": POLICY, "manifests.json": MANIFESTS,
         "assertions.json": [ASSERTION], "keys.json": KEYS, "agreements.json": AGREEMENTS,
         "proofs.json": PROOFS, "checkpoint.txt": None}
# fmt: on


def fit(value: Any, shape: Any, where: str) -> None:
    """Refuses `value` unless it has exactly `shape`: a type, a pattern, Maybe, One, a list of one
    shape, or an object with exactly these keys (AtLeast: with these). Integers are not negative."""
    if isinstance(shape, type):  # by far the most common, so asked first
        if type(value) is not shape or (type(value) is int and value < 0):
            refuse("form", where)
    elif isinstance(shape, re.Pattern):
        if not isinstance(value, str) or not shape.fullmatch(value):
            refuse("form", where)
    elif isinstance(shape, Maybe):
        if value is not None:
            fit(value, shape.shape, where)
    elif isinstance(shape, AtLeast) and isinstance(value, dict):
        fit({key: value[key] for key in shape.shape.keys() & value.keys()}, shape.shape, where)
    elif isinstance(shape, dict) and isinstance(value, dict):
        if value.keys() != shape.keys():
            odd = ", ".join(sorted(value.keys() ^ shape.keys()))[:80]
            refuse("form", f"{where}: {odd}")
        for key, inner in shape.items():
            fit(value[key], inner, f"{where}.{key}")
    elif isinstance(shape, list) and isinstance(value, list):
        if len(value) > MAX_ITEMS:
            refuse("form", where)
        for number, item in enumerate(value):
            fit(item, shape[0], f"{where}[{number}]")
    elif not isinstance(shape, One) or not any(
        type(value) is type(one) and value == one for one in shape.values
    ):
        refuse("form", where)


# The verdict -----------------------------------------------------------------------------------

TITLES = {
    "file": ("文件可以读取", "The file can be read"),
    "seal.one": ("有且只有一个电子印章", "There is one seal and no other signature"),
    "seal.whole": ("印章覆盖整个文件，其后没有追加", "The seal covers the whole file"),
    "seal.locked": ("电子印章锁定了文件内容", "The seal locks the file's content"),
    "seal.valid": ("文件内容自盖章后未改动", "Nothing was changed since the seal was made"),
    "seal.time": ("盖章的时间成立", "The time of the seal holds"),
    "seal.trusted": ("印章证书出自所信任的根证书", "The seal's certificate is from a trusted root"),
    "files": ("内嵌的证据齐全、格式正确", "The evidence inside is complete and well-formed"),
    "seal.told": ("电子印章与记录所述相符", "The seal is what the record says"),
    "policy": ("证据属于同一站点和账本", "The evidence is of one site and its ledger"),
    "manifests": ("每份承诺书的摘要与原文一致", "Every pledge's digest fits its text"),
    "checkpoint": ("账本检查点的签名成立", "The ledger's checkpoint is properly signed"),
    "ledger": ("每条登记都在账本之中", "Every entry is in the ledger"),
    "consistency": ("账本只增不改", "The ledger was only ever appended to"),
    "keys": ("每把密钥由本人登记", "Every key was enrolled by its owner"),
    "signatures": ("每份签署与其级别相符", "Every signature is what its level says"),
    "agreements": ("签署约定的原文相符", "The signing agreement's text fits"),
    "extra": ("没有多余的证据", "There is no evidence without a place"),
    "record": ("记录与证据属于同一次谈话", "Record and evidence are of the same talk"),
    "roll": ("名册与承诺书逐一对应", "The roll and the pledges match one to one"),
    "counts": ("人数与名册一致", "The counts agree with the roll"),
    "older": ("与较早的记录一致", "It agrees with the older record"),
}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `fault` is a code for what was wrong, "" when nothing was."""

    code: str
    ok: bool
    zh: str
    en: str
    fault: str = ""


@dataclass
class Report:
    """What came of verifying. It is good only when every check was made and none failed."""

    kind: str
    checks: list[Check] = field(default_factory=list)
    remarks: list[tuple[str, str]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    complete: bool = False

    @property
    def good(self) -> bool:
        return self.complete and bool(self.checks) and all(check.ok for check in self.checks)

    @property
    def verdict(self) -> str:
        return "good" if self.good else "bad"

    def attempt(self, code: str, step: Callable[[], None]) -> bool:
        """Takes one step and notes what came of it. Whatever the step raises is a failure."""
        zh, en = TITLES[code]
        try:
            step()
        except EvidenceError as error:
            check = Check(code, False, f"{zh}：{error.zh}", f"{en}: {error.en}", error.code)
        except Exception as error:  # a hostile file may raise anything, and nothing of it passes
            what = type(error).__name__
            check = Check(code, False, f"{zh}：无法读懂（{what}）", f"{en}: {what}", "unreadable")
        else:
            check = Check(code, True, zh, en)
        self.checks.append(check)
        return check.ok

    def remark(self, zh: str, en: str) -> None:
        """Something that a reader should know and that is no fault."""
        self.remarks.append((zh, en))

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON. The summary is there for good evidence alone."""
        return {
            "type": "liantan-verdict",
            "version": 1,
            "kind": self.kind,
            "verdict": self.verdict,
            "checks": [vars(check) for check in self.checks],
            "remarks": [{"zh": zh, "en": en} for zh, en in self.remarks],
            "summary": self.summary if self.good else {},
        }


@dataclass(frozen=True)
class Trust:
    """What the verifier was told to believe, all of it from outside the file."""

    roots: Sequence[x509.Certificate] = ()
    tsa_roots: Sequence[x509.Certificate] = ()
    ledger_key: bytes | None = None
    rp_id: str | None = None
    origins: Collection[str] | None = None
    pins: Mapping[str, Collection[str]] = field(default_factory=dict)


def certificates(files: Iterable[bytes]) -> list[x509.Certificate]:
    """The certificates in some PEM or DER files. Raises ValueError for anything else."""
    found = []
    for data in files:
        armoured = pem.unarmor(data, multiple=True) if pem.detect(data) else [("", None, data)]
        found += [x509.Certificate.load(der, strict=True) for _kind, _headers, der in armoured]
    for certificate in found:
        _ = certificate.native  # asn1crypto reads lazily: broken ones raise here
    return found


# The seal --------------------------------------------------------------------------------------

STRONG_DIGESTS = {"sha256", "sha384", "sha512"}
WEAK_DIGESTS = {"md2", "md5", "sha1", "sha224"}
CLOCK_TOLERANCE = timedelta(minutes=10)
# Purposes of a certificate that may seal documents, when it names any (RFC 5280 4.2.1.12,
# RFC 9336; the two others are Microsoft's and Adobe's for documents).
PURPOSES = {
    "email_protection",
    "any_extended_key_usage",
    "1.3.6.1.5.5.7.3.36",
    "microsoft_document_signing",
    "adobe_authentic_documents_trust",
}
LIMITS = DecodeLimits(
    per_stream=StreamDecodeLimits(max_output_size=MAX_PART),
    per_purpose={
        **DEFAULT_PURPOSE_LIMITS,
        DecodePurpose.XREF_STREAM: StreamDecodeLimits(max_output_size=2**21),
    },
    document_budget=DocumentDecodeBudget(base_allowance=MAX_FILE, max_ratio=4),
)


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps the libraries' log lines away: what they find is said in the report."""
    loggers = [logging.getLogger(name) for name in ("pyhanko", "pyhanko_certvalidator", "fido2")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


class SealedFile:
    """A PDF and the seal on it. Each method is one step; a later one needs those before it."""

    def __init__(self, pdf: bytes, trust: Trust) -> None:
        self.pdf, self.trust = pdf, trust

    def read(self) -> None:
        """The file's structure, by a strict reader within bounds."""
        if len(self.pdf) > MAX_FILE:
            refuse("file.size")
        if not self.pdf.startswith(b"%PDF-"):
            refuse("file.pdf")
        if not self.trust.roots:
            refuse("file.root")
        self.reader = PdfFileReader(BytesIO(self.pdf), strict=True, decode_limits=LIMITS)
        if self.reader.encrypted or self.reader.xrefs.hybrid_xrefs_present:
            refuse("file.form")
        if set(self.reader.root) & {"/OpenAction", "/AA", "/Collection"}:
            refuse("file.active")

    def one(self) -> None:
        """Exactly one signature field, and it is signed."""
        fields = list(enumerate_sig_fields(self.reader))
        if not fields:
            refuse("seal.missing")
        if len(fields) != 1 or fields[0][1] is None:
            refuse("seal.several")
        name, _value, reference = fields[0]
        self.seal = EmbeddedPdfSignature(self.reader, reference.get_object(), name)

    def whole(self) -> None:
        """The seal is in the last revision and covers all but its own bytes.

        pyHanko's coverage takes the lengths' sum for the whole file, so the ranges are compared
        here; and the hole must hold the seal's hex, its padding zero, and nothing else.
        """
        last = self.reader.xrefs.total_revisions - 1
        if self.seal.signed_revision != last:
            refuse("seal.appended")
        contents = self.seal.pkcs7_content
        hole = b"<" + contents.hex().upper().encode() + b">"
        start, length, resume, rest = (int(number) for number in self.seal.byte_range)
        whole = start == 0 and rest >= 0 and resume == length + len(hole)
        if not whole or resume + rest != len(self.pdf):
            refuse("seal.coverage")
        der = contents[: parser.peek(contents)]
        if self.pdf[length:resume] != hole or contents[len(der) :].strip(b"\0"):
            refuse("seal.hole")
        check_der(der)
        self.cms = cms.ContentInfo.load(der, strict=True)["content"]

    def locked(self) -> None:
        """A certification (ISO 32000-1, 12.8.2.2) that allows form filling at most."""
        try:
            certified = self.reader.root["/Perms"].raw_get("/DocMDP").reference
            mine = self.seal.sig_object.container_ref
        except (KeyError, AttributeError):
            certified = mine = None
        level = self.seal.docmdp_level
        if certified is None or certified != mine:
            refuse("seal.approval")
        if level not in {MDPPerm.NO_CHANGES, MDPPerm.FILL_FORMS}:
            refuse("seal.permissions")

    def valid(self) -> None:
        """The signature over the file's bytes, its form, and no modification since."""
        check_cms(self.cms, "v1", "data", {"signature_time_stamp_token"})
        if self.seal.md_algorithm not in STRONG_DIGESTS:
            refuse("seal.digest")
        self._read_times()
        self.status = run_outside_loop(
            lambda: validate_pdf_signature(
                self.seal,
                self._context(self.trust.roots),
                self._context(self.trust.tsa_roots or self.trust.roots),
                key_usage_settings=KeyUsageConstraints({"digital_signature", "non_repudiation"}),
            )
        )
        if not (self.status.intact and self.status.valid and self.status.seed_value_ok):
            refuse("seal.broken")
        if (
            self.status.coverage != SignatureCoverageLevel.ENTIRE_FILE
            or self.status.modification_level != ModificationLevel.NONE
            or not self.status.docmdp_ok
        ):
            refuse("seal.modified")

    def _read_times(self) -> None:
        """The time claimed by the server, and the one in a time stamp if there is one."""
        tokens = [
            token
            for attribute in self.seal.signer_info["unsigned_attrs"] or ()
            for token in attribute["values"]
        ]
        if len(tokens) > 1:
            refuse("seal.form")
        claimed = self.seal.self_reported_timestamp
        if claimed is None or claimed.utcoffset() is None:
            refuse("seal.no_time")
        self.stamped = None
        for token in tokens:
            self.token = token["content"]
            check_cms(self.token, "v3", "tst_info", set())
            self.stamped = self.token["encap_content_info"]["content"].parsed["gen_time"].native
        self.time = self.stamped or claimed

    def _context(self, roots: Sequence[x509.Certificate]) -> ValidationContext:
        """Roots are taken as certificates, never by name; nothing is fetched."""
        return ValidationContext(
            trust_roots=list(roots),
            moment=self.time,
            allow_fetching=False,
            weak_hash_algos=WEAK_DIGESTS,
        )

    def timed(self) -> None:
        """The certificate was valid when the seal was made, and that time is believable."""
        certificate = self.status.signing_cert
        if self.time > datetime.now(UTC) + CLOCK_TOLERANCE:
            refuse("seal.future")
        if not certificate.not_valid_before <= self.time <= certificate.not_valid_after:
            refuse("seal.expired")
        if self.stamped is None:
            return
        stamp = self.status.timestamp_validity
        if not self.trust.tsa_roots:
            refuse("seal.tsa_root")
        if not (stamp and stamp.intact and stamp.valid and stamp.trusted):
            refuse("seal.stamp")
        if stamp.md_algorithm not in STRONG_DIGESTS:
            refuse("seal.digest")
        check_carried(self.token, check_path(stamp.validation_path, self.trust.tsa_roots))

    def trusted(self) -> None:
        """The certificate leads to a pinned root, may sign, and is nobody's authority."""
        certificate = self.status.signing_cert
        if not self.status.trusted or self.status.validation_path is None:
            refuse("seal.untrusted")
        chain = check_path(self.status.validation_path, self.trust.roots)
        usage, purposes = certificate.key_usage_value, certificate.extended_key_usage_value
        may_sign = usage and {"digital_signature", "non_repudiation"} & set(usage.native)
        if certificate.ca or not may_sign or (purposes and not PURPOSES & set(purposes.native)):
            refuse("seal.usage")
        check_carried(self.cms, chain)
        names = " ".join(x509.Certificate.load(der).subject.human_friendly for der in chain)
        self.trial = "TRIAL" in names or "试用" in names

    def parts(self) -> dict[str, Any]:
        """The embedded evidence: JSON as read, the checkpoint as text. No file may lack, none
        stand besides, on no page either."""
        found = embedded_files(self.reader)
        if found.keys() != FILES.keys():
            odd = ", ".join(sorted(found.keys() ^ FILES.keys()))[:80]
            refuse("files.names", odd)
        refuse_page_extras(self.reader)
        result: dict[str, Any] = {}
        for name, shape in FILES.items():
            data = found[name].data
            if len(data) > MAX_PART:
                refuse("files.size", name)
            if shape is None:
                result[name] = data.decode("utf-8")
            else:
                result[name] = canonical_json(data, "files.json")
                fit(result[name], shape, name)
        return result


def run_outside_loop(act: Callable[[], T]) -> T:
    """What `act` gives; in a thread of its own, in the same context, where an event loop runs here.

    pyHanko starts a loop for every signature, which it cannot in a thread that runs one.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return act()
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(copy_context().run, act).result()


def check_der(data: bytes) -> None:
    """Refuses what is no plain DER (X.690, 10): lengths that could be written otherwise, or that
    swallow more than their members, which would leave bytes that nobody signed."""
    at = 0
    while at < len(data):
        kind, method, tag, header, content, trailer = parser.parse(data[at:])
        if header != parser.emit(kind, method, tag, content)[: len(header)] or header[0] == 0:
            refuse("seal.form")
        if method == 1:
            check_der(content)
        at += len(header) + len(content) + len(trailer)


def check_cms(signed: cms.SignedData, version: str, content: str, unsigned: set[str]) -> None:
    """The parts of a CMS signature that nobody signed must say nothing of their own."""
    signers = signed["signer_infos"]
    if len(signers) != 1 or signed["version"].native != version or signed["crls"].native:
        refuse("seal.form")
    signer = signers[0]
    for structure in (signed, signer):  # all of it is understood: no member besides those known
        if structure.contents != b"".join(structure[name].dump() for name in structure):
            refuse("seal.form")
    algorithms = [algorithm.native for algorithm in signed["digest_algorithms"]]
    attributes = [attribute["type"].native for attribute in signer["unsigned_attrs"] or ()]
    if (
        signer["version"].native != "v1"
        or signed["encap_content_info"]["content_type"].native != content
        or algorithms != [signer["digest_algorithm"].native]
        or not set(attributes) <= unsigned
        or len(set(attributes)) != len(attributes)
        or any(item.name != "certificate" for item in signed["certificates"])
    ):
        refuse("seal.form")


def check_path(path: Any, roots: Sequence[x509.Certificate]) -> list[bytes]:
    """The certificates of a validated path, which must start at one of these very `roots`."""
    chain = [certificate.dump() for certificate in path.iter_certs(include_root=True)]
    if not chain or chain[0] not in {root.dump() for root in roots}:
        refuse("seal.untrusted")
    return chain


def check_carried(signed: cms.SignedData, chain: list[bytes]) -> None:
    """A signature carries the certificates of its chain and no others: nobody signed those."""
    if any(item.chosen.dump() not in chain for item in signed["certificates"]):
        refuse("seal.form")


def certificate_name(certificate: x509.Certificate) -> str:
    """The name that a certificate is known by: its common name, else its whole subject."""
    subject = load_der_x509_certificate(certificate.dump()).subject
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else subject.rfc4514_string()


def under(node: Any, key: str, empty: Any) -> Any:
    """What stands under `key`, a reference resolved, which pyHanko's own `get` does not do."""
    try:
        return node[key]
    except KeyError:
        return empty


def members(node: Any, key: str) -> list[Any]:
    """The members of the array under `key`, references resolved; none where there is no array."""
    array = under(node, key, ())
    return [array[at] for at in range(len(array))]


def references(node: Any, key: str) -> list[Any]:
    """The references in the array under `key`, as they stand. Raises for what is no reference."""
    array = under(node, key, ())
    return [array.raw_get(at).reference for at in range(len(array))]


def embedded_files(reader: PdfFileReader) -> dict[str, generic.StreamObject]:
    """The embedded files by name: those of the catalogue's name tree, associated with the
    document (ISO 19005-3, 6.8), each once."""
    names = under(reader.root, "/Names", ())
    if not set(names) <= {"/EmbeddedFiles", "/Dests"} or "/EmbeddedFiles" not in names:
        refuse("files.names", "/Names")
    pairs: list[Any] = []
    nodes = [names["/EmbeddedFiles"]]
    for node in nodes:
        nodes += members(node, "/Kids")
        items = under(node, "/Names", ())
        pairs += [(str(items[at]), items.raw_get(at + 1)) for at in range(0, len(items), 2)]
        if len(nodes) > MAX_FILES or len(pairs) > MAX_FILES:
            refuse("files.names")
    found = {}
    for name, reference in pairs:
        spec = reference.get_object()
        streams = [spec["/EF"][key] for key in spec["/EF"]]
        if {str(spec["/F"]), str(spec["/UF"])} != {name} or name in found:
            refuse("files.names", name)
        if not streams or any(stream is not streams[0] for stream in streams):
            refuse("files.names", name)
        found[name] = streams[0]
    associated = [reference.idnum for reference in references(reader.root, "/AF")]
    if sorted(associated) != sorted(reference.reference.idnum for _name, reference in pairs):
        refuse("files.names", "/AF")
    return found


def refuse_page_extras(reader: PdfFileReader) -> None:
    """Refuses pages with files of their own, or annotations other than links and fields."""
    nodes = [reader.root["/Pages"]]
    for node in nodes:
        nodes += members(node, "/Kids")
        kinds = {str(note["/Subtype"]) for note in members(node, "/Annots")}
        if len(nodes) > MAX_ITEMS or "/AF" in node or not kinds <= {"/Link", "/Widget"}:
            refuse("files.page")


# The evidence ----------------------------------------------------------------------------------

LEVELS = {"key": "甲", "password": "乙", "paper": "丙"}


def short_code(digest: str) -> str:
    """The digest's first eight characters in two groups, as printed."""
    return f"{digest[:4]} {digest[4:8]}".upper()


def instant(text: str | None) -> datetime | None:
    """The instant of a time that may be null."""
    return None if text is None else moment(text)


class Evidence:
    """The evidence of some pledges. Each method is one step; read_… come before check_…."""

    def __init__(self, parts: Mapping[str, Any], trust: Trust) -> None:
        self.trust = trust
        self.policy = parts["policy.json"]
        self.facts: dict[str, Any] = parts.get("facts.json", {})
        self.texts: list[dict[str, str]] = parts["manifests.json"]
        self.assertions: list[dict[str, Any]] = parts["assertions.json"]
        self.key_list: list[dict[str, Any]] = parts["keys.json"]
        self.agreements: list[dict[str, Any]] = parts["agreements.json"]
        self.proofs = parts["proofs.json"]
        self.note: str = parts["checkpoint.txt"]
        self.keys = {key["fingerprint"]: key for key in self.key_list}
        self.keys_of: dict[str, list[dict[str, Any]]] = {}
        for key in self.key_list:
            self.keys_of.setdefault(key["staff_number"], []).append(key)
        self.manifests: list[dict[str, Any]] = []
        self.entries: dict[int, dict[str, Any]] = {}
        self.used: set[int] = set()

    def check_policy(self) -> None:
        """The policy names one site, and the one that is pinned where one is."""
        policy, trust = self.policy, self.trust
        self.ledger_key = unbase64(policy["ledger"]["key"])
        if trust.ledger_key is not None and self.ledger_key != trust.ledger_key:
            refuse("policy.ledger")
        if trust.rp_id is not None and policy["rp_id"] != trust.rp_id:
            refuse("policy.rp_id")
        if trust.origins is not None and not set(policy["origins"]) <= set(trust.origins):
            refuse("policy.origin")
        scheme = "https?" if policy["rp_id"] == "localhost" else "https"
        host = rf"([a-z0-9-]+\.)*{re.escape(policy['rp_id'])}"
        if not all(re.fullmatch(rf"{scheme}://{host}(:\d+)?", at) for at in policy["origins"]):
            refuse("policy.origin")

    def check_seal(self, seal: SealedFile) -> None:
        """The seal is of the level and kind that the policy says."""
        said, told = self.policy["seal"], self.facts["seal"]
        level = "B-B" if seal.stamped is None else "B-T"
        if said["level"] != level:
            refuse("seal.level", f"{said['level']} / {level}")
        if said["trial"] != seal.trial:
            refuse("seal.trial")
        name = certificate_name(seal.status.signing_cert)
        if told != {**said, "certificate": name}:
            refuse("seal.told")

    def read_manifests(self) -> None:
        """Each pledge's canonical bytes, their digest, and what they must say by their form."""
        if len(self.texts) != len(self.assertions):
            refuse("manifest.count")
        for text, assertion in zip(self.texts, self.assertions, strict=True):
            data = text["manifest"].encode()
            if not manifest_digest(data) == text["digest"] == assertion["digest"]:
                refuse("manifest.digest")
            manifest = canonical_json(data, "manifest.form")
            fit(manifest, MANIFEST, "manifest")
            fit(manifest["signature"], MARKS.get(manifest["signature"].get("method")), "signature")
            check_manifest(manifest, assertion["level"])
            self.manifests.append(manifest)
        for what in (
            [text["digest"] for text in self.texts],
            [manifest["pledge"]["id"] for manifest in self.manifests],
            [manifest["pledge"]["nonce"] for manifest in self.manifests],
            [manifest["signer"]["staff_number"] for manifest in self.manifests],
        ):
            if len(set(what)) != len(what):
                refuse("manifest.twice")

    def read_checkpoint(self) -> None:
        """The signed head of the ledger's tree, of the size that the proofs are for."""
        if len(self.note) > 4096:
            refuse("checkpoint.form")
        self.head = open_note(self.note, self.policy["ledger"]["name"], self.ledger_key)
        if self.proofs["size"] != self.head.size:
            refuse("checkpoint.size")

    def read_ledger(self) -> None:
        """The entries: canonical, in the tree, and their hidden actor revealed."""
        last = -1
        for item in self.proofs["entries"]:
            data = item["payload"].encode()
            payload = canonical_json(data, "ledger.form")
            fit(payload, PAYLOAD, "payload")
            number = item["number"]
            if payload["number"] != number or number <= last:
                refuse("ledger.number")
            last = number
            proven = verify_inclusion(
                leaf=leaf_hash(data),
                number=number,
                size=self.head.size,
                proof=[bytes.fromhex(part) for part in item["proof"]],
                root=self.head.root,
            )
            if not proven:
                refuse("ledger.proof", str(number))
            hidden = hashlib.sha256(
                ACTOR_DOMAIN + bytes.fromhex(item["salt"]) + item["actor"].encode()
            )
            if payload["actor"] != (hidden.hexdigest() if item["actor"] else ""):
                refuse("ledger.actor", str(number))
            self.entries[number] = {**payload, "actor": item["actor"]}

    def entry(self, number: int, kind: str, subject: str, data: dict[str, Any]) -> dict[str, Any]:
        """The entry `number`, which must be of this kind and subject and say exactly `data`."""
        found = self.entries.get(number)
        if found is None or number in self.used:
            refuse("ledger.missing", str(number))
        said = dict(found["data"])
        if said.get("signed_at") and instant(said["signed_at"]) == instant(data.get("signed_at")):
            said["signed_at"] = data["signed_at"]  # however either writes the same instant
        # As JSON, since Python holds 1 and true for equal.
        same = json.dumps(said, sort_keys=True) == json.dumps(data, sort_keys=True)
        if found["kind"] != kind or found["subject"] != subject or not same:
            refuse("ledger.entry", str(number))
        self.used.add(number)
        return found

    def check_consistency(self) -> None:
        """Earlier trees, which this one only appends to; smallest first."""
        before = 0
        for earlier in self.proofs["consistency"]:
            consistent = before < earlier["size"] and verify_consistency(
                old_size=earlier["size"],
                old_root=bytes.fromhex(earlier["root"]),
                new_size=self.head.size,
                new_root=self.head.root,
                proof=[bytes.fromhex(part) for part in earlier["proof"]],
            )
            if not consistent:
                refuse("ledger.consistency")
            before = earlier["size"]

    def check_keys(self) -> None:
        """Every key: enrolled, and removed if it was, by its owner, as the ledger has it."""
        owners = {manifest["signer"]["staff_number"] for manifest in self.manifests}
        credentials = {key["credential_id"] for key in self.key_list}
        if not len(self.keys) == len(credentials) == len(self.key_list):
            refuse("key.twice")
        for key in self.key_list:
            fingerprint, owner = key["fingerprint"], key["staff_number"]
            if hashlib.sha256(unbase64url(key["public_key"])).hexdigest() != fingerprint:
                refuse("key.fingerprint")
            if owner not in owners:
                refuse("key.stranger")
            said = {"synced": key["synced"], "rp_id": self.policy["rp_id"]}
            subject = f"key:{fingerprint}"
            enrolled = self.entry(key["enrolled_entry"], "key_enrolled", subject, said)
            if enrolled["actor"] != owner:
                refuse("key.enroller")
            check_near(key["enrolled_at"], enrolled["at"])
            if (key["removed_entry"] is None) != (key["removed_at"] is None):
                refuse("key.removal")
            if key["removed_entry"] is not None:
                removed = self.entry(key["removed_entry"], "key_removed", subject, {})
                if removed["actor"] != owner or removed["number"] <= enrolled["number"]:
                    refuse("key.removal")
                check_near(key["removed_at"], removed["at"])

    def check_signatures(self) -> None:
        """Every signature: in the ledger at this level by the right person, and at level A made
        with a key of the signer that was theirs at that point of the ledger."""
        for manifest, assertion in zip(self.manifests, self.assertions, strict=True):
            signer, number = manifest["signer"]["staff_number"], assertion["entry"]
            subject = f"pledge:{manifest['pledge']['id']}"
            said = {name: assertion[name] for name in ("digest", "level", "key", "signed_at")}
            signed = self.entry(number, "pledge_signed", subject, said)
            self._check_listed_keys(manifest, number)
            if assertion["level"] == "key":
                self._check_key_signature(signer, assertion)
            elif any(assertion[name] is not None for name in ("key", *RAW)):
                refuse("level.dressed")
            paper = assertion["level"] == "paper"
            actor = manifest["signature"]["entered_by"]["staff_number"] if paper else signer
            if signed["actor"] != actor:
                refuse("level.actor")
            if (assertion["signed_at"] is None) != paper:
                refuse("level.time")
            if assertion["revoked_entry"] is not None:
                revoked = self.entry(assertion["revoked_entry"], "pledge_revoked", subject, {})
                if revoked["actor"] != signer or revoked["number"] <= number:
                    refuse("level.revoked")

    def _check_listed_keys(self, manifest: dict[str, Any], number: int) -> None:
        """The manifest lists all keys that its signer had enrolled up to entry `number`."""
        signer = manifest["signer"]["staff_number"]
        expected = {}
        for key in self.keys_of.get(signer, ()):
            if key["enrolled_entry"] < number:
                gone = key["removed_entry"] is not None and key["removed_entry"] < number
                removed_at = instant(key["removed_at"]) if gone else None
                expected[key["fingerprint"]] = (moment(key["enrolled_at"]), removed_at)
        listed = {
            key["fingerprint"]: (moment(key["enrolled_at"]), instant(key["removed_at"]))
            for key in manifest["keys"]
        }
        if listed != expected or len(listed) != len(manifest["keys"]):
            refuse("key.list")

    def _check_key_signature(self, signer: str, assertion: dict[str, Any]) -> None:
        key = self.keys.get(assertion["key"])
        if key is None or any(assertion[name] is None for name in RAW):
            refuse("level.raised")
        number = assertion["entry"]
        if key["staff_number"] != signer or key["credential_id"] != assertion["credential_id"]:
            refuse("key.owner")
        if key["enrolled_entry"] >= number:
            refuse("key.late")
        if key["removed_entry"] is not None and key["removed_entry"] < number:
            refuse("key.removed")
        pinned = self.trust.pins.get(signer)
        if pinned is not None and assertion["key"] not in pinned:
            refuse("key.pinned")
        raw = {name: unbase64url(assertion[name]) for name in RAW[1:]}
        check_assertion(
            digest=assertion["digest"],
            public_key=unbase64url(key["public_key"]),
            rp_id=self.policy["rp_id"],
            origins=self.policy["origins"],
            **raw,
        )

    def check_agreements(self) -> None:
        """Every agreement's text has the hash that the pledges name it by."""
        known = {}
        for agreement in self.agreements:
            if hashlib.sha256(agreement["text"].encode()).hexdigest() != agreement["sha256"]:
                refuse("agreement.text")
            known[agreement["version"]] = agreement["sha256"]
        if len(known) != len(self.agreements):
            refuse("agreement.twice")
        named = [m["agreement"] for m in self.manifests if m["agreement"] is not None]
        if any(known.get(item["version"]) != item["sha256"] for item in named):
            refuse("agreement.missing")
        self.unused_agreements = known.keys() - {item["version"] for item in named}

    def check_extra(self) -> None:
        """Every entry and agreement has its place."""
        if self.entries.keys() - self.used:
            refuse("extra.entry")
        if self.unused_agreements:
            refuse("extra.agreement")

    def check_record(self) -> None:
        """The facts are the ones that the policy names, and of the talk that the pledges name."""
        facts, said = self.facts, self.policy["record"]
        if hashlib.sha256(rfc8785.dumps(facts)).hexdigest() != said["facts_sha256"]:
            refuse("record.facts")
        revision = 1 if facts["correction"] is None else facts["correction"]["revision"]
        if said["number"] != facts["number"] or said["revision"] != revision:
            refuse("record.number")
        if (facts["correction"] is not None) != (revision > 1):
            refuse("record.number")
        said_points = [
            (point["heading"], [(it["heading"], it["commitment"]) for it in point["clauses"]])
            for point in facts["points"]
        ]
        for manifest in self.manifests:
            if manifest["occasion"]["number"] != facts["number"]:
                refuse("record.occasion")
            signed_points = [
                (point["heading"], [(it["heading"], it["commitment"]) for it in point["clauses"]])
                for point in manifest["text"]["points"]
            ]
            if signed_points != said_points:
                refuse("record.outline")

    def check_roll(self) -> None:
        """The roll's rows with a pledge are the pledges, in order, told as they were signed."""
        rows = [row for row in self.facts["roll"] if row["pledge"] is not None]
        if len(rows) != len(self.manifests):
            refuse("roll.pledges")
        for row, manifest, assertion in zip(rows, self.manifests, self.assertions, strict=True):
            told, mark, signer = row["pledge"], manifest["signature"], manifest["signer"]
            drawn = None
            if told["svg"] is not None:
                drawn = hashlib.sha256(told["svg"].encode()).hexdigest()
            pairs = {
                "digest": (told["digest"], assertion["digest"]),
                "short_code": (told["short_code"], short_code(assertion["digest"])),
                "name": (row["name"], signer["name"]),
                "unit": (row["unit"] or "", signer["unit"]),
                "post": (row["post"] or "", signer["post"]),
                "level": (told["level"], LEVELS[assertion["level"]]),
                "time": (instant(told["signed_at"]), instant(assertion["signed_at"])),
                "drawing": (drawn, mark["sha256"] if mark["method"] == "drawn" else None),
                "typed": (told["typed"], mark.get("text")),
                "day": (told["signed_on"], mark.get("signed_on")),
                # One who disowned it after the record was written does so beside it.
                "disowned": (told["disowned"] and assertion["revoked_entry"] is None, False),
            }
            for what, (shown, signed) in pairs.items():
                if shown != signed:
                    refuse(f"roll.{what}", short_code(assertion["digest"]))

    def check_counts(self) -> None:
        """The head counts balance (called = present + on leave + absent) and fit the roll."""
        facts, counts = self.facts, self.facts["counts"]
        words = Counter(row["attendance"] for row in facts["roll"])
        expected = {
            "called": len(facts["roll"]),
            "present": words["实到"],
            "on_leave": words["请假"],
            "absent": words["缺席"],
            "excluded": len(facts["exclusions"]),
            "observing": len(facts["observers"]),
        }
        wrong = [name for name, number in expected.items() if counts[name] != number]
        balance = counts["present"] + counts["on_leave"] + counts["absent"]
        lists = (len(facts["leaves"]), len(facts["absences"]))
        if wrong or balance != counts["called"] or lists != (words["请假"], words["缺席"]):
            refuse("counts", ", ".join(wrong))
        if max(counts["late"], counts["left_early"]) > counts["present"]:
            refuse("counts")
        if [row["number"] for row in facts["roll"]] != [
            str(n + 1) for n in range(len(facts["roll"]))
        ]:
            refuse("counts")

    def check_older(self, older: Evidence) -> None:
        """The ledger of an `older` record leads to this one, and no key in it has gone."""
        if older.policy["ledger"] != self.policy["ledger"]:
            refuse("older.ledger")
        tree = (older.head.size, older.head.root)
        trees = {(it["size"], bytes.fromhex(it["root"])) for it in self.proofs["consistency"]}
        if tree != (self.head.size, self.head.root) and tree not in trees:
            refuse("older.ledger")
        signers = {manifest["signer"]["staff_number"] for manifest in self.manifests}
        for key in older.key_list:
            if key["staff_number"] in signers and key["removed_entry"] is not None:
                if self.keys.get(key["fingerprint"]) != key:
                    refuse("older.key")
            elif key["staff_number"] in signers:
                now = self.keys.get(key["fingerprint"], {})
                if {**now, "removed_at": None, "removed_entry": None} != key:
                    refuse("older.key")

    def summary(self) -> dict[str, Any]:
        """What the evidence holds, without a name or a staff number."""
        levels = Counter(assertion["level"] for assertion in self.assertions)
        return {
            "levels": {level: levels[level] for level in LEVELS},
            "revoked": sum(item["revoked_entry"] is not None for item in self.assertions),
            "pledges": [
                {
                    "code": short_code(item["digest"]),
                    "level": item["level"],
                    "revoked": item["revoked_entry"] is not None,
                }
                for item in self.assertions
            ],
            "keys": [
                {name: key[name] for name in ("fingerprint", "enrolled_at", "removed_at", "synced")}
                for key in self.key_list
            ],
            "ledger": {
                **self.policy["ledger"],
                "size": self.head.size,
                "time": self.head.time.isoformat(),
            },
        }


def check_manifest(manifest: dict[str, Any], level: str) -> None:
    """The rules of a manifest that its form does not tell: what a screen and a paper must say."""
    mark, points = manifest["signature"], manifest["text"]["points"]
    paper = level == "paper"
    if (mark["method"] == "paper") != paper:
        refuse("manifest.level")
    times = [manifest["opened_at"], *(point["confirmed_at"] for point in points)]
    if not points or any((time is None) != paper for time in times):
        refuse("manifest.times")
    if (manifest["agreement"] is None) != paper:
        refuse("manifest.agreement")
    if mark["method"] == "typed" and mark["text"] != manifest["signer"]["name"]:
        refuse("manifest.typed")
    if paper:
        left = {"keys", "agreement", "signature", "opened_at"}
        form = rfc8785.dumps({name: manifest[name] for name in manifest.keys() - left})
        if hashlib.sha256(PAPER_DOMAIN + form).hexdigest() != mark["form_digest"]:
            refuse("manifest.paper")
        if mark["witness"]["staff_number"] == mark["entered_by"]["staff_number"]:
            refuse("manifest.witness")


def check_near(told: str, entered: str) -> None:
    """A time told of a key is the time of its ledger entry, but for the moment in between."""
    if abs(moment(told) - moment(entered)) > CLOCK_TOLERANCE:
        refuse("key.time")


# Putting it together ---------------------------------------------------------------------------


def evidence_steps(evidence: Evidence) -> list[tuple[str, bool, Callable[[], None]]]:
    """The steps for any evidence, in order: code, whether the later ones need it, the step."""
    return [
        ("policy", True, evidence.check_policy),
        ("manifests", True, evidence.read_manifests),
        ("checkpoint", True, evidence.read_checkpoint),
        ("ledger", True, evidence.read_ledger),
        ("consistency", False, evidence.check_consistency),
        ("keys", False, evidence.check_keys),
        ("signatures", False, evidence.check_signatures),
        ("agreements", True, evidence.check_agreements),
    ]


def take(report: Report, steps: Iterable[tuple[str, bool, Callable[[], None]]]) -> bool:
    """Takes the steps until one fails that later ones need. Gives whether all were taken."""
    return all(report.attempt(code, step) or not needed for code, needed, step in steps)


def take_stock(report: Report, evidence: Evidence) -> None:
    """Looks for what has no place. Only where everything else has found its own does that tell."""
    if report.good:
        report.attempt("extra", evidence.check_extra)


def examine_record(pdf: bytes, trust: Trust) -> tuple[Report, Evidence | None]:
    """Looks at a record; the evidence is None where it could not even be read."""
    report, seal, parts = Report("record"), SealedFile(pdf, trust), dict[str, Any]()
    sealed = [
        ("file", True, seal.read),
        ("seal.one", True, seal.one),
        ("seal.whole", True, seal.whole),
        ("seal.locked", True, seal.locked),
        ("seal.valid", True, seal.valid),
        ("seal.time", True, seal.timed),
        ("seal.trusted", True, seal.trusted),
        ("files", True, lambda: parts.update(seal.parts())),
    ]
    if not take(report, sealed):
        report.remark(
            "电子印章不成立，其中的证据没有再查。",
            "The seal does not hold, so the evidence inside was not looked at further.",
        )
        return report, None
    evidence = Evidence(parts, trust)
    report.complete = take(
        report,
        [
            ("seal.told", False, lambda: evidence.check_seal(seal)),
            *evidence_steps(evidence),
            ("record", False, evidence.check_record),
            ("roll", False, evidence.check_roll),
            ("counts", False, evidence.check_counts),
        ],
    )
    take_stock(report, evidence)
    if report.good:
        facts, record = evidence.facts, evidence.policy["record"]
        report.summary = {
            **{"number": record["number"], "revision": record["revision"]},
            **{"title": facts["title"], "people": facts["counts"]["called"]},
            "seal": {
                "level": evidence.policy["seal"]["level"],
                "trial": seal.trial,
                "time": seal.time.isoformat(),
                "stamped": seal.stamped is not None,
            },
            **evidence.summary(),
        }
        remark_seal(report, seal)
        remark_evidence(report, evidence)
    return report, evidence


def remark_seal(report: Report, seal: SealedFile) -> None:
    """What the seal does not prove."""
    if seal.trial:
        report.remark(
            "试用印章：没有法律效力，不证明是哪个单位所为。",
            "A trial seal: without legal effect; it does not prove which unit made it.",
        )
    if seal.stamped is None:
        report.remark(
            "盖章时间由服务器自己写明，没有第三方时间戳。",
            "The time of the seal is the server's own word; no third party stamped it.",
        )
    report.remark(
        "没有联网查询证书是否已被吊销。",
        "Whether a certificate was revoked was not looked up: nothing is fetched.",
    )
    report.remark(
        "核对的是内嵌的数据；页面与数据在同一印章之下，页面文字没有比对。",
        "The embedded data were checked; the pages, under the same seal, were not read.",
    )


def remark_evidence(report: Report, evidence: Evidence) -> None:
    """What the levels do not prove."""
    levels = {assertion["level"] for assertion in evidence.assertions}
    if "password" in levels:
        report.remark(
            "乙级（密码）签署的可信程度以服务器可信为前提。",
            "Level B (password) is as good as the server that says so.",
        )
    if "paper" in levels:
        report.remark(
            "丙级（纸质）签署凭扫描件和见证人；扫描件原件不在此文件中。",
            "Level C (paper) rests on the scan and its witness; the scan is not in this file.",
        )
    if any(item["revoked_entry"] is not None for item in evidence.assertions):
        report.remark(
            "有签署已被签署人声明不是本人所为。", "A signature was disowned by its signer."
        )
    if any(key["synced"] for key in evidence.key_list):
        report.remark(
            "有密钥可由厂商的云同步到本人的其他设备。",
            "A key may be copied to its owner's other devices by its maker's cloud.",
        )


def verify_record(
    pdf: bytes,
    *,
    roots: Iterable[bytes],
    tsa_roots: Iterable[bytes] = (),
    pins: Mapping[str, Collection[str]] | None = None,
    ledger_key: bytes | None = None,
    rp_id: str | None = None,
    origins: Collection[str] | None = None,
    older: bytes | None = None,
) -> Report:
    """Verifies a sealed talk record. Never raises for anything that is in `pdf` or `older`.

    `roots` and `tsa_roots` are certificates (PEM or DER) for the seal and its time stamp; `pins`
    the fingerprints of keys known from elsewhere, by staff number; `ledger_key` the 32 bytes of the
    ledger's key; `older` a record of the same ledger made before.
    Raises ValueError for a root that is no certificate.
    """
    trust = Trust(
        certificates(roots), certificates(tsa_roots), ledger_key, rp_id, origins, pins or {}
    )
    with quiet():
        report, evidence = examine_record(pdf, trust)
        if older is None or evidence is None or not report.complete:
            return report
        old_report, old_evidence = examine_record(older, trust)

        def compare() -> None:
            if not old_report.good or old_evidence is None:
                refuse("older.bad")
            evidence.check_older(old_evidence)

        report.attempt("older", compare)
    return report


def verify_receipt(
    data: bytes,
    *,
    ledger_key: bytes | None,
    pins: Mapping[str, Collection[str]] | None = None,
    rp_id: str | None = None,
    origins: Collection[str] | None = None,
) -> Report:
    """Verifies a cadre's own receipt. It bears no seal, so that the ledger's key (32 bytes) must
    be known from elsewhere. Never raises for anything that is in `data`."""
    report, parts = Report("receipt"), dict[str, Any]()
    trust = Trust((), (), ledger_key, rp_id, origins, pins or {})

    def read() -> None:
        if len(data) > MAX_RECEIPT:
            refuse("file.size")
        if ledger_key is None:
            refuse("file.ledger_key")
        receipt = strict_json(data)
        fit(receipt, RECEIPT, "receipt")
        assertion = receipt["assertion"]
        text = {"digest": assertion["digest"], "manifest": receipt["manifest"]}
        parts.update({"manifests.json": [text], "assertions.json": [assertion]})
        for name in ("policy", "keys", "agreements", "proofs"):
            parts[f"{name}.json"] = receipt[name]
        parts["checkpoint.txt"] = receipt["checkpoint"]

    with quiet():
        if not report.attempt("file", read):
            return report
        evidence = Evidence(parts, trust)
        report.complete = take(report, evidence_steps(evidence))
        take_stock(report, evidence)
    if report.good:
        occasion = evidence.manifests[0]["occasion"]
        report.summary = {
            **{"number": occasion["number"], "title": occasion["title"]},
            **evidence.summary(),
        }
        remark_evidence(report, evidence)
    return report


# The command -----------------------------------------------------------------------------------

HELP_END = """\
needs: pip install "pyhanko>=0.38" rfc8785 fido2
exit status: 0 good, 1 bad, 2 wrong use or unreadable file; never 0 for anything but good
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Gives the exit status: 0 for good evidence alone."""
    parser = command_line()
    options = parser.parse_args(arguments)
    try:
        data = read_file(options.file, MAX_FILE)
        older = read_file(options.older, MAX_FILE) if options.older else None
        roots = [read_file(name, 2**20) for name in options.root]
        tsa_roots = [read_file(name, 2**20) for name in options.tsa_root]
        certificates([*roots, *tsa_roots])
        pinned: dict[str, Any] = {
            "ledger_key": read_ledger_key(options.ledger_key) if options.ledger_key else None,
            "pins": read_pins(read_file(options.keys, 2**24)) if options.keys else None,
            "rp_id": options.rp_id,
            "origins": options.origin or None,
        }
    except (OSError, ValueError, EvidenceError) as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return 2
    receipt = data.lstrip().startswith(b"{")
    if (receipt and not options.ledger_key) or (not receipt and not roots):
        parser.error("a receipt needs --ledger-key" if receipt else "a PDF needs --root")
    limit_resources(options.seconds, options.megabytes * 2**20)
    if receipt:
        report = verify_receipt(data, **pinned)
    else:
        report = verify_record(data, roots=roots, tsa_roots=tsa_roots, older=older, **pinned)
    if options.json:
        text = json.dumps(report.to_json(), ensure_ascii=False, indent=1)
    else:
        text = "\n".join(text_lines(report, english=options.english))
    sys.stdout.write(text + "\n")
    return 0 if report.good else 1


def command_line() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(
        description="Verifies a Liantan talk record (PDF) or pledge receipt (JSON). "
        "Nothing is fetched; whatever is not understood is bad.",
        epilog=HELP_END,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("file", help="the record or receipt; - for standard input")
    add("--root", action="append", default=[], metavar="CERT", help="trusted root of the seal, PEM")
    add("--tsa-root", action="append", default=[], metavar="CERT", help="root of time stamps, PEM")
    add("--ledger-key", metavar="KEY", help="the ledger's Ed25519 key: base64, or a file of it")
    add("--keys", metavar="FILE", help='known keys, JSON: {"staff number": ["fingerprint"]}')
    add("--rp-id", metavar="NAME", help="the only RP ID to believe")
    add("--origin", action="append", default=[], metavar="URL", help="the only origins to believe")
    add("--older", metavar="FILE", help="an older record of the same ledger, to find what was cut")
    add("--seconds", type=int, default=300, metavar="N", help="the most time to compute, 300")
    add("--megabytes", type=int, default=3072, metavar="N", help="the most memory to use, 3072")
    add("--json", action="store_true", help="print the report as JSON")
    add("--english", action="store_true", help="print the report in English")
    return parser


def read_file(name: str, most: int) -> bytes:
    """The bytes of a file, or of standard input. Raises OSError, ValueError when too large."""
    with sys.stdin.buffer if name == "-" else Path(name).open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"{name} is larger than {most} bytes")
    return data


def read_ledger_key(text: str) -> bytes:
    """The ledger's key from base64, or a file of it. Raises OSError, ValueError."""
    if not re.fullmatch(r"[A-Za-z0-9+/]{43}=", text):
        text = read_file(text, 4096).decode("ascii").strip()
    key = unbase64(text)
    if len(key) != 32:
        raise ValueError("a ledger's key has 32 bytes")
    return key


def read_pins(data: bytes) -> dict[str, list[str]]:
    """Fingerprints by staff number. Raises EvidenceError."""
    pins: dict[str, list[str]] = strict_json(data)
    fit(pins, dict, "keys")
    for number, fingerprints in pins.items():
        fit(fingerprints, [HEX], number)
    return pins


def limit_resources(seconds: int, memory: int) -> None:
    """Bounds this process's time and memory, so that a hostile file ends as a bad one."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return

    def stop(_signal: int, _frame: object) -> NoReturn:
        raise TimeoutError("too much to compute")

    signal.signal(signal.SIGXCPU, stop)
    for what, most in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, memory)):
        soft, hard = resource.getrlimit(what)
        if soft == resource.RLIM_INFINITY or soft > most:
            resource.setrlimit(what, (most, hard))


def text_lines(report: Report, *, english: bool) -> list[str]:
    """The report to read: the verdict in both languages, then why."""
    lines = ["真实有效 GENUINE" if report.good else "不可信 NOT TO BE TRUSTED", ""]
    lines += [
        f"{'[+]' if check.ok else '[X]'} {check.en if english else check.zh}"
        for check in report.checks
    ]
    if report.good:
        lines.append("")
        lines += summary_lines(report.summary, english)
    for zh, en in report.remarks:
        lines += ["", f"* {en if english else zh}"]
    return lines


def summary_lines(summary: Mapping[str, Any], english: bool) -> list[str]:
    """The summary to read."""

    def line(zh: str, en: str, value: object) -> str:
        return f"{en}: {value}" if english else f"{zh}：{value}"

    levels = "  ".join(f"{LEVELS[level]} {count}" for level, count in summary["levels"].items())
    number = summary["number"]
    if "revision" in summary:
        number += f" / {summary['revision']}"
    lines = [
        line("编号", "Number", number),
        line("标题", "Title", summary["title"]),
        line("承诺书", "Pledges", levels),
        line("账本", "Ledger", f"{summary['ledger']['name']} #{summary['ledger']['size']}"),
        line("账本公钥", "Ledger's key", summary["ledger"]["key"]),
    ]
    if "seal" in summary:
        seal = summary["seal"]
        lines.insert(3, line("电子印章", "Seal", f"{seal['level']}  {seal['time']}"))
    for key in summary["keys"]:
        dates = f"{key['enrolled_at'][:10]} – {(key['removed_at'] or '')[:10]}"
        lines.append(line("密钥", "Key", f"{key['fingerprint']}  {dates}"))
    return lines


if __name__ == "__main__":
    sys.exit(main())
