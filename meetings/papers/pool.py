"""Two processes that set pledges, for batches that would keep one busy for minutes.

Processes, because Python's threads would take turns; started anew (spawn), because a fork would
copy the locks of whatever threads run here. They know no database: facts come in by a pipe, files
go to the disk, whole or not at all. When this process is killed, the pipe ends and so do they.
"""

from __future__ import annotations

import os
import resource
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import connection, get_context
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Self

from django.utils.translation import gettext as _

from .exceptions import PaperError, SiteFontUnusable
from .facts import Person, PledgeFacts

PROCESSES = 2
# A process that has grown by so much since its first file makes room for a new one.
MOST_GROWTH = 64 * 1024 * 1024
# Jobs that a process is given ahead, so that it never waits for the next.
AHEAD = 2
# A job at which so many processes died is at fault itself.
MOST_DEATHS = 2


class PledgeFailed(PaperError):
    """A pledge could not be set; ``signer`` is whose it is, and the text says why."""

    def __init__(self, signer: Person, reason: str) -> None:
        super().__init__(reason)
        self.signer = signer


class FileNotWritten(PaperError):
    """The disk did not take a file, whosever pledge it was; ``reason`` is the system's word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return _("The file could not be written: %s.") % self.reason


# What is wrong with the place, whosever pledge is being set.
_NOBODYS_FAULT = (FileNotWritten, SiteFontUnusable)


@dataclass(frozen=True)
class Job:
    """A file to make at ``path``: of one pledge alone, or a sheaf of several.

    ``first`` is the number of pages before a sheaf in the whole, None for a pledge by itself;
    ``title`` and ``author`` are a sheaf's.
    """

    path: Path
    pledges: tuple[PledgeFacts, ...]
    first: int | None = None
    title: str = ""
    author: str = ""


@dataclass(frozen=True)
class Binding:
    """Sheaves, all there, to be joined into one file at ``target``."""

    sheaves: tuple[Path, ...]
    target: Path

    def make(self) -> None:
        """Join them in this process."""
        from .merging import join_sheaves

        join_sheaves(self.sheaves, self.target)


@dataclass(frozen=True)
class _Begun:
    """A process takes up the pledge at this place of its job."""

    index: int


@dataclass(frozen=True)
class _Made:
    """A job's file is there; ``memory`` is what the process takes, in bytes."""

    memory: int


@dataclass(frozen=True)
class _Refused:
    """The pledge begun last cannot be set."""

    error: PaperError


def make(job: Job, begun: Callable[[int], None]) -> None:
    """Make a job's file in this process; ``begun`` is told each pledge's place before it is set.

    Raises:
        PaperError: a pledge cannot be set, or FileNotWritten; the file is not there.
    """
    from .sheaf import render_one, render_sheaf

    if job.first is None:
        begun(0)
        pdf = render_one(job.pledges[0])
    else:
        pdf = render_sheaf(
            job.pledges, first=job.first, title=job.title, author=job.author, begun=begun
        )
    beside = job.path.with_suffix(f".{os.getpid()}.half")
    try:
        beside.write_bytes(pdf)
        beside.replace(job.path)
    except OSError as error:
        raise FileNotWritten(error.strerror or str(error)) from error


def make_here(job: Job) -> Iterator[int]:
    """Make a job's file in this process; gives 1 for each pledge when it is done.

    Raises:
        PledgeFailed: a pledge cannot be set.
        FileNotWritten: the disk does not take it.
        SiteFontUnusable: a font of PAPER_SITE_FONTS cannot be used.
    """
    at = 0

    def begun(index: int) -> None:
        nonlocal at
        at = index

    try:
        make(job, begun)
    except _NOBODYS_FAULT:
        raise
    except PaperError as error:
        raise PledgeFailed(job.pledges[at].signer, str(error)) from error
    yield len(job.pledges)


def bind(binding: Binding) -> Iterator[None]:
    """Join sheaves in a process that ends with it, and its memory too; gives control back every
    second until the file is there.

    Raises:
        PaperError: the process died.
    """
    process = get_context("spawn").Process(target=binding.make, daemon=True)
    process.start()
    try:
        while process.exitcode is None:
            process.join(timeout=1)
            yield
    finally:
        process.kill()
        process.join()
    if process.exitcode:
        raise PaperError(_("The process that bound the file ended with %s.") % process.exitcode)


