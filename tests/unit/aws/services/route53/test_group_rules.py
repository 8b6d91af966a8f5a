"""The rules for a record set beside others, as tables of AWS's words (fact sheet §6.3)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.route53.group_rules import conflict_with, missing_alias_target

ZONE = "example.test."


def a(name: str = "app.example.test.", kind: str = "A", value: str = "198.18.1.10", **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}], **more}


def alias(target: str, zone_id: str = "Z1") -> dict[str, Any]:
    return {"Name": "app.example.test.", "Type": "A", "AliasTarget": {"HostedZoneId": zone_id, "DNSName": target}}


def cidr(location: str, collection: str = "c") -> dict[str, Any]:
    return {"SetIdentifier": location, "CidrRoutingConfig": {"CollectionId": collection, "LocationName": location}}


def geo(**place: str) -> dict[str, Any]:
    return {"SetIdentifier": repr(place), "GeoLocation": place}


def role(name: str) -> dict[str, Any]:
    return {"SetIdentifier": name, "Failover": name}


TWO = [{"Value": "198.18.1.10"}, {"Value": "198.18.2.10"}]


def near(region: str, bias: int = 0) -> dict[str, Any]:
    return {"SetIdentifier": f"{region}{bias}", "GeoProximityLocation": {"AWSRegion": region, "Bias": bias}}


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
        (a(**cidr("paris")), a(**cidr("*", "other")), "as a set with another CIDR collection exists"),
        (a(**cidr("paris")), a(**cidr("paris")), "a set with CidrRoutingConfig c, paris already exists"),
        (a(**cidr("paris")), a(**cidr("*")), ""),
        (a(**near("eu-west-1", 5)), a(**near("eu-west-1", 9)), "a set with GeoProximityLocation eu-west-1 already"),
        (a(**near("eu-west-1")), a(**near("us-east-1")), ""),
        (a(**near("eu-west-1")), a(Weight=1, SetIdentifier="w"), "as a non-geoproximity set exists"),
        (a(**geo(CountryCode="FR")), a(**geo(CountryCode="FR")), "a set with GeoLocation FR already exists"),
        (a(**geo(CountryCode="FR")), a(**geo(ContinentCode="EU")), ""),
        (a(**role("PRIMARY")), a(**role("PRIMARY")), "a set with Failover PRIMARY already exists"),
        (a(**role("SECONDARY")), a(**role("PRIMARY")), ""),
        # R53 1.1: alias and non-alias members may be mixed; an alias has no TTL that could differ.
        ({**alias("x.example.test."), "SetIdentifier": "w", "Weight": 1}, a(Weight=1, SetIdentifier="v"), ""),
        # R53 1.2 Weighted: several values are accepted (API and guide differ).
        ({**a(Weight=1, SetIdentifier="w"), "ResourceRecords": TWO}, a(Weight=1, SetIdentifier="v"), ""),
    ],
)
def test_one_set_beside_another(wanted: dict[str, Any], present: dict[str, Any], words: str) -> None:
    problem = conflict_with(wanted, [present], ZONE)
    assert (words in problem) if words else not problem


@pytest.mark.parametrize(
    ("wanted", "present", "words"),
    [
        (alias("gone.example.test."), "x.example.test.", "but that target was not found"),
        (alias("x.other.test."), "x.example.test.", "the alias target name does not lie within the target zone"),
        (alias("x.example.test."), "x.example.test.", ""),
        (alias("elsewhere.test.", "Z2"), "x.example.test.", ""),
    ],
)
def test_an_alias_into_its_own_zone_needs_its_target(wanted: dict[str, Any], present: str, words: str) -> None:
    problem = missing_alias_target(wanted, lambda name: [a(name)] if name == present else [], ZONE, "Z1")
    assert (words in problem) if words else not problem


def test_an_alias_is_not_its_own_target() -> None:
    wanted = alias("app.example.test.")
    assert "was not found" in missing_alias_target(wanted, lambda name: [wanted], ZONE, "Z1")
