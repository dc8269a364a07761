"""The notice of a meeting (会议通知), in the form of a letter (GB/T 9704-2012, 10.1).

A notice has two attachments: the outline of the talk, and the list of those called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from .letter_facts import Contact, NoticeFacts
from .outline import attachment_label
from .record import agenda_heading, described
from .render import Paper, render_pdf
from .typography import UNIT_LINE, ZONE, day, ended, numeral, office, period, title_lines

LIST_TITLE = "参会人员名单"
WEEKDAYS = "一二三四五六日"

# The issuer's name above the red line: full size up to nine characters, then narrowed to keep
# within the text block, and below half its width set smaller (points; the block is 442 wide).
BLOCK_WIDTH, HEAD_SIZE, NARROWEST = 442.2, 46.5, 0.5

# Of the text's size, two in from the right: a longer issuer is broken by sense, as in a title.
LONGEST_ISSUER = 26

# 7.3.2 leaves many addressees to a collective name, so that the text still begins on page one.
MOST_ADDRESSEES = 84

# 1. and 2、 and （三） and 四、 before an item; not the year in 2026年 nor the hour in 9.30.
_OWN_NUMBER = re.compile(
    r"^(?:\d{1,2}[.．、](?!\d)|[（(][\d一二三四五六七八九十]{1,3}[)）]|[一二三四五六七八九十]{1,3}、)\s*"
)


def render_notice(facts: NoticeFacts) -> bytes:
    """The notice with its attachments as PDF/A-3a.

    Raises:
        MissingGlyphs: a name or text has a character that no font has.
        PaperError: the notice could not be set.
    """
    return render_pdf(notice_paper(facts), facts)


def notice_paper(facts: NoticeFacts) -> Paper:
    """The notice's template, style sheets and context."""
    title = notice_title(facts)
    return Paper(
        template="papers/notice.html",
        styles=("gbt9704.css", "letters.css"),
        title=f"{title}（{facts.number}）",
        author=facts.unit,
        made_at=facts.issued_at,
        context={
            "facts": facts,
            "title": title,
            "title_lines": broken_title(facts),
            "head": head_type(facts.unit),
            "addressees": addressees(facts),
            "opening": opening(facts),
            "sections": [
                (f"{numeral(number)}、{heading}", paragraphs)
                for number, (heading, paragraphs) in enumerate(sections(facts), start=1)
            ],
            "attachments": (facts.outline.title, LIST_TITLE),
            "issuer_lines": title_lines(facts.unit, LONGEST_ISSUER),
            "date_is_longer": width(day(facts.issued_at)) > width(facts.unit),
            "issued_on": day(facts.issued_at),
            "contact": contact_line(facts.contact),
            "outline": facts.outline,
            "outline_label": attachment_label(1),
            "outline_lines": title_lines(facts.outline.title),
            "list_label": attachment_label(2),
            "list_title": LIST_TITLE,
            "invited": [
                (row, office(row.unit, row.post)) for row in (*facts.called, *facts.observing)
            ],
        },
    )


def notice_title(facts: NoticeFacts) -> str:
    """Issuer, matter and kind of paper, as every title names them: ……关于……的通知."""
    return f"{facts.unit}关于{occasion(facts.title)}的通知"


def broken_title(facts: NoticeFacts) -> list[str]:
    """The title by sense (7.3.1): one line, or the issuer by itself and the rest below."""
    title = notice_title(facts)
    if len(title_lines(title)) == 1 and len(title) <= UNIT_LINE:
        return [title]
    rest = title.removeprefix(facts.unit)
    return [*title_lines(facts.unit, UNIT_LINE), *title_lines(rest)]


def occasion(title: str) -> str:
    """What the notice is about, with its verb: a meeting is called, a talk is held."""
    return f"{'召开' if title.endswith(('会', '会议')) else '开展'}{title}"


def head_type(unit: str) -> dict[str, str]:
    """Size, width, place and scale of the issuer's name as CSS lengths."""
    size = min(HEAD_SIZE, BLOCK_WIDTH / (NARROWEST * len(unit)))
    natural = size * len(unit)
    return {
        "size": f"{size:.2f}pt",
        "width": f"{natural:.2f}pt",
        "left": f"{(BLOCK_WIDTH - natural) / 2:.2f}pt",
        "scale": f"{min(1.0, BLOCK_WIDTH / natural):.4f}",
    }


