"""What the letters are as files: PDF/A-3a, PDF/UA-1, sound, the same in every process."""

import hashlib

import page
import pytest

from meetings.papers.make_up_record import render_make_up_record
from meetings.papers.notice import render_notice
from meetings.papers.outline import render_outline

from . import letter_samples
from .conftest import complaints_of_qpdf, run_elsewhere


@pytest.fixture(scope="module")
def letters():
    return {
        "notice": render_notice(letter_samples.notice_facts()),
        "bare notice": render_notice(letter_samples.bare_notice_facts()),
        "outline": render_outline(letter_samples.outline_facts()),
        "make-up record": render_make_up_record(letter_samples.make_up_facts()),
    }


LETTERS = ["notice", "bare notice", "outline", "make-up record"]


@pytest.mark.parametrize("profile", ["pdfa-3a", "pdfua-1"])
@pytest.mark.parametrize("letter", LETTERS)
def test_letter_passes_the_referee(letters, letter, profile):
    report = page.validate_pdf_bytes(letters[letter], profile=profile)
    assert [(failure.rule_id, failure.message) for failure in report.failures] == []
    assert report.is_compliant


@pytest.mark.parametrize("letter", LETTERS)
def test_letter_is_sound_to_qpdf(letters, letter, tmp_path):
    assert complaints_of_qpdf(letters[letter], tmp_path) == ""


def test_same_facts_give_the_same_bytes_in_another_process(letters):
    script = (
        "import hashlib\n"
        "from tests.meetings.papers import letter_samples as samples\n"
        "from meetings.papers.notice import render_notice\n"
        "from meetings.papers.make_up_record import render_make_up_record\n"
        "pdf = render_notice(samples.notice_facts())\n"
        "pdf += render_make_up_record(samples.make_up_facts())\n"
        "print(hashlib.sha256(pdf).hexdigest())\n"
    )
    other = run_elsewhere(script)
    here = letters["notice"] + letters["make-up record"]
    assert other == hashlib.sha256(here).hexdigest()
