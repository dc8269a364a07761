"""What the letters are as files: PDF/A-3a, PDF/UA-1, sound, the same in every process."""

import hashlib
from dataclasses import replace

import page
import pytest

from meetings.papers.facts import Person
from meetings.papers.make_up_record import render_make_up_record, render_make_up_records
from meetings.papers.notice import render_notice
from meetings.papers.outline import render_outline

from . import letter_samples
from .conftest import complaints_of_qpdf, run_elsewhere


def make_up_forms():
    """Two, one of somebody whose reason nobody recorded."""
    facts = letter_samples.make_up_form_facts()
    person = Person("石𬸦", "办公室", "主任")
    return facts, replace(facts, person=person, missed="缺席", reason=None)


@pytest.fixture(scope="module")
def letters():
    return {
        "notice": render_notice(letter_samples.notice_facts()),
        "bare notice": render_notice(letter_samples.bare_notice_facts()),
        "outline": render_outline(letter_samples.outline_facts()),
        "make-up record": render_make_up_record(letter_samples.make_up_facts()),
        "make-up form": render_make_up_record(letter_samples.make_up_form_facts()),
        "make-up forms": render_make_up_records(make_up_forms()),
    }


LETTERS = ["notice", "bare notice", "outline", "make-up record", "make-up form", "make-up forms"]


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
        "from meetings.papers.make_up_record import render_make_up_record, render_make_up_records\n"
        "from tests.meetings.papers.test_letters_conformance import make_up_forms\n"
        "pdf = render_notice(samples.notice_facts())\n"
        "pdf += render_make_up_record(samples.make_up_facts())\n"
        "pdf += render_make_up_records(make_up_forms())\n"
        "print(hashlib.sha256(pdf).hexdigest())\n"
    )
    other = run_elsewhere(script)
    here = letters["notice"] + letters["make-up record"] + letters["make-up forms"]
    assert other == hashlib.sha256(here).hexdigest()
