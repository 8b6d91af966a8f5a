"""Calls of Route 53 that are answered before moto sees them. Pure.

In: a request, the verdicts that the planet published, and the ids of the checks that exist. Out: a Response, None
when moto may answer, or a Refusal that names what the sandbox has not. moto would answer both status calls with a
made-up checker.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any
from xml.sax.saxutils import escape

from sandbox.kernel.errors import Refusal, not_emulated
from sandbox.protocols.http1 import Headers, Request, Response

NAMESPACE = "https://route53.amazonaws.com/doc/2013-04-01/"
STATUS_CALL = re.compile(r"/2013-04-01/healthcheck/([^/]+)/(status|lastfailurereason)/?")
NOT_EMULATED = (
    (re.compile(r"/2013-04-01/testdnsanswer"), "TestDNSAnswer", "Ask the DNS server: dig @127.0.0.1, or sandbox dig."),
    (re.compile(r"/2013-04-01/keysigningkey|/2013-04-01/hostedzone/[^/]+/(?:en|dis)able-dnssec"), "DNSSEC signing", ""),
)


def answer_before_moto(request: Request, verdicts: Mapping[str, Any], checks: Collection[str]) -> Response | None:
    """The answer to a call on a check's state; a Refusal for what the sandbox has not."""
    match = STATUS_CALL.fullmatch(request.path)
    if match is not None and request.method == "GET":
        check_id, question = match.groups()
        if check_id not in checks:
            raise Refusal("NoSuchHealthCheck", f"A health check with id {check_id} does not exist.", status=404)
        return observations_answer(question, verdicts.get(check_id) or {})
    for pattern, what, instead in NOT_EMULATED:
        if pattern.match(request.path):
            raise not_emulated(what, instead=instead)
    return None


def observations_answer(question: str, verdict: Mapping[str, Any]) -> Response:
    """What the checkers last saw, in Route 53's XML; for `lastfailurereason` only those who saw a failure."""
    name = "GetHealthCheckStatusResponse" if question == "status" else "GetHealthCheckLastFailureReasonResponse"
    wanted = [
        observation
        for observation in verdict.get("observations", ())
        if question == "status" or str(observation["StatusReport"]["Status"]).startswith("Failure")
    ]
    rows = "".join(observation_row(observation) for observation in wanted)
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{NAMESPACE}">'
        f"<HealthCheckObservations>{rows}</HealthCheckObservations></{name}>"
    )
    return Response(status=200, headers=Headers([("Content-Type", "text/xml")]), body=body.encode())


def observation_row(observation: Mapping[str, Any]) -> str:
    """One checker's line."""
    report = observation["StatusReport"]
    return (
        "<HealthCheckObservation>"
        f"<Region>{escape(str(observation['Region']))}</Region>"
        f"<IPAddress>{escape(str(observation['IPAddress']))}</IPAddress>"
        f"<StatusReport><Status>{escape(str(report['Status']))}</Status>"
        f"<CheckedTime>{escape(str(report['CheckedTime']))}</CheckedTime></StatusReport>"
        "</HealthCheckObservation>"
    )
