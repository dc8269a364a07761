"""The form that edits an outline: every wording of it, the names of points and clauses fixed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ..outlines.publishing import ClauseWords, OutlineWords, PointWords

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

# So that the whole pledge still fits on its one printed page.
PLEDGE_TITLE_LENGTH = 50
COMMITMENT_LENGTH = 80
PARAGRAPH_LENGTH = 150
REQUIREMENT_LENGTH = 400


class ParagraphField(forms.CharField):
    """One paragraph: line breaks of the text area go, since papers break lines themselves."""

    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value: Any) -> str:
        return "".join(line.strip() for line in (super().to_python(value) or "").splitlines())


class OutlineForm(forms.Form):
    """The words of an outline, prefilled from `words`; `to_words` gives them back edited."""

    based_on = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title of the talk's outline"), max_length=100)
    pledge_title = forms.CharField(label=_("Title of the pledge"), max_length=PLEDGE_TITLE_LENGTH)
    pledge_opening = ParagraphField(label=_("Opening of the pledge"), max_length=PARAGRAPH_LENGTH)
    pledge_closing = ParagraphField(label=_("Closing of the pledge"), max_length=PARAGRAPH_LENGTH)
    note = forms.CharField(
        label=_("What you changed, and why"),
        max_length=200,
        help_text=_("Stands beside the version, for whoever compares them later."),
    )

    def __init__(
        self, data: QueryDict | None = None, *, words: OutlineWords, based_on: int
    ) -> None:
        self.words = words
        initial: dict[str, Any] = {
            "based_on": based_on,
            "title": words.title,
            "pledge_title": words.pledge_title,
            "pledge_opening": words.pledge_opening,
            "pledge_closing": words.pledge_closing,
        }
        texts = {}
        for number, point in enumerate(words.points, 1):
            initial[f"summary-{number}"] = point.summary
            texts[f"summary-{number}"] = _text(_("In short"), 200, required=False)
            for order, clause in enumerate(point.clauses, 1):
                key = f"{number}-{order}"
                initial[f"requirement-{key}"] = clause.requirement
                initial[f"commitment-{key}"] = clause.commitment
                texts[f"requirement-{key}"] = _text(
                    _("What the speaker puts"), REQUIREMENT_LENGTH, rows=6
                )
                texts[f"commitment-{key}"] = _text(_("What the cadre promises"), COMMITMENT_LENGTH)
        super().__init__(data, initial=initial)
        self.fields.update(texts)

    def sections(self) -> Iterator[dict[str, Any]]:
        """The fields point by point, for the template."""
        for number, point in enumerate(self.words.points, 1):
            yield {
                "numeral": "一二三四"[number - 1],
                "heading": point.heading,
                "summary": self[f"summary-{number}"],
                "clauses": [
                    (clause.heading, *self._faces(number, order))
                    for order, clause in enumerate(point.clauses, 1)
                ],
            }

    def to_words(self) -> OutlineWords:
        """The words as edited. Only after validation."""
        data = self.cleaned_data
        return OutlineWords(
            title=data["title"],
            pledge_title=data["pledge_title"],
            pledge_opening=data["pledge_opening"],
            pledge_closing=data["pledge_closing"],
            points=tuple(
                PointWords(
                    point.heading,
                    data[f"summary-{number}"],
                    tuple(
                        ClauseWords(
                            clause.heading,
                            data[f"requirement-{number}-{order}"],
                            data[f"commitment-{number}-{order}"],
                        )
                        for order, clause in enumerate(point.clauses, 1)
                    ),
                )
                for number, point in enumerate(self.words.points, 1)
            ),
        )

    def _faces(self, number: int, order: int) -> tuple[BoundField, BoundField]:
        return self[f"requirement-{number}-{order}"], self[f"commitment-{number}-{order}"]


def _text(
    label: "StrPromise", length: int, *, rows: int = 3, required: bool = True
) -> ParagraphField:
    return ParagraphField(
        label=label,
        max_length=length,
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
    )
