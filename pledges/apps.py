from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _


class PledgesConfig(AppConfig):
    name = "pledges"
    verbose_name = _("pledges")

    def ready(self) -> None:
        from . import checks, triggers
        from .ledger import evidence_rows, matching

        triggers.register(self.label, triggers.GUARDS)
        register(checks.check_triggers, Tags.database)
        register(checks.check_ledger_key)
        for evidence in evidence_rows.EVIDENCE:
            matching.register(evidence)
