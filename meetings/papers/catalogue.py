"""The papers that are made afresh from a meeting's rows whenever somebody asks for one.

The record and its corrections are not here: they are kept as they were made (models/record.py).
Pledges neither: each is its signer's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from meetings.models import Meeting, State

from .gathering_letters import (
    gather_make_up_forms,
    gather_minutes,
    gather_notice,
    gather_outline,
)
from .gathering_sheets import gather_sign_in_sheet, gather_signature_book
from .make_up_record import make_up_preview, render_make_up_records
from .minutes_docx import minutes_context, render_minutes
from .notice import notice_paper, render_notice
from .outline import outline_paper, render_outline
from .sign_in_sheet import render_sign_in_sheet, sign_in_sheet_paper
from .signature_book import render_signature_book, signature_book_paper

Facts = Any  # each paper's own: gather gives what render and preview take


@dataclass(frozen=True)
class MadePaper:
    """One kind of paper: from which state on it is there, and how it is made.

    ``render`` makes the file of each kind; ``preview`` gives what ``template`` shows in the page.
    ``needed`` says whether a meeting has any use for the paper: one that has none hears nothing of
    it.
    """

    slug: str
    title: Promise
    about: Promise
    since: State
    gather: Callable[[Meeting], Facts]
    render: Mapping[str, Callable[[Facts], bytes]]
    preview: Callable[[Facts], Mapping[str, object]]
    template: str
    needed: Callable[[Meeting], bool] | None = None

    def is_there(self, meeting: Meeting) -> bool:
        """Whether the meeting has come far enough for this paper, and has a use for it."""
        order = list(State.values)
        if order.index(meeting.state) < order.index(self.since):
            return False
        return self.needed is None or self.needed(meeting)


MAKE_UP_FORMS = MadePaper(
    slug="make-up-records",
    title=_("Make-up records"),
    about=_("A form for each person who missed the talk, to be filled in by hand at the make-up."),
    since=State.HELD,
    gather=lambda meeting: gather_make_up_forms(meeting, made_at=timezone.now()),
    render={"pdf": lambda forms: render_make_up_records(tuple(forms.values()))},
    preview=make_up_preview,
    template="meetings/_paper_make_up_forms.html",
    needed=lambda meeting: meeting.attendances.missed().exists(),
)

PAPERS = (
    MadePaper(
        slug="notice",
        title=pgettext_lazy("paper", "Notice"),
        about=_("A letter with the outline and the list of those called attached."),
        since=State.ANNOUNCED,
        gather=gather_notice,
        render={"pdf": render_notice},
        preview=lambda facts: notice_paper(facts).context,
        template="meetings/_paper_notice.html",
    ),
    MadePaper(
        slug="outline",
        title=_("Outline of the talk"),
        about=_("The four points and what they require, as the notice's attachment by itself."),
        since=State.ANNOUNCED,
        gather=gather_outline,
        render={"pdf": render_outline},
        preview=lambda facts: outline_paper(facts).context,
        template="meetings/_paper_outline.html",
    ),
    MadePaper(
        slug="sign-in-sheet",
        title=_("Sign-in sheet"),
        about=_("Everyone called, with room to sign, and with blank lines."),
        since=State.ANNOUNCED,
        gather=lambda meeting: gather_sign_in_sheet(meeting, made_at=timezone.now()),
        render={"pdf": render_sign_in_sheet},
        preview=lambda facts: sign_in_sheet_paper(facts).context,
        template="meetings/_paper_sign_in_sheet.html",
    ),
    MadePaper(
        slug="signature-book",
        title=_("Signature book"),
        about=_("Everyone called, with the signatures to the pledges made up to now."),
        since=State.ANNOUNCED,
        gather=lambda meeting: gather_signature_book(meeting, made_at=timezone.now()),
        render={"pdf": render_signature_book},
        preview=lambda facts: signature_book_paper(facts).context,
        template="meetings/_paper_signature_book.html",
    ),
    MAKE_UP_FORMS,
    MadePaper(
        slug="minutes",
        title=pgettext_lazy("paper", "Minutes"),
        about=_("A Word file to go on editing. The record stands beside it and does not change."),
        since=State.HELD,
        gather=gather_minutes,
        render={"docx": render_minutes},
        preview=minutes_context,
        template="meetings/_paper_minutes.html",
    ),
)


def listed_papers(meeting: Meeting) -> list[tuple[MadePaper, bool]]:
    """The papers that a meeting's page speaks of, each with whether it is there."""
    papers = [(paper, paper.is_there(meeting)) for paper in PAPERS]
    return [(paper, there) for paper, there in papers if there or paper.needed is None]


def find_paper(slug: str) -> MadePaper | None:
    """The paper of this name in addresses, or None."""
    return next((paper for paper in PAPERS if paper.slug == slug), None)
