"""Rules of the house that a reader of the tree can see (design.md)."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOP_LEVEL = {
    ".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "README.md", "config", "docs", "locale",
    "manage.py", "meetings", "pledges", "pyproject.toml", "requirements-dev.txt",
    "requirements.txt", "script", "static", "templates", "tests",
}  # fmt: skip
DRAWERS = {"utils", "util", "common", "helpers", "helper", "misc"}
TEMPLATE_LINES = 150
MODULE_LINES = 400
# Longer than that, each for a reason.
LONGER = {"pledges/verify.py": "one file that strangers can run"}
FUNCTION_LINES = 50
# What a strict CSP would block: scripts without src, style elements and attributes, handlers.
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style\b|<[^>]*\s(?:style|on[a-z]+)\s*=|javascript:|\bhx-on", re.I
)


def tracked() -> list[Path]:
    """The files of the project, new ones included, ignored ones not."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).exists()]


def templates() -> list[Path]:
    """The templates of pages: papers have a stylesheet of their own and no CSP."""
    return [
        file for file in sorted((ROOT / "templates").rglob("*.html"))
        if "papers" not in file.relative_to(ROOT).parts
    ]  # fmt: skip


def product_modules() -> list[Path]:
    return [
        file
        for app in ("config", "meetings", "pledges")
        for file in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in file.parts
    ]


def function_lengths(source: str) -> dict[str, int]:
    """Each function's name and its length in lines, without its docstring."""
    lengths = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            start = body[0].lineno if body else node.lineno
            lengths[node.name] = (node.end_lineno or start) - start + 1
    return lengths


def inline_parts(template: str) -> list[str]:
    """What the strict CSP would block in a template, comments apart."""
    text = re.sub(r"{#.*?#}|{% comment.*?endcomment %}", "", template, flags=re.S)
    return [match.group(0) for match in INLINE.finditer(text)]


def test_top_level_holds_nothing_else():
    assert {file.relative_to(ROOT).parts[0] for file in tracked()} <= TOP_LEVEL


def test_no_module_is_a_drawer():
    drawers = [
        file
        for file in tracked()
        if file.suffix == ".py" and DRAWERS & set(file.relative_to(ROOT).with_suffix("").parts)
    ]
    assert not drawers


def test_two_apps_and_no_third():
    assert {file.parent.name for file in ROOT.glob("*/apps.py")} == {"meetings", "pledges"}


def test_templates_are_short():
    long = {
        str(file.relative_to(ROOT)): lines
        for file in templates()
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) >= TEMPLATE_LINES
    }
    assert not long


def test_templates_have_nothing_inline():
    faults = {
        str(file.relative_to(ROOT)): found
        for file in templates()
        if (found := inline_parts(file.read_text(encoding="utf-8")))
    }
    assert not faults


@pytest.mark.parametrize(
    "template",
    [
        "<script>alert(1)</script>",
        '<script type="module">x</script>',
        "<style>p {}</style>",
        '<p class="a" style="color: red">',
        '<a\n  onclick="go()">',
        '<a href="javascript:go()">',
        '<b hx-on:click="x">',
    ],
)
def test_inline_part_is_found(template):
    assert inline_parts(template)


@pytest.mark.parametrize(
    "template",
    [
        "<script src=\"{% static 'js/app.js' %}\" defer></script>",
        '<link rel="stylesheet" href="x"><p class="style">{# style="" #}',
        '<p data-one="1">',
    ],
)
def test_what_is_not_inline_is_accepted(template):
    assert not inline_parts(template)


def test_modules_are_of_a_size():
    long = {
        str(file.relative_to(ROOT)): lines
        for file in product_modules()
        if str(file.relative_to(ROOT)) not in LONGER
        and (lines := len(file.read_text(encoding="utf-8").splitlines())) > MODULE_LINES
    }
    assert not long


def test_functions_stop_at_fifty_lines():
    long = {
        f"{file.relative_to(ROOT)}: {name}": length
        for file in product_modules()
        for name, length in function_lengths(file.read_text(encoding="utf-8")).items()
        if length > FUNCTION_LINES
    }
    assert not long


def test_nothing_is_left_to_do():
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b")
    left = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in tracked()
        if file.suffix in {".py", ".html", ".css", ".js", ".sh", ".toml"}
        and "vendor" not in file.parts
        and file != Path(__file__).resolve()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if marks.search(line)
    ]
    assert not left


def test_no_app_has_signal_handlers():
    faults = [
        str(file.relative_to(ROOT))
        for file in product_modules()
        if re.search(r"^from django\.db\.models\.signals|@receiver\(", file.read_text(), re.M)
    ]
    assert not faults
