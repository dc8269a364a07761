"""The specimen of the papers' fonts (字样), and which font each role really uses.

What is used is read from the finished PDF: what a site has configured is one thing, what the
typesetter found and embedded another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont

from .drawn import drawn_pages, families_of, picture
from .fonts import ChainFont, prepared_fonts, standard_characters
from .render import Paper, render_pdf

TITLE = "公文用字字样"
FAMILY_NAMES = {1, 16, 21}  # OpenType 1.9, "name"
RESTRICTED = 0x0002  # OpenType 1.9, "OS/2", fsType: no embedding without the maker's leave
# What a role is called, and what it is for (GB/T 9704-2012, 5.2.2, 7.3.1, 7.3.3 and 7.5).
ROLES = {
    "fang": ("仿宋", "正文，第三级、第四级标题，表格"),
    "kai": ("楷体", "第二级标题，谈话事由，键入的签名"),
    "hei": ("黑体", "第一级标题，表头，“附件”"),
    "song": ("宋体", "页码，摘要"),
    "title": ("小标宋", "文件标题"),
}
TEXT = (
    "全体领导干部要勤奋学习、强化担当、严格要求、加强监督，把纪律和规矩挺在前面，"
    "走好第一步，把握好自己，净化交友圈，管住细微处，自觉接受监督，做到忠诚、干净、担当。",
    "人名用字：䶮堃喆玥镕昇珺翀犇骉𬸦𬍛赟燊㛃頔龑彣，阿依古丽·买买提。",
    "数字和西文：2026年3月5日上午9:05，〔2026〕1号，36人，100%，①②③，№8。",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "abcdefghijklmnopqrstuvwxyz 0123456789",
    "标点符号：，、。；：？！“引号”‘单引号’（圆括号）〔六角括号〕【方头括号】《书名号》"
    "〈单书名号〉——破折号……省略号·间隔号—连接号～浪纹号。",
)


@dataclass(frozen=True)
class SpecimenSection:
    """One role's page: its name and use, the text that is set in it, notes below it."""

    role: str
    label: str
    use: str
    text: tuple[str, ...] = TEXT
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SpecimenFacts:
    """What the specimen shows, a page (or more) a role."""

    sections: tuple[SpecimenSection, ...]


@dataclass(frozen=True)
class UsedFont:
    """One font of a role's chain, and what it does for the role.

    ``supplies`` counts the standard characters that no font before it has; ``drawn`` are the
    specimen's characters that were drawn from it. ``embeddable``: its maker allows PDFs to carry
    it (ISO 19005-3, 6.2.11.4.1).
    """

    family: str
    file: str
    version: str
    licensed: bool
    embeddable: bool
    supplies: int
    drawn: str


@dataclass(frozen=True)
class RoleFonts:
    """A role's fonts in the order in which they are asked for a character.

    ``missing`` are standard characters that none of them has, ``strange`` the families that were
    embedded for the role without being in its chain.
    """

    role: str
    label: str
    use: str
    chain: tuple[UsedFont, ...]
    missing: str
    strange: tuple[str, ...]

    @property
    def main(self) -> str:
        """The family that most of the specimen was drawn from."""
        drawn = {font.family: len(font.drawn) for font in self.chain}
        return max(drawn, key=lambda family: drawn[family])

    @property
    def unused(self) -> tuple[UsedFont, ...]:
        """Licensed fonts of the role that the specimen was set without."""
        return tuple(font for font in self.chain if font.licensed and not font.drawn)


@dataclass(frozen=True)
class Specimen:
    """The finished specimen: the PDF, a picture of each role's page, what was used for each."""

    pdf: bytes
    pictures: dict[str, str]
    roles: tuple[RoleFonts, ...]


def render_specimen(facts: SpecimenFacts) -> bytes:
    """The specimen as PDF/A-3a.

    Raises:
        MissingGlyphs: a text has a character that no font has.
        PaperError: the specimen could not be set.
    """
    paper = Paper(
        template="papers/specimen.html",
        styles=("gbt9704.css", "specimen.css"),
        title=TITLE,
        author="廉谈",
        made_at=None,
        context={"title": TITLE, "facts": facts},
    )
    return render_pdf(paper, facts)


def current_specimen() -> Specimen:
    """The specimen in the fonts of this process; the same until they change.

    Raises:
        SiteFontUnusable: a font of PAPER_SITE_FONTS cannot be used.
        PaperError: the specimen could not be set.
    """
    fonts = prepared_fonts()
    return _specimen(fonts.folder, tuple(fonts.chains.items()))


@lru_cache(maxsize=1)
def _specimen(folder: Path, chains: tuple[tuple[str, tuple[ChainFont, ...]], ...]) -> Specimen:
    """Set twice: the second time with what the first has embedded written below."""
    plain = tuple(SpecimenSection(role, *ROLES[role]) for role, _chain in chains)
    first = drawn_pages(render_specimen(SpecimenFacts(plain)))
    noted = (
        replace(section, notes=_notes(families_of(page)))
        for section, page in zip(plain, first, strict=True)
    )
    pdf = render_specimen(SpecimenFacts(tuple(noted)))
    drawn = list(zip(chains, drawn_pages(pdf), strict=True))
    return Specimen(
        pdf=pdf,
        pictures={role: picture(page) for (role, _chain), page in drawn},
        roles=tuple(
            role_fonts(role, folder, chain, families_of(page)) for (role, chain), page in drawn
        ),
    )


def _notes(families: dict[str, str]) -> tuple[str, ...]:
    """What was embedded, the font that drew most first and the others with all that they drew."""
    main = max(families, key=lambda family: len(families[family]))
    others = (
        f"由 {family} 补足：{_in_order(texts)}"
        for family, texts in families.items()
        if family != main
    )
    return (f"本页嵌入的字体：{main}。", *others)


def _in_order(texts: str) -> str:
    """Characters without spaces, ideographs first: it is names that a reader looks for."""
    return "".join(sorted("".join(texts.split()), key=lambda text: (text < "\u2e80", text)))


def role_fonts(
    role: str, folder: Path, chain: Sequence[ChainFont], drawn: Mapping[str, str]
) -> RoleFonts:
    """A role's chain, each font with what it supplies and what was ``drawn`` from its family."""
    left = set(map(ord, standard_characters()))
    embedded = dict(drawn)
    used = []
    for listed in chain:
        with TTFont(folder / listed.file, fontNumber=0, lazy=True) as font:
            supplied = left & set(font.getBestCmap())
            # Fontconfig may call a family by another of its names than fontTools.
            names = {str(name) for name in font["name"].names if name.nameID in FAMILY_NAMES}
            known = next((family for family in embedded if family in names), "")
            used.append(
                UsedFont(
                    family=listed.family,
                    file=listed.site_name or listed.file,
                    version=_version(font),
                    licensed=bool(listed.site_name),
                    embeddable=not font["OS/2"].fsType & RESTRICTED,
                    supplies=len(supplied),
                    drawn=_in_order(embedded.pop(known, "")),
                )
            )
        left -= supplied
    missing = "".join(map(chr, sorted(left)))
    return RoleFonts(role, *ROLES[role], tuple(used), missing, tuple(embedded))


def _version(font: TTFont) -> str:
    """The version a font's name table states, else the number in its header."""
    stated = font["name"].getDebugName(5)
    return str(stated) if stated else f"{font['head'].fontRevision:.3f}"
