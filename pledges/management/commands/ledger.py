"""The ledger from the command line: recompute it, sign its head, prove things from it."""

import json
import logging
import signal
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections

from pledges import ledger
from pledges.exceptions import LedgerBroken
from pledges.ledger.proofs import consistency_json, inclusion_json
from pledges.verify import EvidenceError

logger = logging.getLogger(__name__)
LARGEST_NOTE = 10_000


class Command(BaseCommand):
    help = (
        "verify: recompute everything, and say the first wrong place (exit status 1). "
        "checkpoint: sign the ledger's head. prove, consistency: proofs as JSON. "
        "check-note: whether today's ledger extends an older checkpoint that somebody kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("verify")
        checkpoint = actions.add_parser("checkpoint")
        checkpoint.add_argument(
            "--every", type=int, metavar="SECONDS", help="go on until stopped, at this interval"
        )
        prove = actions.add_parser("prove")
        prove.add_argument("number", type=int)
        prove.add_argument("--size", type=int, help="in the tree of so many entries")
        consistency = actions.add_parser("consistency")
        consistency.add_argument("old", type=int)
        consistency.add_argument("new", type=int)
        check_note = actions.add_parser("check-note")
        check_note.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, "_" + options["action"].replace("-", "_"))(options)
        except LedgerBroken as error:
            raise CommandError(f"The ledger is broken. {error}") from error
        except (EvidenceError, ImproperlyConfigured, OSError, ValueError) as error:
            raise CommandError(str(error)) from error

    def _verify(self, _options: dict[str, Any]) -> None:
        found = ledger.verify()
        for kind, count in found.evidence.items():
            self.stdout.write(f"{kind}: {count} told, none missing")
        self.stdout.write(
            f"{found.entries} entries, {found.nodes} nodes and {found.checkpoints} checkpoints "
            f"agree; root {found.root.hex()}"
        )

    def _checkpoint(self, options: dict[str, Any]) -> None:
        if options["every"] is None:
            self.stdout.write(ledger.make_checkpoint().note, ending="")
            return
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_signal: stopped.set())
        while not stopped.is_set():
            close_old_connections()
            try:
                made = ledger.make_checkpoint()
            except DatabaseError:
                # The database is away for a while: the next one comes at its time.
                logger.exception("no checkpoint could be made")
            else:
                if options["verbosity"]:
                    self.stdout.write(f"checkpoint over {made.size} entries, root {made.root}")
            stopped.wait(options["every"])

    def _prove(self, options: dict[str, Any]) -> None:
        self._write(inclusion_json(options["number"], options["size"]))

    def _consistency(self, options: dict[str, Any]) -> None:
        self._write(consistency_json(options["old"], options["new"]))

    def _check_note(self, options: dict[str, Any]) -> None:
        with options["file"].open(encoding="utf-8", newline="") as file:
            head = ledger.check_note(file.read(LARGEST_NOTE))
        self.stdout.write(
            f"Good: signed by this ledger's key on {head.time.isoformat()}, and today's "
            f"{ledger.size()} entries begin with those {head.size}."
        )

    def _write(self, proof: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(proof, ensure_ascii=False, indent=2))