class Pool:
    """Makes jobs in processes of its own, which end with the ``with`` block."""

    def __init__(self, processes: int = PROCESSES) -> None:
        self._workers = [_Worker() for _ in range(processes)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.end()

    def make(self, jobs: Iterable[Job]) -> Iterator[int]:
        """Make the files of all jobs, in any order; gives 1 for each pledge taken up.

        A file is there whole or not at all, whenever this stops.

        Raises:
            PledgeFailed: a pledge cannot be set, or processes died at it again and again.
            FileNotWritten: the disk does not take a file.
            SiteFontUnusable: a font of PAPER_SITE_FONTS cannot be used.
        """
        waiting: deque[_Task] = deque()
        fresh = iter(jobs)
        while True:
            for worker in self._workers:
                while len(worker.tasks) < AHEAD:
                    task = waiting.popleft() if waiting else _next_task(fresh)
                    if task is None:
                        break
                    worker.give(task)
            busy = {worker.pipe: worker for worker in self._workers if worker.tasks}
            if not busy:
                return
            for pipe in connection.wait(list(busy)):
                worker = busy[pipe]  # type: ignore[index]  # only pipes were waited for
                yield from worker.listen()
                waiting.extend(worker.renew_if_needed())


@dataclass
class _Task:
    job: Job
    begun: int = -1
    deaths: int = 0


def _next_task(jobs: Iterator[Job]) -> _Task | None:
    job = next(jobs, None)
    return _Task(job) if job is not None else None


class _Worker:
    """One process, seen from here."""

    def __init__(self) -> None:
        self.tasks: deque[_Task] = deque()
        self._start()

    def _start(self) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._at_first: int | None = None
        self._is_over = False

    def give(self, task: _Task) -> None:
        """Send a job; a process that is dead by now is found out when it is listened to."""
        self.tasks.append(task)
        try:
            self.pipe.send(task.job)
        except OSError:
            self._is_over = True

    def listen(self) -> Iterator[int]:
        """Take in one message. Raises what ``Pool.make`` raises."""
        task = self.tasks[0]
        try:
            message = self.pipe.recv()
        except (EOFError, OSError):
            self._is_over = True
            task.deaths += 1
            if task.deaths >= MOST_DEATHS:
                signer = task.job.pledges[max(task.begun, 0)].signer
                raise PledgeFailed(
                    signer, _("The process that set it ended with %s.") % self._exit_code()
                ) from None
            return
        if isinstance(message, _Begun):
            if message.index > task.begun:  # not told already by a process that died
                task.begun = message.index
                yield 1
        elif isinstance(message, _Made):
            self.tasks.popleft()
            self._at_first = self._at_first or message.memory
            self._is_over = message.memory - self._at_first > MOST_GROWTH
        elif isinstance(message.error, _NOBODYS_FAULT):
            raise message.error
        else:
            signer = task.job.pledges[max(task.begun, 0)].signer
            raise PledgeFailed(signer, str(message.error)) from message.error

    def renew_if_needed(self) -> list[_Task]:
        """Put a new process in the place of one that died or grew; gives what it left undone."""
        if not self._is_over:
            return []
        left = list(self.tasks)
        self.tasks.clear()
        self.end()
        self._start()
        return left

    def end(self) -> None:
        """End the process at once: what it is at is not on the disk yet."""
        self._process.kill()
        self._process.join()
        self.pipe.close()

    def _exit_code(self) -> int | None:
        self._process.join()
        return self._process.exitcode


def _work(pipe: connection.Connection) -> None:
    """What a process of the pool does: job after job, until the pipe ends."""
    for number in (signal.SIGINT, signal.SIGTERM):  # whoever started it decides when it ends
        signal.signal(number, signal.SIG_IGN)
    jobs: SimpleQueue[Job] = SimpleQueue()
    Thread(target=_receive, args=(pipe, jobs), daemon=True).start()
    while True:
        job = jobs.get()
        try:
            make(job, lambda index: pipe.send(_Begun(index)))
        except PaperError as error:
            pipe.send(_Refused(error))
        else:
            pipe.send(_Made(_memory()))


def _receive(pipe: connection.Connection, jobs: SimpleQueue[Job]) -> None:
    """Take jobs in as they come: whoever sends one must not wait until the last is made."""
    try:
        while True:
            jobs.put(pipe.recv())
    except (EOFError, OSError):
        os._exit(0)  # whoever started this process is gone: what it is at is for nobody


def _memory() -> int:
    """What this process takes of the machine's memory now, in bytes."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:  # not Linux: the most that it ever took
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return pages * resource.getpagesize()
