"""A pledge on an open occasion, its signer, and short ways to bring it on."""

import json
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from meetings.models import Cadre
from pledges.models import Pledge
from pledges.signing import confirm_point, open_pledge, save_draft
from pledges.strokes import Stroke
from tests.factories import CadreFactory, PledgeFactory, accept

# A zigzag as signature_pad gives it: enough ink for a signature.
PAD = json.dumps(
    [{"penColor": "#000", "points": [{"x": 10 + 9 * n, "y": 20 + 40 * (n % 2)} for n in range(9)]}]
)
STROKES: tuple[Stroke, ...] = (tuple((10.0 + 9 * n, 20.0 + 40 * (n % 2)) for n in range(9)),)


@pytest.fixture
def signer(db: None) -> Cadre:
    return CadreFactory(name="欧阳文澜", post="计划财务科科长")


@pytest.fixture
def pledge(signer: Cadre) -> Pledge:
    """Asked of `signer`, not opened yet."""
    return PledgeFactory(signer=signer)


@pytest.fixture
def client(signer: Cadre, client_of: Callable[[Cadre], Client]) -> Client:
    """The signer's own browser."""
    return client_of(signer)


def complete(pledge: Pledge) -> Pledge:
    """Opens the pledge, confirms its points and draws, as its signer, who accepts the agreement."""
    by = pledge.signer
    accept(by)
    open_pledge(by=by, pledge=pledge, at=timezone.now())
    for point in pledge.occasion.outline.points.all():
        confirm_point(by=by, pledge=pledge, point=point)
    return save_draft(by=by, pledge=pledge, strokes=STROKES)


@pytest.fixture
def completed(pledge: Pledge) -> Pledge:
    """Everything is there but the password."""
    return complete(pledge)
