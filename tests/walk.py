"""Walks every address of the site as every role with every method, and says what is wrong.

A new address is walked by itself. One whose parameters are not in `tests/site.py` is a fault, and
so is one for which nobody has said there who may go.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from meetings.models import Cadre
from pledges.models import Pledge, PointConfirmation, Signature

METHODS = ("GET", "POST", "PUT", "DELETE")
# Everything below 400 let the role in; so do answers to a wrong form or to a late step.
LET_IN = {400, 409, 422}
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")
WRITE = re.compile(r"^\s*(?:INSERT INTO|REPLACE INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.I)
# Sessions and counts of failed log-ins are kept by the frame, not by a page; and the ledger is to
# be told when a page shows or hands out what is not the reader's own.
FRAME_TABLES = {"django_session", "liantan_cache", "pledges_ledgerentry", "pledges_ledgernode"}
DEED_TABLES = {model._meta.db_table.lower() for model in (Pledge, PointConfirmation, Signature)}

# From the route up to and including a parameter, to the values to try there.
Parameters = Mapping[str, list[Any]]
# Whether a role may go to a route with a method; None where nobody has said.
Rule = Callable[[str, str, str], bool | None]


@dataclass(frozen=True)
class Route:
    """One address of the site as it stands in the URL configuration.

    `exempt`: LoginRequiredMiddleware lets strangers through to it.
    """

    pattern: str
    exempt: bool


@dataclass
class Walk:
    """One role's way through the whole site."""

    role: str
    cadre: Cadre | None
    parameters: Parameters
    rule: Rule
    public: set[str]
    payload: dict[str, Any]

    def faults(self) -> list[str]:
        """Everything that is wrong on the way, a line each; the database is left as it was."""
        client = Client()
        if self.cadre is not None:
            client.force_login(self.cadre)
        before = self._deeds_of_others()
        return [
            f"{self.role}: {method} /{path} ({route.pattern}): {fault}"
            for route in routes()
            for number, path in enumerate(paths(route.pattern, self.parameters))
            for method in (METHODS if number == 0 else METHODS[:2])
            for fault in self._faults_of(client, route, method, path, before)
        ]

    def _faults_of(
        self, client: Client, route: Route, method: str, path: str, before: list[Any]
    ) -> Iterator[str]:
        if path == UNKNOWN:
            if method == "GET":
                yield "its parameters have no values in tests/site.py"
            return
        cookies = client.cookies.copy()
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            try:
                data = {} if method == "GET" else self.payload
                send = getattr(client, method.lower())
                status, location = self._answer(send(f"/{path}", data))
            except Exception as error:
                transaction.set_rollback(True)
                yield f"server error: {error!r}"
                return
            written = tables_written(queries)
            if method == "GET" and written:
                yield f"a GET writes {sorted(written)}"
            if written & DEED_TABLES and self._deeds_of_others() != before:
                yield "signed, confirmed or drafted for another"
            transaction.set_rollback(True)
        client.cookies = cookies
        yield from self._faults_of_answer(route, method, status, location)

    def _answer(self, response: Any) -> tuple[int, str]:
        if getattr(response, "streaming", False):
            b"".join(response.streaming_content)
        return response.status_code, response.headers.get("Location", "")

    def _faults_of_answer(
        self, route: Route, method: str, status: int, location: str
    ) -> Iterator[str]:
        if status >= 500:
            yield f"status {status}"
        to_login = status == 302 and "/login/" in location
        let_in = (status < 400 and not to_login) or status in LET_IN
        if self.cadre is None:
            if let_in and route.pattern not in self.public:
                yield f"is let in with {status} {location}"
            return
        allowed = self.rule(route.pattern, self.role, method)
        if allowed is None:
            if method == "GET":
                yield "nobody has said in tests/site.py who may go there"
        elif not allowed and let_in:
            yield f"is let in with {status} {location}"
        elif allowed and method == "GET" and to_login:
            yield "is sent to the log-in page"

    def _deeds_of_others(self) -> list[Any]:
        """What was opened, written, confirmed and signed on pledges that are not this role's."""
        others = Pledge.objects.exclude(signer=self.cadre) if self.cadre else Pledge.objects.all()
        touched = ~Q(opened_at=None, personal_commitment="", signature_method="")
        confirmed = PointConfirmation.objects.filter(pledge__in=others)
        signatures = Signature.objects.filter(pledge__in=others)
        return [
            list(others.filter(touched).order_by("pk").values_list()),
            list(confirmed.order_by("pk").values_list()),
            list(signatures.order_by("pk").values_list("pledge", "digest")),
        ]


UNKNOWN = "?"


def routes(urlconf: str | None = None) -> list[Route]:
    """Every address of the URL configuration, those of the admin pages too."""

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Route]:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)
            else:
                exempt = not getattr(pattern.callback, "login_required", True)
                yield Route(re.sub(r"[\^$]|\\Z", "", route), exempt)

    return list(walk(get_resolver(urlconf).url_patterns, ""))


def paths(pattern: str, parameters: Parameters) -> list[str]:
    """The paths to try for a route; UNKNOWN alone where a parameter has no values."""
    choices: list[list[str]] = []
    end = 0
    for match in PARAMETER.finditer(pattern):
        values = parameters.get(pattern[: match.end()])
        if values is None:
            return [UNKNOWN]
        choices.append([pattern[end : match.start()] + str(value) for value in values])
        end = match.end()
    return ["".join(parts) + pattern[end:] for parts in itertools.product(*choices)]


def tables_written(queries: CaptureQueriesContext) -> set[str]:
    """The tables that the queries insert into, change or delete from."""
    found = {
        match.group(1).lower()
        for query in queries.captured_queries
        if (match := WRITE.match(query["sql"]))
    }
    return found - FRAME_TABLES
