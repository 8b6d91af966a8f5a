"""Every quota of the fact sheet (R53 2.5): the last one is taken, one more is refused with AWS's code."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox import aws
from sandbox.aws.services.route53.models import SandboxRoute53Backend
from sandbox.aws.services.route53.quotas import AWS_QUOTAS, NAMES, Quotas
from sandbox.kernel.errors import Refusal

SHEET = {
    "health_checks": 200, "child_health_checks": 255, "hosted_zones": 500, "record_sets": 10_000, "values": 400,
    "routed_sets": 100, "geoproximity_sets": 30, "cidr_collections": 5, "cidr_blocks": 1000, "batch_cidr_blocks": 1000,
    "traffic_policies": 50, "traffic_policy_versions": 1000, "traffic_policy_instances": 5, "batch_records": 1000,
    "batch_characters": 32_000,
}  # fmt: skip
NOT_ON_THE_SHEET = {"delegation_sets", "delegation_set_zones", "zone_vpcs"}
DOCUMENT = json.dumps(
    {
        "AWSPolicyFormatVersion": "2015-10-01",
        "RecordType": "A",
        "StartEndpoint": "e",
        "Endpoints": {"e": {"Type": "value", "Value": "198.18.1.10"}},
    }
)
CHECK = {"Type": "TCP", "IPAddress": "198.18.1.10", "Port": 80}


def test_the_table_has_the_numbers_of_the_sheet() -> None:
    assert {name: getattr(AWS_QUOTAS, name) for name in SHEET} == SHEET
    assert set(NAMES) == SHEET.keys() | NOT_ON_THE_SHEET


@pytest.fixture
def backend() -> Any:
    made = SandboxRoute53Backend("aws", "000000000000")
    made.create_hosted_zone("example.test", private_zone=False, caller_reference="zone")
    return made


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    """The code and words of a refusal of status 400."""
    with pytest.raises(Refusal) as caught:
        call()
    assert caught.value.status == 400
    return caught.value.code, caught.value.message


def zone_of(backend: Any) -> Any:
    return next(iter(backend.zones.values()))


def a(name: str = "app", **more: Any) -> dict[str, Any]:
    return {
        "Name": f"{name}.example.test",
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": "198.18.1.1"}],
        **more,
    }


def create(backend: Any, *record_sets: dict[str, Any], action: str = "CREATE") -> Any:
    changes = [{"Action": action, "ResourceRecordSet": record_set} for record_set in record_sets]
    return backend.change_records(zone_of(backend).id, changes)


def make_zone(backend: Any, number: int) -> Any:
    return backend.create_hosted_zone(f"z{number}.test", False, f"z{number}")


def make_check(backend: Any, number: int) -> Any:
    return backend.create_health_check(f"c{number}", CHECK)


def make_policy(backend: Any, number: int) -> Any:
    return backend.create_traffic_policy(f"p{number}", DOCUMENT, None)


def make_collection(backend: Any, number: int) -> Any:
    return backend.create_cidr_collection(f"c{number}", "r")


def make_set(backend: Any, number: int) -> Any:
    return create(backend, a(f"n{number}"))


MAKERS: list[tuple[Callable[[Any, int], Any], str, int, str, str]] = [
    (
        make_zone,
        "hosted_zones",
        1,
        "TooManyHostedZones",
        "MAX_HOSTED_ZONES_BY_OWNER - Cannot create more hosted zones.",
    ),
    (make_check, "health_checks", 0, "TooManyHealthChecks", "MAX_HEALTH_CHECKS_BY_OWNER - Cannot create more"),
    (make_policy, "traffic_policies", 0, "TooManyTrafficPolicies", "MAX_TRAFFIC_POLICIES_BY_OWNER - Cannot create"),
    (make_collection, "cidr_collections", 0, "LimitsExceeded", "CIDR collections"),
    (make_set, "record_sets", 2, "InvalidChangeBatch", "MAX_RRSETS_BY_ZONE - Cannot create more resource record"),
]


@pytest.mark.parametrize(("make", "quota", "there", "code", "words"), MAKERS)
def test_as_many_as_the_quota_and_not_one_more(
    backend: Any, make: Callable[[Any, int], Any], quota: str, there: int, code: str, words: str
) -> None:
    """A small quota, so that the boundary itself is met; `there`: how many there are without any call."""
    backend.quotas = replace(AWS_QUOTAS, **{quota: 4})
    for number in range(4 - there):
        make(backend, number)
    found, said = refused(lambda: make(backend, 99))
    assert (found, words in said) == (code, True), said


def test_a_batch_that_deletes_as_many_as_it_creates_fits_into_a_full_zone(backend: Any) -> None:
    backend.quotas = Quotas(record_sets=3)
    create(backend, a("old"))
    gone = {"Action": "DELETE", "ResourceRecordSet": a("old")}
    new = {"Action": "CREATE", "ResourceRecordSet": a("new")}
    backend.change_records(zone_of(backend).id, [new, gone])
    create(backend, a("new", TTL=5), action="UPSERT")
    assert refused(lambda: create(backend, a("more")))[0] == "InvalidChangeBatch"
    assert zone_of(backend).resource_record_set_count == 3


def near(number: int) -> dict[str, str]:
    return {"Latitude": f"{number}.00", "Longitude": "1.00"}


@pytest.mark.parametrize(
    ("policy", "most", "word"),
    [
        (lambda number: {"Weight": number}, 100, "weighted"),
        (lambda number: {"MultiValueAnswer": True}, 100, "multivalue answer"),
        (lambda number: {"GeoProximityLocation": {"Coordinates": near(number)}}, 30, "geoproximity"),
    ],
)
def test_a_group_of_one_name_and_type_is_full(
    backend: Any, policy: Callable[[int], dict[str, Any]], most: int, word: str
) -> None:
    """The words are AWS's, as published for weighted sets (airbnb/zonify issue 16)."""
    members = [a(SetIdentifier=f"s{number}", **policy(number)) for number in range(most)]
    create(backend, *members)
    code, said = refused(lambda: create(backend, a(SetIdentifier="more", **policy(most))))
    assert code == "InvalidChangeBatch"
    assert said == f"[Exceeded limit on number of {word} RRSets for app.example.test., type A in this zone.]"
    create(backend, *members[:2], action="UPSERT")
    create(backend, {**a(SetIdentifier="v6", **policy(1)), "Type": "AAAA", "ResourceRecords": [{"Value": "::1"}]})


