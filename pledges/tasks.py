"""Work done outside the request, by the task worker."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation
from django_tasks import task

from .models import SigningKey


@task()
def mail_key_change(key_id: int) -> bool:
    """Tells the owner by mail that a key was enrolled or given up; False without an address."""
    key = SigningKey.objects.select_related("owner", "removal").get(pk=key_id)
    address = getattr(key.owner, get_user_model().get_email_field_name())
    if not address:
        return False
    context = {"key": key, "site_url": settings.SITE_URL}
    with translation.override(settings.LANGUAGE_CODE):
        subject = render_to_string("pledges/mail_key_subject.txt", context).strip()
        body = render_to_string("pledges/mail_key.txt", context)
        send_mail(subject, body, None, [address])
    return True
