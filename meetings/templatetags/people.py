"""Names of people in lists and tables."""

from typing import Protocol

from django import template

from meetings.roster import ordering
from pledges.pictures import picture_uri

register = template.Library()


class Person(Protocol):
    """A cadre, or an attendance with its frozen name."""

    gender: str
    ethnicity: str


@register.filter
def name_marks(person: Person) -> str:
    """What formal lists put behind a name: （女）, （回族）, （女，回族）, or nothing."""
    return ordering.name_marks(person.gender, person.ethnicity)


@register.filter
def svg_data_uri(svg: str) -> str:
    """A drawn signature as an address for an <img>."""
    return picture_uri(svg)
