"""The page of a closed meeting's archive number."""

from django.urls import reverse

from meetings.models import Meeting
from tests.factories import MeetingFactory


def address(meeting):
    return reverse("meetings:meeting_archive", args=[meeting.pk])


def closed_by(secretary):
    return MeetingFactory(unit=secretary.unit, created_by=secretary, closed=True)


def test_secretary_gives_the_number(secretary, client_of):
    meeting = closed_by(secretary)
    client = client_of(secretary)
    detail = reverse("meetings:meeting_detail", args=[meeting.pk])
    assert address(meeting) in client.get(detail).content.decode()
    assert client.get(address(meeting)).status_code == 200
    answer = client.post(address(meeting), {"number": "YL-2026-30-0017"})
    assert answer.url == detail
    assert Meeting.objects.get(pk=meeting.pk).archive_number == "YL-2026-30-0017"
    assert "YL-2026-30-0017" in client.get(detail).content.decode()


def test_number_of_another_meeting_is_said_at_the_field(secretary, client_of):
    one, two = closed_by(secretary), closed_by(secretary)
    client = client_of(secretary)
    client.post(address(one), {"number": "YL-1"})
    answer = client.post(address(two), {"number": "YL-1"})
    assert answer.status_code == 422
    assert "YL-1" in answer.content.decode()
    assert Meeting.objects.get(pk=two.pk).archive_number == ""


def test_number_that_no_paper_can_show_is_refused_at_the_field(secretary, client_of):
    meeting = closed_by(secretary)
    answer = client_of(secretary).post(address(meeting), {"number": "YL 1\U0002b81d"})
    assert answer.status_code == 422
    assert "U+2B81D" in answer.context["form"].errors["number"][0]
    assert Meeting.objects.get(pk=meeting.pk).archive_number == ""


def test_open_meeting_has_no_such_page(secretary, client_of):
    meeting = MeetingFactory(unit=secretary.unit, created_by=secretary, signing=True)
    assert client_of(secretary).get(address(meeting)).status_code == 302


def test_others_are_not_let_in(secretary, inspector, outsider, client_of):
    meeting = closed_by(secretary)
    assert client_of(inspector).post(address(meeting), {"number": "x"}).status_code == 403
    assert client_of(outsider).post(address(meeting), {"number": "x"}).status_code == 404
