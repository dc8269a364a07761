"""The extension of WeasyPrint's line layout is held to one version."""

import pytest
import weasyprint

from meetings.papers.linelayout import WEASYPRINT_VERSION, UnsupportedWeasyPrint, install


def test_installed_weasyprint_is_the_one_extended():
    assert weasyprint.VERSION == WEASYPRINT_VERSION


def test_another_weasyprint_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(weasyprint, "VERSION", "71.0")
    with pytest.raises(UnsupportedWeasyPrint, match=r"extends WeasyPrint 70\.0; 71\.0"):
        install()
