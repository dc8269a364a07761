"""A record of many names, set by two processes and bound into one file.

Its roll is cut between rows into three parts. This process sets what stands before the roll with
the first part, and the last part with what follows; the other one the middle, meanwhile. Each part
begins with the row that the one before it could not take on its last page, so that pages, numbers
and bookmarks are those of a record set as a whole (``galley.py``). What comes out depends on the
facts alone, and not on whether there was a second process.
"""

from __future__ import annotations

import logging
import re
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection, get_context
from typing import TYPE_CHECKING, Any, Protocol

from .exceptions import NotDivisible, PaperError
from .ink import Drawing
from .placing import leave_room, place_in_the_whole
from .render import Paper, checked_html, rare_collection, typesetter

if TYPE_CHECKING:
    import pydyf

    from .galley import Break, Galley

logger = logging.getLogger(__name__)

# Below this a second process, which takes a second of processor time to start, gains nothing.
DIVIDED_FROM = 300
# How much of the roll this process sets first, and where its last part begins. The other process
# starts later; this one has the beginning and the evidence to set as well, and binds the file.
FIRST_PART, LAST_PART = 0.1, 0.75
# More rows than a page takes: a part holds so many beyond its end, which are set by the next.
BEYOND = 60


@dataclass(frozen=True)
class Part:
    """A part of the roll, with what stands before and after: its HTML and pictures.

    ``first`` is the number of rows before those that it holds.
    """

    html: str
    styles: tuple[str, ...]
    pictures: dict[str, Drawing]
    table: str
    first: int
    until: int | None


class Second(Protocol):
    """Whoever sets the middle part: told the part and the break that it begins at, it gives the
    break that it ends at, the glyphs that it drew, and its pages.
    """

    def tell(self, message: object) -> None:
        """Hand over a message. Raises OSError, EOFError when the other is gone."""

    def hear(self) -> Any:
        """Wait for a message. Raises PaperError when a part cannot be set, and as above."""


class Alone:
    """The second process's work, done in this one when its result is first asked for."""

    def __init__(self) -> None:
        self._told: deque[Any] = deque()
        self._said: deque[Any] = deque()

    def tell(self, message: object) -> None:
        """Keep a message until all are there."""
        self._told.append(message)

    def hear(self) -> Any:
        """What the middle part's setting says next. Raises PaperError."""
        if not self._said:
            set_middle(self._told.popleft, self._said.append)
        return self._said.popleft()


class _Process:
    """A second process, at the other end of a pipe."""

    def __init__(self, pipe: connection.Connection) -> None:
        self._pipe = pipe

    def tell(self, message: object) -> None:
        self._pipe.send(message)

    def hear(self) -> Any:
        message = self._pipe.recv()
        if isinstance(message, PaperError):
            raise message
        return message


