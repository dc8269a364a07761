"""Rosters as offices send them, made for the tests: real .xlsx files with invented people."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

HEADERS = ["序号", "工号", "姓名", "性别", "民族", "出生年月", "单位", "职务", "职级", "任现职时间",
           "联系电话", "备注"]  # fmt: skip
FANG = [1, "Q1001", "方正言", "男", "汉族", "1975.08", "办公室", "主任", "正科级", "2021.10",
        "13800000000", ""]  # fmt: skip
QIN = [2, "Q1002", "秦守廉", "女", "回族", "1980-3", "财务科", "科长", "正科级", "202003",
       "0532-82345678", ""]  # fmt: skip


def saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def book_of(*rows: Sequence[Any], headers: Sequence[Any] = HEADERS, title: str = "花名册") -> bytes:
    """A workbook with these rows below one row of headers."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    sheet.append(list(headers))
    for row in rows:
        sheet.append(list(row))
    return saved(book)


def changed(row: Sequence[Any], **cells: Any) -> list[Any]:
    """A row with other cells, named by their headers."""
    new = list(row)
    for header, value in cells.items():
        new[HEADERS.index(header)] = value
    return new


def office_sheet() -> Worksheet:
    """An office's roster in earnest: a merged title, two rows of headers, stars and line breaks, a
    unit merged over its people, a blank row, a section, a footer, a running number by formula."""
    sheet = Workbook().worksheets[0]
    sheet.title = "中层干部"
    sheet["A1"] = "青云市农业农村局中层以上领导干部花名册"
    sheet.merge_cells("A1:J1")
    sheet["A2"] = "填报单位：办公室"
    upper = ["序号", "＊工　号", "*姓\n名", "基本情况", None, None, "单位及职务", None,
             "任 现 职\n时间（年月）", "联系电话"]  # fmt: skip
    lower = [None, None, None, "性别", "民族", "出生\n年月", "单位", "职务", None, None]
    sheet.append(upper)
    sheet.append(lower)
    for merged in ("A3:A4", "B3:B4", "C3:C4", "D3:F3", "G3:H3", "I3:I4", "J3:J4"):
        sheet.merge_cells(merged)
    sheet.append(["=ROW()-4", 1001.0, "方 正　言", "男", "汉", "1975.08", "办公室", "主任",
                  "2021.10", "138 0000 0000"])  # fmt: skip
    sheet.append(["=ROW()-4", "1002", "艾力•买买提", "男", "维吾尔", "197508", None, "副主任",
                  "2020年3月", None])  # fmt: skip
    sheet.merge_cells("G5:G6")
    sheet.append([None] * 10)
    sheet["A8"] = "直属单位（1人）"
    sheet.merge_cells("A8:J8")
    sheet.append([3, "1003", "秦守廉", "女", "回族", "1980-3", "财务科", "科长", "2022/1", None])
    sheet["A10"] = "制表人：方正言"
    sheet["F10"] = "审核人：秦守廉"
    return sheet


def office_book() -> bytes:
    return saved(office_sheet().parent)


def repacked(data: bytes, **parts: bytes | None) -> bytes:
    """A workbook with some parts replaced (or taken out), their names with __ for / and _ for ."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            key = info.filename.replace("/", "__").replace(".", "_")
            if key in parts:
                if parts[key] is not None:
                    new.writestr(info.filename, parts[key])
            else:
                new.writestr(info.filename, old.read(info))
    return buffer.getvalue()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def wps_book(strings: Sequence[str], sheet: str) -> bytes:
    """A workbook as WPS and Excel lay one out: shared strings (in rich runs, with phonetics), a
    date style, absolute targets. `sheet` is the XML of the rows."""
    shared = "".join(
        f"<si><r><t>{text[:1]}</t></r><r><rPr><b/></rPr><t>{text[1:]}</t></r>"
        '<rPh sb="0" eb="1"><t>pinyin</t></rPh></si>'
        for text in strings
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:rel="{RELATIONS}"><sheets>'
        '<sheet name="花名册" sheetId="7" rel:id="rId9"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId9" Type="{RELATIONS}/worksheet" Target="/xl/worksheets/s.xml"/>'
        f'<Relationship Id="rId2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="rId3" Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{shared}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts count="1">'
        '<numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;;@"/></numFmts>'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="176"/></cellXfs></styleSheet>',
        "xl/worksheets/s.xml": f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>',
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return buffer.getvalue()