def test_a_set_has_400_values(backend: Any) -> None:
    values = [{"Value": f"10.0.{number // 250}.{number % 250}"} for number in range(401)]
    create(backend, a(ResourceRecords=values[:400]))
    said = refused(lambda: create(backend, a("more", ResourceRecords=values)))
    assert said == ("InvalidChangeBatch", "[Cannot have more than 400 records in a RRSet.]")


def test_a_batch_has_1000_values_and_an_upsert_counts_twice(backend: Any) -> None:
    many = [a(f"n{number}") for number in range(1001)]
    create(backend, *many[:1000])
    create(backend, *many[:500], action="UPSERT")
    for batch, action in ((many, "DELETE"), (many[:501], "UPSERT")):
        said = refused(lambda batch=batch, action=action: create(backend, *batch, action=action))  # type: ignore[misc]
        assert said == ("InvalidChangeBatch", "[Number of records limit of 1000 exceeded.]")


def test_a_calculated_check_has_255_children(backend: Any) -> None:
    backend.quotas = Quotas(health_checks=300)
    children = [make_check(backend, number).id for number in range(256)]
    sum_of = {"Type": "CALCULATED", "HealthThreshold": 1}
    backend.create_health_check("good", {**sum_of, "ChildHealthChecks": children[:255]})
    code, said = refused(lambda: backend.create_health_check("bad", {**sum_of, "ChildHealthChecks": children}))
    assert (code, "255" in said) == ("InvalidInput", True)


def test_a_collection_and_a_request_have_1000_blocks(backend: Any) -> None:
    collection = make_collection(backend, 1).id
    blocks = [f"10.{number // 250}.{number % 250}.0/24" for number in range(1001)]

    def put(*chosen: str) -> Any:
        change = {"LocationName": "paris", "Action": "PUT", "CidrList": list(chosen)}
        return backend.change_cidr_collection(collection, [change], None)

    assert refused(lambda: put(*blocks))[0] == "LimitsExceeded"
    put(*blocks[:1000])
    assert refused(lambda: put(blocks[1000]))[0] == "LimitsExceeded"
    assert len(backend.cidr.get(collection).blocks(None)) == 1000


def test_versions_and_instances_of_policies_have_a_number(backend: Any) -> None:
    policy = make_policy(backend, 1).policy_id
    for _ in range(999):
        backend.create_traffic_policy_version(policy, DOCUMENT, None)
    code, _ = refused(lambda: backend.create_traffic_policy_version(policy, DOCUMENT, None))
    assert code == "TooManyTrafficPolicyVersionsForCurrentPolicy"
    zone = zone_of(backend).id

    def work(number: int) -> Any:
        return backend.create_traffic_policy_instance(zone, f"i{number}.example.test", 60, policy, 1)

    for number in range(5):
        work(number)
    assert refused(lambda: work(5))[0] == "TooManyTrafficPolicyInstances"


def test_reusable_sets_their_zones_and_the_vpcs_of_a_zone_have_a_number(backend: Any) -> None:
    backend.quotas = Quotas(delegation_sets=1, delegation_set_zones=2, zone_vpcs=2)
    shared = backend.create_reusable_delegation_set("one").id
    assert refused(backend.refuse_delegation_set)[0] == "LimitsExceeded"
    for name in ("a", "b"):
        backend.create_hosted_zone(f"{name}.test", False, name, delegation_set_id=shared)
    said = refused(lambda: backend.create_hosted_zone("c.test", False, "c", delegation_set_id=shared))
    assert said[0] == "TooManyHostedZones"
    private = backend.create_hosted_zone("p.test", True, "p", vpcid="vpc-1", vpcregion="us-east-1")
    backend.associate_vpc_with_hosted_zone(private.id, "vpc-2", "us-east-1")
    said = refused(lambda: backend.associate_vpc_with_hosted_zone(private.id, "vpc-3", "us-east-1"))
    assert said[0] == "LimitsExceeded"


def test_every_quota_is_in_the_readme() -> None:
    """STYLE 18: settings are documented."""
    text = Path(aws.__file__).with_name("README.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"`{name}`" not in text] == []
