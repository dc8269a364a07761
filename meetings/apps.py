from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class MeetingsConfig(AppConfig):
    name = "meetings"
    verbose_name = _("meetings")

    def ready(self) -> None:
        from pledges import personal
        from pledges import triggers as evidence
        from pledges.ledger import matching

        from . import checks, ledger_evidence, triggers
        from .papers.glyphs import has_glyph

        evidence.register(self.label, triggers.GUARDS)
        for told in ledger_evidence.EVIDENCE:
            matching.register(told)
        personal.register(has_glyph)
        register(checks.check_seal)
        register(checks.check_site_fonts)
