"""What a paper is as a file: PDF/A-3a, PDF/UA-1, sound, the same everywhere, sealed off."""

import hashlib
import zlib

import page
import pydyf
import pytest

from meetings.papers.exceptions import PaperNotClean
from meetings.papers.ink import Pictures
from meetings.papers.record import render_record
from meetings.papers.render import typesetter

from . import samples
from .conftest import complaints_of_qpdf, run_elsewhere

PAPERS = [
    "record_pdf",
    "levels_pdf",
    "correction_pdf",
    "minimal_pdf",
    "pledge_pdf",
    "blank_pledge_pdf",
    "blank_pledges_pdf",
]


@pytest.mark.parametrize("profile", ["pdfa-3a", "pdfua-1"])
@pytest.mark.parametrize("paper", PAPERS)
def test_paper_passes_the_referee(paper, profile, request):
    report = page.validate_pdf_bytes(request.getfixturevalue(paper), profile=profile)
    assert [(failure.rule_id, failure.message) for failure in report.failures] == []
    assert report.is_compliant


@pytest.mark.parametrize("paper", PAPERS)
def test_paper_is_sound_to_qpdf(paper, request, tmp_path):
    assert complaints_of_qpdf(request.getfixturevalue(paper), tmp_path) == ""


def test_same_facts_give_the_same_bytes_in_another_process(correction_pdf):
    script = (
        "import hashlib\n"
        "from tests.meetings.papers import samples\n"
        "from meetings.papers.record import render_record\n"
        "pdf = render_record(samples.correction_facts(20))\n"
        "print(hashlib.sha256(pdf).hexdigest())\n"
    )
    other = run_elsewhere(script)
    assert other == hashlib.sha256(correction_pdf).hexdigest()


def test_paper_after_others_gives_the_same_bytes(record_pdf, pledge_pdf, minimal_pdf):
    assert render_record(samples.minimal_record_facts()) == minimal_pdf


def test_other_facts_give_another_file_identifier(correction_pdf, minimal_pdf):
    ends = [pdf[-2000:] for pdf in (correction_pdf, minimal_pdf)]
    assert ends[0] != ends[1]


@pytest.mark.parametrize(
    "html",
    [
        '<img src="http://192.0.2.1/x.png" alt="x">',
        '<img src="file:///etc/hostname" alt="x">',
        '<link rel="stylesheet" href="https://192.0.2.1/x.css">',
        '<p style="background: url(http://192.0.2.1/x.png)">x</p>',
        "<style>@font-face { font-family: x; src: url(file:///tmp/x.ttf) }</style>",
        '<img alt="x" src="data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 '
        "viewBox=%220 0 9 9%22%3E%3Cimage width=%229%22 height=%229%22 "
        'href=%22http://192.0.2.1/x.png%22/%3E%3C/svg%3E">',
    ],
)
@pytest.mark.logs_errors
def test_paper_that_asks_for_something_outside_is_refused(html):
    with pytest.raises(PaperNotClean):
        typesetter().typeset(f'<html lang="zh"><body>{html}</body></html>', (), Pictures(), None)


def test_paper_with_a_style_nobody_knows_is_refused():
    html = '<html lang="zh"><body><p style="colour: red">x</p></body></html>'
    with pytest.raises(PaperNotClean, match="colour"):
        typesetter().typeset(html, ("gbt9704.css",), Pictures(), None)


def test_no_stream_ends_in_a_carriage_return(record_pdf, pledge_pdf):
    assert b"\r\nendstream" not in record_pdf + pledge_pdf


def test_stream_that_would_end_in_a_carriage_return_gets_a_space(record_pdf):
    """One in 256 would: the last byte is the checksum's."""
    contents = [bytes([number]) * 3 for number in range(256)]
    assert any(zlib.compress(content).endswith(b"\r") for content in contents)
    for content in contents:
        written = pydyf.Stream([content], compress=True).data
        assert not written.endswith(b"\r\nendstream")
        assert zlib.decompressobj().decompress(written.partition(b"\nstream\n")[2]) == content
