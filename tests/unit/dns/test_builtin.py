"""Names that AWS keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.dns.builtin import (
    accelerator_zones,
    amazonaws_zone,
    api_aws_zone,
    bucket_zone,
    load_balancer_check,
    load_balancer_name,
)
from sandbox.dns.core import Authority
from sandbox.protocols.dns_wire import NOERROR, NXDOMAIN, Reply, rcode_name

BUCKETS = {
    "irish": "eu-west-1",
    "american": "us-east-1",
    "logs.of.irish": "us-east-1",
    "www.example.test": "eu-west-1",
    "gone": "ap-northeast-1",  # a region of an earlier start
}
HOSTS = {"app": 10, "api": 20, "aws": 30}


@pytest.fixture
def served(authority: Callable[..., Authority]) -> Callable[..., Authority]:
    def make(*regions: str) -> Authority:
        made = authority("www alias app.eu-west-1.elb.amazonaws.com. | evaluate")

        def address_of(region: str, role: str) -> str:
            return f"198.18.{regions.index(region) + 1}.{HOSTS[role]}"

        for value in (
            amazonaws_zone(regions, address_of),
            api_aws_zone(regions, address_of),
            bucket_zone(BUCKETS, regions, address_of),
        ):
            made.put_zone(value["id"], value)
        return made

    return make


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("dynamodb.us-east-1.amazonaws.com", "198.18.2.30"),
        ("sqs.eu-west-1.amazonaws.com", "198.18.1.30"),
        ("pictures.s3.eu-west-1.amazonaws.com", "198.18.1.30"),
        ("s3.dualstack.eu-west-1.amazonaws.com", "198.18.1.30"),
        ("pictures.s3-eu-west-1.amazonaws.com", "198.18.1.30"),
        ("000000000000.ddb.eu-west-1.amazonaws.com", "198.18.1.30"),
        ("s3.amazonaws.com", "198.18.2.30"),
        ("pictures.s3.amazonaws.com", "198.18.2.30"),
        ("irish.s3.amazonaws.com", "198.18.1.30"),
        ("american.s3.amazonaws.com", "198.18.2.30"),
        ("IRISH.S3.AmazonAWS.com", "198.18.1.30"),
        ("logs.of.irish.s3.amazonaws.com", "198.18.2.30"),
        ("of.irish.s3.amazonaws.com", "198.18.2.30"),
        ("new.irish.s3.amazonaws.com", "198.18.2.30"),
        ("a.new.of.irish.s3.amazonaws.com", "198.18.2.30"),
        ("www.example.test.s3.amazonaws.com", "198.18.1.30"),
        ("example.test.s3.amazonaws.com", "198.18.2.30"),
        ("gone.s3.amazonaws.com", "198.18.2.30"),
        ("irish.s3-website-us-east-1.amazonaws.com", "198.18.2.30"),
        ("irish.s3.dualstack.us-east-1.amazonaws.com", "198.18.2.30"),
        ("iam.amazonaws.com", "198.18.2.30"),
        ("sts.amazonaws.com", "198.18.2.30"),
        ("route53.amazonaws.com", "198.18.2.30"),
        ("cloudfront.amazonaws.com", "198.18.2.30"),
        ("globalaccelerator.us-west-2.amazonaws.com", "198.18.1.30"),  # its home does not run: the first region
        ("globalaccelerator.amazonaws.com", "198.18.1.30"),
        ("abc123.execute-api.eu-west-1.amazonaws.com", "198.18.1.20"),
        ("app.eu-west-1.elb.amazonaws.com", "198.18.1.10"),
        ("dualstack.app.eu-west-1.elb.amazonaws.com", "198.18.1.10"),
        ("lambda.eu-west-1.api.aws", "198.18.1.30"),
    ],
)
def test_names_of_aws_lead_to_the_regions_of_the_sandbox(name: str, address: str, served: Any) -> None:
    answer = served("eu-west-1", "us-east-1").decide(name, "A", "paris")
    assert [value for rrset in answer.answer for value in rrset.values] == [address]


@pytest.mark.parametrize(
    "name",
    [
        "dynamodb.ap-northeast-1.amazonaws.com",
        "s3.us-west-2.amazonaws.com",
        "app.ap-northeast-1.elb.amazonaws.com",
        "nothing.amazonaws.com",
        "lambda.us-west-2.api.aws",
    ],
)
def test_names_of_regions_that_do_not_run_do_not_exist(name: str, served: Any) -> None:
    assert rcode_name(served("eu-west-1", "us-east-1").decide(name, "A", "paris").rcode) == rcode_name(NXDOMAIN)


def test_there_are_no_ipv6_addresses(served: Any) -> None:
    answer = served("eu-west-1").decide("sqs.eu-west-1.amazonaws.com", "AAAA", "paris")
    assert (answer.rcode, answer.answer) == (NOERROR, ())


def test_an_alias_to_a_load_balancer_follows_the_application(
    served: Any, ask: Callable[..., Reply], authority: Any
) -> None:
    """R53 1.3 and 1.4: TTL 60 of the balancer; EvaluateTargetHealth sees that no target is healthy."""
    made = served("eu-west-1")
    assert (ask(made, "www").answer[0].ttl_s, ask(made, "www").answer[0].values) == (60, ("198.18.1.10",))
    made.put_health(load_balancer_check("eu-west-1"), False)
    assert f"its target {load_balancer_name('eu-west-1')}. has no healthy record" in ask(made, "www").why


def test_a_sandbox_without_regions_has_empty_zones() -> None:
    assert amazonaws_zone([], lambda region, role: "")["records"] == []


ACCELERATOR = {"dns_name": "a0123456789abcdef.awsglobalaccelerator.com", "addresses": ["192.0.2.7", "198.51.100.7"]}


@pytest.fixture
def accelerated(authority: Callable[..., Authority]) -> Authority:
    made = authority(f"www alias {ACCELERATOR['dns_name']}. | evaluate")
    for zone in accelerator_zones([ACCELERATOR]):
        made.put_zone(zone["id"], zone)
    return made


def values(answer: Any) -> list[str]:
    return [value for rrset in answer.answer for value in rrset.values]


def test_an_accelerators_name_has_both_addresses_in_random_order(accelerated: Authority) -> None:
    """GA 2.1. Three answers to one that are alike have one chance in 2^40."""
    answers = [values(accelerated.decide(str(ACCELERATOR["dns_name"]), "A", "paris")) for _ in range(41)]
    assert {tuple(sorted(answer)) for answer in answers} == {("192.0.2.7", "198.51.100.7")}
    assert len({tuple(answer) for answer in answers}) == 2


def test_an_accelerators_name_has_no_ipv6_address_and_a_strangers_name_none(accelerated: Authority) -> None:
    nodata = accelerated.decide(str(ACCELERATOR["dns_name"]), "AAAA", "paris")
    assert (nodata.rcode, nodata.answer) == (NOERROR, ())
    other = accelerated.decide("afedcba9876543210.awsglobalaccelerator.com", "A", "paris")
    assert rcode_name(other.rcode) == rcode_name(NXDOMAIN)


def test_an_address_leads_back_to_its_accelerators_name(accelerated: Authority) -> None:
    """GA 2.1: reverse records exist."""
    for name in ("7.2.0.192.in-addr.arpa", "7.100.51.198.in-addr.arpa"):
        assert values(accelerated.decide(name, "PTR", "paris")) == [f"{ACCELERATOR['dns_name']}."]


def test_an_alias_to_an_accelerator_is_always_healthy(accelerated: Authority, ask: Callable[..., Reply]) -> None:
    """R53 1.4: a target in the zone Z2BJ6XQ5FK7U4H; its TTL is the target's. No health check is on its name."""
    [rrset] = ask(accelerated, "www").answer
    assert (sorted(rrset.values), rrset.ttl_s) == (["192.0.2.7", "198.51.100.7"], 300)


def test_names_end_with_their_accelerator(authority: Callable[..., Authority]) -> None:
    made = authority()
    for accelerators in ([ACCELERATOR], []):
        for zone in accelerator_zones(accelerators):
            made.put_zone(zone["id"], zone)
    gone = made.decide(str(ACCELERATOR["dns_name"]), "A", "paris")
    assert rcode_name(gone.rcode) == rcode_name(NXDOMAIN)
