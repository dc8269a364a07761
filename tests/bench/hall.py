"""The database side of the load: a hall of cadres with pledges to sign, and the count afterwards.

python -m tests.bench.hall fill 500 PASSWORD   prints [[staff number, pledge id], …] as JSON
python -m tests.bench.hall count FILE          FILE: the acknowledged pledges' ids as JSON
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from meetings.models import Cadre, Unit
from pledges.manifest import digest
from pledges.models import Outline, Pledge, Signature
from pledges.occasions import open_occasion, request_pledges
from tests.factories import invented_name


def fill(size: int, password: str) -> list[tuple[str, str]]:
    """Makes `size` cadres, each with a pledge that waits; their staff numbers and pledges."""
    unit = Unit.objects.create(name="青禾县农业农村局", path="/1/", order=1)
    hashed, now = make_password(password), timezone.now()
    cadres = Cadre.objects.bulk_create(
        Cadre(
            staff_number=f"G{number:05d}",
            name=invented_name(number),
            unit=unit,
            post="科员",
            password=hashed,
            activated_at=now,
        )
        for number in range(size)
    )
    occasion = open_occasion(
        number="青农廉谈〔2026〕1号",
        kind="集体廉政谈话",
        title="集体廉政谈话",
        held_at=now,
        place="礼堂",
        speaker="冯守正",
        outline=Outline.objects.newest(),
        due_on=None,
        opened_at=now,
    )
    signers = [(c.pk, c.staff_number, c.name, unit.name, c.post) for c in cadres]
    pledges = request_pledges(by=cadres[0], occasion=occasion, signers=signers)
    return [(pledge.staff_number, str(pledge.pk)) for pledge in pledges]


def count(acknowledged: list[str]) -> dict[str, int]:
    """How the signatures kept compare with those that the signers were told of."""
    kept = {str(s.pledge_id): s for s in Signature.objects.all()}
    told = set(acknowledged)
    return {
        "acknowledged": len(acknowledged),
        "kept": len(kept),
        "lost": len(told - kept.keys()),
        "kept without a receipt": len(kept.keys() - told),
        "wrong digests": sum(digest(bytes(s.manifest)) != s.digest for s in kept.values()),
        "still unsigned": Pledge.objects.unsigned().count(),
    }


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        json.dump(fill(int(sys.argv[2]), sys.argv[3]), sys.stdout)
    else:
        json.dump(count(json.loads(Path(sys.argv[2]).read_text())), sys.stdout)
