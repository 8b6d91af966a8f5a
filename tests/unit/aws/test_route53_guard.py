"""Calls of Route 53 that only the planet can answer (fact sheet §2.4, §6.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.aws.route53_guard import kept_observations, planet_question
from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Request

RequestOf = Callable[..., Request]
SEEN = [
    {
        "Region": "us-east-1",
        "IPAddress": "198.18.1.30",
        "StatusReport": {"Status": "Success: HTTP Status Code 200, OK", "CheckedTime": "2026-01-01T00:00:00Z"},
    },
    {
        "Region": "eu-west-1",
        "IPAddress": "198.18.2.30",
        "StatusReport": {"Status": "Failure: <timeout>", "CheckedTime": "2026-01-01T00:00:01Z"},
    },
]
PUBLISHED: dict[str, Any] = {
    "health-check/c1": {"config": {"Type": "TCP"}},
    "health-check/sum": {"config": {"Type": "CALCULATED"}},
    "zone/Z1": {"name": "example.test.", "private": False, "name_servers": ["ns-1.awsdns-00.com", "ns-2."]},
    "zone/Z2": {"name": "inside.test.", "private": True, "name_servers": ["ns-1.awsdns-00.com"]},
}


@pytest.mark.parametrize(("question", "kind"), [("status", "seen"), ("lastfailurereason", "failed")])
def test_the_checkers_own_observations_are_told(request_of: RequestOf, question: str, kind: str) -> None:
    asked = planet_question(request_of("GET", f"/2013-04-01/healthcheck/c1/{question}"), PUBLISHED)
    assert asked is not None
    assert (asked.method, asked.arguments) == ("observations", {"check_id": "c1"})
    body = asked.answer({"seen": [], "failed": [], kind: SEEN}).body
    assert body.count(b"<HealthCheckObservation>") == 2
    assert b"Failure: &lt;timeout&gt;" in body


def test_what_was_published_last_is_told_while_the_planet_is_silent() -> None:
    kept = kept_observations({"observations": SEEN})
    assert (kept["seen"], kept["failed"]) == (SEEN, SEEN[1:])
    assert kept_observations({}) == {"seen": [], "failed": []}


@pytest.mark.parametrize(
    ("check", "code", "status"), [("gone", "NoSuchHealthCheck", 404), ("sum", "InvalidInput", 400)]
)
def test_a_check_without_checkers_is_aws_own_error(request_of: RequestOf, check: str, code: str, status: int) -> None:
    with pytest.raises(Refusal) as refused:
        planet_question(request_of("GET", f"/2013-04-01/healthcheck/{check}/status"), PUBLISHED)
    assert (refused.value.code, refused.value.status) == (code, status)


def ask(request_of: RequestOf, query: str) -> Any:
    return planet_question(request_of("GET", f"/2013-04-01/testdnsanswer?{query}"), PUBLISHED)


APP = "hostedzoneid=Z1&recordname=App.example.test&recordtype=A"


@pytest.mark.parametrize(
    ("query", "standpoint"),
    [
        ("", {}),
        ("&resolverip=100.64.1.1", {"resolver_ip": "100.64.1.1"}),
        ("&edns0clientsubnetip=100.64.1.77", {"subnet": "100.64.1.0/24"}),
        ("&edns0clientsubnetip=100.64.1.77&edns0clientsubnetmask=32", {"subnet": "100.64.1.77/32"}),
        ("&edns0clientsubnetip=2001:db8::1", {"subnet": "2001:db8::/64"}),
    ],
)
def test_a_question_is_asked_from_where_the_caller_says(
    request_of: RequestOf, query: str, standpoint: dict[str, str]
) -> None:
    asked = ask(request_of, APP + query)
    assert asked.method == "test_answer"
    assert asked.arguments == {"zone": "Z1", "name": "app.example.test.", "rtype": "A", **standpoint}


def test_the_answer_has_every_member(request_of: RequestOf) -> None:
    told = {"rcode": "NOERROR", "answer": [{"values": ["198.18.1.10", "<2>"]}], "protocol": "UDP", "why": "x"}
    body = ask(request_of, APP).answer(told).body.decode()
    for member in (
        "<Nameserver>ns-1.awsdns-00.com</Nameserver>",
        "<RecordName>App.example.test</RecordName>",
        "<RecordType>A</RecordType>",
        "<RecordData><RecordDataEntry>198.18.1.10</RecordDataEntry><RecordDataEntry>&lt;2&gt;</RecordDataEntry>",
        "<ResponseCode>NOERROR</ResponseCode>",
        "<Protocol>UDP</Protocol>",
    ):
        assert member in body


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("hostedzoneid=Z1&recordname=a", "InvalidInput", "recordtype must be specified"),
        ("hostedzoneid=Z9&recordname=a&recordtype=A", "NoSuchHostedZone", "Z9"),
        ("hostedzoneid=Z2&recordname=a.inside.test&recordtype=A", "InvalidInput", "private"),
        ("hostedzoneid=Z1&recordname=a.other.test&recordtype=A", "InvalidInput", "does not lie in"),
        (APP + "&resolverip=here", "InvalidInput", "Not an IP address"),
        (APP + "&edns0clientsubnetip=100.64.1.1&edns0clientsubnetmask=33", "InvalidInput", "mask"),
        (APP + "&edns0clientsubnetmask=24", "InvalidInput", "needs an EDNS0ClientSubnetIP"),
    ],
)
def test_what_cannot_be_asked_is_refused(request_of: RequestOf, query: str, code: str, words: str) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        ask(request_of, query)
    assert refused.value.code == code


def test_what_is_not_emulated_is_named(request_of: RequestOf) -> None:
    with pytest.raises(Refusal, match="DNSSEC"):
        planet_question(request_of("GET", "/2013-04-01/hostedzone/Z1/enable-dnssec"), {})


@pytest.mark.parametrize("path", ["/2013-04-01/hostedzone", "/2013-04-01/healthcheck/c1"])
def test_everything_else_is_motos(request_of: RequestOf, path: str) -> None:
    assert planet_question(request_of("GET", path), PUBLISHED) is None
