"""What is read of an upload, and what is refused as a whole."""

import contextlib
import datetime as dt
import io
import struct
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from meetings.roster.bounds import MAX_BYTES, MAX_COLUMNS, MAX_ROWS
from meetings.roster.exceptions import RosterFileRefused
from meetings.roster.importing import read_roster
from meetings.roster.workbook import Formula, read_sheets

from .books import FANG, QIN, book_of, office_book, repacked, saved, wps_book

FILES = Path(__file__).parent / "files"
SHEET = "xl__worksheets__sheet1_xml"
EMPTY_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    "{}</sheetData></worksheet>"
)


def refusal(data: bytes) -> str:
    with pytest.raises(RosterFileRefused) as refused:
        read_roster(data)
    return str(refused.value.message)


def test_title_two_headers_stars_and_merged_units_are_read():
    table = read_roster(office_book())
    assert table.sheet == "中层干部"
    assert table.fields == [
        "staff_number", "name", "gender", "ethnicity", "birth_month", "unit", "post",
        "post_since", "phone",
    ]  # fmt: skip
    assert [row.line for row in table.rows] == [5, 6, 9]
    assert table.rows[1].cells["unit"] == "办公室"


def test_footer_section_and_blank_rows_are_nobody():
    table = read_roster(office_book())
    assert table.skipped == [(8, "直属单位（1人）"), (10, "制表人：方正言")]


def test_running_number_and_unknown_columns_are_left_aside():
    assert read_roster(office_book()).unused_headers == ["序号"]


def test_headers_repeated_on_every_printed_page_are_nobody():
    data = book_of(FANG, ["序号", "工号", "姓名"], QIN)
    assert [row.line for row in read_roster(data).rows] == [2, 4]


def test_formula_is_marked_at_its_cell():
    row = [1, "Q1", '=CONCATENATE("方","正言")', *FANG[3:]]
    assert isinstance(read_roster(book_of(row)).rows[0].cells["name"], Formula)


def test_hidden_columns_and_rows_are_read_and_named():
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (["工号", "姓名", "备注"], ["1", "方正言", "a"], ["2", "秦守廉", "b"]):
        sheet.append(row)
    sheet.column_dimensions["C"].hidden = True
    sheet.row_dimensions[3].hidden = True
    table = read_roster(saved(book))
    assert table.hidden_headers == ["备注"]
    assert table.hidden_lines == [3]
    assert table.rows[1].cells["note"] == "b"


def test_hidden_sheets_are_not_read_and_others_are_named():
    book = Workbook()
    book.worksheets[0].append(["工号", "姓名"])
    book.worksheets[0].append(["9", "旧名单"])
    book.worksheets[0].sheet_state = "hidden"
    notes = book.create_sheet("说明")
    notes["A1"] = "填写说明"
    roster = book.create_sheet("现名单")
    roster.append(["工号", "姓名"])
    roster.append(["1", "方正言"])
    book.active = 1
    table = read_roster(saved(book))
    assert (table.sheet, table.other_sheets) == ("现名单", ["说明"])
    assert table.rows[0].cells["staff_number"] == "1"


def test_two_columns_of_one_kind_are_refused():
    message = refusal(
        book_of(["1", "方正言", "甲", "乙"], headers=["工号", "姓名", "单位", "部门"])
    )
    assert "C、D" in message


def test_level_and_grade_in_two_columns_are_joined():
    row = ["1", "方正言", "正科级", "一级主任科员"]
    table = read_roster(book_of(row, headers=["工号", "姓名", "职务层次", "职级"]))
    assert table.rows[0].cells["rank"] == "正科级/一级主任科员"


def test_roster_without_staff_numbers_is_refused():
    assert "工号" in refusal(book_of(["方正言", "男"], headers=["姓名", "性别"]))


def test_sheet_without_headers_is_refused():
    assert "工号" in refusal(book_of(["方正言", "男"], headers=["某", "某某"]))


def test_headers_without_people_are_refused():
    assert refusal(book_of())


def test_old_excel_is_read_with_its_dates_formulas_and_hidden_columns():
    table = read_roster((FILES / "old.xls").read_bytes())
    first, second = table.rows
    assert table.sheet == "花名册"
    assert first.cells["birth_month"] == dt.date(1975, 8, 1)
    assert second.cells["birth_month"] == 1980.1
    assert second.cells["unit"] == "办公室"
    assert isinstance(second.cells["phone"], Formula)
    assert table.hidden_headers == ["备注"]


def test_empty_file_is_refused():
    assert refusal(b"")


def test_encrypted_workbooks_are_refused_as_such():
    new = refusal((FILES / "encrypted.xlsx").read_bytes())
    code_page, file_pass = struct.pack("<HH", 0x42, 2), struct.pack("<HH", 0x2F, 2)
    old = refusal((FILES / "old.xls").read_bytes().replace(code_page, file_pass, 1))
    assert new == old
    assert new != refusal(b"abc")


def test_picture_under_another_name_is_refused_as_one():
    assert refusal(b"\x89PNG\r\n\x1a\n" + b"\0" * 200) != refusal(b"abc")


def test_web_page_under_another_name_is_refused_as_one():
    assert refusal(b"\n<html><table></table></html>") != refusal(b"abc")


