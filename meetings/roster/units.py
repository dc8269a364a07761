"""The tree of units: the only writer of `Unit.path`."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext as _

from meetings.models import Cadre, Unit
from meetings.permissions import may_manage_unit

from .exceptions import UnitRefused


@transaction.atomic
def create_unit(*, by: Cadre | None, parent: Unit | None, name: str) -> Unit:
    """A new unit below `parent`, or a root, last in its order.

    `by` is None for the operator's commands. Raises UnitRefused when `parent` already has a unit
    of this name, PermissionDenied unless `by` is the secretary of `parent` or an administrator.
    """
    return create_units(by=by, parent=parent, names=[name])[0]


@transaction.atomic
def create_units(*, by: Cadre | None, parent: Unit | None, names: Iterable[str]) -> list[Unit]:
    """Several new units below one parent, in the order given. As `create_unit`."""
    if parent is not None:
        parent = Unit.objects.select_for_update().get(pk=parent.pk)
    _require_right(by, parent)
    siblings = Unit.objects.filter(parent=parent)
    last = siblings.order_by("-order").values_list("order", flat=True).first() or 0
    units = [
        Unit(parent=parent, name=name.strip(), order=last + place)
        for place, name in enumerate(names, start=1)
    ]
    for unit in units:
        unit.clean_fields(exclude=["parent", "path"])
    try:
        with transaction.atomic():
            Unit.objects.bulk_create(units)
    except IntegrityError as error:
        raise UnitRefused(_("There is a unit of this name already.")) from error
    for unit in units:
        unit.path = f"{parent.path if parent else '/'}{unit.pk}/"
    Unit.objects.bulk_update(units, ["path"], batch_size=200)
    return units


@transaction.atomic
def move_unit(*, by: Cadre | None, unit: Unit, parent: Unit | None) -> Unit:
    """Puts `unit`, with all units below it, below `parent` (or makes it a root).

    Moving it to where it is changes nothing. Raises UnitRefused when `parent` lies below `unit`
    or already has a unit of this name, PermissionDenied unless `by` may do so at both ends.
    """
    # The whole tree, always in one order: two moves at once could make a ring of it.
    locked = {found.pk: found for found in Unit.objects.select_for_update().order_by("pk")}
    unit = locked[unit.pk]
    parent = locked[parent.pk] if parent is not None else None
    _require_right(by, unit)
    _require_right(by, parent)
    if unit.parent_id == (parent.pk if parent else None):
        return unit
    if parent is not None and parent.path.startswith(unit.path):
        raise UnitRefused(_("A unit cannot be put below itself."))
    old = unit.path
    new = f"{parent.path if parent else '/'}{unit.pk}/"
    try:
        with transaction.atomic():
            Unit.objects.filter(pk=unit.pk).update(parent=parent)
    except IntegrityError as error:
        raise UnitRefused(_("There is a unit of this name already.")) from error
    Unit.objects.filter(path__startswith=old).update(
        path=Concat(Value(new), Substr(F("path"), len(old) + 1))
    )
    unit.refresh_from_db()
    return unit


def _require_right(by: Cadre | None, unit: Unit | None) -> None:
    """Only administrators make and move roots."""
    if by is None or by.is_staff:
        return
    if unit is None or not may_manage_unit(by, unit):
        raise PermissionDenied
