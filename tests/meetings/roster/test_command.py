"""manage.py import_roster"""

import pytest
from django.core.management import CommandError, call_command

from meetings.models import Cadre, Unit

from .books import FANG, QIN, book_of, changed

pytestmark = pytest.mark.django_db


@pytest.fixture
def roster(tmp_path):
    def write(*rows):
        path = tmp_path / "花名册.xlsx"
        path.write_bytes(book_of(*rows))
        return str(path)

    return write


def test_without_apply_the_plan_is_shown_and_nothing_changes(roster, capsys):
    call_command("import_roster", roster(FANG, QIN), "--unit", "农业农村局")
    said = capsys.readouterr().out
    assert "方正言" in said
    assert "办公室" in said
    assert not Unit.objects.exists()


def test_character_that_no_font_has_is_shown_with_its_row(roster, capsys):
    call_command("import_roster", roster(changed(FANG, 姓名="王\U0002b81d")), "--unit", "局")
    assert "\U0002b81d (U+2B81D)" in capsys.readouterr().out


def test_apply_makes_the_office_from_nothing(roster):
    call_command("import_roster", roster(FANG, QIN), "--apply", "--unit", "农业农村局")
    root = Unit.objects.get(parent=None)
    fang = Cadre.objects.get(staff_number="Q1001")
    assert root.name == "农业农村局"
    assert fang.unit.path == f"{root.path}{fang.unit.pk}/"


def test_one_root_need_not_be_named(roster, unit):
    call_command("import_roster", roster(FANG), "--apply")
    assert Cadre.objects.get(staff_number="Q1001").unit.parent == unit


def test_unit_must_be_named_where_there_are_several_or_none(roster, outsider, unit):
    with pytest.raises(CommandError):
        call_command("import_roster", roster(FANG))
    Unit.objects.exclude(pk=unit.pk).update(parent=unit)
    call_command("import_roster", roster(FANG))


def test_wrong_rows_fail_with_their_reasons_and_change_nothing(roster, unit, capsys):
    with pytest.raises(CommandError):
        call_command("import_roster", roster(FANG, changed(QIN, 联系电话="138")), "--apply")
    assert "联系电话 “138”" in capsys.readouterr().out
    assert not Cadre.objects.filter(staff_number="Q1001").exists()
    assert Unit.objects.count() == 1


@pytest.mark.parametrize("content", [None, b"abc"])
def test_missing_or_unreadable_file_fails_in_words(tmp_path, unit, content):
    path = tmp_path / "x.xlsx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError):
        call_command("import_roster", str(path))
