"""The import: what each row would do, mending, and applying all or nothing."""

import io

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from openpyxl import load_workbook

from meetings.models import Cadre, Role, RosterImport, Unit
from meetings.roster import importing
from meetings.roster.exceptions import ImportHasMistakes, ImportOutdated
from meetings.roster.importing import (
    accept_units,
    apply_import,
    discard_import,
    mend_row,
    plan_of,
    read_roster,
    start_import,
)
from meetings.roster.preview import RowState
from meetings.roster.sheets import make_mistakes, make_template, neutral
from tests.factories import CadreFactory, RoleAssignmentFactory, UnitFactory

from .books import FANG, HEADERS, QIN, book_of, changed, office_book

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(unit):
    """The unit with the two sections that the test rosters name."""
    UnitFactory(parent=unit, name="办公室", order=1)
    UnitFactory(parent=unit, name="财务科", order=2)
    return unit


def upload(secretary, unit, *rows, headers=HEADERS, data=None):
    return start_import(
        by=secretary,
        unit=unit,
        file_name="花名册.xlsx",
        data=data or book_of(*rows, headers=headers),
    )


def states(kept):
    return [row.state for row in plan_of(kept).rows]


def errors(kept, place=0):
    return plan_of(kept).rows[place].errors


def apply(secretary, kept):
    return apply_import(by=secretary, kept=kept, digest=plan_of(kept).digest())


def test_new_people_get_accounts_that_wait_for_activation(secretary, office):
    applied = apply(secretary, upload(secretary, office, FANG, QIN))
    fang = Cadre.objects.get(staff_number="Q1001")
    assert len(applied.new) == 2
    assert (fang.name, fang.birth_month, fang.unit.name) == ("方正言", "1975-08", "办公室")
    assert (fang.post_since, fang.activated_at) == ("2021-10", None)
    assert not fang.has_usable_password()


def test_second_import_of_the_same_file_changes_nothing(secretary, office):
    apply(secretary, upload(secretary, office, FANG, QIN))
    kept = upload(secretary, office, FANG, QIN)
    assert states(kept) == [RowState.UNCHANGED] * 2
    assert plan_of(kept).does_nothing
    applied = apply(secretary, kept)
    assert (applied.new, applied.changed, applied.unchanged) == ([], [], 2)


def test_changed_row_says_from_what_to_what(secretary, office):
    apply(secretary, upload(secretary, office, FANG, QIN))
    kept = upload(secretary, office, changed(FANG, 单位="财务科", 职务="科长"), QIN)
    changes = plan_of(kept).rows[0].changes
    assert [(c.field, c.before, c.after) for c in changes] == [
        ("unit", "办公室", "财务科"),
        ("post", "主任", "科长"),
    ]
    apply(secretary, kept)
    assert Cadre.objects.get(staff_number="Q1001").unit.name == "财务科"


def test_account_and_login_survive_a_change(secretary, office):
    known = CadreFactory(staff_number="Q1001", name="方正言", unit=office, birth_month="1975-08")
    apply(secretary, upload(secretary, office, FANG))
    password, activated_at = known.password, known.activated_at
    known.refresh_from_db()
    assert known.post == "主任"
    assert (known.password, known.activated_at) == (password, activated_at)


def test_columns_that_the_file_lacks_stay_as_they_are(secretary, office):
    apply(secretary, upload(secretary, office, FANG))
    kept = upload(secretary, office, ["Q1001", "方正言", "局长"], headers=["工号", "姓名", "职务"])
    apply(secretary, kept)
    fang = Cadre.objects.get(staff_number="Q1001")
    assert (fang.post, fang.phone, fang.unit.name) == ("局长", "13800000000", "办公室")


def test_people_who_are_not_in_the_file_are_named_and_stay(secretary, office):
    apply(secretary, upload(secretary, office, FANG, QIN))
    kept = upload(secretary, office, FANG)
    assert {cadre.staff_number for cadre in plan_of(kept).missing} >= {"Q1002"}
    apply(secretary, kept)
    assert Cadre.objects.in_office().filter(staff_number="Q1002").exists()


