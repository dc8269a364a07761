"""Whether the papers of a draft can be made: asked before announcing freezes names and posts.

Only texts are gathered here, not a paper's facts: a draft has neither number nor times that stand.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from meetings.models import Cadre, Meeting
from pledges.models import Clause

from .exceptions import MissingGlyphs, SiteFontUnusable
from .glyphs import check_printable

# Every person is to be named; a sign that a whole roster's posts share is not told 2,000 times.
LISTED_AT_MOST = 50
# The part that is at fault when it is no text of the draft.
FONTS = "fonts"


@dataclass(frozen=True, slots=True)
class PersonText:
    """Someone, and what else papers say of them."""

    name: str
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftText:
    """The texts of a draft that its papers will print, by the field of the meeting.

    ``unit`` has the names of all units once, so that none is told again with each person.
    """

    number: str
    title: str
    unit: tuple[str, ...]
    basis: str
    place: str
    chair: PersonText | None
    speaker: PersonText | None
    recorder: PersonText | None
    agenda: tuple[str, ...]
    study_list: tuple[str, ...]
    reminders: tuple[str, ...]
    outline: tuple[str, ...]
    post_changes: tuple[PersonText, ...]
    people: tuple[PersonText, ...]


def find_unprintable(meeting: Meeting) -> list[tuple[str, str]]:
    """Why papers of the draft `meeting` could not be made: the part of it at fault, and in words.

    A part is a field of ``DraftText``, or ``FONTS`` when no text can be looked at. As many queries
    for many people as for few.
    """
    try:
        check_printable(gather_draft(meeting))
    except MissingGlyphs as error:
        parts: dict[str, str] = {}
        for part, words in error.named(LISTED_AT_MOST):
            parts.setdefault(words, part)  # the chair may be on the roll too
        return [(part, words) for words, part in parts.items()]
    except SiteFontUnusable as error:
        return [(FONTS, str(error))]
    except OSError as error:
        return [(FONTS, _("The fonts of the papers cannot be unpacked: %s") % error)]
    return []


def gather_draft(meeting: Meeting) -> DraftText:
    """The texts of the draft `meeting` as they stand now."""
    rows = list(
        meeting.attendances.order_by("cadre__staff_number").values_list(
            "cadre__name", "cadre__post", "cadre__rank", "exclusion_reason", "cadre__unit__name"
        )
    )
    in_charge = (meeting.chair, meeting.speaker, meeting.recorder)
    own_units = [cadre.unit.name for cadre in in_charge if cadre and cadre.unit]
    units = (meeting.unit.name, *own_units, *(unit or "" for *_texts, unit in rows))
    changes = meeting.post_changes.values_list("cadre__name", "from_post", "to_post", "document")
    return DraftText(
        number=meeting.unit.number_prefix,
        title=meeting.title,
        unit=tuple(dict.fromkeys(units)),
        basis=meeting.basis,
        place=meeting.place,
        chair=_in_charge(meeting.chair),
        speaker=_in_charge(meeting.speaker),
        recorder=_in_charge(meeting.recorder),
        agenda=tuple(meeting.agenda_items.values_list("title", flat=True)),
        study_list=tuple(meeting.study_items),
        reminders=tuple(meeting.reminders.splitlines()),
        outline=_outline(meeting),
        post_changes=tuple(PersonText(name, tuple(texts)) for name, *texts in changes),
        people=tuple(PersonText(name, tuple(texts)) for name, *texts, _unit in rows),
    )


def _in_charge(cadre: Cadre | None) -> PersonText | None:
    return PersonText(cadre.name, (cadre.post,)) if cadre else None


def _outline(meeting: Meeting) -> tuple[str, ...]:
    outline = meeting.outline
    points = outline.points.values_list("heading", "summary")
    clauses = Clause.objects.filter(point__outline=outline)
    return (
        *(outline.title, outline.pledge_title, outline.pledge_opening, outline.pledge_closing),
        *(text for point in points for text in point),
        *(
            text
            for clause in clauses.values_list("heading", "requirement", "commitment")
            for text in clause
        ),
    )
