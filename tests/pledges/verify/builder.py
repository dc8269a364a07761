"""Good evidence from nothing: people with keys of their own, a ledger, pledges, a record.

Written apart from the code that makes real evidence, from its description alone.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import rfc8785
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fido2 import cbor
from fido2.cose import ES256

from .sealing import SEAL_NAME, make_pdf, seal_pdf, stamp_server

ZONE = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 3, 5, 9, 0, tzinfo=ZONE)
RP_ID = "talk.example.gov.cn"
ORIGIN = f"https://{RP_ID}"
LEDGER = f"{RP_ID}/ledger"
NUMBER = "廉谈〔2026〕3号"
AGREEMENT = "本人同意以电子方式签署。\n本人的密钥由本人保管。"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0L9 9"/></svg>'
LEDGER_KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a ledger of tests").digest())
CLAUSES = (("勤奋学习", "学习党纪党规"), ("强化担当", "严明纪律责任"))
Json = dict[str, Any]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def at(minutes: float) -> str:
    """A time of that morning, as evidence writes it."""
    return (MORNING + timedelta(minutes=minutes)).isoformat(timespec="microseconds")


class Authenticator:
    """A cadre's own key, in software."""

    def __init__(self, seed: str) -> None:
        secret = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big") >> 1
        self.key = ec.derive_private_key(secret, ec.SECP256R1())
        self.public_key = cbor.encode(ES256.from_cryptography_key(self.key.public_key()))
        self.fingerprint = sha256(self.public_key)
        self.credential_id = b64u(hashlib.sha256(b"credential" + seed.encode()).digest())

    def sign(
        self, digest: str, *, rp_id: str = RP_ID, flags: int = 0x05, **client: Any
    ) -> dict[str, str]:
        """The raw parts of an assertion over `digest`; `client` overrides the browser's data."""
        data = {
            "type": "webauthn.get",
            "challenge": b64u(bytes.fromhex(digest)),
            "origin": ORIGIN,
            "crossOrigin": False,
            **client,
        }
        return self.sign_bytes(json.dumps(data).encode(), rp_id=rp_id, flags=flags)

    def sign_bytes(
        self, client_data: bytes, *, rp_id: str = RP_ID, flags: int = 0x05
    ) -> dict[str, str]:
        authenticator_data = (
            hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + (7).to_bytes(4, "big")
        )
        signature = self.key.sign(
            authenticator_data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256())
        )
        return {
            "authenticator_data": b64u(authenticator_data),
            "client_data": b64u(client_data),
            "signature": b64u(signature),
        }


