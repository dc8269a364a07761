"""The Chinese catalogue is complete: no empty, fuzzy or stale message, and none missing."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def run(*arguments: str, cwd: Path, **environment: str) -> str:
    return subprocess.run(
        arguments,
        cwd=cwd,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def faults_of(catalogue: Path) -> dict[str, str]:
    """The messages of a catalogue that are empty, fuzzy or no longer used."""
    kinds = {
        "empty": ["--untranslated", "--no-obsolete"],
        "fuzzy": ["--only-fuzzy", "--no-obsolete"],
        "stale": ["--only-obsolete"],
    }
    found = {
        kind: run("msgattrib", *options, "--no-location", str(catalogue), cwd=catalogue.parent)
        for kind, options in kinds.items()
    }
    return {kind: messages for kind, messages in found.items() if messages.strip()}


def test_catalogue_is_complete(tmp_path):
    for part in ("config", "meetings", "pledges", "templates", "locale"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("*.woff2"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    run(
        *(sys.executable, "manage.py", "makemessages", "--locale", "zh_Hans", "--no-wrap"),
        cwd=tmp_path,
        TRIAL="1",
        VAR_DIR=str(tmp_path / "var"),
    )
    faults = faults_of(tmp_path / CATALOGUE)
    assert not faults, "\n".join(f"{kind}:\n{messages}" for kind, messages in faults.items())


def hidden_messages(source: str) -> list[int]:
    """The lines of messages inside f-strings, where xgettext does not see them."""
    return [
        call.lineno
        for text in ast.walk(ast.parse(source))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "_"
    ]


def test_no_message_is_hidden_from_the_catalogue():
    assert hidden_messages("f'{_(\"Roster\")}.pdf'") == [1]
    sources = [
        path for part in ("config", "meetings", "pledges") for path in ROOT.glob(f"{part}/**/*.py")
    ]
    hidden = {path.name: hidden_messages(path.read_text(encoding="utf-8")) for path in sources}
    assert not {name: lines for name, lines in hidden.items() if lines}


def test_catalogue_keeps_the_placeholders():
    run("msgfmt", "--check", "--output-file=/dev/null", str(CATALOGUE), cwd=ROOT)


@pytest.mark.parametrize(
    ("kind", "entry"),
    [
        ("empty", 'msgid "roster"\nmsgstr ""\n'),
        ("empty", 'msgid "row"\nmsgid_plural "rows"\nmsgstr[0] ""\n'),
        ("fuzzy", '#, fuzzy\nmsgid "roster"\nmsgstr "花名册"\n'),
        ("stale", '#~ msgid "roster"\n#~ msgstr "花名册"\n'),
    ],
)
def test_fault_is_found(kind, entry, tmp_path):
    catalogue = tmp_path / "django.po"
    catalogue.write_text(HEADER + 'msgid "unit"\nmsgstr "单位"\n\n' + entry, encoding="utf-8")
    assert list(faults_of(catalogue)) == [kind]


def test_whole_catalogue_is_accepted(tmp_path):
    catalogue = tmp_path / "django.po"
    catalogue.write_text(HEADER + 'msgid "unit"\nmsgstr "单位"\n', encoding="utf-8")
    assert not faults_of(catalogue)
