"""The ZIP: safe names, a manifest that tells the truth, the same bytes for the same content."""

import hashlib
import io
import json
import subprocess
import zipfile
from datetime import datetime, timedelta, timezone

import pytest

from meetings.papers.bundling import Entry, safe_name, write_bundle

SIGNED = datetime(2026, 3, 5, 11, 6, tzinfo=timezone(timedelta(hours=8)))


def entry(folder, number: int, name: str = "赵文澜", group: str = "") -> Entry:
    source = folder / f"{number}.pdf"
    source.write_bytes(b"%%PDF-1.7 %d" % number)
    return Entry(
        source=source,
        folder=group,
        meeting="青农廉谈〔2026〕1号",
        name=name,
        staff_number=f"G{number}",
        unit="办公室",
        post="科长",
        level="乙",
        digest=f"{number:064x}",
        signed_at=SIGNED,
        disowned=False,
    )


def bundle(folder, entries) -> bytes:
    target = folder / "bundle.zip"
    assert len(list(write_bundle(target, entries, scope={"meeting": "一号"}))) == len(entries)
    return target.read_bytes()


def names(data: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(data)).namelist()


def test_names_follow_the_roll_and_keep_namesakes_apart(tmp_path):
    data = bundle(tmp_path, [entry(tmp_path, 1, "李堃"), entry(tmp_path, 2), entry(tmp_path, 3)])
    assert names(data) == [
        "001 李堃.pdf", "002 赵文澜.pdf", "003 赵文澜.pdf", "manifest.json", "SHA256SUMS",
    ]  # fmt: skip


def test_year_has_a_folder_for_each_meeting(tmp_path):
    data = bundle(tmp_path, [entry(tmp_path, 1, group="一号"), entry(tmp_path, 2, group="二号")])
    assert names(data)[:2] == ["一号/001 赵文澜.pdf", "二号/001 赵文澜.pdf"]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("林𬸦", "林𬸦"),
        ("../../etc/passwd", "etcpasswd"),
        ('a/b\\c:d*e?f"g<h>i|j', "abcdefghij"),
        (".隐藏", "隐藏"),
        ("名\u202e字\x00\n", "名字"),
        ("王" * 300, "王" * 80),
        ("...", "_"),
        ("", "_"),
    ],
)
def test_safe_name_is_one_that_any_system_takes(text, safe):
    assert safe_name(text) == safe


def test_manifest_says_what_each_file_is(tmp_path):
    data = zipfile.ZipFile(io.BytesIO(bundle(tmp_path, [entry(tmp_path, 1)])))
    manifest = json.loads(data.read("manifest.json"))
    assert manifest == {
        "type": "liantan-pledges",
        "version": 1,
        "meeting": "一号",
        "pledges": [
            {
                "file": "001 赵文澜.pdf",
                "sha256": hashlib.sha256(b"%PDF-1.7 1").hexdigest(),
                "meeting": "青农廉谈〔2026〕1号",
                "name": "赵文澜",
                "staff_number": "G1",
                "unit": "办公室",
                "post": "科长",
                "level": "乙",
                "digest": f"{1:064x}",
                "signed_at": "2026-03-05T11:06:00+08:00",
                "disowned": False,
            }
        ],
    }


def test_sums_are_what_sha256sum_checks(tmp_path):
    data = bundle(tmp_path, [entry(tmp_path, 1), entry(tmp_path, 2)])
    zipfile.ZipFile(io.BytesIO(data)).extractall(tmp_path / "out")
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=tmp_path / "out",
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.count("OK") == 3


def test_same_content_gives_the_same_bytes(tmp_path):
    (tmp_path / "other").mkdir()
    other = bundle(tmp_path / "other", [entry(tmp_path / "other", 1)])
    assert bundle(tmp_path, [entry(tmp_path, 1)]) == other


def test_pdfs_are_stored_since_they_are_compressed_already(tmp_path):
    data = zipfile.ZipFile(io.BytesIO(bundle(tmp_path, [entry(tmp_path, 1)])))
    assert {info.compress_type for info in data.infolist()} == {zipfile.ZIP_STORED}
