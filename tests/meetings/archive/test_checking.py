"""Checking a package: a sound one is sound, whatever is spoiled is red, no database is needed."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from meetings.archive.checking import check_package, manifest_of
from meetings.archive.contents import Roots
from meetings.archive.describing import as_json, as_xml, differs
from meetings.archive.findings import FAILED, HEADS, PASSED, UNCHECKED
from meetings.archive.layout import look_through, read_sums, write_sums
from tests.meetings.papers.authorities import Authority, pem

# For the package that all of them check; the checking itself is what needs none.
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

ROOT = Path(__file__).resolve().parent.parent.parent.parent


def results(folder, own=None):
    return {found.code: found.result for found in check_package(folder, own).findings}


def relist(folder):
    """What a careful forger does: writes both lists anew."""
    (folder / "manifest.json").write_bytes(as_json(manifest_of(look_through(folder))))
    files = {n: s for n, s in look_through(folder).files.items() if n != "SHA256SUMS"}
    (folder / "SHA256SUMS").write_bytes(write_sums(files))


def redescribe(folder, change=lambda metadata: None):
    """… and the metadata too, with the true sizes and hashes of whatever lies there now."""
    metadata = json.loads((folder / "metadata.json").read_text("utf-8"))
    change(metadata)
    for file in metadata["文件"]:
        path = folder / file["计算机文件名"]
        if path.exists():
            data = path.read_bytes()
            file["计算机文件大小"] = len(data)
            file["摘要值"] = hashlib.sha256(data).hexdigest()
    (folder / "metadata.json").write_bytes(as_json(metadata))
    (folder / "metadata.xml").write_bytes(as_xml(metadata))
    relist(folder)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def only(folder, pattern):
    (found,) = folder.glob(pattern)
    return found


# A sound package --------------------------------------------------------------------------------


def test_sound_package_is_sound(sound):
    outcome = check_package(sound)
    assert outcome.good
    assert outcome.faults == ()
    assert outcome.sha256 == hashlib.sha256((sound / "SHA256SUMS").read_bytes()).hexdigest()
    assert {found.head for found in outcome.findings} == set(HEADS)


def test_sound_package_has_every_part(sound):
    metadata = json.loads((sound / "metadata.json").read_text("utf-8"))
    kinds = [file["文件类别"] for file in metadata["文件"]]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "谈话记录": 1, "更正记录": 1, "会议通知": 1, "谈话提纲": 1, "签到册": 1, "签名册": 1,
        "承诺书": 3, "纸面承诺书扫描件": 1, "附件": 2, "核验材料": 3,
    }  # fmt: skip
    assert metadata["档号"] == "YL-2026-30-0017"
    assert metadata["保管期限"] == "30年"
    assert metadata["本系统自定义"]["人数"]["应到"] == 4
    assert metadata["本系统自定义"]["地点"] == "四楼会议室"


def test_what_no_program_can_tell_is_never_passed(sound):
    found = results(sound)
    never = ["revocation", "pages", "latest", "offline", "validation", "ofd", "malware", "medium"]
    assert {found[code] for code in [*never, "process"]} == {UNCHECKED}
    # The package's own root proves nothing about itself; the trial's seal is nobody's.
    assert found["own_root"] == UNCHECKED
    assert found["trial"] == UNCHECKED


def test_every_unchecked_finding_has_its_reason(sound):
    outcome = check_package(sound)
    assert all(found.note for found in outcome.findings if found.result == UNCHECKED)


def test_report_in_the_package_says_what_the_check_finds(sound):
    report = json.loads((sound / "report.json").read_text("utf-8"))
    assert {found["code"]: found["result"] for found in report["findings"]} == results(sound)
    assert report["failed"] == 0


def test_sha256sum_takes_the_list(sound):
    subprocess.run(["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"], cwd=sound, check=True)


def test_verifier_in_the_package_verifies_its_record(sound):
    record = ["verify/verify.py", "records/record-2.pdf", "--root", "verify/root.pem"]
    command = [sys.executable, "-I", *record, "--ledger-key", "verify/ledger-key.txt"]
    assert subprocess.run(command, cwd=sound, capture_output=True, check=False).returncode == 0


def test_own_root_is_held_against_the_records(sound):
    own = Roots((sound.joinpath("verify/root.pem").read_bytes(),))
    outcome = check_package(sound, own)
    assert outcome.good
    assert results(sound, own)["own_root"] == PASSED


# Spoiled, and the lists left as they were -------------------------------------------------------


def edit(name, before, after):
    def spoil(folder):
        data = (folder / name).read_bytes()
        assert before in data
        (folder / name).write_bytes(data.replace(before, after, 1))

    return spoil


def swap_hex(folder):
    data = (folder / "SHA256SUMS").read_bytes()
    (folder / "SHA256SUMS").write_bytes((b"0" if data[:1] != b"0" else b"1") + data[1:])


SPOILED = {
    "byte of a pledge": lambda folder: flip(only(folder, "pledges/001*")),
    "byte of the record": lambda folder: flip(folder / "records/record-2.pdf"),
    "byte of the older record": lambda folder: flip(folder / "records/record-1.pdf"),
    "byte of an attachment": lambda folder: flip(only(folder, "attachments/01*")),
    "byte of the report": lambda folder: flip(folder / "report.pdf"),
    "byte of the verifier": lambda folder: flip(folder / "verify/verify.py"),
    "pledge missing": lambda folder: only(folder, "pledges/002*").unlink(),
    "scan missing": lambda folder: only(folder, "scans/*").unlink(),
    "root missing": lambda folder: (folder / "verify/root.pem").unlink(),
    "readme missing": lambda folder: (folder / "README.txt").unlink(),
    "list missing": lambda folder: (folder / "SHA256SUMS").unlink(),
    "manifest missing": lambda folder: (folder / "manifest.json").unlink(),
    "metadata missing": lambda folder: (folder / "metadata.json").unlink(),
    "file besides": lambda folder: (folder / "pledges/extra.pdf").write_bytes(b"%PDF-1.7"),
    "hidden file besides": lambda folder: (folder / ".hidden").write_bytes(b""),
    "hash in the list": swap_hex,
    "line twice in the list": edit("SHA256SUMS", b"README.txt\n", b"README.txt\n\n"),
    "manifest edited": edit("manifest.json", b'"version": 1', b'"version": 2'),
    "metadata edited": edit("metadata.json", "30年".encode(), "永久".encode()),
    "metadata as XML edited": edit("metadata.xml", "30年".encode(), "永久".encode()),
    "records exchanged": lambda folder: shutil.copy(
        folder / "records/record-1.pdf", folder / "records/record-2.pdf"
    ),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_spoiled_package_is_red(package, spoil):
    spoil(package)
    assert not check_package(package).good


# Spoiled by a forger who writes every list anew -------------------------------------------------


def describe(*path, value):
    def change(metadata):
        part = metadata
        for name in path[:-1]:
            part = part[name]
        assert part[path[-1]] != value
        part[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        describe("内容描述", "题名", value="另一次谈话"),
        describe("内容描述", "文件编号", value="青农廉谈〔2026〕99号"),
        describe("内容描述", "日期", value="2026-03-06"),
        describe("来源", "立档单位名称", value="另一单位"),
        describe("保管期限", value="10年"),
        describe("本系统自定义", "人数", "应到", value=5),
        describe("本系统自定义", "承诺书份数", "甲级", value=3),
        describe("本系统自定义", "地点", value="三楼会议室"),
    ],
)
def test_metadata_that_differs_from_the_sealed_facts_is_red(package, change):
    redescribe(package, change)
    outcome = check_package(package)
    assert outcome.faults == ()
    assert results(package)["described"] == FAILED


def test_replaced_attachment_is_red_though_relisted(package):
    flip(only(package, "attachments/02*"))
    redescribe(package)
    assert results(package)["attachments"] == FAILED


def test_replaced_scan_is_red_though_relisted(package):
    only(package, "scans/*").write_bytes((package / "papers/outline.pdf").read_bytes())
    redescribe(package)
    assert results(package)["scans"] == FAILED


def test_dropped_pledge_is_red_though_relisted(package):
    dropped = only(package, "pledges/002*")
    dropped.unlink()
    name = f"pledges/{dropped.name}"

    def forget(metadata):
        metadata["文件"] = [f for f in metadata["文件"] if f["计算机文件名"] != name]

    redescribe(package, forget)
    assert results(package)["pledges"] == FAILED
    assert not check_package(package).good


def test_record_of_another_revision_is_red_though_relisted(package):
    shutil.copy(package / "records/record-1.pdf", package / "records/record-2.pdf")
    redescribe(package)
    found = results(package)
    assert found["seal"] == PASSED  # it is genuine: only not the one that it is said to be
    assert found["described"] == FAILED


def test_changed_record_is_red_though_relisted(package):
    flip(package / "records/record-2.pdf")
    redescribe(package)
    assert results(package)["seal"] == FAILED


def test_changed_older_record_is_red_though_relisted(package):
    flip(package / "records/record-1.pdf")
    redescribe(package)
    assert results(package)["older"] == FAILED


def test_pdf_without_its_claim_is_red_though_relisted(package):
    path = package / "papers/outline.pdf"
    data = path.read_bytes()
    assert b'pdfaid:part="3"' in data
    path.write_bytes(data.replace(b'pdfaid:part="3"', b'pdfaid:part="2"'))
    redescribe(package)
    assert results(package)["pdfa"] == FAILED


def test_pledge_in_the_place_of_another_is_red_though_relisted(package):
    shutil.copy(only(package, "pledges/001*"), only(package, "pledges/002*"))
    redescribe(package)
    found = results(package)
    assert found["open"] == PASSED  # it is somebody's pledge: only not the one it is said to be
    assert found["pledges"] == FAILED


def test_torn_pdf_is_red_though_relisted(package):
    path = package / "papers/outline.pdf"
    path.write_bytes(path.read_bytes()[:2000])
    redescribe(package)
    assert results(package)["open"] == FAILED


def test_swapped_root_in_the_package_is_red(package):
    (package / "verify/root.pem").write_bytes(pem(Authority().certificate))
    redescribe(package)
    assert results(package)["seal"] == FAILED


def test_root_of_ones_own_that_sealed_nothing_here_is_red(package):
    """The package may bring its forger's root along: one's own tells."""
    own = Roots((pem(Authority().certificate),))
    assert results(package, own)["own_root"] == FAILED
    assert results(package, own)["seal"] == PASSED
    assert not check_package(package, own).good


def test_another_verifier_in_the_package_is_said(package):
    flip(package / "verify/verify.py")
    redescribe(package)
    assert results(package)["verifier"] == UNCHECKED


# Made to harm -----------------------------------------------------------------------------------


def test_symbolic_link_is_refused(package, tmp_path):
    path = only(package, "pledges/001*")
    outside = tmp_path / "outside.pdf"
    path.rename(outside)
    path.symlink_to(outside)
    outcome = check_package(package)
    assert not outcome.good
    assert results(package)["places"] == FAILED


def test_linked_folder_is_refused(package, tmp_path):
    (package / "scans").rename(tmp_path / "outside")
    (package / "scans").symlink_to(tmp_path / "outside")
    assert results(package)["places"] == FAILED


def test_pipe_is_refused(package):
    os.mkfifo(package / "pipe")
    assert results(package)["places"] == FAILED


def test_name_that_a_terminal_obeys_is_refused(package):
    (package / "a\x1b[2Jb").write_bytes(b"")
    outcome = check_package(package)
    assert results(package)["places"] == FAILED
    assert not any("\x1b" in fault for fault in outcome.faults)


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/hostname"])
def test_path_out_of_the_package_is_never_opened(package, name):
    (package.parent / "outside.txt").write_bytes(b"out")
    line = f"{hashlib.sha256(b'out').hexdigest()}  {name}\n"
    with (package / "SHA256SUMS").open("a") as sums:
        sums.write(line)

    def point_outside(metadata):
        metadata["文件"][-3]["计算机文件名"] = name

    assert any(name in fault for fault in check_package(package).faults)
    redescribe(package, point_outside)
    assert results(package)["files"] == FAILED


def test_metadata_with_a_key_twice_is_red(package):
    path = package / "metadata.json"
    path.write_bytes(path.read_bytes().replace(b"{", '{"档号": "别的",'.encode(), 1))
    relist(package)
    assert results(package)["metadata"] == FAILED


@pytest.mark.parametrize(
    "metadata", [b"[]", b"{}", b'{"a": 1.5}', b'{"\xe6\x96\x87\xe4\xbb\xb6": [{}]}', b"\xff"]
)
def test_metadata_of_another_form_is_red(package, metadata):
    (package / "metadata.json").write_bytes(metadata)
    relist(package)
    assert not check_package(package).good


def test_xml_with_a_document_type_is_not_parsed():
    content = {"题名": "谈话"}
    entity = b'<!DOCTYPE a [<!ENTITY b "c">]>'
    head, _, rest = as_xml(content).partition(b"\n")
    assert differs(content, as_xml(content)) == ""
    assert differs(content, head + b"\n" + entity + rest)


@pytest.mark.parametrize("text", ["a\r\nb", " <&>\"' ", "", "一\n二"])
def test_xml_gives_back_any_text(text):
    content = {"题名": text, "文件": [{"序号": 1}, {"序号": 2}]}
    assert differs(content, as_xml(content)) == ""
    assert differs({**content, "题名": f"{text}。"}, as_xml(content))


@pytest.mark.parametrize(
    "data", [b"", b"abc", b"0" * 64 + b" x\n", b"0" * 64 + b"  x", b"A" * 64 + b"  x\n"]
)
def test_list_of_another_form_is_not_read(data):
    with pytest.raises(ValueError, match=r"\w"):
        read_sums(data)


# The command ------------------------------------------------------------------------------------


def run(*arguments, **environment):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env={**kept, "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


UNREACHABLE = {"DATABASE_URL": "postgres://nobody:x@127.0.0.1:1/none"}


@pytest.mark.parametrize("environment", [{}, UNREACHABLE, {"DATABASE_URL": "nonsense"}])
def test_command_needs_no_database(sound, environment):
    done = run("manage.py", "archive", "--check", sound, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("档案包无误")


def test_command_fails_for_a_bad_package(package):
    flip(only(package, "pledges/001*"))
    done = run("manage.py", "archive", "--check", package)
    assert done.returncode == 1
    assert "NOT SOUND" in done.stdout


def test_command_takes_a_root_of_ones_own(sound, tmp_path):
    other = tmp_path / "other.pem"
    other.write_bytes(pem(Authority().certificate))
    module = ("-m", "meetings.archive.checking", sound, "--root")
    assert run(*module, sound / "verify/root.pem").returncode == 0
    assert run(*module, other).returncode == 1
    assert run(*module, sound / "README.txt").returncode == 2


def test_command_says_when_there_is_nothing_to_check(tmp_path):
    assert run("-m", "meetings.archive.checking", tmp_path / "none").returncode == 2
    assert run("-m", "meetings.archive.checking", tmp_path).returncode == 1


def test_checking_never_loads_django():
    code = "import sys, meetings.archive.checking; sys.exit('django' in sys.modules)"
    assert run("-c", code).returncode == 0
