"""Signatures a second, with the signer's own key and with the password, against two ceilings.

    python -m tests.bench.bench_sign [--seconds 3] [--workers 3] [--rounds 3] [sqlite] [postgresql]

All four are taken in turn, by as many worker processes, on the same database, so many rounds; the
medians of figures and of each round's ratios are printed, since other work may share the machine:

* commits: a transaction that inserts one small row and commits, what the database can do at all;
* hashes: one check of a password, what the processor can do at all;
* key: `sign_pledge_with_key`, everything but the page around it, with its entry in the ledger;
* password: `sign_pledge`, the same.

Everybody signs on one occasion, as a hall does. The assertions are made beforehand: that is the
work of the signers' devices. It gates nothing.
"""

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "Liantan-2026"
GOALS = {"key / commits": 0.09, "key / password": 4.0, "password / hashes": 0.55}
# Enough for the fastest machine seen, thrice over.
MANY = 1_000_000
MOST_A_SECOND = {"key": 500, "password": 150}
SCRATCH = "CREATE TABLE bench_commit (number integer PRIMARY KEY, payload text NOT NULL)"
Act = Callable[[int], None]


def fill(way: str, size: int) -> list[tuple[str, str, dict[str, str]]]:
    """Drafted pledges of `size` new people: pledge, digest, and the assertion over it (hex)."""
    from django.contrib.auth.hashers import make_password
    from django.db.models import F
    from django.utils import timezone

    from meetings.models import Cadre, Unit
    from pledges.models import Agreement, AgreementAcceptance, Pledge, PointConfirmation
    from pledges.occasions import request_pledges
    from tests.factories import invented_name

    occasion = the_occasion()
    now, hashed = timezone.now(), make_password(PASSWORD)
    unit = Unit.objects.get_or_create(pk=1, name="青禾县农业农村局", path="/1/", order=1)[0]
    cadres = Cadre.objects.bulk_create(
        Cadre(
            staff_number=f"{way[0].upper()}{number:05d}",
            name=invented_name(number),
            unit=unit,
            password=hashed,
            activated_at=now,
        )
        for number in range(size)
    )
    signers = [(c.pk, c.staff_number, c.name, unit.name, "科员") for c in cadres]
    pledges = request_pledges(by=cadres[0], occasion=occasion, signers=signers)
    Pledge.objects.filter(pk__in=[pledge.pk for pledge in pledges]).update(
        opened_at=now, signature_method="typed", signature_text=F("name")
    )
    PointConfirmation.objects.bulk_create(
        PointConfirmation(pledge=pledge, point=point, confirmed_at=now)
        for pledge in pledges
        for point in occasion.outline.points.all()
    )
    agreement = Agreement.objects.newest()
    AgreementAcceptance.objects.bulk_create(
        AgreementAcceptance(signer=cadre, agreement=agreement, accepted_at=now) for cadre in cadres
    )
    return prepare(cadres, pledges, with_keys=way == "key")


def the_occasion():
    from django.utils import timezone

    from pledges.models import Outline
    from pledges.occasions import open_occasion

    now = timezone.now()
    return open_occasion(
        number="青农廉谈〔2026〕1号",
        kind="集体廉政谈话",
        title="集体廉政谈话",
        held_at=now,
        place="礼堂",
        speaker="冯守正",
        outline=Outline.objects.newest(),
        due_on=None,
        opened_at=now,
    )


def prepare(cadres, pledges, *, with_keys: bool) -> list[tuple[str, str, dict[str, str]]]:
    """What each signer's page and device would send."""
    from pledges.models import Pledge, SigningKey
    from pledges.signing import prepare_pledge
    from tests.pledges.authenticator import Authenticator

    devices = {cadre.pk: Authenticator() for cadre in cadres} if with_keys else {}
    SigningKey.objects.bulk_create(enrolled(pk, device) for pk, device in devices.items())
    jobs = []
    fresh = Pledge.objects.select_related("occasion__outline", "signer", "signature")
    for pledge in fresh.filter(pk__in=[pledge.pk for pledge in pledges]):
        digest = prepare_pledge(by=pledge.signer, pledge=pledge).digest
        parts = {}
        if with_keys:
            given = devices[pledge.signer_id].sign(digest)
            parts = {
                "credential_id": given.credential_id,
                "authenticator_data": given.authenticator_data.hex(),
                "client_data": given.client_data.hex(),
                "signature": given.signature.hex(),
            }
        jobs.append((str(pledge.pk), digest, parts))
    return jobs


