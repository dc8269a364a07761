"""What a cell of a roster says, or the reason why it cannot be taken.

Every function takes a cell as it was read and gives the clean value, or raises CellRefused with a
reason in words. Nothing is guessed: what can be read in two ways is refused.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import CharField
from django.utils import timezone
from django.utils.translation import gettext as _

from meetings.models import Cadre, Gender

from .ethnicities import ETHNICITIES
from .workbook import Cell, Formula

# What looks like the dot in the names of minorities (U+00B7) and is another character.
DOTS = dict.fromkeys("•・．‧∙⋅･｡●・᛫", "·")
INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060\ufeff\u00ad\ufe00-\ufe0f]")
NAME = re.compile(
    r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+(·[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)*"
)
LATIN_NAME = re.compile(r"[A-Za-zÀ-ɏ]+([ ·'.-]+[A-Za-zÀ-ɏ]+)*\.?")
PRIVATE_USE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
STAFF_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
MOBILE = re.compile(r"1[3-9]\d{9}")
LANDLINE = re.compile(r"(?:(0\d{2,3})-?)?([2-9]\d{6,7})")
ERROR_VALUE = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!)")
# 1975.08, 1975-8, 1975/08/12, 1975年8月12日; or the digits alone.
PARTED_MONTH = re.compile(r"(\d{4})[.\-/年](\d{1,2})(?:月|[.\-/月](\d{1,2})日?)?")
SOLID_MONTH = re.compile(r"(\d{4})(\d{2})(\d{2})?")
# Days since 1899-12-30, as Excel counts them: 1920 to 2049. Below lie plain years.
SERIALS = range(7306, 54_789)
# Beyond 2^53 a number has lost digits on its way through Excel.
EXACT = 2**53


class CellRefused(Exception):
    """The cell cannot be taken; `reason` says why, in the reader's language."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def shown(cell: Cell) -> str:
    """A cell as the page and the file of mistakes show it."""
    if isinstance(cell, Formula):
        return cell.shown
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT:
        return str(int(cell))
    return str(cell)


def plain_text(cell: Cell) -> str:
    """A cell as text: no invisible characters, no runs of space, none between Chinese."""
    if isinstance(cell, Formula):
        raise CellRefused(_("A formula: put its value in the cell."))
    if isinstance(cell, bool):
        raise CellRefused(_("TRUE or FALSE cannot stand here."))
    text = INVISIBLE.sub("", shown(cell))
    if ERROR_VALUE.fullmatch(text.strip()):
        raise CellRefused(_("Excel shows the error %s here.") % text.strip())
    text = "".join(c for c in text if c.isspace() or unicodedata.category(c) != "Cc")
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"(?<=[^\x00-\xff]) | (?=[^\x00-\xff])", "", text)
    # The file of mistakes puts an apostrophe before what Excel would take for a formula.
    return text[1:] if re.match(r"'[=+\-@]", text) else text


def bounded_text(field: str) -> Callable[[Cell], str]:
    """Gives the reader of a plain text column, bounded by the length of the model's field."""
    found = Cadre._meta.get_field(field)
    limit = (found.max_length or 0) if isinstance(found, CharField) else 0

    def read(cell: Cell) -> str:
        text = plain_text(cell)
        if len(text) > limit:
            raise CellRefused(_("Longer than %s characters.") % limit)
        return text

    return read


def read_name(cell: Cell) -> str:
    """A name: no spaces within, U+00B7 as its dot, only characters of names."""
    text = plain_text(cell)
    if not text:
        raise CellRefused(_("The name is missing."))
    if PRIVATE_USE.search(text):
        raise CellRefused(
            _("It has a character of this computer's own that others cannot show. Type it anew.")
        )
    name = "".join(DOTS.get(character, character) for character in text)
    if not LATIN_NAME.fullmatch(name):
        name = re.sub(r"(?<=[^\x00-\x7f])\.(?=[^\x00-\x7f])", "·", name.replace(" ", ""))
        if not NAME.fullmatch(name):
            raise CellRefused(_("Only the characters of a name and “·” can stand here."))
    if len(name) > 60:
        raise CellRefused(_("Longer than %s characters.") % 60)
    return name


def read_staff_number(cell: Cell) -> str:
    """A staff number, also where Excel made a number of it (1001.0 becomes "1001")."""
    if isinstance(cell, dt.date):
        raise CellRefused(_("Excel made a date of this. Set the column to text and type it anew."))
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= EXACT:
        raise CellRefused(_("Excel has rounded this. Set the column to text and type it anew."))
    text = unicodedata.normalize("NFKC", plain_text(cell)).replace(" ", "").removeprefix("'")
    if not text:
        raise CellRefused(_("The staff number is missing."))
    if not STAFF_NUMBER.fullmatch(text) or (isinstance(cell, float) and not cell.is_integer()):
        raise CellRefused(_("A staff number has letters, digits and “-” only."))
    if len(text) > 30:
        raise CellRefused(_("Longer than %s characters.") % 30)
    return text


