"""The administrator: keeps units, cadres and roles, and can become nobody else."""

import pytest
from django.test import Client
from django.urls import reverse

from meetings.admin import site
from meetings.models import Cadre, Role, RoleAssignment, Unit
from tests.factories import PASSWORD, CadreFactory, UnitFactory

pytestmark = pytest.mark.usefixtures("db", "empty_cache")


@pytest.fixture
def administrator(unit):
    return CadreFactory(unit=unit, is_staff=True, is_superuser=True)


@pytest.fixture
def client(client_of, administrator):
    return client_of(administrator)


def posted(cadre, **changes):
    """The form of a cadre as a browser would send it."""
    names = [
        "staff_number", "name", "gender", "ethnicity", "birth_month", "political_status",
        "post", "rank", "post_since", "phone", "email", "note",
    ]  # fmt: skip
    form = {name: getattr(cadre, name) for name in names}
    return {**form, "unit": cadre.unit_id, "order": "", "is_active": "on", **changes}


def test_admin_shows_units_cadres_and_roles_and_nothing_else():
    assert set(site._registry) == {Unit, Cadre, RoleAssignment}


@pytest.mark.parametrize("model", ["unit", "cadre", "roleassignment"])
def test_admin_lists_and_forms_open(client, model, cadre):
    RoleAssignment.objects.create(cadre=cadre, role=Role.SPEAKER, unit=cadre.unit)
    assert client.get(reverse(f"admin:meetings_{model}_changelist")).status_code == 200
    row = {"unit": Unit, "cadre": Cadre, "roleassignment": RoleAssignment}[model].objects.first()
    assert client.get(reverse(f"admin:meetings_{model}_change", args=[row.pk])).status_code == 200


def test_admin_cannot_set_a_password_rights_or_another_number(client, cadre):
    before = cadre.password
    url = reverse("admin:meetings_cadre_change", args=[cadre.pk])
    client.post(
        url,
        posted(
            cadre,
            post="主任",
            staff_number="G00000",
            password="x",
            is_staff="on",
            is_superuser="on",
            activated_at_0="2020-01-01",
            activated_at_1="00:00",
        ),
    )
    number, activated = cadre.staff_number, cadre.activated_at
    cadre.refresh_from_db()
    assert cadre.post == "主任"
    assert (cadre.password, cadre.staff_number, cadre.activated_at) == (before, number, activated)
    assert not cadre.is_staff
    assert not cadre.is_superuser


def test_admin_page_of_a_cadre_shows_no_password_hash(client, cadre):
    page = client.get(reverse("admin:meetings_cadre_change", args=[cadre.pk])).content.decode()
    assert cadre.password not in page
    assert 'name="password"' not in page


def test_admin_has_no_page_to_set_anothers_password(client, cadre):
    before = cadre.password
    entry = {"password1": "Taken-Over-1", "password2": "Taken-Over-1", "usable_password": "true"}
    client.post(f"/admin/meetings/cadre/{cadre.pk}/password/", entry)
    cadre.refresh_from_db()
    assert cadre.password == before


def test_cadre_added_in_admin_cannot_log_in_before_activation(client, unit):
    new = CadreFactory.build(unit=unit, staff_number="G70001")
    client.post(reverse("admin:meetings_cadre_add"), posted(new))
    cadre = Cadre.objects.get(staff_number="G70001")
    assert not cadre.has_usable_password()
    assert cadre.activated_at is None


def test_unit_added_in_admin_stands_in_the_tree(client, unit):
    entry = {"name": "审计科", "parent": unit.pk, "order": "0", "number_prefix": ""}
    client.post(reverse("admin:meetings_unit_add"), entry)
    new = Unit.objects.get(name="审计科")
    assert new.path == f"{unit.path}{new.pk}/"


def test_unit_moved_in_admin_takes_those_below_it_along(client, unit):
    moved = UnitFactory()
    below = UnitFactory(parent=moved)
    entry = {"name": "新名", "parent": unit.pk, "order": "7", "number_prefix": "青"}
    client.post(reverse("admin:meetings_unit_change", args=[moved.pk]), entry)
    moved.refresh_from_db()
    below.refresh_from_db()
    assert (moved.name, moved.parent, moved.order) == ("新名", unit, 7)
    assert below.path == f"{unit.path}{moved.pk}/{below.pk}/"


def test_unit_is_not_put_below_itself(client, unit):
    below = UnitFactory(parent=unit)
    entry = {"name": unit.name, "parent": below.pk, "order": "0", "number_prefix": ""}
    response = client.post(reverse("admin:meetings_unit_change", args=[unit.pk]), entry)
    assert "parent" in response.context["adminform"].form.errors


@pytest.mark.parametrize("model", ["unit", "cadre"])
def test_admin_deletes_neither_units_nor_cadres(client, cadre, model):
    pk = {"unit": cadre.unit_id, "cadre": cadre.pk}[model]
    url = reverse(f"admin:meetings_{model}_delete", args=[pk])
    assert client.post(url, {"post": "yes"}).status_code == 403
    assert Cadre.objects.filter(pk=cadre.pk).exists()


def test_admin_login_leads_to_the_log_in_with_the_lock_out(administrator):
    client = Client()
    response = client.post(
        "/admin/login/?next=/admin/",
        {"username": administrator.staff_number, "password": PASSWORD},
    )
    assert response.url == "/account/login/?next=/admin/"
    assert "_auth_user_id" not in client.session


def test_admin_password_change_is_the_sites_own(client):
    assert client.get("/admin/password_change/").url == "/account/password/"


def test_admin_is_closed_to_cadres_and_secretaries(client_of, cadre, secretary):
    for user in (cadre, secretary):
        response = client_of(user).get("/admin/", follow=True)
        assert response.status_code == 403


def test_admin_asks_an_anonymous_reader_to_log_in():
    response = Client().get("/admin/", follow=True)
    assert response.redirect_chain[-1] == ("/account/login/?next=/admin/", 302)
