"""What is promised, by whom, and the proof."""

from .agreement import Agreement, AgreementAcceptance
from .evidence import Assertion, KeyRemoval, PaperSignature, Revocation, SigningKey
from .ledger import Checkpoint, EntryKind, LedgerEntry, LedgerNode
from .outline import Clause, Outline, Point
from .pledge import Level, Occasion, Pledge, PointConfirmation, Signature, SignatureMethod

__all__ = [
    "Agreement",
    "AgreementAcceptance",
    "Assertion",
    "Checkpoint",
    "Clause",
    "EntryKind",
    "KeyRemoval",
    "LedgerEntry",
    "LedgerNode",
    "Level",
    "Occasion",
    "Outline",
    "PaperSignature",
    "Pledge",
    "Point",
    "PointConfirmation",
    "Revocation",
    "Signature",
    "SignatureMethod",
    "SigningKey",
]
