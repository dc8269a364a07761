"""How a batch is made: taken up, set in two processes, bound into one file; or left, or failed.

Whatever is finished on the way lies on disk under the batch's folder, each file whole. A worker
that was killed is found out by its silence, and the next one goes on from there.
"""

import hashlib
import logging
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from pledges.models import Level, Pledge

from .bulk import discard_outdated, pledges_of
from .models import Batch, BatchKind, BatchState
from .papers.bundling import Entry, write_bundle
from .papers.exceptions import PaperError
from .papers.facts import Json, PledgeFacts, Point
from .papers.fonts import prepared_fonts
from .papers.gathering import LEVEL_NAMES, gather_pledge, gather_points
from .papers.glyphs import LAYOUT_CHARACTERS
from .papers.pool import Binding, Job, PledgeFailed, Pool, bind, make_here

logger = logging.getLogger(__name__)

# Pages bound at a time: what a process holds in memory, and what a kill costs at most.
SHEAF = 20
# Fewer pledges than this are set before a process of their own would have started.
WORTH_PROCESSES = 12
# Signs of life are written so often; whether it was cancelled is asked at every pledge.
BEAT_SECONDS = 1.0
NAMED_AT_MOST = 5


class Lost(Exception):
    """The batch was cancelled, or another worker has taken it up: nothing is to be done here."""


@dataclass(frozen=True)
class Row:
    """One pledge of a batch: what the bundle says of it, and where its file lies on the way."""

    pk: UUID
    entry: Entry


@dataclass
class Run:
    """One worker's hold on a batch."""

    batch: Batch
    rows: Sequence[Row] = ()
    # Each outline's points: thousands of pledges have the same.
    points: dict[int, tuple[Point, ...]] = field(default_factory=dict)
    done: int = 0
    beat_at: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """Note how many there are now that the work begins. Raises Lost."""
        if not self._held().update(total=len(self.rows), done=0, beat_at=timezone.now()):
            raise Lost

    def step(self, made: int = 0) -> None:
        """Count pledges, and give a sign of life. Raises Lost."""
        self.done = min(self.done + made, len(self.rows))
        if made and not self._beat_is_due:
            is_held = self._held().exists()
        else:
            self.beat_at = time.monotonic()
            is_held = bool(self._held().update(done=self.done, beat_at=timezone.now()))
        if not is_held:
            raise Lost

    def keep_alive(self) -> None:
        """Give a sign of life if it is time for one. Raises Lost."""
        if self._beat_is_due:
            self.step()

    def end(self, state: BatchState, **values: object) -> None:
        """Bring the batch to its end. Raises Lost when it is not held any more."""
        now = timezone.now()
        if not self._held().update(state=state, finished_at=now, beat_at=None, **values):
            raise Lost

    @property
    def _beat_is_due(self) -> bool:
        return time.monotonic() - self.beat_at >= BEAT_SECONDS

    def _held(self) -> "QuerySet[Batch]":
        """The batch's row while this run holds it, else nothing."""
        return Batch.objects.filter(pk=self.batch.pk, run=self.batch.run, state=BatchState.RUNNING)


def take_batch(batch_id: UUID) -> Batch | None:
    """Take up a batch that waits, or was left in the middle; None when there is nothing to take.

    One statement does it, so that of several workers one gets it.
    """
    now = timezone.now()
    taken = (
        Batch.objects.takeable(now)
        .filter(pk=batch_id)
        .update(
            state=BatchState.RUNNING,
            run=F("run") + 1,
            started_at=Coalesce(F("started_at"), now),
            beat_at=now,
        )
    )
    if not taken:
        return None
    return Batch.objects.select_related("meeting__unit", "unit").get(pk=batch_id)


