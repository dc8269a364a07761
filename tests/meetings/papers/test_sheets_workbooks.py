"""The workbooks beside the table papers, read back."""

import io
from dataclasses import replace

import openpyxl
import pytest

from meetings.papers.roster_book import roster_workbook
from meetings.papers.statistics import statistics_workbook

from . import sheet_samples as sheets


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


@pytest.fixture(scope="module")
def roster():
    return opened(roster_workbook(sheets.roster_facts(30))).active


@pytest.fixture(scope="module")
def statistics():
    return opened(statistics_workbook(sheets.statistics_facts()))


def row(sheet, number):
    return [cell.value for cell in sheet[number]]


def test_roster_has_title_header_and_everyone(roster):
    assert roster["A1"].value == "云岭县市场监督管理局干部花名册"
    assert row(roster, 3)[:6] == ["序号", "工号", "姓名", "性别", "民族", "出生年月"]
    assert roster.max_row == 3 + 30
    names = [roster.cell(number, 3).value for number in range(4, 34)]
    assert names == [sheets.name_of(number) for number in range(1, 31)]


def test_month_stays_what_was_typed(roster):
    """1975.10 as a number would come back as 1975.1."""
    months = [roster.cell(number, 6) for number in range(4, 34)]
    assert "1975.10" in [cell.value for cell in months]
    assert {(cell.data_type, cell.number_format) for cell in months} == {("s", "@")}


def test_columns_that_nobody_has_are_left_out():
    sheet = opened(roster_workbook(sheets.narrow_roster_facts(3))).active
    assert row(sheet, 3) == ["序号", "工号", "姓名", "单位", "职务", "联系电话"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_cell_that_begins_like_a_formula_is_neutral(start):
    facts = sheets.roster_facts(1)
    text = f'{start}HYPERLINK("https://x.example","x")'
    line = replace(facts.lines[0], note=text)
    sheet = opened(roster_workbook(replace(facts, lines=(line,)))).active
    (note,) = [cell for cell in sheet[4] if "HYPERLINK" in str(cell.value)]
    assert note.value.startswith("'")
    assert note.data_type == "s"


def test_row_is_as_high_as_its_longest_text_asks_for(roster):
    """LibreOffice and WPS do not find the height of a row by themselves."""
    long = next(number for number in range(4, 34) if len(roster.cell(number, 3).value) > 25)
    heights = {number: roster.row_dimensions[number].height for number in (4, long)}
    assert heights[long] > 2 * heights[4] > 0


def test_roster_prints_across_with_its_header_on_every_page(roster):
    assert roster.page_setup.orientation == "landscape"
    assert roster.page_setup.paperSize == int(roster.PAPERSIZE_A4)
    assert roster.print_title_rows == "$3:$3"
    assert roster.freeze_panes == "A4"
    assert roster.oddFooter.right.text == roster.evenFooter.left.text == "— &P —"


def test_statistics_have_a_sheet_for_each_table(statistics):
    assert statistics.sheetnames == [
        "总体情况", "按季度", "按职务层次和职级", "按单位", "按谈话人", "承诺书签署",
    ]  # fmt: skip


def test_statistics_say_the_kind_in_every_row(statistics):
    sheet = statistics["按季度"]
    assert row(sheet, 3)[:4] == ["谈话类型", "季度", "场次", "应到人次"]
    assert [sheet.cell(number, 1).value for number in range(4, 8)] == [
        "集体廉政谈话", "集体廉政谈话", "任前集体廉政谈话", "任前集体廉政谈话",
    ]  # fmt: skip


def test_figures_are_numbers_and_shares_are_not_rounded_up(statistics):
    facts = sheets.statistics_facts()
    sheet = statistics["总体情况"]
    whole = facts.kinds[0].tally
    assert sheet["C4"].value == whole.called
    assert sheet["G4"].number_format == "0.0%"
    assert 0 <= whole.present / whole.called - sheet["G4"].value < 0.001


def test_share_of_nobody_is_empty():
    facts = sheets.statistics_facts()
    nobody = replace(facts.kinds[0].tally, called=0, present=0)
    book = opened(
        statistics_workbook(replace(facts, kinds=(replace(facts.kinds[0], tally=nobody),)))
    )
    assert book["总体情况"]["G4"].value is None
