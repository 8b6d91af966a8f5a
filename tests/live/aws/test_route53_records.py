"""Routing policies, CIDR collections, places, changes and large zones, through boto3 (facts/route53.md)."""

from __future__ import annotations

import subprocess
import time
from typing import Any

import pytest

pytestmark = pytest.mark.live

OWN_SETS = 9998  # with NS and SOA 10,000, AWS's quota of a zone
LOAD_LIMIT_S = 10.0  # the figure for 10,000 record sets
WAIT_LIMIT_S = 30.0


def wait_for(condition: Any) -> None:
    """Until the condition holds; the limit is for a loaded machine."""
    give_up_s = time.monotonic() + WAIT_LIMIT_S
    while not condition():
        assert time.monotonic() < give_up_s, "it did not happen"
        time.sleep(0.02)


def make_zone(route53: Any, name: str) -> str:
    """A new zone's id."""
    made = route53.create_hosted_zone(Name=name, CallerReference=name)
    return str(made["HostedZone"]["Id"].removeprefix("/hostedzone/"))


def a(name: str, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.18.1.10"}], **more}


def put(route53: Any, zone_id: str, *record_sets: dict[str, Any], action: str = "UPSERT") -> Any:
    changes = [{"Action": action, "ResourceRecordSet": record_set} for record_set in record_sets]
    return route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": changes})


def test_geoproximity_and_ip_based_records_are_listed_and_pushed_as_they_came(rig: Any) -> None:
    """R53 1.2; moto drops both members without a word."""
    route53 = rig.client("route53")
    zone_id = make_zone(route53, "policies.test")
    made = route53.create_cidr_collection(Name="offices", CallerReference="o")
    collection = made["Collection"]["Id"]
    assert made["Collection"]["Arn"] == f"arn:aws:route53:::cidrcollection/{collection}"
    paris = {"LocationName": "paris", "Action": "PUT", "CidrList": ["100.64.1.0/24", "2001:db8::/32"]}
    route53.change_cidr_collection(Id=collection, CollectionVersion=1, Changes=[paris])
    near = {"Coordinates": {"Latitude": "48.85", "Longitude": "2.35"}, "Bias": -10}
    sets = [
        a("ip.policies.test.", SetIdentifier=name, CidrRoutingConfig={"CollectionId": collection, "LocationName": name})
        for name in ("*", "paris")
    ]
    sets.append(a("near.policies.test.", SetIdentifier="n", GeoProximityLocation=near))
    put(route53, zone_id, *sets)
    assert route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"][2:] == sets
    assert rig.hub.retained[f"zone/{zone_id}"]["records"][2:] == sets
    assert rig.hub.retained[f"cidr/{collection}"] == {
        "id": collection, "name": "offices", "version": 2, "locations": {"paris": ["100.64.1.0/24", "2001:db8::/32"]}
    }  # fmt: skip
    check_cidr_errors(route53, collection)
    put(route53, zone_id, *sets, action="DELETE")
    route53.change_cidr_collection(Id=collection, Changes=[{**paris, "Action": "DELETE_IF_EXISTS"}])
    route53.delete_cidr_collection(Id=collection)
    assert f"cidr/{collection}" not in rig.hub.retained
    assert route53.list_cidr_collections()["CidrCollections"] == []


def check_cidr_errors(route53: Any, collection: str) -> None:
    """R53 1.2: names and codes of the errors, and the lists."""
    assert route53.list_cidr_locations(CollectionId=collection)["CidrLocations"] == [{"LocationName": "paris"}]
    first = route53.list_cidr_blocks(CollectionId=collection, MaxResults="1")
    second = route53.list_cidr_blocks(CollectionId=collection, MaxResults="1", NextToken=first["NextToken"])
    assert [one["CidrBlocks"][0]["CidrBlock"] for one in (first, second)] == ["100.64.1.0/24", "2001:db8::/32"]
    change = {"LocationName": "paris", "Action": "DELETE_IF_EXISTS", "CidrList": ["100.64.1.0/24", "2001:db8::/32"]}
    errors = route53.exceptions
    with pytest.raises(errors.CidrCollectionVersionMismatchException):
        route53.change_cidr_collection(Id=collection, CollectionVersion=1, Changes=[change])
    with pytest.raises(errors.CidrBlockInUseException):
        route53.change_cidr_collection(Id=collection, Changes=[change])
    with pytest.raises(errors.CidrCollectionInUseException):
        route53.delete_cidr_collection(Id=collection)
    with pytest.raises(errors.CidrCollectionAlreadyExistsException):
        route53.create_cidr_collection(Name="offices", CallerReference="again")
    with pytest.raises(errors.NoSuchCidrLocationException):
        route53.list_cidr_blocks(CollectionId=collection, LocationName="rome")
    with pytest.raises(errors.NoSuchCidrCollectionException):
        route53.list_cidr_locations(CollectionId="00000000-0000-0000-0000-000000000000")


def test_the_places_of_geolocation_are_listed(rig: Any) -> None:
    route53 = rig.client("route53")
    details, start = [], {}
    while True:
        page = route53.list_geo_locations(MaxItems="100", **start)
        details += page["GeoLocationDetailsList"]
        start = {f"Start{code}": page[f"Next{code}"] for code in PARTS if page.get(f"Next{code}")}
        if not page["IsTruncated"]:
            break
    assert len(details) == 7 + 1 + 246 + 51
    assert {"CountryCode": "FR", "CountryName": "France"} in details
    one = route53.get_geo_location(CountryCode="US", SubdivisionCode="NY")["GeoLocationDetails"]
    assert one["SubdivisionName"] == "New York"
    with pytest.raises(route53.exceptions.NoSuchGeoLocation):
        route53.get_geo_location(CountryCode="ZZ")


PARTS = ("ContinentCode", "CountryCode", "SubdivisionCode")


def test_a_change_is_pending_and_then_in_sync(rig: Any) -> None:
    """R53 6.4. The rig's settings give a propagation delay of half a second."""
    route53 = rig.client("route53")
    zone_id = make_zone(route53, "pending.test")
    info = put(route53, zone_id, a("a.pending.test"))["ChangeInfo"]
    assert info["Status"] == "PENDING"
    assert route53.get_change(Id=info["Id"])["ChangeInfo"]["Status"] == "PENDING"
    wait_for(lambda: route53.get_change(Id=info["Id"])["ChangeInfo"]["Status"] == "INSYNC")
    with pytest.raises(route53.exceptions.NoSuchChange):
        route53.get_change(Id="C0000000000000")
    put(route53, zone_id, a("a.pending.test"), action="DELETE")
    gone = route53.delete_hosted_zone(Id=zone_id)["ChangeInfo"]
    wait_for(lambda: route53.get_change(Id=gone["Id"])["ChangeInfo"]["Status"] == "INSYNC")


def cpu_s(pid: int) -> int:
    """Whole seconds that a process has computed, which do not depend on what else the machine does."""
    line = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
    seconds = 0.0
    for part in line.strip().replace("-", ":").split(":"):
        seconds = seconds * 60 + float(part)
    return int(seconds)


def test_10000_record_sets_load_and_list_within_the_limit(rig: Any) -> None:
    """The issue's figure; half a second of control's time is usual."""
    route53 = rig.client("route53")
    zone_id = make_zone(route53, "large.test")
    began_s = cpu_s(rig.control.pid)
    for start in range(0, 10_000, 500):
        put(route53, zone_id, *(a(f"n{number}.large.test.") for number in range(start, min(start + 500, OWN_SETS))))
    assert cpu_s(rig.control.pid) - began_s < LOAD_LIMIT_S
    pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id)
    names = [one["Name"] for page in pages for one in page["ResourceRecordSets"]]
    assert len(names) == len(set(names)) + 1 == 10_000  # NS and SOA share a name
    assert route53.get_hosted_zone(Id=zone_id)["HostedZone"]["ResourceRecordSetCount"] == 10_000
    limit = route53.get_hosted_zone_limit(HostedZoneId=zone_id, Type="MAX_RRSETS_BY_ZONE")
    assert (limit["Count"], limit["Limit"]["Value"]) == (10_000, 10_000)
    with pytest.raises(route53.exceptions.InvalidChangeBatch, match="Limits Exceeded: MAX_RRSETS_BY_ZONE"):
        put(route53, zone_id, a("one-more.large.test."))
    wait_for(lambda: len(rig.hub.retained[f"zone/{zone_id}"]["records"]) == 10_000)
    page = route53.list_resource_record_sets(
        HostedZoneId=zone_id, StartRecordName="n5000.large.test", StartRecordType="A", MaxItems="2"
    )
    assert [one["Name"] for one in page["ResourceRecordSets"]] == ["n5000.large.test.", "n5001.large.test."]
    assert (page["NextRecordName"], page["IsTruncated"]) == ("n5002.large.test.", True)
    with pytest.raises(route53.exceptions.InvalidInput):  # R53 6.1: a type without a name
        route53.list_resource_record_sets(HostedZoneId=zone_id, StartRecordType="A")
    for start in range(0, 10_000, 1000):
        gone = range(start, min(start + 1000, OWN_SETS))
        put(route53, zone_id, *(a(f"n{number}.large.test.") for number in gone), action="DELETE")
    route53.delete_hosted_zone(Id=zone_id)


def test_wildcards_are_listed_with_octal_escapes(rig: Any) -> None:
    """R53 4.5."""
    route53 = rig.client("route53")
    zone_id = make_zone(route53, "wild.test")
    put(route53, zone_id, a("*.wild.test"))
    assert rig.hub.retained[f"zone/{zone_id}"]["records"][-1]["Name"] == "*.wild.test."
    listed = route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"][-1]
    assert listed["Name"] == r"\052.wild.test."
    put(route53, zone_id, listed, action="DELETE")