def make_taken_batch(batch: Batch) -> str:
    """Make a batch that was taken up; gives its state afterwards.

    Raises nothing that a person could mend: what went wrong, and with whose pledge, stands on the
    batch's page.
    """
    run = Run(batch)
    with translation.override(settings.LANGUAGE_CODE):
        try:
            run.rows = _rows(batch)
            run.begin()
            _make(run)
        except Lost:
            _tidy(batch)
        except PledgeFailed as error:
            _fail(run, str(error), _person(error.signer.name, error.signer.unit or ""))
        except _Unprintable as error:
            _fail(run, str(error), error.people)
        except PaperError as error:
            _fail(run, str(error))
        except Exception:
            logger.exception("batch %s could not be made", batch.pk)
            _fail(run, _("An unexpected fault; the administrator finds it in the server's log."))
    discard_outdated()
    return Batch.objects.values_list("state", flat=True).get(pk=batch.pk)


class _Unprintable(PaperError):
    """Some people's pledges have characters that no font has; found before anything is made."""

    def __init__(self, reason: str, people: str) -> None:
        super().__init__(reason)
        self.people = people


def _make(run: Run) -> None:
    _check_characters(run.batch)
    target = _prepare(run.batch)
    if run.batch.kind == BatchKind.ZIP:
        _make_bundle(run, target)
    else:
        _make_print(run, target)
    with target.open("rb") as made:
        sha256 = hashlib.file_digest(made, "sha256").hexdigest()
    run.step()
    target.replace(run.batch.path)
    size = run.batch.path.stat().st_size
    run.end(BatchState.DONE, done=len(run.rows), size=size, sha256=sha256)
    shutil.rmtree(_parts(run.batch), ignore_errors=True)


def _prepare(batch: Batch) -> Path:
    """The batch's folder, without what a killed worker left half done; and where to write."""
    parts = _parts(batch)
    parts.mkdir(parents=True, exist_ok=True)
    for half in (*batch.directory.glob("pledges.*"), *parts.glob("*.half")):
        half.unlink(missing_ok=True)
    return batch.path.with_suffix(f".{batch.run}")


def _parts(batch: Batch) -> Path:
    return batch.directory / "parts"


def _make_bundle(run: Run, target: Path) -> None:
    """One file a pledge into a ZIP: each as soon as all before it are there."""
    missing = [row for row in run.rows if not row.entry.source.exists()]
    run.done = len(run.rows) - len(missing)
    jobs = (Job(row.entry.source, (facts,)) for row, facts in _gathered(run, missing))
    entries = [row.entry for row in run.rows]
    bundle = write_bundle(target, entries, scope=_scope(run.batch))
    bound = 0
    for made in _made(run, jobs, len(missing)):
        run.step(made)
        while bound < len(entries) and entries[bound].source.exists():
            next(bundle)
            bound += 1
    for _written in bundle:
        run.keep_alive()


def _make_print(run: Run, target: Path) -> None:
    """Sheaves of pages, bound into one PDF."""
    rows = iter(run.rows)
    sheaves = [
        (_sheaf_path(run.batch, held), held) for held in iter(lambda: list(islice(rows, SHEAF)), [])
    ]
    missing = [
        (number * SHEAF, path, held)
        for number, (path, held) in enumerate(sheaves)
        if not path.exists()
    ]
    to_do = sum(len(held) for _first, _path, held in missing)
    run.done = len(run.rows) - to_do
    title, author = _heading(run.batch)
    jobs = (
        Job(path, tuple(facts for _row, facts in _gathered(run, held)), first, title, author)
        for first, path, held in missing
    )
    for made in _made(run, jobs, to_do):
        run.step(made)
    for _waited in bind(Binding(tuple(path for path, _held in sheaves), target)):
        run.step()


def _made(run: Run, jobs: Iterable[Job], pledges: int) -> Iterator[int]:
    """Makes the files of the jobs; gives 1 for each pledge taken up."""
    if pledges < WORTH_PROCESSES:
        for job in jobs:
            yield from make_here(job)
    else:
        with Pool() as pool:
            yield from pool.make(jobs)


def _sheaf_path(batch: Batch, rows: Sequence[Row]) -> Path:
    digest = hashlib.sha256("\n".join(row.entry.source.name for row in rows).encode())
    return _parts(batch) / f"sheaf-{digest.hexdigest()[:32]}.pdf"


