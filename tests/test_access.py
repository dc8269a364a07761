"""Every address × role × method: no server error, no write by a GET, nobody where they may not go,
and nobody signs for another."""

import itertools
from dataclasses import replace

import pytest
from django.contrib.admin.sites import all_sites
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone

from pledges.models import Pledge, PointConfirmation, Signature
from tests.factories import SignatureFactory
from tests.site import PUBLIC, ROLES, SELF_GUARDED, build_site, may_go, sign_payload
from tests.walk import Walk, routes

pytestmark = pytest.mark.django_db
EVIDENCE = (Pledge, PointConfirmation, Signature)


def walk_as(role: str) -> Walk:
    site = build_site()
    payload = sign_payload(site.people["signer"])
    return Walk(role, site.people[role], site.parameters, may_go, PUBLIC, payload)


@pytest.mark.one_database
@pytest.mark.logs_errors  # whatever is logged at ERROR is among the faults
@pytest.mark.parametrize("role", ROLES)
def test_site_keeps_its_rules_for(role):
    faults = walk_as(role).faults()
    assert not faults, f"{len(faults)} faults\n" + "\n".join(faults)


def test_public_addresses_are_those_listed():
    assert {route.pattern for route in routes() if route.exempt} == PUBLIC | SELF_GUARDED


def test_payload_of_the_walk_signs_for_the_signer(client_of):
    """So that the walk's failure to sign for others means something."""
    signer = build_site().people["signer"]
    payload = sign_payload(signer)
    pledge = Pledge.objects.waiting().get(signer=signer)
    client_of(signer).post(f"/pledges/{pledge.pk}/review/", payload)
    assert Signature.objects.get(pledge=pledge).digest == payload["digest"]


def test_evidence_is_not_edited_in_the_admin_pages(rf):
    request = rf.get("/admin/")
    request.user = build_site().people["superuser"]
    for site, model in itertools.product(all_sites, EVIDENCE):
        if site.is_registered(model):
            page = site.get_model_admin(model)
            assert not page.has_add_permission(request)
            assert not page.has_change_permission(request)
            assert not page.has_delete_permission(request)


def write_on_get(request, pk):
    request.user.last_login = timezone.now()
    request.user.save()
    return HttpResponse("written")


def sign_for_whoever(request, pk):
    if request.method == "POST":
        SignatureFactory(pledge=Pledge.objects.get(pk=pk))
    return HttpResponse("signed")


def break_down(request, pk):
    raise ZeroDivisionError


@login_not_required
def open_to_all(request):
    return HttpResponse("come in")


def plain(request, **parameters):
    return HttpResponse("here")


urlpatterns = [
    path("meetings/<int:pk>/touch/", write_on_get),
    path("pledges/<uuid:pk>/quick/", sign_for_whoever),
    path("meetings/<int:pk>/broken/", break_down),
    path("meetings/<int:pk>/peek/", plain),
    path("preferences/<slug:which>/", plain),
    path("unheard-of/", plain),
    path("open/", open_to_all),
]


@pytest.mark.logs_errors
@pytest.mark.parametrize(
    ("role", "fault"),
    [
        ("secretary", "GET /meetings/1/touch/: a GET writes ['meetings_cadre']"),
        ("secretary", "POST /pledges/1/quick/: signed, confirmed or drafted for another"),
        ("superuser", "POST /pledges/1/quick/: signed, confirmed or drafted for another"),
        ("inspector", "GET /meetings/1/broken/: server error: ZeroDivisionError()"),
        ("outsider", "GET /meetings/1/peek/: is let in with 200"),
        ("speaker", "POST /meetings/1/peek/: is let in with 200"),
        ("another", "GET /pledges/1/quick/: is let in with 200"),
        ("cadre", "GET /?: its parameters have no values in tests/site.py"),
        ("cadre", "GET /unheard-of/: nobody has said in tests/site.py who may go there"),
    ],
)
def test_planted_fault_is_found(role, fault, settings):
    settings.ROOT_URLCONF = __name__
    walk = walk_as(role)
    meeting = walk.parameters["meetings/<int:pk>"][0]
    pledges = walk.parameters["pledges/<uuid:pk>"]
    pledge = Pledge.objects.waiting().get(pk__in=pledges)
    parameters = {"meetings/<int:pk>": [meeting], "pledges/<uuid:pk>": [pledge.pk]}
    found = [
        line.replace(f"/meetings/{meeting}/", "/meetings/1/").replace(str(pledge.pk), "1")
        for line in replace(walk, parameters=parameters).faults()
    ]
    where, _, what = fault.partition(": ")
    assert any(line.startswith(f"{role}: {where} ") and what in line for line in found), found


def test_planted_public_address_is_found(settings):
    settings.ROOT_URLCONF = __name__
    assert {route.pattern for route in routes() if route.exempt} - PUBLIC == {"open/"}