@pytest.mark.parametrize(
    ("header", "cell", "field"),
    [
        ("工号", "", "staff_number"), ("姓名", "", "name"), ("出生年月", 1975.1, "birth_month"),
        ("出生年月", "1975.13", "birth_month"), ("联系电话", "1380", "phone"),
        ("职务", "=1+1", "post"), ("单位", "", "unit"), ("性别", "X", "gender"),
        ("任现职时间", "1990.01", "post_since"),
    ],
)  # fmt: skip
def test_wrong_cell_is_refused_at_its_place(secretary, office, header, cell, field):
    kept = upload(secretary, office, changed(FANG, **{header: cell}), QIN)
    assert list(errors(kept)) == [field]
    assert states(kept) == [RowState.WRONG, RowState.NEW]
    with pytest.raises(ImportHasMistakes):
        apply(secretary, kept)
    assert not Cadre.objects.filter(staff_number__startswith="Q100").exists()


def test_staff_number_twice_names_both_rows(secretary, office):
    kept = upload(secretary, office, FANG, changed(QIN, 工号="Q1001"))
    assert "3" in errors(kept, 0)["staff_number"]
    assert "2" in errors(kept, 1)["staff_number"]


def test_unknown_unit_is_offered_and_created_only_when_agreed(secretary, unit):
    kept = upload(secretary, unit, FANG, QIN)
    assert plan_of(kept).unknown_units == {"办公室": 1, "财务科": 1}
    assert states(kept) == [RowState.WRONG] * 2
    kept = accept_units(by=secretary, kept=kept, names=["办公室", "不在文件里"])
    assert kept.accepted_units == ["办公室"]
    assert states(kept) == [RowState.NEW, RowState.WRONG]
    kept = accept_units(by=secretary, kept=kept, names=["办公室", "财务科"])
    apply(secretary, kept)
    created = Unit.objects.get(name="财务科")
    assert created.path == f"{unit.path}{created.pk}/"
    assert Cadre.objects.get(staff_number="Q1002").unit == created


def test_file_without_a_unit_column_is_of_the_unit_chosen(secretary, unit):
    kept = upload(secretary, unit, ["Q1", "方正言"], headers=["工号", "姓名"])
    apply(secretary, kept)
    assert Cadre.objects.get(staff_number="Q1").unit == unit


@pytest.mark.parametrize("cell", ["办公室主任", "办公室 主任", "{unit}办公室主任", "办公室\n主任"])
def test_unit_and_post_in_one_cell_are_parted(secretary, office, cell):
    row = ["Q1", "方正言", cell.format(unit=office.name)]
    kept = upload(secretary, office, row, headers=["工号", "姓名", "单位及职务"])
    values = plan_of(kept).rows[0].values
    assert (values["unit"].name, values["post"]) == ("办公室", "主任")


def test_unit_and_post_that_cannot_be_parted_are_refused(secretary, office):
    kept = upload(
        secretary, office, ["Q1", "方正言", "主任"], headers=["工号", "姓名", "单位及职务"]
    )
    assert list(errors(kept)) == ["unit_post"]


def test_unit_name_that_means_two_is_refused_until_written_in_full(secretary, office):
    other = UnitFactory(parent=office, name="下属中心")
    twin = UnitFactory(parent=other, name="办公室")
    kept = upload(secretary, office, FANG, changed(QIN, 单位="下属中心/办公室"))
    assert "下属中心/办公室" in errors(kept)["unit"]
    assert plan_of(kept).rows[1].values["unit"] == twin


def test_people_and_units_out_of_reach_are_refused(unit):
    mine = UnitFactory(parent=unit, name="办公室")
    theirs = UnitFactory(parent=unit, name="财务科")
    secretary = RoleAssignmentFactory(role=Role.SECRETARY, unit=mine, cadre__unit=mine).cadre
    CadreFactory(staff_number="Q1001", name="方正言", unit=theirs)
    kept = upload(secretary, mine, FANG, QIN)
    assert list(errors(kept, 0)) == ["staff_number"]
    assert list(errors(kept, 1)) == ["unit"]


def test_other_offices_units_of_the_same_name_do_not_count(secretary, unit, outsider):
    UnitFactory(parent=outsider.unit, name="办公室")
    assert plan_of(upload(secretary, unit, FANG)).unknown_units == {"办公室": 1}


def test_who_has_left_is_not_brought_back(secretary, office):
    CadreFactory(staff_number="Q1001", name="方正言", unit=office, is_active=False)
    assert list(errors(upload(secretary, office, FANG))) == ["staff_number"]


def test_number_of_another_person_is_refused(secretary, office):
    CadreFactory(staff_number="Q1001", name="赵怀瑾", unit=office, birth_month="1990-01")
    assert "赵怀瑾" in errors(upload(secretary, office, FANG))["staff_number"]


def test_only_the_secretary_of_the_unit_uploads(cadre, outsider, unit):
    for somebody in (cadre, outsider):
        with pytest.raises(PermissionDenied):
            upload(somebody, unit, FANG)