def _rows(batch: Batch) -> list[Row]:
    """What is in the batch, in order; without the texts and pictures of the pledges."""
    several = batch.meeting_id is None
    found = pledges_of(batch).values_list(
        "pk",
        "attendance__meeting__number",
        "name",
        "staff_number",
        "unit_name",
        "post",
        "signature__level",
        "signature__digest",
        "signature__signed_at",
        "revocation__pk",
    )
    rows = []
    for pk, meeting, name, number, unit, post, level, digest, signed_at, disowned in found:
        # A pledge that is disowned in the meantime is set anew: its paper says so.
        source = _parts(batch) / f"{pk}{'-disowned' if disowned else ''}.pdf"
        entry = Entry(
            source=source,
            folder=(meeting or "") if several else "",
            meeting=meeting or "",
            name=name,
            staff_number=number,
            unit=unit,
            post=post,
            level=LEVEL_NAMES[Level(level)],
            digest=digest,
            signed_at=timezone.localtime(signed_at),
            disowned=bool(disowned),
        )
        rows.append(Row(pk, entry))
    return rows


def _gathered(run: Run, rows: Sequence[Row]) -> Iterator[tuple[Row, PledgeFacts]]:
    """The facts of pledges, a few at a time: a whole year's never lie in memory together."""
    waiting = iter(rows)
    while some := list(islice(waiting, SHEAF)):
        found = Pledge.objects.select_related(
            "signature", "occasion__outline", "revocation"
        ).in_bulk([row.pk for row in some])
        for row in some:
            pledge = found[row.pk]
            outline = pledge.occasion.outline
            if outline.pk not in run.points:
                run.points[outline.pk] = gather_points(outline)
            yield (
                row,
                gather_pledge(pledge, site_url=settings.SITE_URL, points=run.points[outline.pk]),
            )


def _check_characters(batch: Batch) -> None:
    """Finds everybody whose own words have a character that no font has, before an hour's work.

    Raises _Unprintable. What is common to all is checked when the first pledge is set.
    """
    printable = prepared_fonts().characters | LAYOUT_CHARACTERS
    wrong: dict[str, str] = {}
    texts = pledges_of(batch).values_list(
        "name", "unit_name", "post", "personal_commitment", "signature_text"
    )
    for name, unit, *others in texts.iterator(chunk_size=500):
        lacking = {c for text in (name, unit, *others) for c in text if ord(c) not in printable}
        if lacking:
            wrong[_person(name, unit)] = "".join(sorted(lacking - set("\r")))
    wrong = {person: lacking for person, lacking in wrong.items() if lacking}
    if wrong:
        named = list(wrong)[:NAMED_AT_MOST]
        people = "、".join(named) + ("…" if len(wrong) > len(named) else "")
        raise _Unprintable(
            _("No font of the papers has: %s") % " ".join(dict.fromkeys("".join(wrong.values()))),
            people,
        )


def _scope(batch: Batch) -> dict[str, Json]:
    """What the bundle's manifest says it holds."""
    if batch.meeting is not None:
        return {"meeting": batch.meeting.number, "title": batch.meeting.title}
    assert batch.unit is not None  # a check constraint has one or the other
    return {"unit": batch.unit.name, "year": batch.year}


def _heading(batch: Batch) -> tuple[str, str]:
    """The printed file's own title and author. Papers are Chinese whatever the page's language."""
    if batch.meeting is not None:
        return f"{batch.meeting.number} {batch.meeting.title} 廉政承诺书", batch.meeting.unit.name
    assert batch.unit is not None  # a check constraint has one or the other
    return f"{batch.unit.name}{batch.year}年廉政承诺书", batch.unit.name


def _person(name: str, unit: str) -> str:
    return f"{name}（{unit}）" if unit else name


def _fail(run: Run, reason: str, person: str = "") -> None:
    try:
        run.end(BatchState.FAILED, failure=reason, person=person[:200])
    except Lost:
        _tidy(run.batch)


def _tidy(batch: Batch) -> None:
    """Leaves nothing of a cancelled batch; what another worker goes on with stays."""
    if Batch.objects.filter(pk=batch.pk, state=BatchState.CANCELLED).exists():
        shutil.rmtree(batch.directory, ignore_errors=True)
