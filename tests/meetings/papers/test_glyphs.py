"""A character that no font has is named, with its person, before any paper is made."""

from dataclasses import fields, is_dataclass, replace

import pytest
from django.utils import translation

from meetings.archive.report import ReportFacts, ReportRow, render_report
from meetings.papers import render
from meetings.papers.blank_pledge import render_blank_pledge, render_blank_pledges
from meetings.papers.exceptions import MissingGlyphs, PaperError
from meetings.papers.glyphs import check_printable
from meetings.papers.make_up_record import render_make_up_record
from meetings.papers.notice import render_notice
from meetings.papers.outline import render_outline
from meetings.papers.pledge import render_pledge
from meetings.papers.record import render_record
from meetings.papers.roster_book import render_roster
from meetings.papers.sheaf import render_one, render_sheaf
from meetings.papers.sign_in_sheet import render_sign_in_sheet
from meetings.papers.signature_book import render_signature_book
from meetings.papers.slips import render_slips
from meetings.papers.statistics import render_statistics
from pledges.exceptions import TextRefused
from pledges.personal import clean_commitment

from . import letter_samples, samples, sheet_samples

WRONG = "\ue000"
REPORT = ReportFacts(
    number="青农廉谈〔2026〕1号",
    title="集体廉政谈话",
    unit="青禾县农业农村局",
    archive_number=None,
    retention=None,
    files=1,
    made_at=samples.HELD,
    rows=(ReportRow("真实性", "1.1", "通过", ""),),
)


def set_forms(facts):
    return render_blank_pledges([facts], title="承诺书", author="青禾县")


def set_sheaf(facts):
    return render_sheaf([facts], first=0, title="承诺书", author="青禾县", begun=lambda _n: None)


# Each paper that names people, with facts of a few; and those that name none.
OF_PEOPLE = {
    "record": (render_record, samples.record_facts(3)),
    "correction": (render_record, samples.correction_facts(3)),
    "pledge": (render_pledge, samples.pledge_facts()),
    "pledge of many": (render_one, samples.pledge_facts()),
    "pledges to print": (set_sheaf, samples.pledge_facts()),
    "blank pledge": (render_blank_pledge, samples.blank_pledge_facts()),
    "blank pledges": (set_forms, samples.blank_pledge_facts()),
    "make-up record": (render_make_up_record, letter_samples.make_up_facts()),
    "make-up form": (render_make_up_record, letter_samples.make_up_form_facts()),
    "notice": (render_notice, letter_samples.notice_facts(3)),
    "sign-in sheet": (render_sign_in_sheet, sheet_samples.sign_in_facts(3)),
    "signature book": (render_signature_book, sheet_samples.book_facts(3)),
    "slips": (render_slips, sheet_samples.slips_facts(3)),
    "roster": (render_roster, sheet_samples.roster_facts(3)),
}
OF_NOBODY = {
    "outline": (render_outline, letter_samples.outline_facts()),
    "statistics": (render_statistics, sheet_samples.statistics_facts(2)),
    "archive report": (render_report, REPORT),
}


def planted(value, done):
    """The facts with the wrong character in the first name that they have."""
    if isinstance(value, tuple):
        return tuple(planted(item, done) for item in value)
    if not is_dataclass(value) or done:
        return value
    if isinstance(getattr(value, "name", None), str):
        done.append(value.name + WRONG)
        return replace(value, name=done[0])
    changed = {field.name: planted(getattr(value, field.name), done) for field in fields(value)}
    return replace(value, **changed)


@pytest.fixture
def nothing_is_set(monkeypatch):
    """Fails a paper that is begun before its text was looked at."""

    def begin(*args):
        raise AssertionError("the paper was begun")

    monkeypatch.setattr(render, "_lay_out", begin)


@pytest.mark.parametrize("paper", OF_PEOPLE)
def test_name_that_no_font_has_is_named_before_the_paper_is_set(paper, nothing_is_set, monkeypatch):
    # Whether the bare text fits is asked of texts that have been looked at, and of no name.
    monkeypatch.setattr("meetings.papers.sheaf.fits", lambda *_: True)
    monkeypatch.setattr("meetings.papers.blank_pledge.fits", lambda *_: True)
    make, facts = OF_PEOPLE[paper]
    done: list[str] = []
    wrong = planted(facts, done)
    with pytest.raises(MissingGlyphs) as caught:
        make(wrong)
    assert caught.value.missing[0].character == WRONG
    assert caught.value.missing[0].where == done[0]
    assert done[0] in str(caught.value)
    assert "U+E000" in str(caught.value)


@pytest.mark.parametrize("paper", OF_NOBODY)
def test_text_that_no_font_has_is_named_before_the_paper_is_set(paper, nothing_is_set):
    make, facts = OF_NOBODY[paper]
    with pytest.raises(MissingGlyphs, match="U\\+E000"):
        make(replace(facts, unit=f"青禾{WRONG}县"))


def refused(facts):
    with pytest.raises(MissingGlyphs) as caught:
        check_printable(facts)
    return caught.value


def test_own_words_on_ones_own_paper_are_named_with_the_person():
    pledge = replace(samples.pledge_facts(), personal_commitment=f"不收{WRONG}礼")
    assert refused(pledge).missing[0].where == pledge.signer.name
    book = sheet_samples.book_facts(1)
    row = replace(book.rows[0], signature=samples.signature(1, typed=f"某{WRONG}"))
    assert refused(replace(book, rows=(row,))).missing[0].where == row.person.name


def test_text_of_the_meeting_is_named_with_its_part_in_the_readers_language():
    facts = replace(samples.minimal_record_facts(), place=f"三楼{WRONG}")
    with translation.override("en"):
        assert refused(facts).missing[0].where == "place"
    with translation.override("zh-hans"):
        assert refused(facts).missing[0].where == "地点"


def test_a_character_missing_in_many_places_is_told_a_few_times():
    roster = sheet_samples.roster_facts(200)
    lines = tuple(replace(line, unit=f"青禾{WRONG}县") for line in roster.lines)
    error = refused(replace(roster, lines=lines))
    assert len(error.missing) == 200
    assert str(error).count("U+E000") == 5
    assert "195" in str(error)


def test_missing_characters_are_a_paper_error():
    """What every page that makes a paper tells in words."""
    assert issubclass(MissingGlyphs, PaperError)


def test_commitment_that_no_font_can_show_is_refused_when_it_is_typed():
    """Signed, it would keep the record from being made; no category tells it from other letters."""
    with pytest.raises(TextRefused, match="U\\+0F40"):
        clean_commitment("承诺ཀ")