def enrolled(owner_id, device):
    """The row of a key; enrolling itself is not what is measured here."""
    import hashlib

    from django.conf import settings
    from django.utils import timezone
    from fido2 import cbor
    from fido2.utils import websafe_encode

    from pledges.models import SigningKey

    public_key = cbor.encode(device.cose)
    return SigningKey(
        owner_id=owner_id,
        label="测速",
        credential_id=websafe_encode(device.credential_id),
        public_key=public_key,
        fingerprint=hashlib.sha256(public_key).hexdigest(),
        rp_id=settings.RP_ID,
        aaguid="00000000-0000-0000-0000-000000000000",
        synced=False,
        sign_count=0,
        attestation=b"",
        client_data=b"",
        enrolled_at=timezone.now(),
    )


def signing_act(jobs: list[tuple[str, str, dict[str, str]]]) -> Act:
    """Signs one job after the other; the page has fetched pledge and signer already."""
    from pledges.models import Pledge
    from pledges.passkeys import GivenAssertion
    from pledges.signing import sign_pledge, sign_pledge_with_key

    fetched = Pledge.objects.select_related("occasion__outline", "signature", "signer").in_bulk()
    pledges = {str(pk): pledge for pk, pledge in fetched.items()}

    def sign(number: int) -> None:
        pk, digest, parts = jobs[number]
        common = {
            "by": pledges[pk].signer,
            "pledge": pledges[pk],
            "digest_seen": digest,
            "address": "192.0.2.7",
            "browser": "Chromium",
        }
        if parts:
            raw = {k: v if k == "credential_id" else bytes.fromhex(v) for k, v in parts.items()}
            sign_pledge_with_key(assertion=GivenAssertion(**raw), **common)
        else:
            sign_pledge(password=PASSWORD, **common)

    return sign


def committing_act() -> Act:
    from django.db import connection, transaction

    def commit(number: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench_commit VALUES (%s, %s)", [number, "x" * 100])

    return commit


def hashing_act() -> Act:
    from django.contrib.auth.hashers import check_password, make_password

    encoded = make_password(PASSWORD)
    return lambda number: assert_true(check_password(PASSWORD, encoded))


def assert_true(value: bool) -> None:
    if not value:
        raise RuntimeError("the password does not match its own hash")


def work(act: Act, numbers: range, start: float, seconds: float, done) -> None:
    """Acts on one number after the other until the time is up, or they are."""
    time.sleep(max(0, start - time.time()))
    count, end = 0, start + seconds
    for number in numbers:
        act(number)
        count += 1
        if time.time() >= end:
            break
    done.put((count, time.time() - start))


def rate(act: Act, first: int, most: int, options: argparse.Namespace) -> float:
    """How often a second all workers together get `act` done, with the numbers from `first`."""
    from django.db import connections

    connections.close_all()
    fork = multiprocessing.get_context("fork")
    done = fork.Queue()
    start = time.time() + 0.3
    processes = [
        fork.Process(
            target=work,
            args=(act, range(first + worker, most, options.workers), start, options.seconds, done),
        )
        for worker in range(options.workers)
    ]
    for process in processes:
        process.start()
    results = [done.get() for _ in processes]
    for process in processes:
        process.join()
        if process.exitcode:
            raise RuntimeError("a worker failed")
    return sum(count for count, _ in results) / max(took for _, took in results)


def measure(database: str, options: argparse.Namespace) -> None:
    """One run on the database that DATABASE_URL leads to."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(SCRATCH)
    share = {way: int(most * options.seconds) for way, most in MOST_A_SECOND.items()}
    acts = {"commits": committing_act(), "hashes": hashing_act()}
    acts |= {way: signing_act(fill(way, share[way] * options.rounds)) for way in share}
    rounds = [
        {
            name: rate(
                act,
                turn * share.get(name, MANY),
                (turn + 1) * share.get(name, MANY),
                options,
            )
            for name, act in acts.items()
        }
        for turn in range(options.rounds)
    ]
    figures = {name: statistics.median(figures[name] for figures in rounds) for name in acts}
    print(f"\n{database}, {options.workers} workers, a second each way:")
    for name, figure in figures.items():
        print(f"  {name:18} {figure:8.0f}")
    for name, goal in GOALS.items():
        way, _, ceiling = name.partition(" / ")
        ratio = statistics.median(figures[way] / figures[ceiling] for figures in rounds)
        print(f"  {name:18} {ratio:8.2f}   goal {goal:.2f}{'' if ratio >= goal else '   missed'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("databases", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if "BENCH_SIGN" in os.environ:
        measure(os.environ["BENCH_SIGN"], options)
        return
    for database in options.databases:
        with tempfile.TemporaryDirectory() as folder:
            environment = {
                **os.environ,
                "BENCH_SIGN": database,
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "TRIAL": "1",
                "VAR_DIR": folder,
            }
            environment.pop("DATABASE_URL", None)
            again = [sys.executable, "-m", "tests.bench.bench_sign", *sys.argv[1:]]
            if database == "postgresql":
                again = ["script/with_postgresql", "--durable", *again]
            subprocess.run(again, cwd=ROOT, env=environment, check=True)


if __name__ == "__main__":
    main()
