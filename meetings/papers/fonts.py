"""The fonts a paper may use, and the private folder they are used from.

The subsets lie beside this module as WOFF2 (made by script/build_fonts). WeasyPrint wants TrueType
files that Fontconfig finds, so they are unpacked once into a folder of ours, with a Fontconfig
file that names nothing else: a paper looks the same whatever fonts the machine has.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from fontTools.ttLib import TTFont, TTLibError
from fontTools.ttLib.woff2 import decompress

SOURCES = Path(__file__).resolve().parent / "fonts"

# GB/T 9704-2012, 5.2.2 and 7: which face a part of a paper is set in. A style sheet names the role
# ("Paper fang"); Fontconfig puts its chain there, which ends with the rarer characters of names.
CHAINS = {
    "fang": ("Liantan Fang", "Liantan Rare"),  # 仿宋: text
    "kai": ("Liantan Kai", "Liantan Rare"),  # 楷体: second-level headings
    "hei": ("Liantan Hei", "Liantan Hei Rare", "Liantan Rare"),  # 黑体: first-level headings
    "song": ("Liantan Song", "Liantan Song Rare", "Liantan Rare"),  # 宋体: page numbers
    "title": ("Liantan Title", "Liantan Rare"),  # 小标宋: titles
}


@dataclass(frozen=True)
class PreparedFonts:
    """A folder of unpacked fonts: its Fontconfig file, and every character they hold."""

    fontconfig_file: Path
    characters: frozenset[int]


def site_fonts() -> dict[str, Path]:
    """The licensed fonts a site has configured, by role (setting PAPER_SITE_FONTS).

    Raises:
        ImproperlyConfigured: an unknown role, or a file that is not there.
    """
    configured: Mapping[str, str | Path] = getattr(settings, "PAPER_SITE_FONTS", {})
    for role, path in configured.items():
        if role not in CHAINS:
            raise ImproperlyConfigured(
                f"PAPER_SITE_FONTS: no role {role!r}; the roles are {', '.join(CHAINS)}"
            )
        if not Path(path).is_file():
            raise ImproperlyConfigured(f"PAPER_SITE_FONTS: {role}: no file {path}")
    return {role: Path(path) for role, path in configured.items()}


@cache
def prepared_fonts() -> PreparedFonts:
    """The fonts of this process, unpacked under PAPER_FONT_DIR if they are not yet."""
    return ensure_fonts(Path(settings.PAPER_FONT_DIR), site_fonts())


def ensure_fonts(directory: Path, site: Mapping[str, Path] | None = None) -> PreparedFonts:
    """Unpack the fonts into a folder under ``directory``, unless it is there already.

    The folder is named after what is in it and appears whole or not at all, so any number of
    processes may do this at once. ``site`` gives a site's own font files by role.

    Raises:
        ImproperlyConfigured: a site's file is not a font.
    """
    site = dict(site or {})
    target = directory / _fingerprint(site)
    if not (target / "characters.json").exists():
        directory.mkdir(parents=True, exist_ok=True)
        # Beside the target: renaming a folder is atomic only within one file system.
        building = Path(tempfile.mkdtemp(prefix="building-", dir=directory))
        try:
            _unpack(building, target, site)
            os.rename(building, target)
        except OSError:
            if not (target / "characters.json").exists():
                raise
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return _load(target)


def _fingerprint(site: Mapping[str, Path]) -> str:
    digest = hashlib.sha256(repr(CHAINS).encode())
    for source in sorted(SOURCES.glob("*.woff2")):
        digest.update(source.name.encode() + source.read_bytes())
    for role, path in sorted(site.items()):
        digest.update(role.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _unpack(building: Path, target: Path, site: Mapping[str, Path]) -> None:
    characters: set[int] = set()
    for source in sorted(SOURCES.glob("*.woff2")):
        unpacked = io.BytesIO()
        decompress(io.BytesIO(source.read_bytes()), unpacked)
        (building / f"{source.stem}.ttf").write_bytes(unpacked.getvalue())
        with TTFont(unpacked, lazy=True) as font:
            characters.update(font.getBestCmap())
    families = {role: list(chain) for role, chain in CHAINS.items()}
    for role, path in sorted(site.items()):
        shutil.copyfile(path, building / f"site-{role}{path.suffix}")
        family, held = _inspect(path)
        families[role].insert(0, family)
        characters.update(held)
    (building / "fonts.conf").write_text(_fontconfig(target, families), encoding="utf-8")
    (building / "characters.json").write_text(json.dumps(_as_ranges(characters)), encoding="utf-8")
    (building / "cache").mkdir()
    building.chmod(0o755)


def _inspect(path: Path) -> tuple[str, set[int]]:
    """The family name and the characters of a site's font file."""
    try:
        with path.open("rb") as file, TTFont(file, fontNumber=0, lazy=True) as font:
            family = font["name"].getBestFamilyName()
            held = set(font.getBestCmap())
    except (TTLibError, TypeError) as error:
        raise ImproperlyConfigured(f"PAPER_SITE_FONTS: {path} is not a usable font") from error
    return str(family), held


def _fontconfig(target: Path, families: Mapping[str, list[str]]) -> str:
    roles = "".join(
        f'<match target="pattern"><test name="family"><string>Paper {role}</string></test>'
        '<edit name="family" mode="assign" binding="same">'
        + "".join(f"<string>{escape(family)}</string>" for family in chain)
        + "</edit></match>\n"
        for role, chain in families.items()
    )
    return (
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n'
        f"<fontconfig>\n<dir>{escape(str(target))}</dir>\n"
        f"<cachedir>{escape(str(target / 'cache'))}</cachedir>\n{roles}</fontconfig>\n"
    )


def _load(target: Path) -> PreparedFonts:
    ranges = json.loads((target / "characters.json").read_text(encoding="utf-8"))
    return PreparedFonts(
        fontconfig_file=target / "fonts.conf",
        characters=frozenset(code for first, last in ranges for code in range(first, last + 1)),
    )


def _as_ranges(codes: set[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for code in sorted(codes):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return ranges
