from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MeetingsConfig(AppConfig):
    name = "meetings"
    verbose_name = _("meetings")

    def ready(self) -> None:
        from pledges import triggers as evidence

        from . import triggers

        evidence.register(self.label, triggers.GUARDS)
