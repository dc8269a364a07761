"""Version 1 of the signing agreement, which every installation starts with. Its words are our own.

It names one law, the Electronic Signature Law of the People's Republic of China, article 13
(when an electronic signature is reliable, and that parties may agree on conditions of their own).
"""

import json
from pathlib import Path
from typing import Any

from django.utils import timezone

from ..models import Agreement

SOURCE = Path(__file__).parent / "v1.json"
VERSION = 1


def load_builtin_agreement() -> Agreement:
    """Version 1 of the agreement, put into the database if it is not there."""
    existing = Agreement.objects.filter(version=VERSION).first()
    return existing or create_builtin(Agreement)


def create_builtin(agreement_model: Any) -> Any:
    """Writes version 1 through the model given, which a migration takes from its own state."""
    source = json.loads(SOURCE.read_text(encoding="utf-8"))
    return agreement_model.objects.create(
        version=VERSION,
        title=source["title"],
        text="\n".join(source["paragraphs"]),
        published_at=timezone.now(),
    )