def test_other_zips_are_no_workbook():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert refusal(buffer.getvalue()) == refusal(b"abc")


def test_too_many_bytes_are_refused():
    assert "5" in refusal(b"PK\x03\x04" + b"\0" * MAX_BYTES)


def test_zip_bomb_is_refused_by_its_directory():
    data = repacked(book_of(FANG), **{SHEET: b" " * 30_000_000})
    assert len(data) < 100_000
    assert str(MAX_ROWS) in refusal(data)


def test_part_that_is_larger_than_it_says_is_refused():
    data = bytearray(repacked(book_of(FANG), **{SHEET: b" " * 3_000_000}))
    # The length in both directories, local and central.
    lie = struct.pack("<I", 900)
    true = struct.pack("<I", 3_000_000)
    assert data.count(true) == 2
    assert refusal(bytes(data.replace(true, lie)))


@pytest.mark.parametrize("reference", [f"A{MAX_ROWS + 1}", "A1048576", "XFD1"])
def test_cell_at_the_far_end_is_refused(reference):
    row = int("".join(c for c in reference if c.isdigit()))
    far = f'<row r="{row}"><c r="{reference}"><v>1</v></c></row>'
    assert str(MAX_COLUMNS) in refusal(
        repacked(book_of(FANG), **{SHEET: EMPTY_SHEET.format(far).encode()})
    )


def test_empty_formatted_cells_at_the_far_end_do_no_harm():
    book = Workbook()
    book.worksheets[0].append(["工号", "姓名"])
    book.worksheets[0].append(["1", "方正言"])
    book.worksheets[0].cell(1, 16_384).number_format = "@"
    assert len(read_roster(saved(book)).rows) == 1


def test_entities_are_refused():
    bomb = (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    )
    assert refusal(repacked(book_of(FANG), **{SHEET: bomb}))


def test_merged_ranges_beyond_all_measure_are_refused():
    merged = "".join(f'<mergeCell ref="A{n}:BH{MAX_ROWS}"/>' for n in range(1, 50))
    sheet = EMPTY_SHEET.format('<row r="1"><c r="A1"><v>1</v></c></row>').replace(
        "</worksheet>", f"<mergeCells>{merged}</mergeCells></worksheet>"
    )
    assert refusal(repacked(book_of(FANG), **{SHEET: sheet.encode()}))


@pytest.mark.parametrize("part", ["xl__workbook_xml", "xl___rels__workbook_xml_rels", SHEET])
@pytest.mark.parametrize("content", [None, b"", b"<a", b"\xff\xfe<>"])
def test_missing_and_broken_parts_are_refused(part, content):
    assert refusal(repacked(book_of(FANG), **{part: content}))


@pytest.mark.parametrize("name", ["old.xls", "new.xlsx"])
def test_truncated_and_damaged_files_are_refused_or_read(name):
    """Never anything but a table or a refusal, wherever the file is cut or its bytes turned."""
    data = (FILES / name).read_bytes() if name == "old.xls" else book_of(FANG, QIN)
    for place in range(0, len(data), max(1, len(data) // 60)):
        turned = bytearray(data)
        turned[place] ^= 0xFF
        for broken in (data[:place], bytes(turned)):
            with contextlib.suppress(RosterFileRefused):
                assert read_roster(broken).rows


def test_sheets_of_wps_without_cell_references_are_read():
    """Some writers leave the references of rows and cells out; positions follow from the order."""
    cells = '<c t="inlineStr"><is><t>{}</t></is></c>'
    rows = [["工号", "姓名"], ["1", "方正言"]]
    body = "".join(f"<row>{''.join(cells.format(c) for c in row)}</row>" for row in rows)
    data = repacked(book_of(FANG), **{SHEET: EMPTY_SHEET.format(body).encode()})
    assert next(iter(read_sheets(data))).rows == rows


def test_workbook_of_wps_is_read_with_rich_strings_dates_and_formulas():
    strings = ["工号", "姓名", "出生年月", "职务", "方正言"]
    header = "".join(f'<c r="{"ABCD"[n]}2" t="s"><v>{n}</v></c>' for n in range(4))
    sheet = (
        '<cols><col min="4" max="4" hidden="1"/></cols><sheetData>'
        f'<row r="2">{header}</row><row r="3" hidden="1"><c r="A3"><v>1001</v></c>'
        '<c r="B3" t="s"><v>4</v></c><c r="C3" s="1"><v>27607</v></c>'
        '<c r="D3" t="str"><f>A3&amp;"科"</f><v>1001科</v></c></row></sheetData>'
    )
    table = read_roster(wps_book(strings, sheet))
    assert table.rows[0].line == 3
    assert table.rows[0].cells == {
        "staff_number": 1001.0,
        "name": "方正言",
        "birth_month": dt.date(1975, 8, 1),
        "post": Formula("1001科"),
    }
    assert (table.hidden_headers, table.hidden_lines) == (["职务"], [3])


@pytest.mark.parametrize("value", ["NaN", "inf", "-inf"])
def test_numbers_that_are_none_are_text(value):
    rows = f'<sheetData><row r="1"><c r="A1"><v>{value}</v></c></row></sheetData>'
    assert isinstance(next(iter(read_sheets(wps_book([], rows)))).rows[0][0], str)
