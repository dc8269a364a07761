"""Writes vectors/: every file of tampering.py, the good ones, and the trust they are held against.

    python -m tests.pledges.verify.make_vectors

Everything is sealed anew, by authorities made for this one run, so that all of it is written.
"""

import base64
import json
from pathlib import Path

import rfc8785

from .builder import LEDGER_KEY, Json, Office, raw_key, receipt, record
from .sealing import authority, stamp_authority
from .tampering import VECTORS, good_parts

FOLDER = Path(__file__).parent / "vectors"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.iterdir():
        file.unlink()
    parts = good_parts()
    files = {
        "root.pem": authority().pem,
        "tsa.pem": stamp_authority().pem,
        "ledger.key": base64.b64encode(raw_key(LEDGER_KEY)) + b"\n",
        "good.pdf": record(parts),
        "older.pdf": record(older_parts()),
        "good-stamped.pdf": record(Office().write().parts(level="B-T")),
        **{
            f"good-receipt-{order}.json": rfc8785.dumps(receipt(parts, order)) for order in range(4)
        },
        **{f"{vector.name}.{vector.suffix}": vector.make() for vector in VECTORS},
    }
    for name, data in files.items():
        (FOLDER / name).write_bytes(data)
    index = [
        {
            "file": f"{vector.name}.{vector.suffix}",
            "check": vector.check,
            "fault": vector.fault,
            "older": vector.older,
        }
        for vector in VECTORS
    ]
    (FOLDER / "index.json").write_text(json.dumps(index, indent=1) + "\n")


def older_parts() -> Json:
    """A record of the same talk and ledger, sealed a little before."""
    return Office().write(to_the_end=False).parts()


if __name__ == "__main__":
    main()
