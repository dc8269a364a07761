"""The roster's pages."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from meetings.models import ActivationCode, Cadre, RosterImport
from meetings.roster.importing import plan_of, start_import
from tests.factories import CadreFactory, UnitFactory

from .books import FANG, QIN, book_of, changed

pytestmark = pytest.mark.django_db
PAGES = ("roster", "roster_template", "roster_slips", "roster_import")
IMPORT_PAGES = {
    "roster_preview": "get", "roster_mistakes": "get", "roster_units": "post",
    "roster_apply": "post", "roster_discard": "post",
}  # fmt: skip


@pytest.fixture
def office(unit):
    UnitFactory(parent=unit, name="办公室")
    UnitFactory(parent=unit, name="财务科")
    return unit


@pytest.fixture
def kept(secretary, office):
    """An upload with one right row and one whose phone is wrong."""
    rows = [FANG, changed(QIN, 联系电话="138")]
    return start_import(by=secretary, unit=office, file_name="花名册.xlsx", data=book_of(*rows))


@pytest.fixture
def page(secretary, client_of):
    return client_of(secretary)


def url(name, *args):
    return reverse(f"meetings:{name}", args=args)


def send(page, unit, data, name="花名册.xlsx"):
    file = SimpleUploadedFile(name, data)
    return page.post(url("roster_import"), {"file": file, "unit": unit.pk})


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_for_secretaries(client, client_of, page, cadre, inspector, name):
    assert page.get(url(name)).status_code == 200
    assert client_of(cadre).get(url(name)).status_code == 403
    assert client_of(inspector).get(url(name)).status_code == 403
    assert client.get(url(name)).status_code == 302


@pytest.mark.parametrize("name", ["roster", "roster_template"])
def test_pages_to_read_take_no_post(page, name):
    assert page.post(url(name)).status_code == 405


@pytest.mark.parametrize(("name", "method"), IMPORT_PAGES.items())
def test_upload_is_its_owners_alone(client, client_of, page, outsider, kept, name, method):
    other = "get" if method == "post" else "post"
    assert getattr(client, method)(url(name, kept.pk)).status_code == 302
    assert getattr(client_of(outsider), method)(url(name, kept.pk)).status_code == 404
    assert getattr(page, other)(url(name, kept.pk)).status_code == 405
    assert RosterImport.objects.filter(pk=kept.pk).exists()


def test_roster_shows_the_people_of_ones_units_in_order(page, office, outsider):
    CadreFactory(unit=office, name="田大利", rank="副科级")
    CadreFactory(unit=office, name="丁守正", rank="正处级")
    CadreFactory(unit=outsider.unit, name="别家人")
    text = page.get(url("roster")).content.decode()
    assert text.index("丁守正") < text.index("田大利")
    assert "别家人" not in text


def test_roster_pads_short_names_and_marks_women(page, office):
    CadreFactory(unit=office, name="田富", gender="女", ethnicity="回族")
    assert "田\u3000富（女，回族）" in page.get(url("roster")).content.decode()


@pytest.mark.parametrize("words", ["田富", "田 富", "T77", "财务"])
def test_roster_finds_by_name_number_and_unit(page, office, words):
    CadreFactory(unit=office.children.get(name="财务科"), name="田富", staff_number="T77")
    CadreFactory(unit=office, name="丁守正")
    text = page.get(url("roster"), {"q": words}).content.decode()
    assert "T77" in text
    assert "丁守正" not in text


def test_roster_says_what_to_do_when_nobody_fits(page):
    assert page.get(url("roster"), {"q": "查无此人"}).status_code == 200


def test_roster_asks_the_database_the_same_for_few_and_many(page, office):
    page.get(url("roster"))  # the first visit also writes the session
    queries = []
    for more in (3, 27):
        for _number in range(more):
            CadreFactory(unit=office, activated_at=None)
        with CaptureQueriesContext(connection) as captured:
            page.get(url("roster"))
        queries.append([query["sql"] for query in captured])
    assert len(queries[0]) == len(queries[1])


def test_preview_warns_of_a_character_that_no_font_has(page, secretary, office):
    data = book_of(changed(FANG, 姓名="王\U0002b81d"), QIN)
    kept = start_import(by=secretary, unit=office, file_name="花名册.xlsx", data=data)
    answer = page.get(url("roster_preview", kept.pk))
    text = answer.content.decode()
    assert text.count("\U0002b81d (U+2B81D)") == 2  # above the rows, and in its row
    assert f'action="{url("roster_apply", kept.pk)}"' in text
    assert f'href="{url("paper_fonts")}"' in text.partition("<main")[2]


def test_preview_of_names_that_print_warns_of_nothing(page, kept):
    assert "U+" not in page.get(url("roster_preview", kept.pk)).content.decode()


def test_template_can_be_downloaded(page):
    answer = page.get(url("roster_template"))
    assert "no-store" in answer["Cache-Control"]
    assert load_workbook(io.BytesIO(answer.content)).sheetnames[0] == "花名册"


def test_upload_leads_to_its_preview(page, office):
    answer = send(page, office, book_of(FANG, QIN))
    kept = RosterImport.objects.get()
    assert answer.url == url("roster_preview", kept.pk)
    assert not Cadre.objects.filter(staff_number="Q1001").exists()


@pytest.mark.parametrize("data", [b"abc", b"\x89PNG\r\n\x1a\n" + b"\0" * 99])
def test_upload_that_is_no_roster_is_refused_in_words(page, office, data):
    answer = send(page, office, data)
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]


def test_upload_for_a_unit_out_of_reach_is_refused(page, outsider, office):
    assert send(page, outsider.unit, book_of(FANG)).status_code == 422
    assert not RosterImport.objects.exists()


def test_preview_shows_what_each_row_does(page, kept):
    text = page.get(url("roster_preview", kept.pk)).content.decode()
    assert "方正言" in text
    assert url("roster_mend", kept.pk, 3) in text
    assert url("roster_apply", kept.pk) not in text
    wrong = page.get(url("roster_preview", kept.pk), {"show": "wrong"}).content.decode()
    assert "方正言" not in wrong


def test_preview_counts_its_rows(page, kept):
    filters = page.get(url("roster_preview", kept.pk)).context["filters"]
    assert [count for _value, _label, count in filters] == [2, 1, 0, 0, 1]


def test_wrong_row_is_mended_on_the_spot(page, kept):
    address = url("roster_mend", kept.pk, 3)
    assert page.get(address).context["form"].errors["phone"]
    typed = {name: field.value() for name, field in zip(
        page.get(address).context["form"].fields, page.get(address).context["form"], strict=True
    )}  # fmt: skip
    assert page.post(address, {**typed, "phone": "1"}).status_code == 422
    answer = page.post(address, {**typed, "phone": "13900000000"})
    assert answer.url.startswith(url("roster_preview", kept.pk))
    kept.refresh_from_db()
    assert plan_of(kept).is_clean


def test_row_mended_before_its_unit_is_agreed_to_leads_back_and_is_kept(page, secretary, office):
    rows = [changed(QIN, 联系电话="138", 单位="新设股")]
    kept = start_import(by=secretary, unit=office, file_name="花名册.xlsx", data=book_of(*rows))
    (row,) = plan_of(kept).rows
    form = page.get(url("roster_mend", kept.pk, row.line)).context["form"]
    typed = {name: form[name].value() for name in form.fields}
    answer = page.post(url("roster_mend", kept.pk, row.line), {**typed, "phone": "13900000000"})
    assert answer.status_code == 302
    kept.refresh_from_db()
    (row,) = plan_of(kept).rows
    assert row.waits_for_unit_alone


def test_row_that_is_not_there_leads_back(page, kept):
    for answer in (
        page.get(url("roster_mend", kept.pk, 99)),
        page.post(url("roster_mend", kept.pk, 99)),
    ):
        assert answer.url == url("roster_preview", kept.pk)


def test_mending_is_the_owners_alone(client_of, outsider, kept):
    assert client_of(outsider).post(url("roster_mend", kept.pk, 3)).status_code == 404


def test_mistakes_are_downloaded_with_their_reasons(page, kept):
    answer = page.get(url("roster_mistakes", kept.pk))
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert sheet.max_row == 2
    assert "联系电话" in sheet.cell(2, 2).value


def test_roster_is_applied_from_the_preview(page, secretary, office):
    send(page, office, book_of(FANG, QIN))
    kept = RosterImport.objects.get()
    digest = page.get(url("roster_preview", kept.pk)).context["plan"].digest()
    answer = page.post(url("roster_apply", kept.pk), {"digest": digest})
    assert answer.url == url("roster_slips")
    assert Cadre.objects.filter(staff_number__in=["Q1001", "Q1002"]).count() == 2


def test_outdated_or_wrong_import_is_shown_again_and_changes_nothing(page, kept):
    for digest in ("", plan_of(kept).digest()):
        answer = page.post(url("roster_apply", kept.pk), {"digest": digest})
        assert answer.status_code == 409
        assert answer.context["problem"]
    assert not Cadre.objects.filter(staff_number="Q1001").exists()


@pytest.mark.parametrize("agreed", [{"unit": ["办公室"]}, {"all": "1"}])
def test_unknown_units_are_agreed_to_on_the_preview(page, unit, agreed):
    send(page, unit, book_of(FANG))
    kept = RosterImport.objects.get()
    assert "办公室" in page.get(url("roster_preview", kept.pk)).content.decode()
    page.post(url("roster_units", kept.pk), {"unit": ["别的"]})
    kept.refresh_from_db()
    assert not plan_of(kept).is_clean
    page.post(url("roster_units", kept.pk), agreed)
    kept.refresh_from_db()
    assert plan_of(kept).is_clean


def test_upload_can_be_thrown_away(page, kept):
    page.post(url("roster_discard", kept.pk))
    assert not RosterImport.objects.exists()


def test_slips_page_shows_no_code_and_issues_none(page, office):
    CadreFactory(unit=office, activated_at=None)
    page.get(url("roster_slips"))
    assert not ActivationCode.objects.exists()


def test_slips_are_printed_once_with_their_codes(page, office, outsider):
    waiting = CadreFactory(unit=office, activated_at=None)
    CadreFactory(unit=outsider.unit, activated_at=None)
    answer = page.post(url("roster_slips"))
    assert "no-store" in answer["Cache-Control"]
    [(cadre, code)] = answer.context["slips"]
    assert cadre == waiting
    assert code in answer.content.decode()
    assert page.post(url("roster_slips")).status_code == 302
    again = page.post(url("roster_slips"), {"again": "on", "q": waiting.staff_number})
    assert again.context["slips"][0][1] != code


def test_forgotten_password_is_reset_for_a_new_slip(page, cadre):
    answer = page.post(url("roster_reset"), {"staff_number": cadre.staff_number})
    assert cadre.staff_number in answer.url
    cadre.refresh_from_db()
    assert cadre.activated_at is None


def test_reset_reaches_nobody_elsewhere(page, client_of, cadre, outsider):
    page.post(url("roster_reset"), {"staff_number": outsider.staff_number})
    outsider.refresh_from_db()
    assert outsider.activated_at is not None
    assert client_of(cadre).post(url("roster_reset"), {"staff_number": "x"}).status_code == 403


class TestActivation:
    PASSWORD = "Qingfeng-2026"

    @pytest.fixture
    def slip(self, page, office):
        newcomer = CadreFactory(unit=office, activated_at=None, password="!")
        [(_cadre, code)] = page.post(url("roster_slips")).context["slips"]
        return {"staff_number": newcomer.staff_number, "code": code}

    def typed(self, slip, **other):
        words = {"password": self.PASSWORD, "password_again": self.PASSWORD}
        return {**slip, **words, **other}

    def test_slip_and_password_lead_to_ones_own_page(self, client, slip):
        answer = client.post(url("activate"), self.typed(slip))
        assert answer.url == url("me")
        assert client.get(url("me")).context["user"].staff_number == slip["staff_number"]

    def test_wrong_slip_is_refused_in_the_same_words_for_everyone(self, client, slip):
        said = {
            str(client.post(url("activate"), self.typed(slip, **other)).context["form"].errors)
            for other in ({"code": "2222-2222-2222"}, {"staff_number": "nobody"})
        }
        assert len(said) == 1
        assert "_auth_user_id" not in client.session

    @pytest.mark.parametrize(
        "other",
        [{"password_again": "Other-2026"}, {"password": "1", "password_again": "1"}, {"code": ""}],
    )
    def test_what_is_wrong_is_said_at_its_field(self, client, slip, other):
        answer = client.post(url("activate"), self.typed(slip, **other))
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) & {"password", "password_again", "code"}
        assert self.PASSWORD not in answer.content.decode()

    def test_page_is_public_and_never_cached(self, client):
        answer = client.get(url("activate"))
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        assert client.put(url("activate")).status_code == 405