class Tree:
    """A Merkle tree straight from its definition (RFC 6962 2.1), slow and plain."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves

    def root(self, size: int | None = None) -> bytes:
        return self._hash(self.leaves[:size] if size is not None else self.leaves)

    def _hash(self, leaves: list[bytes]) -> bytes:
        if not leaves:
            return hashlib.sha256(b"").digest()
        if len(leaves) == 1:
            return hashlib.sha256(b"\0" + leaves[0]).digest()
        k = split(len(leaves))
        return hashlib.sha256(b"\1" + self._hash(leaves[:k]) + self._hash(leaves[k:])).digest()

    def inclusion(self, number: int, size: int) -> list[bytes]:
        return self._path(number, self.leaves[:size])

    def _path(self, number: int, leaves: list[bytes]) -> list[bytes]:
        if len(leaves) == 1:
            return []
        k = split(len(leaves))
        if number < k:
            return [*self._path(number, leaves[:k]), self._hash(leaves[k:])]
        return [*self._path(number - k, leaves[k:]), self._hash(leaves[:k])]

    def consistency(self, old: int, size: int) -> list[bytes]:
        return self._subproof(old, self.leaves[:size], True) if old < size else []

    def _subproof(self, old: int, leaves: list[bytes], whole: bool) -> list[bytes]:
        if old == len(leaves):
            return [] if whole else [self._hash(leaves)]
        k = split(len(leaves))
        if old <= k:
            return [*self._subproof(old, leaves[:k], whole), self._hash(leaves[k:])]
        return [*self._subproof(old - k, leaves[k:], False), self._hash(leaves[:k])]


def split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


@dataclass
class Ledger:
    """The entries, each with its salt and clear actor beside it."""

    entries: list[Json] = field(default_factory=list)

    def append(self, kind: str, subject: str, data: Json, actor: str, minutes: float) -> int:
        number = len(self.entries)
        salt = hashlib.sha256(f"salt {number} {kind}".encode()).digest()
        hidden = sha256(b"liantan-actor-v1\n" + salt + actor.encode()) if actor else ""
        payload = {
            "version": 1,
            "number": number,
            "at": at(minutes),
            "kind": kind,
            "actor": hidden,
            "subject": subject,
            "data": data,
            "private": "",
        }
        self.entries.append(
            {"payload": rfc8785.dumps(payload).decode(), "salt": salt.hex(), "actor": actor}
        )
        return number

    @property
    def tree(self) -> Tree:
        return Tree([entry["payload"].encode() for entry in self.entries])

    def proofs(self, numbers: list[int], older: tuple[int, ...] = ()) -> Json:
        tree, size = self.tree, len(self.entries)
        return {
            "size": size,
            "entries": [
                {
                    "number": number,
                    **self.entries[number],
                    "proof": [part.hex() for part in tree.inclusion(number, size)],
                }
                for number in numbers
            ],
            "consistency": [
                {
                    "size": old,
                    "root": tree.root(old).hex(),
                    "proof": [part.hex() for part in tree.consistency(old, size)],
                }
                for old in older
            ],
        }

    def note(self, size: int | None = None) -> str:
        size = len(self.entries) if size is None else size
        return write_note(size, self.tree.root(size))


def write_note(
    size: int, root: bytes, key: Ed25519PrivateKey = LEDGER_KEY, name: str = LEDGER
) -> str:
    """A signed checkpoint (C2SP signed-note) with its line for the time."""
    text = f"{name}\n{size}\n{base64.b64encode(root).decode()}\ntime {at(90)}\n"
    public = raw_key(key)
    hint = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    signature = base64.b64encode(hint + key.sign(text.encode())).decode()
    return f"{text}\n— {name} {signature}\n"


def raw_key(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


@dataclass
class Person:
    staff_number: str
    name: str
    level: str
    keys: list[Json] = field(default_factory=list)
    attendance: str = "实到"

    @property
    def pledge_id(self) -> str:
        return str(UUID(bytes=hashlib.sha256(self.staff_number.encode()).digest()[:16]))


class Office:
    """A talk with its pledges in the making. `change_…` hooks let a test do one thing wrong."""

    def __init__(self, number: str = NUMBER, ledger: Ledger | None = None) -> None:
        self.number = number
        self.ledger = ledger or Ledger()
        self.people = [
            Person("G001", "王芳", "key"),
            Person("G002", "李强", "key"),
            Person("G003", "古丽·买买提", "password"),
            Person("G004", "赵敏", "paper"),
        ]
        self.missing = Person("G005", "孙伟", "", attendance="请假")
        self.authenticators = {name: Authenticator(name) for name in ("G001", "G002a", "G002b")}
        self.manifests: list[Json] = []
        self.assertions: list[Json] = []
        self.used: list[int] = []
        self.older: tuple[int, ...] = ()

    def write(self, *, to_the_end: bool = True) -> Office:
        """The whole story, from enrolling to the last pledge and what came after it."""
        start = len(self.ledger.entries)
        self.ledger.append("outline_published", "outline:1", {}, "G900", 0)
        self.enrol(self.people[0], "G001", 1)
        self.enrol(self.people[1], "G002a", 2)
        self.remove(self.people[1], 3)
        self.enrol(self.people[1], "G002b", 4)
        self.ledger.append("login_failed", "", {}, "", 5)
        for order, person in enumerate(self.people):
            self.sign(person, 10 + order)
        self.enrol(self.people[0], "later", 20)
        self.older = (start + 2,)
        if to_the_end:
            self.older = (start + 2, len(self.ledger.entries))
            self.revoke(2, 30)
            self.ledger.append("checkpoint_made", "checkpoint:9", {"root": "00" * 32}, "", 31)
        return self

    def enrol(self, person: Person, seed: str, minutes: float, by: str | None = None) -> None:
        key = self.authenticators.setdefault(seed, Authenticator(seed))
        entry = self.ledger.append(
            "key_enrolled",
            f"key:{key.fingerprint}",
            {"synced": seed == "G001", "rp_id": RP_ID},
            by or person.staff_number,
            minutes,
        )
        self.used.append(entry)
        person.keys.append(
            {
                "fingerprint": key.fingerprint,
                "credential_id": key.credential_id,
                "public_key": b64u(key.public_key),
                "staff_number": person.staff_number,
                "enrolled_at": at(minutes),
                "removed_at": None,
                "synced": seed == "G001",
                "enrolled_entry": entry,
                "removed_entry": None,
            }
        )

    def remove(self, person: Person, minutes: float) -> None:
        key = person.keys[-1]
        subject = f"key:{key['fingerprint']}"
        entry = self.ledger.append("key_removed", subject, {}, person.staff_number, minutes)
        key.update(removed_at=at(minutes), removed_entry=entry)
        self.used.append(entry)

    def sign(self, person: Person, minutes: float, **changes: Any) -> None:
        manifest = self.manifest(person, minutes)
        digest = digest_of(manifest)
        key = None
        raw: Json = dict.fromkeys(
            ("credential_id", "authenticator_data", "client_data", "signature")
        )
        if person.level == "key":
            by = changes.pop("by", "G002b" if person.staff_number == "G002" else "G001")
            signer = self.authenticators[by]
            raw = {"credential_id": signer.credential_id, **signer.sign(digest, **changes)}
            key = signer.fingerprint
        signed_at = None if person.level == "paper" else at(minutes)
        actor = "G901" if person.level == "paper" else person.staff_number
        data = {"digest": digest, "level": person.level, "key": key, "signed_at": signed_at}
        entry = self.ledger.append(
            "pledge_signed", f"pledge:{person.pledge_id}", data, actor, minutes
        )
        self.used.append(entry)
        self.manifests.append(manifest)
        self.assertions.append({**data, "entry": entry, "revoked_entry": None, **raw})

    def revoke(self, order: int, minutes: float, by: str | None = None) -> None:
        person = self.people[order]
        entry = self.ledger.append(
            "pledge_revoked", f"pledge:{person.pledge_id}", {}, by or person.staff_number, minutes
        )
        self.assertions[order]["revoked_entry"] = entry
        self.used.append(entry)

    def manifest(self, person: Person, minutes: float) -> Json:
        paper = person.level == "paper"
        promise = {
            "type": "liantan-pledge",
            "version": 1,
            "pledge": {
                "id": person.pledge_id,
                "nonce": sha256(f"nonce {person.staff_number} {self.number}".encode()),
            },
            "signer": {
                "staff_number": person.staff_number,
                "name": person.name,
                "unit": "县教育局",
                "post": "科长" if person.staff_number != "G003" else "",
            },
            "occasion": {
                "number": self.number,
                "kind": "集体廉政谈话",
                "title": "春季集体廉政谈话",
                "held_at": at(0),
                "place": "三楼会议室",
                "speaker": "周清",
            },
            "outline": {"id": 1, "version": 1},
            "text": {
                "title": "廉政承诺书",
                "opening": "本人承诺：",
                "points": [
                    {
                        "number": number,
                        "heading": heading,
                        "confirmed_at": None if paper else at(minutes - 1),
                        "clauses": [
                            {"number": 1, "heading": clause, "commitment": f"我承诺{clause}。"}
                        ],
                    }
                    for number, (heading, clause) in enumerate(CLAUSES, 1)
                ],
                "personal_commitment": "不收礼。",
                "closing": "请组织监督。",
            },
            "zone": "Asia/Shanghai",
        }
        return {
            **promise,
            "keys": [
                {name: key[name] for name in ("fingerprint", "enrolled_at", "removed_at")}
                for key in person.keys
            ],
            "agreement": None if paper else {"version": 1, "sha256": sha256(AGREEMENT.encode())},
            "signature": self.mark(person, promise),
            "opened_at": None if paper else at(minutes - 2),
        }

    def mark(self, person: Person, promise: Json) -> Json:
        if person.level == "paper":
            return {
                "method": "paper",
                "media_type": "image/png",
                "sha256": sha256(b"scan"),
                "form_digest": sha256(b"liantan-paper-v1\n" + rfc8785.dumps(promise)),
                "signed_on": "2026-03-05",
                "witness": {"staff_number": "G902", "name": "严守中"},
                "entered_by": {"staff_number": "G901", "name": "周明"},
            }
        if person.staff_number == "G002":
            return {"method": "typed", "text": person.name}
        return {"method": "drawn", "media_type": "image/svg+xml", "sha256": sha256(SVG.encode())}

    def parts(self, *, level: str = "B-B") -> Json:
        """The evidence files as plain JSON, the checkpoint as text."""
        facts = self.facts(level)
        return {
            "facts.json": facts,
            "policy.json": {
                "type": "liantan-policy",
                "version": 1,
                "record": {
                    "number": self.number,
                    "revision": 1,
                    "facts_sha256": sha256(rfc8785.dumps(facts)),
                },
                "rp_id": RP_ID,
                "origins": [ORIGIN],
                "ledger": {
                    "name": LEDGER,
                    "key": base64.b64encode(raw_key(LEDGER_KEY)).decode(),
                },
                "seal": {"level": level, "trial": True},
            },
            "manifests.json": [
                {"digest": digest_of(manifest), "manifest": rfc8785.dumps(manifest).decode()}
                for manifest in self.manifests
            ],
            "assertions.json": copy.deepcopy(self.assertions),
            "keys.json": [dict(key) for person in self.people for key in person.keys],
            "agreements.json": [
                {"version": 1, "sha256": sha256(AGREEMENT.encode()), "text": AGREEMENT}
            ],
            "proofs.json": self.ledger.proofs(sorted(self.used), self.older),
            "checkpoint.txt": self.ledger.note(),
        }

    def facts(self, level: str = "B-B") -> Json:
        rows = [self.row(order, person) for order, person in enumerate(self.people)]
        rows.append(self.row(len(rows), self.missing))
        person = {"name": "周清", "unit": "县教育局", "post": "局长"}
        return {
            "number": self.number,
            "title": "春季集体廉政谈话",
            "kind": "集体廉政谈话",
            "unit": "县教育局",
            "basis": None,
            "starts_at": at(0),
            "ends_at": at(60),
            "place": "三楼会议室",
            "chair": None,
            "speaker": person,
            "recorder": person,
            "counts": {
                **dict.fromkeys(("excluded", "observing", "late", "left_early", "made_up"), 0),
                **{"called": 5, "present": 4, "on_leave": 1, "absent": 0},
            },
            "made_at": at(80),
            "made_by": "周明",
            "observers": [],
            "leaves": [{"name": "孙伟", "reason": "出差", "approved_by": "周清", "unit": None}],
            "absences": [],
            "exclusions": [],
            "agenda": [{"kind": "领导讲话", "title": "", "minutes": 30, "notes": ""}],
            "post_changes": [],
            "study_list": ["廉洁自律准则"],
            "points": [
                {
                    "heading": heading,
                    "summary": "",
                    "clauses": [
                        {
                            "heading": clause,
                            "requirement": f"要{clause}。",
                            "commitment": f"我承诺{clause}。",
                        }
                    ],
                }
                for heading, clause in CLAUSES
            ],
            "statements": [],
            "roll": rows,
            "attachments": [],
            "correction": None,
            "retention": "10年",
            "archive_number": None,
            "outline_title": "提纲（第1版）",
            "seal": {"level": level, "trial": True, "certificate": SEAL_NAME},
        }

    def row(self, order: int, person: Person) -> Json:
        return {
            "number": str(order + 1),
            "name": person.name,
            "unit": "县教育局",
            "post": "科长" if person.staff_number != "G003" else None,
            "attendance": person.attendance,
            "gender_mark": "",
            "ethnicity_mark": "",
            "newly_placed": False,
            "remark": "",
            "pledge": self.told(order) if person.level else None,
        }

    def told(self, order: int) -> Json:
        assertion, mark = self.assertions[order], self.manifests[order]["signature"]
        digest = assertion["digest"]
        return {
            "level": {"key": "甲", "password": "乙", "paper": "丙"}[assertion["level"]],
            "signed_at": assertion["signed_at"],
            "short_code": f"{digest[:4]} {digest[4:8]}".upper(),
            "digest": digest,
            "svg": SVG if mark["method"] == "drawn" else None,
            "typed": mark.get("text"),
            "how": None,
            "signed_on": mark.get("signed_on"),
            "disowned": assertion["revoked_entry"] is not None,
        }


def digest_of(manifest: Json) -> str:
    return sha256(b"liantan-pledge-v1\n" + rfc8785.dumps(manifest))


def rehash(parts: Json) -> None:
    """Lets the policy name the facts as they are now, as somebody with the seal would."""
    parts["policy.json"]["record"]["facts_sha256"] = sha256(rfc8785.dumps(parts["facts.json"]))


def as_files(parts: Json) -> dict[str, bytes]:
    return {
        name: value if isinstance(value, bytes)
        else value.encode() if isinstance(value, str)
        else rfc8785.dumps(value)
        for name, value in parts.items()
    }  # fmt: skip


def record(parts: Json, **sealing: Any) -> bytes:
    """The sealed PDF that carries `parts`."""
    policy = parts.get("policy.json")
    if isinstance(policy, dict) and policy["seal"]["level"] == "B-T":
        sealing.setdefault("stamper", stamp_server())
    return seal_pdf(make_pdf(as_files(parts)), **sealing)


def receipt(parts: Json, order: int) -> Json:
    """The receipt of one pledge, out of the parts of its record."""
    assertion = parts["assertions.json"][order]
    manifest = parts["manifests.json"][order]["manifest"]
    signer = json.loads(manifest)["signer"]["staff_number"]
    keys = [key for key in parts["keys.json"] if key["staff_number"] == signer]
    wanted = {assertion["entry"], assertion["revoked_entry"]}
    for key in keys:
        wanted |= {key["enrolled_entry"], key["removed_entry"]}
    policy = {
        name: value
        for name, value in parts["policy.json"].items()
        if name not in {"record", "seal"}
    }
    proofs = dict(parts["proofs.json"])
    proofs["entries"] = [item for item in proofs["entries"] if item["number"] in wanted]
    return {
        "type": "liantan-receipt",
        "version": 1,
        "policy": policy,
        "manifest": manifest,
        "assertion": assertion,
        "keys": keys,
        "agreements": parts["agreements.json"] if assertion["level"] != "paper" else [],
        "proofs": proofs,
        "checkpoint": parts["checkpoint.txt"],
    }


Change = Callable[[Json], None]
