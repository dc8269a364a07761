"""Finding the table in a sheet: its headers, its rows, and what is not part of it."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from .bounds import MAX_ROWS
from .exceptions import RosterFileRefused
from .workbook import Cell, Formula, Sheet

# Every field with the header it has in the template first, then what else offices call it.
# 序号 is the running number of the file and says nothing; only 排序号 is an order that was given.
HEADERS: dict[str, tuple[str, ...]] = {
    "order": ("排序号", "排序", "排列顺序", "排序序号"),
    "staff_number": (
        "工号", "职工号", "员工号", "人员编号", "职工编号", "员工编号", "干部编号", "工作证号",
        "编号",
    ),
    "name": ("姓名", "名字", "干部姓名"),
    "gender": ("性别",),
    "ethnicity": ("民族", "族别"),
    "birth_month": ("出生年月", "出生日期", "出生时间", "出生年月日", "生日"),
    "political_status": ("政治面貌", "党派"),
    "unit": (
        "单位", "工作单位", "所在单位", "所属单位", "部门", "所在部门", "科室", "股室", "所在科室",
        "单位名称", "现单位", "单位股室", "单位部门",
    ),
    "unit_post": (
        "单位及职务", "工作单位及职务", "单位职务", "单位和职务", "现单位及职务", "现任单位及职务",
        "所在单位及职务", "工作单位职务", "工作单位和职务",
    ),
    "post": ("职务", "现任职务", "现职务", "行政职务", "岗位", "职位", "现职"),
    "rank": (
        "职务层次/职级", "职务层次", "职级", "级别", "行政级别", "职务职级", "职务层次职级",
        "职务级别",
    ),
    "post_since": ("任现职时间", "任职时间", "现职时间", "任现职务时间", "任现职年月", "任职年月"),
    "phone": ("联系电话", "电话", "手机", "手机号", "手机号码", "联系方式", "移动电话", "电话号码"),
    "email": ("邮箱", "电子邮箱", "电子邮件", "邮件地址"),
    "note": ("备注", "说明"),
}  # fmt: skip
FIELD_OF = {
    header.replace("/", ""): name for name, headers in HEADERS.items() for header in headers
}
# 职务层次 and 职级 often stand in two columns; both say how high somebody stands.
MAY_REPEAT = {"rank"}
HEADER_SEARCH_ROWS = 30
EXAMPLE_NUMBER = "示例"

_FOOTER = re.compile(
    r"^(制表|填表|填报|审核|审批|复核|校对|负责人|单位负责人|联系人|报送|制作|说明|注|备注)[^：:]{0,8}[：:]"
    r"|^(合计|总计|共计)|^共\s*\d+\s*人"
)


@dataclass(frozen=True)
class RawRow:
    """One person's row as it stands in the file. `line` is the row's number in Excel."""

    line: int
    cells: dict[str, Cell]


@dataclass
class Table:
    """The roster found in a workbook, and what was left aside, so that the page can say so."""

    sheet: str
    fields: list[str]
    rows: list[RawRow]
    # Rows that are no person's: footers, headings of sections. Line and text.
    skipped: list[tuple[int, str]] = field(default_factory=list)
    unused_headers: list[str] = field(default_factory=list)
    hidden_headers: list[str] = field(default_factory=list)
    hidden_lines: list[int] = field(default_factory=list)
    other_sheets: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Header:
    columns: dict[str, list[int]]
    texts: dict[int, str]
    first_row: int


def find_table(sheets: Iterable[Sheet]) -> Table:
    """The roster of the first visible sheet that has one.

    Raises RosterFileRefused when no sheet has a row of headers, when a header is there twice, and
    when the staff number or the name has no column.
    """
    found: Table | None = None
    others = []
    for sheet in sheets:
        header = _find_header(sheet) if found is None else None
        if header is None:
            others.append(sheet.name)
        else:
            found = _read_table(sheet, header)
    if found is None:
        raise RosterFileRefused(
            _("No sheet has a row of headers with 工号 and 姓名. Use the template, or add the row.")
        )
    if not found.rows:
        raise RosterFileRefused(_("Below the headers there is no row with a person."))
    found.other_sheets = others
    return found


def field_of(cell: Cell) -> str:
    """The field that a header cell stands for, or "": stars, breaks, notes in brackets apart."""
    if not isinstance(cell, str):
        return ""
    text = re.sub(r"\(.*?\)", "", unicodedata.normalize("NFKC", cell))
    return FIELD_OF.get(re.sub(r"[\W_]", "", text), "")


def _find_header(sheet: Sheet) -> _Header | None:
    for index, row in enumerate(sheet.rows[:HEADER_SEARCH_ROWS]):
        fields = {field_of(cell) for cell in row} - {""}
        if "name" in fields and len(fields) >= 2:
            return _read_header(sheet, index)
    return None


def _read_header(sheet: Sheet, index: int) -> _Header:
    """Reads one row of headers, or two, with the help of the row above."""
    empty: list[Cell] = []
    row = sheet.rows[index]
    above = sheet.rows[index - 1] if index else empty
    below = sheet.rows[index + 1] if index + 1 < len(sheet.rows) else empty
    two_rows = _is_second_header(row, below)
    levels = [below, row, above] if two_rows else [row, above]
    columns: dict[str, list[int]] = {}
    texts = {}
    for column in range(len(row)):
        cells = [level[column] for level in levels if column < len(level)]
        name = next((found for cell in cells if (found := field_of(cell))), "")
        texts[column] = str(next((cell for cell in cells if cell != ""), "")).replace("\n", "")
        if name:
            columns.setdefault(name, []).append(column)
    _check_columns(columns)
    return _Header(columns, texts, index + (2 if two_rows else 1))


def _is_second_header(row: list[Cell], below: list[Cell]) -> bool:
    """Whether `below` goes on with the headers: it names fields, and nobody."""
    if not any(field_of(cell) for cell in below):
        return False
    names = [below[column] for column, cell in enumerate(row) if field_of(cell) == "name"]
    return all(cell == "" or field_of(cell) == "name" for cell in names) and all(
        isinstance(cell, str) for cell in below
    )


def _check_columns(columns: dict[str, list[int]]) -> None:
    for name, places in columns.items():
        if len(places) > 1 and name not in MAY_REPEAT:
            letters = "、".join(get_column_letter(place + 1) for place in places)
            raise RosterFileRefused(
                _("Columns %(letters)s both stand for %(header)s. Keep the one that counts.")
                % {"letters": letters, "header": HEADERS[name][0]}
            )
    for name in ("staff_number", "name"):
        if name not in columns:
            raise RosterFileRefused(
                _("The column %(header)s is missing: people are matched by their staff number.")
                % {"header": HEADERS[name][0]}
            )


def _read_table(sheet: Sheet, header: _Header) -> Table:
    used = {place for places in header.columns.values() for place in places}
    table = Table(
        sheet=sheet.name,
        fields=[name for name in HEADERS if name in header.columns],
        rows=[],
        unused_headers=[t for place, t in header.texts.items() if t and place not in used],
        hidden_headers=[
            text for place, text in header.texts.items() if place in sheet.hidden_columns and text
        ],
    )
    for index, row in enumerate(sheet.rows[header.first_row : MAX_ROWS], header.first_row):
        cells = {name: _value(row, places) for name, places in header.columns.items()}
        if _is_nobody(row, cells):
            text = _first_text(row)
            if text and not field_of(text):
                table.skipped.append((index + 1, text))
            continue
        table.rows.append(RawRow(index + 1, cells))
        if index in sheet.hidden_rows:
            table.hidden_lines.append(index + 1)
    return table


def _value(row: list[Cell], places: list[int]) -> Cell:
    cells = [row[place] for place in places if place < len(row) and row[place] != ""]
    if len(cells) > 1 and not any(isinstance(cell, Formula) for cell in cells):
        return "/".join(dict.fromkeys(str(cell).strip() for cell in cells))
    return cells[0] if cells else ""


def _first_text(row: list[Cell]) -> str:
    """The first words of a row, its numbers apart; a running number alone is no content."""
    texts = (cell.strip() for cell in row if isinstance(cell, str))
    return next((text for text in texts if text and not text.isdigit()), "")


def _is_nobody(row: list[Cell], cells: dict[str, Cell]) -> bool:
    """Whether a row is no person's: blank, a footer, headers once more, a section, the example."""
    number, name = cells["staff_number"], cells["name"]
    if all(cell == "" or str(cell).isspace() for cell in cells.values()):
        return True
    if field_of(name) == "name" or number == EXAMPLE_NUMBER:
        return True
    # A line merged over the whole table repeats its words in every cell.
    if isinstance(name, str) and name and name == number and not name.isascii():
        return True
    is_footer = any(isinstance(cell, str) and _FOOTER.match(cell.strip()) for cell in row[:3])
    return is_footer and (name == "" or bool(re.search("[：:]", str(name))))
