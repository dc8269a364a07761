"""What is promised, by whom, and the proof."""

from .outline import Clause, Outline, Point
from .pledge import Level, Occasion, Pledge, PointConfirmation, Signature, SignatureMethod

__all__ = [
    "Clause",
    "Level",
    "Occasion",
    "Outline",
    "Pledge",
    "Point",
    "PointConfirmation",
    "Signature",
    "SignatureMethod",
]
