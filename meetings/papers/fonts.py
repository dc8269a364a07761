"""The fonts a paper may use, and the private folder they are used from.

The subsets lie beside this module as WOFF2 (made by script/build_fonts). WeasyPrint wants TrueType
files that Fontconfig finds, so they are unpacked once into a folder of ours, with a Fontconfig
file that names nothing else: a paper looks the same whatever fonts the machine has. Fonts that a
site has licensed are put before them; specimen.py shows what really comes out.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import struct
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from fontTools.ttLib import TTFont, TTLibError
from fontTools.ttLib.woff2 import decompress

from .exceptions import SiteFontProblem, SiteFontUnusable

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

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


# A site's own font for the characters that no other font has: it ends every chain.
RARE = "rare"
SITE_ROLES = (*CHAINS, RARE)
# Part of the folder's name: another content for the same fonts takes another folder.
_LAYOUT = "2"
# What fontTools raises for a file that is no font, or only the beginning of one.
_BROKEN = (
    TTLibError,
    OSError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    struct.error,
)


@dataclass(frozen=True)
class SiteFont:
    """A font file of the site's own that can be used: its family, and every character it has."""

    path: Path
    family: str
    characters: frozenset[int]


@dataclass(frozen=True)
class ChainFont:
    """A font of a role's chain: its family, its file in the folder, the site's name for a file of
    its own."""

    family: str
    file: str
    site_name: str = ""


@dataclass(frozen=True)
class PreparedFonts:
    """A folder of unpacked fonts: its Fontconfig file, and the characters that print anywhere.

    ``characters`` are those that every role has a font for: a name may stand in any of them.
    ``chains`` has each role's fonts in the order in which they are asked for a character.
    """

    fontconfig_file: Path
    characters: frozenset[int]
    chains: Mapping[str, tuple[ChainFont, ...]]

    @property
    def folder(self) -> Path:
        """Where the fonts lie."""
        return self.fontconfig_file.parent


def standard_characters() -> str:
    """The 8,105 characters of 通用规范汉字表 (国务院, 2013), in the table's order."""
    lines = (SOURCES / "tongyong-guifan-hanzi.txt").read_text(encoding="utf-8").splitlines()
    return "".join(line for line in lines if not line.startswith("#"))


def site_fonts() -> dict[str, SiteFont]:
    """The licensed fonts a site has configured, by role (setting PAPER_SITE_FONTS).

    Raises:
        SiteFontUnusable: an unknown role, or a file that is no usable font; names all of them.
    """
    found: dict[str, SiteFont] = {}
    problems = []
    for role, path in settings.PAPER_SITE_FONTS.items():
        try:
            if role not in SITE_ROLES:
                text = _("there is no role of this name; the roles are {roles}")
                raise _NotAFont(format_lazy(text, roles=", ".join(SITE_ROLES)))
            found[role] = _read_site_font(Path(path))
        except _NotAFont as error:
            problems.append(SiteFontProblem(f"{role}={path}", error.reason))
    if problems:
        raise SiteFontUnusable(problems)
    return found


class _NotAFont(Exception):
    """A site's font cannot be used.

    ``reason`` is still to be translated: a process that only sets papers knows no languages.
    """

    def __init__(self, reason: StrOrPromise) -> None:
        super().__init__(reason)
        self.reason = reason


def _read_site_font(path: Path) -> SiteFont:
    try:
        size = path.stat().st_size
        with path.open("rb") as file, TTFont(file, fontNumber=0, lazy=True) as font:
            # A file that was cut off still has the directory of its tables in front.
            whole = all(
                table.offset + table.length <= size for table in font.reader.tables.values()
            )
            compressed = font.flavor is not None
            family = font["name"].getBestFamilyName()
            characters = frozenset(font.getBestCmap() or ())
    except FileNotFoundError as error:
        raise _NotAFont(_("the file is not there")) from error
    except PermissionError as error:
        raise _NotAFont(_("the app may not read the file")) from error
    except _BROKEN as error:
        raise _NotAFont(_("the file is not a font, or is damaged")) from error
    if compressed:
        raise _NotAFont(_("the file is a web font (WOFF); a TTF, OTF or TTC is needed"))
    if not whole or not family or not characters:
        raise _NotAFont(_("the file is not a font, or is damaged"))
    return SiteFont(path, family, characters)


