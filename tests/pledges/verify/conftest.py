"""The committed vectors, and the trust that they are held against."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pledges.verify import Report, read_ledger_key, verify_receipt, verify_record

FOLDER = Path(__file__).parent / "vectors"
Verify = Callable[..., Report]


def trust() -> dict[str, Any]:
    return {
        "roots": [(FOLDER / "root.pem").read_bytes()],
        "tsa_roots": [(FOLDER / "tsa.pem").read_bytes()],
        "ledger_key": read_ledger_key(str(FOLDER / "ledger.key")),
    }


@pytest.fixture
def verify() -> Verify:
    """Verifies a vector by its file's name."""

    def run(name: str, **options: Any) -> Report:
        data = (FOLDER / name).read_bytes()
        if name.endswith(".json"):
            return verify_receipt(data, ledger_key=trust()["ledger_key"], **options)
        return verify_record(data, **{**trust(), **options})

    return run
