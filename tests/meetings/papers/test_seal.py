"""The seal on a paper: what the file is afterwards, who believes it, what is refused."""

import asyncio
import io
import shutil
import subprocess
import time
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import page
import pypdf
import pytest
from asn1crypto import tsp
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm

from meetings.papers import stamping
from meetings.papers.exceptions import SealError
from meetings.papers.record import render_record
from meetings.papers.seal import describe_seal, embed_and_seal, open_sealer
from meetings.papers.seal_keys import SealKey, SealSetup

from . import samples
from .authorities import (
    ROOT_NAME,
    SEAL_NAME,
    Authority,
    TimeStampAuthority,
    faults_of_seal,
    new_key,
    pem,
    serve,
)
from .conftest import complaints_of_qpdf, text_of

AT = datetime(2026, 3, 6, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class File:
    name: str
    media_type: str
    description: str
    data: bytes


FILES = [
    File("policy.json", "application/json", "核验依据", b'{"rp_id":"liantan.example"}'),
    File("facts.json", "application/json", "谈话记录的事实", b'{"title":"..."}' * 400),
    File("checkpoint.txt", "text/plain", "存证日志的检查点", b"ledger\n12\n"),
]


@pytest.fixture(scope="module")
def root():
    return Authority()


@pytest.fixture(scope="module")
def setup(root):
    key = new_key()
    return SealSetup(False, SealKey(root.issue(SEAL_NAME, key), key), (root.certificate,))


def seal(setup, pdf, level="B-B", files=FILES):
    with open_sealer(setup) as sealer:
        return embed_and_seal(pdf, files=files, sealer=sealer, level=level, at=AT)


@pytest.fixture(scope="module")
def sealed(setup, record_pdf):
    return seal(setup, record_pdf)


@pytest.mark.parametrize("profile", ["pdfa-3a", "pdfua-1"])
def test_sealed_record_passes_the_referee(sealed, profile):
    report = page.validate_pdf_bytes(sealed, profile=profile)
    assert [(failure.rule_id, failure.message) for failure in report.failures] == []
    assert report.is_compliant


def test_sealed_record_is_sound_to_qpdf(sealed, tmp_path):
    assert complaints_of_qpdf(sealed, tmp_path) == ""


def pdfsig(file, *options):
    done = subprocess.run(["pdfsig", *options, file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_sealed_record_is_valid_to_poppler(sealed, tmp_path):
    (tmp_path / "sealed.pdf").write_bytes(sealed)
    told = pdfsig(tmp_path / "sealed.pdf")
    assert told.count("Signature #") == 1
    assert "Signature Validation: Signature is Valid." in told
    assert "Total document signed" in told
    assert "Signature Type: ETSI.CAdES.detached" in told
    assert f"Common Name: {SEAL_NAME}" in told


@pytest.mark.skipif(shutil.which("certutil") is None, reason="libnss3-tools is not installed")
def test_sealed_record_is_trusted_by_poppler_that_knows_the_root(sealed, root, tmp_path):
    (tmp_path / "sealed.pdf").write_bytes(sealed)
    (tmp_path / "root.pem").write_bytes(pem(root.certificate))
    (tmp_path / "nss").mkdir()
    where = f"sql:{tmp_path / 'nss'}"
    subprocess.run(["certutil", "-N", "-d", where, "--empty-password"], check=True)
    add = ["certutil", "-A", "-d", where, "-n", "root", "-t", "CT,C,C", "-i", tmp_path / "root.pem"]
    subprocess.run(add, check=True)
    told = pdfsig(tmp_path / "sealed.pdf", "-nssdir", where)
    assert "Certificate Validation: Certificate is Trusted." in told


def test_seal_adds_to_the_record_and_changes_none_of_its_bytes(sealed, record_pdf):
    assert sealed.startswith(record_pdf)


def test_seal_leaves_the_metadata_as_they_are(sealed, record_pdf):
    before, after = (pypdf.PdfReader(io.BytesIO(pdf)) for pdf in (record_pdf, sealed))
    assert after.metadata == before.metadata
    packets = [pdf.trailer["/Root"]["/Metadata"].get_data() for pdf in (before, after)]
    assert packets[0] == packets[1]
    assert "/Version" not in after.trailer["/Root"]


def test_seal_certifies_and_allows_form_filling_alone(sealed):
    (signature,) = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    assert signature.docmdp_level == MDPPerm.FILL_FORMS
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.md_algorithm == "sha256"


def test_files_are_associated_with_the_document(sealed):
    root = pypdf.PdfReader(io.BytesIO(sealed)).trailer["/Root"]
    specs = [item.get_object() for item in root["/AF"]]
    assert [spec["/UF"] for spec in specs] == [file.name for file in FILES]
    relations = {spec["/UF"]: spec["/AFRelationship"] for spec in specs}
    assert relations["facts.json"] == "/Data"
    assert relations["policy.json"] == relations["checkpoint.txt"] == "/Supplement"
    for spec, file in zip(specs, FILES, strict=True):
        stream = spec["/EF"]["/F"].get_object()
        assert stream.get_data() == file.data
        assert stream["/Subtype"] == f"/{file.media_type}"
        assert stream["/Params"]["/Size"] == len(file.data)
        assert stream["/Params"]["/ModDate"].startswith("D:20260306030000")
        assert spec["/Desc"] == file.description


def test_names_of_the_files_are_in_order(sealed):
    root = pypdf.PdfReader(io.BytesIO(sealed)).trailer["/Root"]
    leaves = root["/Names"]["/EmbeddedFiles"]["/Names"]
    assert leaves[::2] == sorted(file.name for file in FILES)


def test_file_whose_stream_would_end_in_a_carriage_return(setup, minimal_pdf):
    data = next(
        content
        for content in (b"%d" % number for number in range(100_000))
        if zlib.compress(content, 6).endswith(b"\r")
    )
    sealed = seal(setup, minimal_pdf, files=[File("facts.json", "application/json", "事实", data)])
    assert page.validate_pdf_bytes(sealed, profile="pdfa-3a").is_compliant
    spec = pypdf.PdfReader(io.BytesIO(sealed)).trailer["/Root"]["/AF"][0].get_object()
    assert spec["/EF"]["/F"].get_object().get_data() == data


def test_paper_without_files_is_sealed_too(setup, minimal_pdf):
    assert faults_of_seal(seal(setup, minimal_pdf, files=[]), setup) == []


def test_room_for_the_signature_is_enough_and_little_more(root, minimal_pdf):
    """A reader takes what is kept free digit by digit."""
    between = Authority("青禾县电子印章签发" * 2, root)  # as long as a name may be
    key = new_key()
    holder = SealKey(between.issue(SEAL_NAME, key), key, (between.certificate,))
    there = SealSetup(False, holder, (root.certificate,))
    sealed = seal(there, minimal_pdf, files=[])
    assert faults_of_seal(sealed, there) == []
    (signature,) = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    kept = signature.pkcs7_content
    assert len(kept) - len(kept.rstrip(b"\0")) < 2048


def test_paper_is_sealed_where_an_event_loop_runs_already(setup, minimal_pdf):
    async def inside():
        return seal(setup, minimal_pdf)

    assert asyncio.run(inside()).startswith(minimal_pdf)


def test_what_is_no_pdf_is_refused(setup):
    with pytest.raises(SealError):
        seal(setup, b"%PDF-1.7 nothing")


def test_paper_that_is_sealed_already_is_refused(setup, sealed):
    with pytest.raises(SealError):
        seal(setup, sealed)


# Who is believed ------------------------------------------------------------------------------


def test_seal_of_another_authority_with_the_same_name_is_refused(setup, root, minimal_pdf):
    stranger = Authority(ROOT_NAME)
    key = new_key()
    forged = replace(setup, holder=SealKey(stranger.issue(SEAL_NAME, key), key))
    with pytest.raises(SealError, match=SEAL_NAME):
        seal(forged, minimal_pdf)
    believed = seal(replace(forged, roots=(stranger.certificate,)), minimal_pdf)
    assert faults_of_seal(believed, setup) == ["seal.untrusted"]


@pytest.mark.parametrize(
    ("since", "until"),
    [(timedelta(days=-20), timedelta(days=-1)), (timedelta(days=1), timedelta(days=20))],
)
def test_seal_that_is_not_valid_now_is_refused(setup, root, minimal_pdf, since, until):
    key = new_key()
    certificate = root.issue(SEAL_NAME, key, since=since, until=until)
    with pytest.raises(SealError, match=str(certificate.not_valid_after_utc.date())):
        seal(replace(setup, holder=SealKey(certificate, key)), minimal_pdf)


def test_seal_of_an_elliptic_curve_below_an_intermediate_authority(root, minimal_pdf):
    between = Authority("青禾县电子印章签发", root)
    stranger = Authority("别的机构")
    key = new_key("ec")
    others = (stranger.certificate, between.certificate, root.certificate)
    holder = SealKey(between.issue(SEAL_NAME, key), key, others)
    sealed = seal(SealSetup(False, holder, (root.certificate,)), minimal_pdf)
    (signature,) = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    held = {item.chosen.subject.human_friendly for item in signature.signed_data["certificates"]}
    assert not any("别的机构" in name for name in held)
    assert any(SEAL_NAME in name for name in held)
    assert page.validate_pdf_bytes(sealed, profile="pdfa-3a").is_compliant


# Time stamps ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stamps():
    return Authority("青禾县时间戳根证书")


@pytest.fixture(scope="module")
def stamper(stamps):
    return TimeStampAuthority(stamps)


def stamped(setup, stamps, url):
    return replace(setup, tsa_url=url, tsa_roots=(stamps.certificate,))


def test_seal_with_a_time_stamp(setup, stamps, stamper, minimal_pdf, tmp_path):
    with serve(lambda request: (200, stamper.answer(request))) as url:
        before = stamper.requests
        there = stamped(setup, stamps, url)
        assert there.level == "B-T"
        sealed = seal(there, minimal_pdf, "B-T")
    assert stamper.requests == before + 1
    (signature,) = PdfFileReader(io.BytesIO(sealed)).embedded_signatures
    (attribute,) = signature.signer_info["unsigned_attrs"]
    assert attribute["type"].native == "signature_time_stamp_token"
    for profile in ("pdfa-3a", "pdfua-1"):
        assert page.validate_pdf_bytes(sealed, profile=profile).is_compliant
    (tmp_path / "sealed.pdf").write_bytes(sealed)
    assert "Signature is Valid." in pdfsig(tmp_path / "sealed.pdf")
    assert faults_of_seal(sealed, there) == []
    elsewhere = replace(there, tsa_roots=(Authority("青禾县时间戳根证书").certificate,))
    assert faults_of_seal(sealed, elsewhere) == ["seal.stamp"]


def refusal() -> bytes:
    status = tsp.PKIStatusInfo({"status": "rejection", "status_string": ["今日停用"]}).dump()
    return b"\x30" + bytes([len(status)]) + status


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda stamper, request: (200, refusal()), "今日停用"),
        (lambda stamper, request: (200, b"<html>hello</html>"), "127.0.0.1"),
        (lambda stamper, request: (200, b""), "127.0.0.1"),
        (lambda stamper, request: (503, b"busy"), "503"),
        (lambda stamper, request: (302, b""), "302"),
        (lambda stamper, request: (200, b"\x30" * (stamping.MOST_BYTES + 1)), "127.0.0.1"),
        (lambda stamper, request: (200, stamper.answer(request, "nonce")), "nonce"),
        (lambda stamper, request: (200, stamper.answer(request, "digest")), "digest"),
    ],
    ids=["refusing", "garbage", "empty", "busy", "redirect", "too much", "nonce", "digest"],
)
def test_time_stamp_that_fails_leaves_no_seal(setup, stamps, stamper, minimal_pdf, answer, words):
    with (
        serve(lambda request: answer(stamper, request)) as url,
        pytest.raises(SealError, match=words),
    ):
        seal(stamped(setup, stamps, url), minimal_pdf, "B-T")


