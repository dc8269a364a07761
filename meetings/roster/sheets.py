"""The workbooks that go out: the template to fill in, and the rows that could not be taken."""

import io
from collections.abc import Sequence

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from .columns import EXAMPLE_NUMBER, HEADERS
from .preview import PlannedRow

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEMPLATE_FIELDS = [name for name in HEADERS if name != "unit_post"]
REQUIRED = {"staff_number", "name", "unit"}
EXAMPLE = {
    "order": "1",
    "staff_number": EXAMPLE_NUMBER,
    "name": "方正言",
    "gender": "男",
    "ethnicity": "汉族",
    "birth_month": "1975.08",
    "political_status": "中共党员",
    "unit": "办公室",
    "post": "主任",
    "rank": "正科级",
    "post_since": "2021.10",
    "phone": "13800000000",
    "email": "",
    "note": "示例行，导入时自动略过",
}
# What Excel would take for a formula (OWASP, CSV injection), should the file become a CSV.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
LAST_ROW = 1_000


def notes() -> list[str]:
    """What the template's second sheet says about filling in the first."""
    return [
        _("Columns with * must be filled; others may stay empty, or go altogether."),
        _("People are matched by staff number: it stays theirs even when the post changes."),
        _("Months like 1975.08 or 1975年8月. The columns are set to text, so 1975.10 stays so."),
        _("Units that are not known yet are offered for creation before anything is applied."),
        _("排序号 is the official order, where there is one; empty, rank and time in post decide."),
        _("No formulas, no identity numbers. Who is not in the file stays in the roster."),
    ]


def make_template() -> bytes:
    """The .xlsx to fill in: headers, one example, every column as text, notes on a second sheet."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "花名册"
    bold = Font(bold=True)
    for column, name in enumerate(TEMPLATE_FIELDS, start=1):
        dimension = sheet.column_dimensions[get_column_letter(column)]
        dimension.width = 26 if name in {"note", "email", "post"} else 14
        # As text, so that 1975.10 and 0012 stay what was typed.
        dimension.number_format = "@"
        header = sheet.cell(1, column, HEADERS[name][0] + ("*" if name in REQUIRED else ""))
        header.font, header.fill = bold, PatternFill("solid", fgColor="F2E9E4")
        header.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        example = sheet.cell(2, column, EXAMPLE[name])
        example.font, example.number_format = Font(italic=True, color="808080"), "@"
    sheet.freeze_panes = "D2"
    choice = DataValidation(type="list", formula1='"男,女"', allow_blank=True)
    letter = get_column_letter(TEMPLATE_FIELDS.index("gender") + 1)
    choice.add(f"{letter}2:{letter}{LAST_ROW}")
    sheet.add_data_validation(choice)
    page = book.create_sheet(_("Notes"))
    page.column_dimensions["A"].width = 90
    for line in notes():
        page.append([line])
    return _saved(book)


def make_mistakes(fields: Sequence[str], rows: Sequence[PlannedRow]) -> bytes:
    """The wrong rows as .xlsx, each with its row in the upload and the reasons, ready to be mended
    and uploaded by itself."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("花名册")
    sheet.freeze_panes = "A2"
    titles = [_("Row in the file"), _("What is wrong"), *(HEADERS[name][0] for name in fields)]
    sheet.append([_text(sheet, title, bold=True) for title in titles])
    for row in rows:
        reasons = "\n".join(f"{header}：{reason}" for header, _cell, reason in row.problems)
        cells = [_text(sheet, str(row.line)), _text(sheet, reasons)]
        cells += [_as_read(sheet, row, name) for name in fields]
        sheet.append(cells)
    return _saved(book)


def neutral(text: str) -> str:
    """Text that no spreadsheet takes for a formula; reading a roster takes the apostrophe off."""
    clean = ILLEGAL_CHARACTERS_RE.sub("", text)
    return f"'{clean}" if clean.startswith(FORMULA_STARTS) else clean


def _as_read(sheet: object, row: PlannedRow, name: str) -> WriteOnlyCell:
    """A number stays one: as text, a doubtful 1975.1 would pass for January next time."""
    value = row.raw.get(name)
    if isinstance(value, float) and not value.is_integer():
        return WriteOnlyCell(sheet, value=value)
    return _text(sheet, row.text(name))


def _text(sheet: object, text: str, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=neutral(text))
    cell.data_type = "s"
    cell.number_format = "@"
    cell.font = Font(bold=bold)
    return cell


def _saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