def test_role_that_ended_since_the_upload_ends_the_import(secretary, office):
    kept = upload(secretary, office, FANG)
    digest = plan_of(kept).digest()
    secretary.role_assignments.all().delete()
    with pytest.raises(PermissionDenied):
        apply_import(by=secretary, kept=kept, digest=digest)


def test_nobody_applies_mends_or_discards_anothers_upload(secretary, office):
    kept = upload(secretary, office, FANG)
    other = RoleAssignmentFactory(role=Role.SECRETARY, unit=office, cadre__unit=office).cadre
    for attempt in (
        lambda: apply_import(by=other, kept=kept, digest=plan_of(kept).digest()),
        lambda: mend_row(by=other, kept=kept, line=2, cells={}),
        lambda: accept_units(by=other, kept=kept, names=[]),
        lambda: discard_import(by=other, kept=kept),
    ):
        with pytest.raises(PermissionDenied):
            attempt()


def test_roster_that_changed_since_the_preview_is_shown_again(secretary, office):
    apply(secretary, upload(secretary, office, FANG))
    kept = upload(secretary, office, changed(FANG, 职务="副主任"))
    digest = plan_of(kept).digest()
    Cadre.objects.filter(staff_number="Q1001").update(post="局长")
    with pytest.raises(ImportOutdated):
        apply_import(by=secretary, kept=kept, digest=digest)
    assert Cadre.objects.get(staff_number="Q1001").post == "局长"
    assert apply(secretary, kept).changed


def test_number_given_away_in_the_same_moment_is_an_outdated_import(secretary, office, monkeypatch):
    def refuse(*args, **kwargs):
        raise IntegrityError

    kept = upload(secretary, office, FANG)
    digest = plan_of(kept).digest()
    monkeypatch.setattr(importing.Cadre.objects, "bulk_create", refuse)
    with pytest.raises(ImportOutdated):
        apply_import(by=secretary, kept=kept, digest=digest)
    assert RosterImport.objects.filter(pk=kept.pk).exists()


def test_applied_upload_is_gone(secretary, office):
    kept = upload(secretary, office, FANG)
    digest = plan_of(kept).digest()
    apply_import(by=secretary, kept=kept, digest=digest)
    assert not RosterImport.objects.exists()
    with pytest.raises(ImportOutdated):
        apply_import(by=secretary, kept=kept, digest=digest)


def test_new_upload_takes_the_place_of_the_old_one(secretary, office):
    upload(secretary, office, FANG)
    kept = upload(secretary, office, QIN)
    assert list(RosterImport.objects.all()) == [kept]


def test_mended_row_is_checked_again(secretary, office):
    kept = upload(secretary, office, changed(FANG, 联系电话="138"), QIN)
    assert mend_row(by=secretary, kept=kept, line=2, cells={"phone": "139"}).errors
    row = mend_row(by=secretary, kept=kept, line=2, cells={"phone": "13900000000"})
    assert row.state is RowState.NEW
    kept.refresh_from_db()
    apply(secretary, kept)
    assert Cadre.objects.get(staff_number="Q1001").phone == "13900000000"


def test_number_that_is_not_touched_stays_in_doubt_when_mending(secretary, office):
    kept = upload(secretary, office, changed(FANG, 出生年月=1975.1, 联系电话="138"))
    row = mend_row(
        by=secretary, kept=kept, line=2, cells={"birth_month": "1975.1", "phone": "13900000000"}
    )
    assert list(row.errors) == ["birth_month"]
    row = mend_row(by=secretary, kept=kept, line=2, cells={"birth_month": "1975.10"})
    assert row.values["birth_month"] == "1975-10"


def test_mending_a_row_that_is_not_there_does_nothing(secretary, office):
    assert mend_row(by=secretary, kept=upload(secretary, office, FANG), line=99, cells={}) is None


def test_office_roster_goes_in_as_it_is(secretary, office):
    apply(secretary, upload(secretary, office, data=office_book()))
    people = Cadre.objects.filter(staff_number__in=["1001", "1002", "1003"])
    assert [(c.name, c.unit.name, c.ethnicity) for c in people] == [
        ("方正言", "办公室", "汉族"),
        ("艾力·买买提", "办公室", "维吾尔族"),
        ("秦守廉", "财务科", "回族"),
    ]


