"""Unpacks the paper fonts, so that the first paper does not wait for them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from meetings.papers.exceptions import SiteFontUnusable
from meetings.papers.fonts import prepared_fonts


class Command(BaseCommand):
    """Safe to run at any time and any number of times."""

    help = "Unpack the fonts of the papers into PAPER_FONT_DIR, unless they are there already."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            fonts = prepared_fonts()
        except SiteFontUnusable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("Fonts ready: %(characters)s characters in %(folder)s")
            % {"characters": len(fonts.characters), "folder": fonts.folder}
        )
