"""Version 1 of the outline, which every installation starts with. Its words are our own."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from .. import ledger
from ..models import Clause, EntryKind, Outline, Point

SOURCE = Path(__file__).parent / "v1.json"
VERSION = 1


@transaction.atomic
def load_builtin_outline() -> Outline:
    """Version 1 of the outline, put into the database and the ledger if it is not there."""
    existing = Outline.objects.filter(version=VERSION).first()
    if existing is not None:
        return existing
    outline: Outline = create_builtin(Outline, Point, Clause)
    ledger.append(kind=EntryKind.OUTLINE_PUBLISHED, by=None, subject=f"outline:{VERSION}")
    return outline


@transaction.atomic
def create_builtin(outline_model: Any, point_model: Any, clause_model: Any) -> Any:
    """Writes version 1 through the models given, which a migration takes from its own state."""
    source = json.loads(SOURCE.read_text(encoding="utf-8"))
    points = source.pop("points")
    outline = outline_model.objects.create(version=VERSION, created_at=timezone.now(), **source)
    for number, point in enumerate(points, 1):
        row = point_model.objects.create(
            outline=outline, number=number, heading=point["heading"], summary=point["summary"]
        )
        clause_model.objects.bulk_create(
            clause_model(point=row, number=order, **clause)
            for order, clause in enumerate(point["clauses"], 1)
        )
    return outline
