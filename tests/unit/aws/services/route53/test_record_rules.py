"""The rules for one record set, as tables of AWS's words (fact sheet §6.1, §6.3)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.route53.record_rules import problem_of_values, shape_error

ZONE = "example.test."


def a(name: str = "app.example.test.", kind: str = "A", value: str = "198.18.1.10", **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}], **more}


def alias(target: str, zone_id: str = "Z1", *, health: bool = False, **more: Any) -> dict[str, Any]:
    to = {"HostedZoneId": zone_id, "DNSName": target, "EvaluateTargetHealth": health}
    return {"Name": "app.example.test.", "Type": "A", "AliasTarget": to, **more}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"Name": "n", "Type": "A"}, "Expected exactly one of [AliasTarget, all of [TTL"),
        ({**a(), "AliasTarget": {}}, "found more than one"),
        (a(SetIdentifier="x"), "[Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found none"),
        (a(SetIdentifier="x", Weight=1, Region="eu-west-1"), "MultiValueAnswer], but found more than one"),
        (a(Weight=1), "Missing field 'SetIdentifier'"),
        (a(Weight=256, SetIdentifier="x"), "Weight must be between 0 and 255"),
        (a(Region="mars-1", SetIdentifier="x"), "mars-1 is not a valid Region"),
        (a(Failover="THIRD", SetIdentifier="x"), "not one of [PRIMARY, SECONDARY]"),
        (a(GeoLocation={"ContinentCode": "EU", "CountryCode": "FR"}, SetIdentifier="x"), "ContinentCode cannot be"),
        (a(GeoProximityLocation={"Bias": 1}, SetIdentifier="x"), "Expected exactly one of [AWSRegion"),
        (a(SetIdentifier="x" * 129, Weight=1), "longer than 128"),
        (a(TrafficPolicyInstanceId="i"), "found more than one"),
        ({"Name": "n", "Type": "A", "TrafficPolicyInstanceId": "i"}, ""),
        (a(GeoProximityLocation={"AWSRegion": "eu-west-1"}, SetIdentifier="x"), ""),
        (a(CidrRoutingConfig={"CollectionId": "c", "LocationName": "*"}, SetIdentifier="x"), ""),
        (a(Weight=0, SetIdentifier="x"), ""),
        (alias("x.example.test."), ""),
    ],
)
def test_a_set_has_one_source_and_at_most_one_policy(wanted: dict[str, Any], words: str) -> None:
    error = shape_error({"Action": "CREATE", "ResourceRecordSet": wanted})
    assert (words in error) if words else not error


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (a("app.other.test."), "RRSet with DNS name app.other.test. is not permitted in zone example.test."),
        (a("appexample.test."), "is not permitted in zone"),
        (a("example.test.", "CNAME", "x."), "is not permitted at apex in zone example.test."),
        (a(value="300.1.1.1"), "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '300.1"),
        (a(kind="AAAA", value="::g"), "AAAARRDATAIllegalIPv6Address"),
        (a(Failover="PRIMARY", SetIdentifier="p"), "A non-alias primary ResourceRecordSet must have"),
        (a(Failover="PRIMARY", SetIdentifier="p", HealthCheckId="c"), ""),
        (a(Failover="SECONDARY", SetIdentifier="s"), ""),
        (a("a..example.test."), "DomainLabelEmpty"),
        (a("example.test.", "NS", "ns.", Weight=1, SetIdentifier="w"), "must use simple routing"),
        (a("*.example.test."), ""),
        (a(kind="LOC", value="x"), "has the type LOC, which is not one of [A, AAAA"),
        (a("*.sub.example.test.", "NS", "ns.other.test."), "a wildcard cannot be delegated"),
        (a(kind="NS", value="x.", MultiValueAnswer=True, SetIdentifier="m"), "must use simple routing"),
        (a(kind="DS", value="x", Weight=1, SetIdentifier="w"), "must use simple routing"),
        (alias("x.example.test.", MultiValueAnswer=True, SetIdentifier="m"), "cannot be a multivalue answer"),
        ({**alias("x.example.test."), "Name": ZONE, "Type": "CNAME"}, "is not permitted at apex"),  # R53 1.4
        ({**alias("x.example.test."), "Type": "NS"}, "cannot be an alias"),  # R53 1.4
        (alias("x.s3-website.amazonaws.com.", "Z3", health=True), ""),  # R53 1.3: allowed, of no practical use
        (a("x" * 64 + ".example.test."), "DomainLabelTooLong (Domain label is too long) encountered with 'xxx"),
        (a("a b.example.test."), "UnsupportedCharacter (Value contains unsupported characters) encountered with ' '"),
        (a("a.*.example.test."), ""),  # R53 4.5: elsewhere a star is a literal
        (a(kind="CNAME", value="x.", MultiValueAnswer=True, SetIdentifier="m"), "cannot be a multivalue answer"),
        (alias("d1.cloudfront.net.", "Z2FDTNDATAQYW2", health=True), "EvaluateTargetHealth cannot be true"),
        (alias("x.example.test.", Failover="PRIMARY", SetIdentifier="p"), "must be true for a failover alias"),
        (alias("x.example.test.", health=True, Failover="PRIMARY", SetIdentifier="p"), ""),
    ],
)
def test_one_set_by_itself(wanted: dict[str, Any], words: str) -> None:
    problem = problem_of_values(wanted, ZONE)
    assert (words in problem) if words else not problem
