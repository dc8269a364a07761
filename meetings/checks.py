"""The system checks that the unit's seal is fit to be used, and its own fonts."""

import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from .papers.exceptions import SealError, SiteFontUnusable
from .papers.fonts import site_fonts
from .papers.seal_keys import (
    SealKey,
    certificate_name,
    configured_seal,
    find_chain,
    find_contradictions,
)

SECRETS = ("SEAL_PKCS12", "SEAL_PASSWORD_FILE", "SEAL_PKCS11_PIN_FILE")
HINT = "docs/operating.md says what the seal needs."
EXPIRES_SOON = timedelta(days=30)


def check_seal(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Errors for a seal that is half set up or cannot serve; a Warning where there is none.

    Without a seal the app runs, but closes no meeting. Nothing is made here, and no token opened.
    """
    contradictions = list(find_contradictions())
    if contradictions:
        return [Error(text, hint=HINT, id="meetings.E001") for text in contradictions]
    if not (settings.SEAL_PKCS12 or settings.SEAL_PKCS11_MODULE):
        if settings.TRIAL:
            return []
        return [
            Warning("No seal is set up: no meeting can be closed.", hint=HINT, id="meetings.W001")
        ]
    try:
        setup = configured_seal()
    except SealError as error:
        return [Error(str(error), hint=HINT, id="meetings.E002")]
    messages = list(_check_secrets())
    if isinstance(setup.holder, SealKey):
        try:
            messages += _check_certificate(setup.holder, setup.roots)
        except SealError as error:
            messages.append(Error(str(error), hint=HINT, id="meetings.E002"))
    elif not Path(setup.holder.module).is_file():
        text = f"SEAL_PKCS11_MODULE ({setup.holder.module}) is not there."
        messages.append(Error(text, hint=HINT, id="meetings.E002"))
    return messages


def check_site_fonts(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """An Error for each font of PAPER_SITE_FONTS that cannot be used: no paper is made with it."""
    try:
        site_fonts()
    except SiteFontUnusable as error:
        hint = "docs/operating.md says what PAPER_SITE_FONTS needs."
        return [
            Error(f"PAPER_SITE_FONTS: {problem}", hint=hint, id="meetings.E005")
            for problem in error.problems
        ]
    return []


def _check_secrets() -> Iterator[CheckMessage]:
    for name in SECRETS:
        file = getattr(settings, name)
        if file and Path(file).stat().st_mode & stat.S_IRWXO:
            yield Warning(
                f"{name} ({file}) is open to everybody on this machine.",
                hint=f"chmod o= {file}",
                id="meetings.W002",
            )


def _check_certificate(key: SealKey, roots: Sequence[x509.Certificate]) -> Iterator[CheckMessage]:
    certificate, now = key.certificate, datetime.now(UTC)
    name, until = certificate_name(certificate), certificate.not_valid_after_utc
    if not certificate.not_valid_before_utc <= now <= until:
        yield Error(
            f"The seal's certificate “{name}” is valid from"
            f" {certificate.not_valid_before_utc.date()} to {until.date()} only.",
            hint=HINT,
            id="meetings.E003",
        )
    elif until - now < EXPIRES_SOON:
        yield Warning(
            f"The seal's certificate “{name}” expires on {until.date()}.",
            hint="Ask its issuer for a new one in time.",
            id="meetings.W003",
        )
    try:
        find_chain(certificate, key.others, roots)
    except SealError as error:
        yield Error(str(error), hint=HINT, id="meetings.E004")
