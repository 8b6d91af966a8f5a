"""The rules for a record set, as tables of AWS's words."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.route53.record_rules import (
    conflict_with,
    not_emulated_member,
    problem_of_values,
    shape_error,
)

ZONE = "example.test."


def a(name: str = "app.example.test.", kind: str = "A", value: str = "198.18.1.10", **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}], **more}


def alias(target: str, **more: Any) -> dict[str, Any]:
    return {"Name": "app.example.test.", "Type": "A", "AliasTarget": {"HostedZoneId": "Z1", "DNSName": target}, **more}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"Name": "n", "Type": "A"}, "Expected exactly one of [AliasTarget, all of [TTL"),
        ({**a(), "AliasTarget": {}}, "found more than one"),
        (a(SetIdentifier="x"), "[Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found none"),
        (a(SetIdentifier="x", Weight=1, Region="eu-west-1"), "MultiValueAnswer], but found more than one"),
        (a(Weight=1), "Missing field 'SetIdentifier'"),
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
    ],
)
def test_one_set_by_itself(wanted: dict[str, Any], words: str) -> None:
    problem = problem_of_values(wanted, ZONE)
    assert (words in problem) if words else not problem


@pytest.mark.parametrize(
    ("wanted", "present", "words"),
    [
        (
            a(kind="CNAME", value="x."),
            a(),
            "RRSet of type CNAME with DNS name app.example.test. is not permitted as it",
        ),
        (a(), a(kind="CNAME", value="x."), "a conflicting RRSet of type  CNAME with the same DNS name already exists"),
        (a(), a(Weight=1, SetIdentifier="w"), "cannot be created as other RRSets exist with the same name and type."),
        (a(Weight=1, SetIdentifier="w"), a(), "SetIdentifier w cannot be created as a non-weighted set exists"),
        (
            a(Weight=1, SetIdentifier="w"),
            a(Weight=1, SetIdentifier="v", TTL=300),
            "SetIdentifier w cannot be created as weighted sets must contain the same TTL.",
        ),
        (
            a(Region="eu-west-1", SetIdentifier="w"),
            a(Region="eu-west-1", SetIdentifier="v"),
            "SetIdentifier w, and Region Name=eu-west-1 cannot be created because a latency RRSet with the same",
        ),
        (a(MultiValueAnswer=True, SetIdentifier="w"), a(), 'SetIdentifier "w" cannot be created because a non multi'),
        (a(Region="eu-west-1", SetIdentifier="w"), a(Region="us-east-1", SetIdentifier="v"), ""),
        (a(), a(kind="TXT", value='"x"'), ""),
        (alias("gone.example.test."), a("x.example.test."), "but that target was not found"),
        (alias("x.other.test."), a("x.example.test."), "the alias target name does not lie within the target zone"),
        (alias("x.example.test."), a("x.example.test."), ""),
        (alias("elsewhere.test.", AliasTarget={"HostedZoneId": "Z2", "DNSName": "elsewhere.test."}), a("x."), ""),
    ],
)
def test_one_set_beside_another(wanted: dict[str, Any], present: dict[str, Any], words: str) -> None:
    problem = conflict_with(wanted, [present], ZONE, "Z1")
    assert (words in problem) if words else not problem


def test_policies_that_are_not_emulated_are_named() -> None:
    assert not_emulated_member(a(GeoProximityLocation={"Bias": 1})) == "geoproximity routing"
    assert not_emulated_member(a(CidrRoutingConfig={"CollectionId": "x"})) == "IP-based routing"
    assert not_emulated_member(a(Weight=1)) == ""