def addressees(facts: NoticeFacts) -> str:
    """To whom the notice goes (主送), without its colon."""
    if not facts.addressees:
        return "各位参会同志"
    names = "、".join(facts.addressees)
    return names if len(names) < MOST_ADDRESSEES else "各有关单位"


def opening(facts: NoticeFacts) -> str:
    """The paragraph before the first heading."""
    return f"经研究，定于{day(facts.starts_at)}{occasion(facts.title)}。现将有关事项通知如下："


def sections(facts: NoticeFacts) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each heading with its paragraphs, a paragraph as its lead in 楷体 (or none) and its text."""
    if facts.basis:
        yield "事由依据", [("", ended(line)) for line in facts.basis.splitlines() if line.strip()]
    yield (
        "时间地点",
        [
            ("（一）时间：", f"{meeting_time(facts.starts_at, facts.ends_at)}。"),
            ("（二）地点：", ended(facts.place)),
        ],
    )
    yield "参会人员", list(_people(facts))
    if facts.agenda:
        yield (
            "会议议程",
            [("", f"{text}。") for text in _numbered(map(agenda_heading, facts.agenda))],
        )
    yield "谈话内容", list(_talk(facts))
    if cautions := list(_cautions(facts)):
        yield "注意事项", cautions


def _people(facts: NoticeFacts) -> Iterator[tuple[str, str]]:
    texts = [
        ("主持人", described(facts.chair)),
        ("谈话人", described(facts.speaker)),
        ("参加人员", f"共{len(facts.called)}人，名单见{attachment_label(2)}"),
    ]
    if facts.observing:
        texts.append(("列席人员", f"共{len(facts.observing)}人，名单见{attachment_label(2)}"))
    for number, (who, text) in enumerate(texts, start=1):
        yield f"（{numeral(number)}）{who}：", f"{text}。"


def _talk(facts: NoticeFacts) -> Iterator[tuple[str, str]]:
    points = facts.outline.points
    headings = "、".join(point.heading for point in points)
    about = f"围绕{headings}{numeral(len(points))}个方面进行集体谈话" if points else "进行集体谈话"
    yield "", f"{about}，谈话提纲见{attachment_label(1)}。"
    if len(facts.study_list) == 1:
        yield "", ended(f"学习内容为{facts.study_list[0]}")
    elif facts.study_list:
        yield "", "学习内容包括："
        for text in _numbered(facts.study_list):
            yield "", ended(text)


def _cautions(facts: NoticeFacts) -> Iterator[tuple[str, str]]:
    lines = list(facts.reminders)
    if facts.pledge_due_on:
        due = facts.pledge_due_on
        lines.append(
            f"谈话结束后，请参加谈话的同志逐条阅读并签订廉政承诺书，"
            f"于{due.year}年{due.month}月{due.day}日前完成"
        )
    for text in _numbered(lines):
        yield "", ended(text)


def _numbered(texts: Iterable[str]) -> list[str]:
    """Items behind numbers of the third level (1.), whatever numbers they were written with."""
    items = [_OWN_NUMBER.sub("", text) for text in texts]
    if len(items) < 2:
        return items
    return [f"{number}.{item}" for number, item in enumerate(items, start=1)]


def meeting_time(starts_at: datetime, ends_at: datetime) -> str:
    """When to come, with the day of the week: 2026年3月5日（星期四）上午9:00至10:40."""
    start, end = starts_at.astimezone(ZONE), ends_at.astimezone(ZONE)
    if start.date() != end.date():
        return period(starts_at, ends_at)
    times = period(starts_at, ends_at).removeprefix(day(starts_at))
    return f"{day(starts_at)}（星期{WEEKDAYS[start.weekday()]}）{times}"


def contact_line(contact: Contact | None) -> str:
    """The note below the date (附注, GB/T 9704-2012, 7.3.6), in brackets."""
    if contact is None:
        return ""
    phone = f"，联系电话：{contact.phone}" if contact.phone else ""
    return f"（联系人：{contact.name}{phone}）"


def width(text: str) -> float:
    """About how many Chinese characters wide a text is; figures take a little over half of one."""
    return sum(0.55 if character.isascii() else 1 for character in text)