@contextmanager
def second_process() -> Iterator[Second]:
    """A process that sets the middle part; this one does it when none can be started.

    Spawned, like those of ``pool.py``, and for the same reasons; it ends with the ``with`` block.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    try:
        process.start()
    except (OSError, AssertionError) as error:  # no memory; or a daemon, which may start none
        logger.warning("a record is set by one process, since no second one starts: %s", error)
        yield Alone()
        return
    theirs.close()
    try:
        yield _Process(ours)
    finally:
        process.kill()
        process.join()
        ours.close()


def render_divided(paper: Paper, facts: object, table: str, second: Second) -> bytes:
    """The paper as ``render_pdf`` makes it, its ``table`` set in parts, one of them by ``second``.

    Pages and bookmarks are the same; the bytes are other ones, always the same.

    Raises:
        NotDivisible: the table is not where it is looked for.
        MissingGlyphs: a text of the facts has a character that no font has.
        PaperError: the typesetter is not content.
    """
    html = checked_html(paper, facts)
    with rare_collection():
        parts = cut(paper, html, table)
        try:
            return _set(paper, html, parts, second)
        except (EOFError, OSError) as error:
            logger.warning("a record is set by one process, since the second one ended: %s", error)
            return _set(paper, html, parts, Alone())


def cut(paper: Paper, html: str, table: str) -> list[Part]:
    """The three parts of a paper at the rows of a table. Raises NotDivisible."""
    found = re.search(
        rf'(?P<open>(?:<div[^>]*>)?<table class="[^"]*\b{table}">.*?<tbody>)'
        r"(?P<rows>.*?)(?P<close></tbody>\s*</table>(?:</div>)?)",
        html,
        re.DOTALL,
    )
    rows = re.findall(r"\s*<tr>.*?</tr>", found["rows"], re.DOTALL) if found else []
    if found is None or len(rows) < BEYOND:
        raise NotDivisible(f"no long table of the class {table}")
    head = html[: html.index("<body>") + len("<body>")]
    begin, end = head + found["open"], found["close"] + "</body></html>"
    first, last = int(len(rows) * FIRST_PART), int(len(rows) * LAST_PART)

    def part(before: str, start: int, until: int | None, after: str) -> Part:
        # A row more at the beginning: what a table begins with is drawn otherwise.
        start = max(start - 1, 0)
        held = "".join(rows[start : until and until + BEYOND])
        text = before + held + after
        named = set(re.findall(r'src="(ink:\d+)"', held))
        pictures = {at: image for at, image in paper.pictures.images.items() if at in named}
        return Part(text, paper.styles, pictures, table, start, until)

    return [
        part(html[: found.start()] + found["open"], 0, first, end),
        part(begin, first, last, end),
        part(begin, last, None, found["close"] + html[found.end() :]),
    ]


def _set(paper: Paper, html: str, parts: list[Part], second: Second) -> bytes:
    """Set the first and the last part, and bind all three. Raises EOFError, OSError, too."""
    first, middle, last = parts
    second.tell(middle)
    beginning = _galley(first)
    from .insertion import insert
    from .typesetting import LaidOut, identifier

    pages, start = beginning.lay_out(None, first.until)
    second.tell(start)
    before = len(pages)
    rest = _galley(last)
    end: Break | None = second.hear()
    if start is None or end is None:
        raise NotDivisible("no page ends where the table was cut")
    pages += rest.lay_out(end, None)[0]
    document = beginning.bind(pages)
    document.fonts = typesetter().shared_fonts(lambda drawn: second.hear())

    def bind(pdf: pydyf.PDF) -> None:
        leave_room(pdf, before, end.pages - before)
        insert(pdf, second.hear(), before)

    return typesetter().write(LaidOut(document, identifier(html, paper.pictures)), bind)


def set_middle(hear: Callable[[], Any], say: Callable[[Any], None]) -> None:
    """Set the middle part that is heard, from the break that is heard then.

    Says the break that it ends at, the glyphs that it drew, its pages. Raises PaperError.
    """
    part: Part = hear()
    with rare_collection():
        galley = _galley(part)
        from .insertion import take_out

        start: Break | None = hear()
        if start is None:
            return say(None)
        pages, end = galley.lay_out(start, part.until)
        say(end)
        if end is None:
            return None
        document = galley.bind(pages)
        document.fonts = typesetter().shared_fonts(say)
        pdf = typesetter().draw(document)
        place_in_the_whole(pdf, start.pages)
        return say(take_out(pdf))


def _galley(part: Part) -> Galley:
    return typesetter().galley(part.html, part.styles, part.pictures, part.table, part.first)


def _serve(pipe: connection.Connection) -> None:
    """What the second process does: one record, unless the pipe ends before."""
    for number in (signal.SIGINT, signal.SIGTERM):  # whoever started it decides when it ends
        signal.signal(number, signal.SIG_IGN)
    try:
        set_middle(pipe.recv, pipe.send)
    except PaperError as error:
        pipe.send(error)
    except (EOFError, BrokenPipeError):
        pass  # whoever started this process is gone: what it is at is for nobody
