"""What happened to one pledge, in order: its rows and its entries in the ledger, told together."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import EntryKind, LedgerEntry, Level, Pledge

# Words for the reader of one pledge's history; other kinds keep their own.
WORDS: dict[str, str | Promise] = {
    EntryKind.PLEDGE_OPENED.value: gettext_lazy("Opened by the signer"),
    EntryKind.PLEDGE_SIGNED.value: gettext_lazy("Signed"),
    EntryKind.PLEDGE_REVOKED.value: gettext_lazy("Disowned by the signer: “this was not me”"),
    EntryKind.EXPORTED.value: gettext_lazy("Taken out as a file"),
    EntryKind.FILE_VIEWED.value: gettext_lazy("Looked at by somebody else"),
}
ON_PAPER = gettext_lazy("Entered as signed on paper")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened; `entry` is its number in the ledger, None where none is kept."""

    at: datetime
    what: str
    who: str
    entry: int | None = None


def steps_of(pledge: Pledge) -> list[Step]:
    """The history of `pledge`, oldest first, in four queries however long it is."""
    entries = list(
        LedgerEntry.objects.filter(subject=f"pledge:{pledge.pk}")
        .only("number", "at", "kind", "actor")
        .order_by("number")
    )
    names = _names({entry.actor for entry in entries})
    steps = [*_rows(pledge), *(_told(entry, names, pledge) for entry in entries)]
    # Entries keep their own order: several may stand in one microsecond.
    return sorted(steps, key=lambda step: (step.at, -1 if step.entry is None else step.entry))


def _rows(pledge: Pledge) -> Iterator[Step]:
    yield Step(pledge.requested_at, _("Asked for"), "")
    confirmations = pledge.confirmations.select_related("point").order_by("confirmed_at")
    for confirmation in confirmations:
        what = _("Confirmed the point “%(heading)s”") % {"heading": confirmation.point.heading}
        yield Step(confirmation.confirmed_at, what, pledge.name)


def _told(entry: LedgerEntry, names: dict[str, str], pledge: Pledge) -> Step:
    on_paper = pledge.is_signed and pledge.signature.level == Level.PAPER
    words = {**WORDS, **({EntryKind.PLEDGE_SIGNED.value: ON_PAPER} if on_paper else {})}
    what = words.get(entry.kind, entry.get_kind_display())
    # It was opened when the page was handed out, and told with the first thing done on it.
    opened = entry.kind == EntryKind.PLEDGE_OPENED and pledge.opened_at
    return Step(opened or entry.at, str(what), names.get(entry.actor, entry.actor), entry.number)


def _names(numbers: set[str]) -> dict[str, str]:
    """Staff numbers to names, as they are today."""
    model = get_user_model()
    found = model._default_manager.filter(**{f"{model.USERNAME_FIELD}__in": numbers})
    return {user.get_username(): str(user) for user in found}
