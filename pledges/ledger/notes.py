"""The unit's Ed25519 key, and the signed notes that are made with it.

C2SP signed-note and tlog-checkpoint, with one extension line for the time.
"""

import base64
import hashlib
import os
import tempfile
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

# How signed notes name Ed25519.
ALGORITHM = b"\x01"


def write_note(size: int, root: bytes, at: datetime) -> str:
    """The checkpoint of `size` and `root`, signed with the unit's key."""
    key, name = ledger_key(), settings.LEDGER_NAME
    moment = at.astimezone(timezone.get_default_timezone()).isoformat(timespec="microseconds")
    text = f"{name}\n{size}\n{_base64(root)}\ntime {moment}\n"
    signature = key_hash(name, raw_public_key(key)) + key.sign(text.encode())
    return f"{text}\n— {name} {_base64(signature)}\n"


def name_in(note: str) -> str:
    """The ledger's name as a note of ours has it: its first line.

    Who signed is told by the key alone, so that a server that moved may read its older notes.
    """
    return note.partition("\n")[0]


def public_key() -> bytes:
    """The 32 bytes of the unit's public key."""
    return raw_public_key(ledger_key())


def verifier_key() -> str:
    """The public key as the tools for signed notes take it: name, key hash and key in one line."""
    name, key = settings.LEDGER_NAME, public_key()
    return f"{name}+{key_hash(name, key).hex()}+{_base64(ALGORITHM + key)}"


def key_hash(name: str, key: bytes) -> bytes:
    """The four bytes by which a note names the key that signed it."""
    return hashlib.sha256(name.encode() + b"\n" + ALGORITHM + key).digest()[:4]


def ledger_key() -> Ed25519PrivateKey:
    """The unit's key, from LEDGER_KEY_FILE; in the trial made there on first use.

    Raises ImproperlyConfigured, in words for the administrator, when there is none to use.
    """
    path = Path(settings.LEDGER_KEY_FILE)
    if settings.TRIAL and not path.exists():
        _make_key(path)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ImproperlyConfigured(
            f"LEDGER_KEY_FILE ({path}) cannot be read: {error.strerror}."
        ) from error
    except (ValueError, TypeError) as error:
        raise ImproperlyConfigured(
            f"LEDGER_KEY_FILE ({path}) holds no private key in PEM without a password."
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ImproperlyConfigured(f"LEDGER_KEY_FILE ({path}) holds a key that is not Ed25519.")
    return key


def _make_key(path: Path) -> None:
    """Makes a key for its owner alone. Of several processes that come at once, the first wins:
    the file appears whole or not at all, and never twice."""
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, whole = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(whole, path)
    except FileExistsError:
        pass  # another process was first
    finally:
        os.unlink(whole)


def raw_public_key(key: Ed25519PrivateKey) -> bytes:
    """The 32 bytes of the public half."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