def test_time_stamp_server_out_of_reach_leaves_no_seal(setup, stamps, minimal_pdf):
    with serve(lambda request: (200, b"")) as url:
        gone = url
    with pytest.raises(SealError, match=r"127\.0\.0\.1"):
        seal(stamped(setup, stamps, gone), minimal_pdf, "B-T")


def test_slow_time_stamp_server_leaves_no_seal(setup, stamps, minimal_pdf, monkeypatch):
    monkeypatch.setattr(stamping, "SECONDS", 0.2)

    def answer(request):
        time.sleep(1)
        return 200, b""

    with serve(answer) as url, pytest.raises(SealError, match=r"0\.2"):
        seal(stamped(setup, stamps, url), minimal_pdf, "B-T")


def test_time_stamp_promised_without_a_server_leaves_no_seal(setup, minimal_pdf):
    with pytest.raises(SealError):
        seal(setup, minimal_pdf, "B-T")


# What the paper says --------------------------------------------------------------------------


def test_last_page_tells_of_the_seal(setup):
    facts = replace(samples.record_facts(20), seal=describe_seal(setup))
    text = text_of(render_record(facts))
    assert f"“{SEAL_NAME}”" in text
    assert "PAdESB-B级" in text
    assert "未附时间戳" in text
    assert "试用印章" not in text
    assert "checkpoint.txt" in text


def test_last_page_tells_of_the_time_stamp_and_of_the_trial(setup):
    told = replace(describe_seal(replace(setup, tsa_url="http://tsa.example")), trial=True)
    text = text_of(render_record(replace(samples.record_facts(20), seal=told)))
    assert "PAdESB-T级" in text
    assert "未附时间戳" not in text
    assert "不具有法律效力" in text


def test_last_page_without_a_seal_says_so(record_pdf):
    assert "未加盖电子印章" in text_of(record_pdf)
