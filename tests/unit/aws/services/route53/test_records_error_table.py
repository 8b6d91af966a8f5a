"""R53 6.3, the table of messages, row by row and word for word: what is in a zone, a batch, what it is told."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.route53.models import SandboxRoute53Backend
from sandbox.kernel.errors import Refusal

N = "app.example.test."


def a(kind: str = "A", value: str = "198.18.1.10", name: str = N, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}], **more}


def alias(target: str) -> dict[str, Any]:
    to = {"HostedZoneId": "Z", "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": N, "Type": "A", "AliasTarget": to}


def weighted(identifier: str, **more: Any) -> dict[str, Any]:
    return a(SetIdentifier=identifier, Weight=1, **more)


def latency(identifier: str) -> dict[str, Any]:
    return a(SetIdentifier=identifier, Region="eu-west-1")


CNAME = a("CNAME", "x.example.test.")
FATAL = "Invalid Resource Record: 'FATAL problem: "
CREATE, DELETE = "CREATE", "DELETE"

ROWS: dict[str, tuple[list[dict[str, Any]], list[tuple[str, dict[str, Any]]], str]] = {
    "CREATE of an existing simple set": (
        [a()],
        [(CREATE, a())],
        f"Tried to create resource record set [name='{N}', type='A'] but it already exists",
    ),
    "same with identifier": (
        [weighted("s")],
        [(CREATE, weighted("s"))],
        f"Tried to create resource record set [name='{N}', type='A', set-identifier='s'] but it already exists",
    ),
    "DELETE, absent": (
        [],
        [(DELETE, a())],
        f"Tried to delete resource record set [name='{N}', type='A'] but it was not found",
    ),
    "DELETE, differs": (
        [a()],
        [(DELETE, a(value="198.18.1.11"))],
        f"Tried to delete resource record set [name='{N}', type='A'] but the values provided do not match the current "
        "values",
    ),
    "CNAME at apex": (
        [],
        [(CREATE, a("CNAME", "x.test.", "example.test."))],
        "RRSet of type CNAME with DNS name example.test. is not permitted at apex in zone example.test.",
    ),
    "CNAME onto other records": (
        [a()],
        [(CREATE, CNAME)],
        f"RRSet of type CNAME with DNS name {N} is not permitted as it conflicts with other records with the same DNS "
        "name in zone example.test.",
    ),
    "other type onto CNAME": (
        [CNAME],
        [(CREATE, a())],
        f"RRSet of type A with DNS name {N} is not permitted because a conflicting RRSet of type  CNAME with the same "
        "DNS name already exists in zone example.test.",
    ),
    "weighted onto another policy": (
        [latency("r")],
        [(CREATE, weighted("s"))],
        f"RRSet with DNS name {N}, type A, SetIdentifier s cannot be created as a non-weighted set exists with the "
        "same name and type.",
    ),
    "multivalue onto another policy": (
        [weighted("w")],
        [(CREATE, a(SetIdentifier="s", MultiValueAnswer=True))],
        f'RRSet with DNS name {N}, type A, SetIdentifier "s" cannot be created because a non multivalue answer rrset '
        "exists with the same name and type.",
    ),
    "simple onto a routed group": (
        [weighted("w")],
        [(CREATE, a())],
        f"RRSet with DNS name {N}, type A cannot be created as other RRSets exist with the same name and type.",
    ),
    "weighted, TTL differs": (
        [weighted("w")],
        [(CREATE, weighted("s", TTL=300))],
        f"RRSet with DNS name {N} and type A, SetIdentifier s cannot be created as weighted sets must contain the "
        "same TTL.",
    ),
    "latency, Region taken": (
        [latency("r")],
        [(CREATE, latency("s"))],
        f"RRSet with DNS name {N}, type A, SetIdentifier s, and Region Name=eu-west-1 cannot be created because a "
        "latency RRSet with the same name, type and region already exists.",
    ),
    "primary without check": (
        [],
        [(CREATE, a(SetIdentifier="s", Failover="PRIMARY"))],
        "A non-alias primary ResourceRecordSet must have an associated health check.",
    ),
    "alias, wrong zone": (
        [],
        [(CREATE, alias("x.other.test."))],
        "Tried to create an alias that targets x.other.test., type A in zone Z, but the alias target name does not lie "
        "within the target zone",
    ),
    "alias, no such record": (
        [],
        [(CREATE, alias("x.example.test."))],
        "Tried to create an alias that targets x.example.test., type A in zone Z, but that target was not found",
    ),
    "same name and type twice in a batch": (
        [],
        [(CREATE, a()), (CREATE, a(value="198.18.1.11"))],
        f"The request contains an invalid set of changes for a resource record set 'A {N}'",
    ),
    "bad IPv4": (
        [],
        [(CREATE, a(value="x"))],
        FATAL + "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with 'x''",
    ),
    "bad IPv6": (
        [],
        [(CREATE, a("AAAA", "x"))],
        FATAL + "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address) encountered with 'x''",
    ),
    "empty name": (
        [],
        [(CREATE, a(name=""))],
        "FATAL problem: DomainNameEmpty (Domain name is empty) encountered with ''",
    ),
    "name outside the zone": (
        [],
        [(CREATE, a(name="app.other.test."))],
        "RRSet with DNS name app.other.test. is not permitted in zone example.test.",
    ),
    "over 1000 records": (
        [],
        [(CREATE, a(name=f"n{number}.example.test.")) for number in range(1001)],
        "Number of records limit of 1000 exceeded.",
    ),
    "several problems (R53 6.2)": (
        [],
        [(CREATE, a(value="x")), (CREATE, a(name="app.other.test."))],
        FATAL
        + "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with 'x'', RRSet with DNS name "
        "app.other.test. is not permitted in zone example.test.",
    ),
}


@pytest.fixture
def backend() -> Any:
    made = SandboxRoute53Backend("aws", "000000000000")
    zone = made.create_hosted_zone("example.test", private_zone=False, caller_reference="1")
    del made.zones[zone.resource_id]
    zone.resource_id = "Z"
    made.zones["Z"] = zone
    return made


def told(backend: Any, batch: list[tuple[str, dict[str, Any]]]) -> Refusal:
    """The refusal of a batch, which leaves the zone as it was."""
    before = list(backend.zone("Z").records.all())
    with pytest.raises(Refusal) as refused:
        backend.change_records("Z", [{"Action": action, "ResourceRecordSet": wanted} for action, wanted in batch])
    assert backend.zone("Z").records.all() == before
    return refused.value


@pytest.mark.parametrize("row", list(ROWS))
def test_the_message_is_aws_word_for_word(backend: Any, row: str) -> None:
    present, batch, message = ROWS[row]
    if present:
        backend.change_records("Z", [{"Action": CREATE, "ResourceRecordSet": one} for one in present])
    refused = told(backend, batch)
    assert (refused.code, refused.status, refused.message) == ("InvalidChangeBatch", 400, f"[{message}]")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("SOA", "A HostedZone must contain exactly one SOA record."),
        ("NS", "A HostedZone must contain at least one NS record for the zone itself."),
    ],
)
def test_the_apex_keeps_its_own_records(backend: Any, kind: str, message: str) -> None:
    own = next(one for one in backend.zone("Z").records.all() if one["Type"] == kind)
    assert told(backend, [(DELETE, own)]).message == f"[{message}]"


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            {"Name": "n.example.test.", "Type": "A"},
            "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but "
            "found none in Change with [Action=CREATE, Name=n.example.test., Type=A, SetIdentifier=null]",
        ),
        (
            {**alias("x.example.test."), "TTL": 60},
            "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but "
            f"found more than one in Change with [Action=CREATE, Name={N}, Type=A, SetIdentifier=null]",
        ),
        (
            a(SetIdentifier="s"),
            "Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found none in "
            f"Change with [Action=CREATE, Name={N}, Type=A, SetIdentifier=s]",
        ),
        (a(TTL=2**31), f"TTL must be between 0 and 2147483647 in Change with [Action=CREATE, Name={N}, Type=A, "),
        (a(TTL=-1), "TTL must be between 0 and 2147483647"),
    ],
)
def test_a_misshapen_set_is_invalid_input(backend: Any, wanted: dict[str, Any], message: str) -> None:
    """R53 6.3, Other codes; R53 1.4: the range of a TTL, whose words are ours."""
    refused = told(backend, [(CREATE, wanted)])
    assert (refused.code, refused.status) == ("InvalidInput", 400)
    assert refused.message.startswith(f"Invalid request: {message}")


def test_a_missing_check_is_not_found(backend: Any) -> None:
    """R53 6.3, Other codes: NoSuchHealthCheck 404."""
    refused = told(backend, [(CREATE, a(HealthCheckId="gone"))])
    assert (refused.code, refused.status) == ("NoSuchHealthCheck", 404)
