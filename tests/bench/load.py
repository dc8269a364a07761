"""A hall of cadres logs in and signs within a minute, against gunicorn with three sync workers.

    python -m tests.bench.load [--cadres 500] [--seconds 60] [--workers 3] [sqlite] [postgresql]

Arrivals are open-loop: each cadre comes at a time of their own, however long the others take.
Everybody logs in, opens the sign page, confirms four points, draws, reviews, and signs with the
password, as a browser without JavaScript would; the time of that last request is what is reported.
Afterwards every signature that was acknowledged must be in the database, and no other.

Client and server share the machine. All traffic stays on 127.0.0.1.
"""

import argparse
import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "Liantan-2026"
TIMEOUT = 30
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
DRAWING = json.dumps(
    [{"points": [{"x": 20 + 9 * n, "y": 60 + 40 * (n % 3)} for n in range(25)]} for _ in range(3)]
)


class UnexpectedAnswerError(Exception):
    """The server answered otherwise than a signer needs."""


@dataclass
class Signer:
    """One cadre with a browser of their own: cookies, and the form last seen."""

    port: int
    staff_number: str
    pledge: str
    cookies: dict[str, str] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)
    error: str = ""
    acknowledged: bool = False

    def request(
        self, method: str, path: str, data: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """The status and the body, or for a redirect where it leads."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            connection.request(method, path, urlencode(data) if data else None, headers)
            response = connection.getresponse()
            body = response.read().decode()
        finally:
            connection.close()
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return response.status, response.headers.get("Location") or body

    def get(self, path: str) -> dict[str, str]:
        """The hidden fields of the page."""
        status, body = self.request("GET", path)
        if status != 200:
            raise UnexpectedAnswerError(f"GET {path.replace(self.pledge, '…')}: {status}")
        return dict(HIDDEN.findall(body))

    def post(self, path: str, data: dict[str, str], leads_to: str = "") -> None:
        """Sends a form; it must be answered by a redirect to somewhere with `leads_to` in it."""
        status, where = self.request("POST", path, data)
        if status != 302 or leads_to not in where:
            told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", where))[-200:]
            raise UnexpectedAnswerError(f"POST {path.replace(self.pledge, '…')}: {status} {told}")

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.times[name] = time.perf_counter() - started

    def run(self) -> None:
        """The whole way; what goes wrong is kept in `error`."""
        try:
            self.log_in_and_sign()
        except (OSError, http.client.HTTPException, UnexpectedAnswerError) as error:
            self.error = f"{type(error).__name__}: {error}"

    def log_in_and_sign(self) -> None:
        page, review = f"/pledges/{self.pledge}/", f"/pledges/{self.pledge}/review/"
        form = self.get("/account/login/")
        with self.timed("log in"):
            login = {"login": self.staff_number, "password": PASSWORD}
            self.post("/account/login/", form | login)
        with self.timed("open"):
            form = self.get(page)
        for number in "1234":
            self.post(page, form | {"confirm": number})
        with self.timed("draw"):
            self.post(page, form | {"strokes": DRAWING, "action": "review"}, "/review/")
        form = self.get(review)
        with self.timed("sign"):
            self.post(review, form | {"password": PASSWORD, "agree": "1"}, "/receipt/")
        self.acknowledged = True
        self.get(f"/pledges/{self.pledge}/receipt/")


def come_in(signers: list[Signer], seconds: float) -> float:
    """Let the signers in, evenly spread over `seconds`; gives how long it took to the last one."""
    started = time.perf_counter()
    threads = []
    for number, signer in enumerate(signers):
        time.sleep(max(0, started + number * seconds / len(signers) - time.perf_counter()))
        threads.append(threading.Thread(target=signer.run))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def manage(environment: dict[str, str], *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


@contextmanager
def serving(environment: dict[str, str], workers: int) -> Iterator[int]:
    """Gunicorn on a free port of 127.0.0.1; gives the port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [
        *(sys.executable, "-m", "gunicorn", "config.wsgi", "--log-level", "error"),
        *("--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--worker-class", "sync"),
    ]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as server:
        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield port
        finally:
            server.terminate()


def report(database: str, signers: list[Signer], duration: float, counts: dict[str, int]) -> None:
    print(f"\n{database}: {len(signers)} cadres, the last one done after {duration:.1f} s")
    for name in ("log in", "open", "draw", "sign"):
        times = sorted(s.times[name] * 1000 for s in signers if name in s.times)
        if len(times) > 1:
            cuts = statistics.quantiles(times, n=100, method="inclusive")
            print(
                f"  {name:8} p50 {cuts[49]:7.0f} ms   p90 {cuts[89]:7.0f} ms   "
                f"p99 {cuts[98]:7.0f} ms   longest {times[-1]:7.0f} ms"
            )
    errors = Counter(signer.error for signer in signers if signer.error)
    print(f"  errors {errors.total()}, " + ", ".join(f"{k} {v}" for k, v in counts.items()))
    for error, number in errors.most_common(5):
        print(f"    {number} × {error}")


def measure(database: str, options: argparse.Namespace) -> bool:
    """One run on the database that DATABASE_URL leads to; whether nothing went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TRIAL": "1", "VAR_DIR": folder}
        if database == "sqlite":
            environment.pop("DATABASE_URL", None)
        for command in (
            ["migrate", "-v0"],
            ["createcachetable", "-v0"],
            ["collectstatic", "--noinput", "-v0"],
        ):
            manage(environment, "manage.py", *command)
        pledges = json.loads(
            manage(environment, "-m", "tests.bench.hall", "fill", str(options.cadres), PASSWORD)
        )
        with serving(environment, options.workers) as port:
            signers = [Signer(port, number, pledge) for number, pledge in pledges]
            duration = come_in(signers, options.seconds)
        told = Path(folder) / "acknowledged.json"
        told.write_text(json.dumps([signer.pledge for signer in signers if signer.acknowledged]))
        counts = json.loads(manage(environment, "-m", "tests.bench.hall", "count", str(told)))
    report(database, signers, duration, counts)
    sound = counts["lost"] == counts["wrong digests"] == counts["kept without a receipt"] == 0
    return sound and not any(signer.error for signer in signers)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("databases", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--cadres", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=3)
    options = parser.parse_args()
    sound = True
    for database in options.databases:
        if database == "postgresql" and "LOAD_DATABASE" not in os.environ:
            # The same again, inside a PostgreSQL of its own that keeps what it acknowledges.
            again = [
                *("script/with_postgresql", "--durable", sys.executable, "-m", "tests.bench.load"),
                *("postgresql", "--cadres", str(options.cadres)),
                *("--seconds", str(options.seconds), "--workers", str(options.workers)),
            ]
            environment = {**os.environ, "LOAD_DATABASE": "own"}
            done = subprocess.run(again, cwd=ROOT, env=environment, check=False)
            sound = sound and done.returncode == 0
        else:
            sound = measure(database, options) and sound
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