@cache
def prepared_fonts() -> PreparedFonts:
    """The fonts of this process, unpacked under PAPER_FONT_DIR if they are not yet.

    Raises:
        SiteFontUnusable: a font of PAPER_SITE_FONTS cannot be used.
    """
    return ensure_fonts(Path(settings.PAPER_FONT_DIR), site_fonts())


def ensure_fonts(directory: Path, site: Mapping[str, SiteFont] | None = None) -> PreparedFonts:
    """Unpack the fonts into a folder under ``directory``, unless it is there already.

    The folder is named after what is in it and appears whole or not at all, so any number of
    processes may do this at once. ``site`` gives a site's own fonts by role.
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
    return _load(target, site)


def _fingerprint(site: Mapping[str, SiteFont]) -> str:
    digest = hashlib.sha256(repr((_LAYOUT, CHAINS)).encode())
    for source in sorted(SOURCES.glob("*.woff2")):
        digest.update(source.name.encode() + source.read_bytes())
    for role, font in sorted(site.items()):
        digest.update(role.encode() + font.path.read_bytes())
    return digest.hexdigest()[:16]


def _unpack(building: Path, target: Path, site: Mapping[str, SiteFont]) -> None:
    held: dict[str, frozenset[int]] = {}
    for source in sorted(SOURCES.glob("*.woff2")):
        unpacked = io.BytesIO()
        decompress(io.BytesIO(source.read_bytes()), unpacked)
        file = building / f"{source.stem}.ttf"
        file.write_bytes(unpacked.getvalue())
        with TTFont(unpacked, lazy=True) as font:
            held[file.name] = frozenset(font.getBestCmap())
    for role, site_font in site.items():
        file = building / _site_file(role, site_font)
        shutil.copyfile(site_font.path, file)
        held[file.name] = site_font.characters
    in_roles = (
        frozenset[int]().union(*(held.get(font.file, ()) for font in _chain(role, site)))
        for role in CHAINS
    )
    characters = _as_ranges(frozenset.intersection(*in_roles))
    (building / "fonts.conf").write_text(_fontconfig(target, site), encoding="utf-8")
    (building / "characters.json").write_text(json.dumps(characters), encoding="utf-8")
    (building / "cache").mkdir()
    building.chmod(0o755)


def _chain(role: str, site: Mapping[str, SiteFont]) -> tuple[ChainFont, ...]:
    """The fonts of a role: the site's own, ours, the site's for what is left."""
    own, rare = (
        [ChainFont(site[key].family, _site_file(key, site[key]), site[key].path.name)]
        if key in site
        else []
        for key in (role, RARE)
    )
    ours = (ChainFont(family, f"{family.replace(' ', '')}.ttf") for family in CHAINS[role])
    return (*own, *ours, *rare)


def _site_file(role: str, font: SiteFont) -> str:
    return f"site-{role}{font.path.suffix.lower()}"


def _fontconfig(target: Path, site: Mapping[str, SiteFont]) -> str:
    roles = "".join(
        f'<match target="pattern"><test name="family"><string>Paper {role}</string></test>'
        '<edit name="family" mode="assign" binding="same">'
        + "".join(f"<string>{escape(font.family)}</string>" for font in _chain(role, site))
        + "</edit></match>\n"
        for role in CHAINS
    )
    return (
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n'
        f"<fontconfig>\n<dir>{escape(str(target))}</dir>\n"
        f"<cachedir>{escape(str(target / 'cache'))}</cachedir>\n{roles}</fontconfig>\n"
    )


def _load(target: Path, site: Mapping[str, SiteFont]) -> PreparedFonts:
    ranges = json.loads((target / "characters.json").read_text(encoding="utf-8"))
    return PreparedFonts(
        fontconfig_file=target / "fonts.conf",
        characters=frozenset(code for first, last in ranges for code in range(first, last + 1)),
        chains={role: _chain(role, site) for role in CHAINS},
    )


def _as_ranges(codes: frozenset[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for code in sorted(codes):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return ranges
