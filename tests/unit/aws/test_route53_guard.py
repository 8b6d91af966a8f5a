"""Calls of Route 53 that moto would answer wrongly."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.aws.route53_guard import answer_before_moto
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
VERDICTS = {"c1": {"healthy": True, "observations": SEEN}}


@pytest.mark.parametrize(("question", "rows"), [("status", 2), ("lastfailurereason", 1)])
def test_the_checkers_own_observations_are_told(request_of: RequestOf, question: str, rows: int) -> None:
    answer = answer_before_moto(request_of("GET", f"/2013-04-01/healthcheck/c1/{question}"), VERDICTS, {"c1"})
    assert answer is not None
    assert answer.body.count(b"<HealthCheckObservation>") == rows
    assert b"Failure: &lt;timeout&gt;" in answer.body


def test_a_check_without_a_probe_yet_has_no_observations(request_of: RequestOf) -> None:
    answer = answer_before_moto(request_of("GET", "/2013-04-01/healthcheck/c2/status"), VERDICTS, {"c2"})
    assert answer is not None
    assert b"<HealthCheckObservations></HealthCheckObservations>" in answer.body


def test_a_check_that_is_not_there_is_aws_own_error(request_of: RequestOf) -> None:
    with pytest.raises(Refusal, match="A health check with id gone does not exist") as refused:
        answer_before_moto(request_of("GET", "/2013-04-01/healthcheck/gone/status"), VERDICTS, {"c1"})
    assert (refused.value.code, refused.value.status) == ("NoSuchHealthCheck", 404)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/2013-04-01/testdnsanswer", "TestDNSAnswer"),
        ("/2013-04-01/hostedzone/Z1/enable-dnssec", "DNSSEC"),
    ],
)
def test_what_is_not_emulated_is_named(request_of: RequestOf, path: str, name: str) -> None:
    with pytest.raises(Refusal, match=name):
        answer_before_moto(request_of("GET", path), {}, ())


@pytest.mark.parametrize("path", ["/2013-04-01/hostedzone", "/2013-04-01/healthcheck/c1"])
def test_everything_else_is_motos(request_of: RequestOf, path: str) -> None:
    assert answer_before_moto(request_of("GET", path), VERDICTS, {"c1"}) is None
