"""Processes that set pledges: whole files or none, whoever dies."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from django.utils.translation import override

from meetings.papers import pool as pool_module
from meetings.papers.exceptions import PaperError, SiteFontUnusable
from meetings.papers.facts import Person
from meetings.papers.pledge import render_pledge
from meetings.papers.pool import (
    Binding,
    FileNotWritten,
    Job,
    PledgeFailed,
    Pool,
    bind,
    make_here,
)

from . import samples

UNPRINTABLE = "王\U000e0041"


def jobs(folder, number: int):
    base = samples.pledge_facts()
    return [
        Job(folder / f"{at}.pdf", (replace(base, signer=Person(name)),))
        for at, name in enumerate(samples.RARE_NAMES[:number])
    ]


def children(process_id: int) -> list[int]:
    listed = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    return [
        int(child) for child in listed
        if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()
    ]  # fmt: skip


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_processes_make_what_this_one_would(tmp_path):
    wanted = jobs(tmp_path, 4)
    with Pool() as pool:
        assert sum(pool.make(wanted)) == 4
    assert [job.path.read_bytes() for job in wanted] == [
        render_pledge(job.pledges[0]) for job in wanted
    ]
    assert names(tmp_path) == ["0.pdf", "1.pdf", "2.pdf", "3.pdf"]
    assert not children(os.getpid())


def test_killed_process_is_replaced_and_its_job_done_again(tmp_path):
    wanted = jobs(tmp_path, 6)
    with Pool() as pool:
        made = pool.make(wanted)
        next(made)
        os.kill(children(os.getpid())[0], signal.SIGKILL)
        assert 1 + sum(made) == 6
    assert names(tmp_path) == sorted(job.path.name for job in wanted)


def test_job_at_which_processes_die_again_and_again_names_the_person(tmp_path):
    deadly = replace(samples.pledge_facts(), addressee=Deadly())
    with Pool(1) as pool, pytest.raises(PledgeFailed, match="3") as failed:
        list(pool.make([Job(tmp_path / "deadly.pdf", (deadly,))]))
    assert failed.value.signer == deadly.signer
    assert names(tmp_path) == []


class Deadly:
    """Ends the process that it is sent to."""

    def __reduce__(self):
        return os._exit, (3,)


def test_full_disk_is_said_and_nobodys_fault(tmp_path):
    (wanted,) = jobs(tmp_path / "nowhere", 1)
    with pytest.raises(FileNotWritten, match="No such file"):
        list(make_here(wanted))
    with Pool(1) as pool, pytest.raises(FileNotWritten, match="No such file"):
        list(pool.make([wanted]))


def test_font_that_cannot_be_used_is_said_and_nobodys_fault(tmp_path, monkeypatch):
    """As when a site replaces a font's file while the app runs: new processes read it anew."""
    (tmp_path / "fang.ttf").write_bytes(b"no font")
    monkeypatch.setenv("PAPER_SITE_FONTS", f"fang={tmp_path / 'fang.ttf'},script=x.ttf")
    (wanted,) = jobs(tmp_path, 1)
    with Pool(1) as pool, pytest.raises(SiteFontUnusable) as failed:
        list(pool.make([wanted]))
    with override("en"):
        assert "fang.ttf: the file is not a font" in str(failed.value)
        assert "script=x.ttf: there is no role of this name; the roles are" in str(failed.value)
    assert names(tmp_path) == ["fang.ttf"]


def test_process_that_has_grown_makes_room_for_another(tmp_path, monkeypatch):
    monkeypatch.setattr(pool_module, "MOST_GROWTH", -1)
    with Pool(1) as pool:
        seen = set()
        for _made in pool.make(jobs(tmp_path, 3)):
            seen.update(children(os.getpid()))
    assert len(seen) == 3
    assert names(tmp_path) == ["0.pdf", "1.pdf", "2.pdf"]


def test_pledge_that_cannot_be_set_names_the_person_and_leaves_no_file(tmp_path):
    wanted = jobs(tmp_path, 1)
    wrong = replace(wanted[0].pledges[0], signer=Person(UNPRINTABLE, "办公室"))
    with Pool(1) as pool, pytest.raises(PledgeFailed, match=r"U\+E0041") as failed:
        list(pool.make([Job(tmp_path / "wrong.pdf", (wrong,))]))
    assert failed.value.signer == Person(UNPRINTABLE, "办公室")
    assert names(tmp_path) == []


def test_sheaf_that_cannot_be_set_names_the_one_of_its_people(tmp_path):
    first = samples.pledge_facts()
    wrong = replace(first, signer=Person(UNPRINTABLE))
    with pytest.raises(PledgeFailed) as failed:
        list(make_here(Job(tmp_path / "sheaf.pdf", (first, wrong), 0, "x", "x")))
    assert failed.value.signer.name == UNPRINTABLE
    assert names(tmp_path) == []


def test_leaving_the_pool_in_the_middle_ends_its_processes(tmp_path):
    with Pool() as pool:
        next(pool.make(jobs(tmp_path, 6)))
        assert len(children(os.getpid())) == 2
    assert not children(os.getpid())
    assert all(path.suffix in {".pdf", ".half"} for path in tmp_path.iterdir())


def test_binding_that_fails_is_said(tmp_path):
    (tmp_path / "broken.pdf").write_bytes(b"no PDF")
    with pytest.raises(PaperError, match="1"):
        list(bind(Binding((tmp_path / "broken.pdf",), tmp_path / "whole.pdf")))
    assert not (tmp_path / "whole.pdf").exists()