def test_template_goes_in_without_its_example(secretary, office):
    book = load_workbook(io.BytesIO(make_template()))
    sheet = book["花名册"]
    headers = [cell.value for cell in sheet[1]]
    sheet.append([{"工号*": "Q1", "姓名*": "方正言", "单位*": "办公室"}.get(h) for h in headers])
    buffer = io.BytesIO()
    book.save(buffer)
    assert [row.cells["staff_number"] for row in read_roster(buffer.getvalue()).rows] == ["Q1"]


def test_mistakes_come_back_mended(secretary, office):
    kept = upload(secretary, office, changed(FANG, 联系电话="138", 备注="+注"), QIN)
    wrong = [row for row in plan_of(kept).rows if row.state is RowState.WRONG]
    data = make_mistakes(importing.table_of(kept).fields, wrong)
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    headers = [cell.value for cell in sheet[1]]
    assert "电话" in sheet.cell(2, 2).value
    sheet.cell(2, headers.index("联系电话") + 1).value = "13900000000"
    buffer = io.BytesIO()
    sheet.parent.save(buffer)
    again = upload(secretary, office, data=buffer.getvalue())
    assert states(again) == [RowState.NEW]
    assert plan_of(again).rows[0].values["note"] == "+注"


def test_mistakes_keep_a_doubtful_number_a_number(secretary, office):
    kept = upload(secretary, office, changed(FANG, 出生年月=1975.1))
    data = make_mistakes(importing.table_of(kept).fields, plan_of(kept).rows)
    again = upload(secretary, office, data=data)
    assert list(errors(again)) == ["birth_month"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_looks_like_a_formula_is_neutralised_in_mistakes(start):
    assert neutral(f"{start}cmd|' /C calc'!A0").startswith("'")


def test_neutralised_cells_are_no_formulas_in_the_file(secretary, office):
    kept = upload(secretary, office, changed(FANG, 姓名="@SUM(1)", 备注="-1+1"))
    data = make_mistakes(importing.table_of(kept).fields, plan_of(kept).rows)
    cells = [cell for row in load_workbook(io.BytesIO(data)).worksheets[0] for cell in row]
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
    assert not [c for c in cells if str(c.value or "").startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("count", [3, 30])
def test_preview_asks_the_database_the_same_however_many_rows(
    secretary, office, count, django_assert_num_queries
):
    rows = [changed(FANG, 工号=f"Q{number}") for number in range(count)]
    kept = upload(secretary, office, *rows)
    with django_assert_num_queries(4):
        plan_of(kept)


@pytest.mark.parametrize("count", [3, 30])
def test_applying_asks_the_database_the_same_however_many_rows(
    secretary, office, count, django_assert_max_num_queries
):
    rows = [changed(FANG, 工号=f"Q{number}") for number in range(count)]
    kept = upload(secretary, office, *rows)
    digest = plan_of(kept).digest()
    with django_assert_max_num_queries(20):
        apply_import(by=secretary, kept=kept, digest=digest)
    kept = upload(secretary, office, *[changed(row, 职务="局长") for row in rows])
    digest = plan_of(kept).digest()
    with django_assert_max_num_queries(20):
        apply_import(by=secretary, kept=kept, digest=digest)


def test_character_that_no_font_has_is_warned_of_and_can_be_applied(secretary, office):
    rare = changed(FANG, 姓名="王\U0002b81d", 职务="主\U0002b81d任", 备注="\U0002b81d")
    kept = upload(secretary, office, rare, QIN)
    plan = plan_of(kept)
    assert [row.line for row in plan.doubtful] == [2]
    assert [(header, text) for header, text, _why in plan.rows[0].doubts] == [
        ("姓名", "王\U0002b81d"),
        ("职务", "主\U0002b81d任"),
    ]
    assert all("\U0002b81d (U+2B81D)" in why for *_cell, why in plan.rows[0].doubts)
    assert (plan.rows[0].state, plan.is_clean) == (RowState.NEW, True)
    apply(secretary, kept)
    assert Cadre.objects.filter(name="王\U0002b81d").exists()


def test_new_unit_with_a_character_that_no_font_has_is_warned_of(secretary, unit):
    kept = upload(secretary, unit, changed(FANG, 单位="\U0002b81d科", 职级="\U0002b81d级"))
    kept = accept_units(by=secretary, kept=kept, names=["\U0002b81d科"])
    assert list(plan_of(kept).rows[0].warnings) == ["unit", "rank"]


def test_fonts_that_cannot_be_used_warn_of_no_name(secretary, office, unusable_font):
    kept = upload(secretary, office, changed(FANG, 姓名="王\U0002b81d"))
    assert plan_of(kept).doubtful == []
