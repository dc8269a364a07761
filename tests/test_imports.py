"""Imports run one way: config → meetings → pledges; inside an app urls → views → forms, services →
models (design.md, "The house")."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("pledges", "meetings", "config")
# The floors of an app, lowest first. What is not named here is a service, on the middle floor.
FLOORS = {"models": 0, "exceptions": 0, "forms": 2, "views": 3, "urls": 4}
SERVICE_FLOOR = 1
# Django loads these by itself; they may use every floor of their app but nothing imports them.
EDGES = {"admin", "apps", "management", "migrations", "templatetags", "context_processors"}
# Pure functions, so that they also run where there is no Django.
WITHOUT_DJANGO = ("pledges/manifest.py",)


def modules(app: str) -> Iterator[tuple[str, Path]]:
    """Each module of an app as (dotted name, file), without migrations."""
    for file in sorted((ROOT / app).rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        if "migrations" not in parts:
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file


def imports_of(source: str, name: str, is_package: bool) -> set[str]:
    """The dotted names that a module imports, wherever in it, relative ones resolved.

    What stands under `if TYPE_CHECKING:` counts too: a type is knowledge as well.
    """
    package = name.split(".") if is_package else name.split(".")[:-1]
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return found


def floor_of(dotted: str) -> int | None:
    """The floor of a module of an app; None for the edges and for the app's package itself."""
    parts = dotted.split(".")
    if len(parts) < 2 or parts[1] in EDGES:
        return None
    return FLOORS.get(parts[1], SERVICE_FLOOR)


def faults_of(name: str, imported: set[str]) -> list[str]:
    """What is wrong with the imports of one module, in words."""
    app = name.split(".")[0]
    faults = []
    for target in sorted(imported):
        other = target.split(".")[0]
        if other in APPS:
            if APPS.index(other) > APPS.index(app):
                faults.append(f"{name} imports {target}: {app} lies below {other}")
            elif other == app and app != "config":
                own, its = floor_of(name), floor_of(target)
                if own is not None and its is not None and its > own:
                    faults.append(f"{name} imports {target}: a higher floor")
                if target.split(".")[1:2] and target.split(".")[1] in EDGES - {"management"}:
                    faults.append(f"{name} imports {target}: nothing imports that")
            elif (
                other != app
                and target.split(".")[1:2] in (["views"], ["forms"], ["urls"])
                and name != "config.urls"
            ):
                faults.append(f"{name} imports {target}: pages of another app")
        if other == "weasyprint" and not name.startswith("meetings.papers"):
            faults.append(f"{name} imports {target}: only meetings.papers does")
        if other == "tests":
            faults.append(f"{name} imports {target}: the product never imports its tests")
    return faults


def all_imports() -> Iterator[tuple[str, set[str]]]:
    for app in APPS:
        for name, file in modules(app):
            source = file.read_text(encoding="utf-8")
            yield name, imports_of(source, name, file.name == "__init__.py")


def test_imports_run_one_way():
    faults = [fault for name, imported in all_imports() for fault in faults_of(name, imported)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", WITHOUT_DJANGO)
def test_module_of_pure_functions_needs_no_django(path):
    name = path.removesuffix(".py").replace("/", ".")
    imported = imports_of((ROOT / path).read_text(encoding="utf-8"), name, is_package=False)
    assert not {target for target in imported if target.split(".")[0] in {"django", *APPS}}


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("pledges.signing", "from meetings.models import Cadre"),
        ("pledges.models.pledge", "import config.settings"),
        ("meetings.scheduling", "from .forms import meeting"),
        ("meetings.scheduling", "from meetings.views.meeting import detail"),
        ("meetings.forms.schedule", "from ..views import meeting"),
        ("meetings.models.meeting", "from ..scheduling import announce_meeting"),
        ("meetings.models.meeting", "def late():\n    from meetings import permissions"),
        ("meetings.closing", "import weasyprint"),
        ("meetings.views.me", "from pledges.views import sign"),
        ("meetings.views.me", "from tests.factories import UnitFactory"),
        ("meetings.views.me", "from ..admin import site"),
    ],
)
def test_wrong_import_is_found(name, source):
    assert faults_of(name, imports_of(source, name, is_package=False))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("meetings.models.meeting", "from pledges.models import Outline"),
        ("meetings.models.meeting", "from .roster import Cadre"),
        ("meetings.views.me", "from ..forms.schedule import ScheduleForm"),
        ("meetings.forms.schedule", "from ..scheduling import overlapping_meetings"),
        ("meetings.papers.render", "import weasyprint"),
        ("config.urls", "from meetings.views import me"),
        ("meetings.management.commands.rehearse", "from meetings.views.me import me"),
    ],
)
def test_right_import_is_accepted(name, source):
    assert not faults_of(name, imports_of(source, name, is_package=False))
