"""Calls of Route 53 that only the planet can answer: the state of a check, and TestDNSAnswer. Pure.

In: a request, and what control published. Out: what to ask the planet (`planet_question`), and its answer in Route
53's XML; or a Refusal with AWS's code, or one that names what the sandbox has not. moto would answer the status calls
with a made-up checker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from sandbox.kernel.errors import Refusal, not_emulated
from sandbox.protocols.http1 import Headers, Request, Response

NAMESPACE = "https://route53.amazonaws.com/doc/2013-04-01/"
STATUS_CALL = re.compile(r"/2013-04-01/healthcheck/([^/]+)/(status|lastfailurereason)/?")
TEST_CALL = re.compile(r"/2013-04-01/testdnsanswer/?")
NOT_EMULATED = (
    (re.compile(r"/2013-04-01/keysigningkey|/2013-04-01/hostedzone/[^/]+/(?:en|dis)able-dnssec"), "DNSSEC signing", ""),
)
DEFAULT_MASK = {4: "24", 6: "64"}  # of EDNS0ClientSubnetMask (fact sheet §6.5)


@dataclass(frozen=True, kw_only=True)
class PlanetQuestion:
    """A management call to the planet, and how its result becomes the caller's answer."""

    method: str
    arguments: Mapping[str, Any]
    answer: Callable[[Any], Response]


def planet_question(request: Request, published: Mapping[str, Any]) -> PlanetQuestion | None:
    """What to ask the planet for this call, None when the call is not for it; a Refusal for what cannot be asked."""
    status = STATUS_CALL.fullmatch(request.path)
    if status is not None and request.method == "GET":
        return status_question(status[1], status[2], published)
    if TEST_CALL.fullmatch(request.path) and request.method == "GET":
        return dns_question({name: values[0] for name, values in parse_qs(request.query).items()}, published)
    for pattern, what, instead in NOT_EMULATED:
        if pattern.match(request.path):
            raise not_emulated(what, instead=instead)
    return None


def status_question(check_id: str, question: str, published: Mapping[str, Any]) -> PlanetQuestion:
    """GetHealthCheckStatus and GetHealthCheckLastFailureReason (fact sheet §2.4)."""
    check = published.get(f"health-check/{check_id}")
    if check is None:
        raise Refusal("NoSuchHealthCheck", f"A health check with id {check_id} does not exist.", status=404)
    if check["config"]["Type"] == "CALCULATED":
        raise Refusal("InvalidInput", "The status of a calculated health check cannot be asked for.")
    kind = "seen" if question == "status" else "failed"
    return PlanetQuestion(
        method="observations",
        arguments={"check_id": check_id},
        answer=lambda told: observations_answer(question, told[kind]),
    )


def dns_question(asked: Mapping[str, str], published: Mapping[str, Any]) -> PlanetQuestion:
    """TestDNSAnswer (fact sheet §6.5)."""
    for member in ("hostedzoneid", "recordname", "recordtype"):
        if member not in asked:
            raise Refusal("InvalidInput", f"{member} must be specified")
    zone_id = asked["hostedzoneid"].rpartition("/")[2]
    zone = published.get(f"zone/{zone_id}")
    if zone is None:
        raise Refusal("NoSuchHostedZone", f"No hosted zone found with ID: {zone_id}", status=404)
    if zone["private"]:
        raise Refusal("InvalidInput", "Answers of a private hosted zone cannot be tested.")
    name = asked["recordname"].lower().removesuffix(".") + "."
    if name != zone["name"] and not name.endswith(f".{zone['name']}"):
        raise Refusal("InvalidInput", f"{name} does not lie in the hosted zone {zone['name']}")
    question = {"zone": zone_id, "name": name, "rtype": asked["recordtype"].upper(), **standpoint(asked)}
    return PlanetQuestion(
        method="test_answer",
        arguments=question,
        answer=lambda told: dns_answer(zone["name_servers"][0], asked, told),
    )


def standpoint(asked: Mapping[str, str]) -> dict[str, str]:
    """Where the question comes from."""
    resolver, client = asked.get("resolverip", ""), asked.get("edns0clientsubnetip", "")
    try:
        found = {"resolver_ip": str(ip_address(resolver))} if resolver else {}
        if client:
            mask = asked.get("edns0clientsubnetmask") or DEFAULT_MASK[ip_address(client).version]
            found["subnet"] = str(ip_network(f"{client}/{mask}", strict=False))
        elif asked.get("edns0clientsubnetmask"):
            raise Refusal("InvalidInput", "EDNS0ClientSubnetMask needs an EDNS0ClientSubnetIP")
    except ValueError as error:
        raise Refusal("InvalidInput", f"Not an IP address, or not a mask for it: {error}") from error
    return found


def kept_observations(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """What the planet published last, for while it does not answer."""
    seen = list(verdict.get("observations", ()))
    failed = [one for one in seen if str(one["StatusReport"]["Status"]).startswith("Failure")]
    return {"seen": seen, "failed": failed}


def dns_answer(name_server: str, asked: Mapping[str, str], told: Mapping[str, Any]) -> Response:
    """A name server's answer in Route 53's XML."""
    entries = "".join(
        f"<RecordDataEntry>{escape(str(value))}</RecordDataEntry>"
        for rrset in told["answer"]
        for value in rrset["values"]
    )
    members = (
        ("Nameserver", escape(name_server)),
        ("RecordName", escape(asked["recordname"])),
        ("RecordType", escape(asked["recordtype"])),
        ("RecordData", entries),
        ("ResponseCode", escape(told["rcode"])),
        ("Protocol", told["protocol"]),
    )
    return xml_answer("TestDNSAnswerResponse", "".join(f"<{name}>{value}</{name}>" for name, value in members))


def observations_answer(question: str, observations: list[Mapping[str, Any]]) -> Response:
    """What checkers saw, in Route 53's XML."""
    name = "GetHealthCheckStatusResponse" if question == "status" else "GetHealthCheckLastFailureReasonResponse"
    rows = "".join(observation_row(observation) for observation in observations)
    return xml_answer(name, f"<HealthCheckObservations>{rows}</HealthCheckObservations>")


def xml_answer(name: str, content: str) -> Response:
    """A Response of Route 53's."""
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{NAMESPACE}">{content}</{name}>'
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