def read_gender(cell: Cell) -> str:
    """男, 女, or nothing."""
    text = plain_text(cell).removesuffix("性")
    if text and text not in Gender.values:
        raise CellRefused(_("Only 男 or 女 can stand here."))
    return text


def read_ethnicity(cell: Cell) -> str:
    """One of the 56, in full: 汉 becomes 汉族."""
    text = plain_text(cell)
    for name in (text, f"{text}族"):
        if name in ETHNICITIES:
            return name
    if text:
        raise CellRefused(_("This ethnic group is not known."))
    return ""


def read_month(cell: Cell) -> str:
    """A year and month as "1975-08", from any of the ways in which rosters write it, or "".

    A numeric 1975.1 may have been 1975.10 once, whose nought Excel drops: refused, not guessed.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _month_of_number(cell)
    if isinstance(cell, dt.date):
        return _month(cell.year, cell.month)
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", plain_text(cell)))
    if not text:
        return ""
    text = re.sub("[．。·—–－、]", ".", text)
    match = PARTED_MONTH.fullmatch(text) or SOLID_MONTH.fullmatch(text)
    if match is None:
        raise CellRefused(_("Not a year and month. Write it like 1975.08."))
    year, month, day = (int(part) if part else None for part in match.groups())
    if day is not None:
        _check_day(year or 0, month or 0, day)
    return _month(year or 0, month or 0)


def _month_of_number(number: float) -> str:
    hundredths = round(number * 100)
    if 1900 <= number < 2100:
        year, month = divmod(hundredths, 100)
        if abs(number * 100 - hundredths) > 1e-6:
            raise CellRefused(_("Not a year and month. Write it like 1975.08."))
        if month == 0:
            raise CellRefused(_("Only a year: the month is missing."))
        if month == 10:
            raise CellRefused(
                _("January or October? Excel keeps %(year)s.10 as %(year)s.1. Type it as text.")
                % {"year": year}
            )
        # 1975.8 is what Excel keeps of 1975.80, which nobody writes: August.
        return _month(year, month // 10 if month % 10 == 0 else month)
    if int(number) in SERIALS:
        day = dt.date(1899, 12, 30) + dt.timedelta(days=int(number))
        return _month(day.year, day.month)
    if number == int(number) and SOLID_MONTH.fullmatch(str(int(number))):
        return read_month(str(int(number)))
    raise CellRefused(_("Not a year and month. Write it like 1975.08."))


def _month(year: int, month: int) -> str:
    if not 1 <= month <= 12:
        raise CellRefused(_("There is no month %s.") % month)
    if not 1900 <= year <= 2099:
        raise CellRefused(_("The year %s cannot be right.") % year)
    text = f"{year}-{month:02}"
    if text > f"{timezone.localdate():%Y-%m}":
        raise CellRefused(_("This month lies in the future."))
    return text


def _check_day(year: int, month: int, day: int) -> None:
    if 1 <= month <= 12:
        try:
            dt.date(year, month, day)
        except ValueError:
            raise CellRefused(_("There is no such day.")) from None


def read_phone(cell: Cell) -> str:
    """A mobile number, or a line with or without its area code ("0532-12345678"), or ""."""
    text = unicodedata.normalize("NFKC", plain_text(cell)).replace("—", "-").replace("–", "-")
    digits = re.sub(r"[\s()]", "", text)
    compact = re.sub(r"^\+?86-?(?=1)", "", digits).replace("-", "")
    if not digits:
        return ""
    if MOBILE.fullmatch(compact):
        return compact
    match = LANDLINE.fullmatch(digits)
    if match is None:
        raise CellRefused(
            _("Not one telephone number: 11 digits for a mobile, or area code and number.")
        )
    return "-".join(part for part in match.groups() if part)


def read_email(cell: Cell) -> str:
    """An e-mail address, or ""."""
    text = bounded_text("email")(cell)
    if text:
        try:
            validate_email(text)
        except ValidationError:
            raise CellRefused(_("Not an e-mail address.")) from None
    return text


def read_order(cell: Cell) -> int | None:
    """A given order: a whole number, or None."""
    text = unicodedata.normalize("NFKC", plain_text(cell))
    if not text:
        return None
    if not re.fullmatch(r"\d{1,6}", text):
        raise CellRefused(_("The order is a whole number."))
    return int(text)
