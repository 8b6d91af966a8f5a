"""The zones that AWS itself keeps: names under amazonaws.com and api.aws for the regions of this sandbox, the names of
buckets and of accelerators. Pure.

In: the regions that run, and their addresses; buckets and accelerators as control pushes them. Out: zones in the shape
control pushes, for `Authority.put_zone`.

    <service>.<region>.amazonaws.com        and all below it (buckets, account endpoints): the region's AWS endpoints
    <service>.<region>.api.aws              the same, AWS's dual-stack names
    s3.amazonaws.com, iam.amazonaws.com, ...
                                            the AWS endpoints of the service's home region, or of the first region
                                            when the home region does not run
    <bucket>.s3.amazonaws.com               the AWS endpoints of the bucket's region; while nobody knows the bucket,
                                            those of s3.amazonaws.com
    <bucket>.s3-website-<region>.amazonaws.com
                                            the region's AWS endpoints too, which refuse it by name
    <id>.execute-api.<region>.amazonaws.com the region's API gateway
    app.<region>.elb.amazonaws.com          the region's application: our stand-in for the DNS name of its load balancer

    a<16 hex>.awsglobalaccelerator.com      both static addresses of an accelerator, in random order
    n.2.0.192.in-addr.arpa, n.100.51.198... its name again (PTR)

Names of regions that do not run do not exist. A load balancer's record hangs on the check
`load_balancer_check(region)`, so that aliases to it with EvaluateTargetHealth follow the application: planet calls
`put_health` with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from sandbox.geography.addresses import ANYCAST_ZONES

ServiceRole = Literal["app", "api", "aws"]
AddressOf = Callable[[str, ServiceRole], str]

ELB_TTL_S = 60  # [R53 1.4]
ENDPOINT_TTL_S = 60  # unconfirmed for AWS's own names; the advised TTL of what may fail over
S3_TTL_S = 5  # unconfirmed; short, as the name of a bucket that was made anew elsewhere must move
ACCELERATOR_TTL_S = 300  # unconfirmed
ACCELERATOR_ZONE = "Z2BJ6XQ5FK7U4H"  # what aliases name as the zone of their target [R53 1.4]
US_EAST, US_WEST = "us-east-1", "us-west-2"

# Names without a region, or with the one region the service has, and that home region. [R53 7.1]
HOME_REGIONS = (
    ("account.amazonaws.com", US_EAST),
    ("budgets.amazonaws.com", US_EAST),
    ("ce.us-east-1.amazonaws.com", US_EAST),
    ("cloudfront.amazonaws.com", US_EAST),
    ("globalaccelerator.amazonaws.com", US_WEST),
    ("globalaccelerator.us-west-2.amazonaws.com", US_WEST),
    ("iam.amazonaws.com", US_EAST),
    ("organizations.us-east-1.amazonaws.com", US_EAST),
    ("organizations.amazonaws.com", US_EAST),
    ("route53.amazonaws.com", US_EAST),
    ("route53-recovery-control-config.us-west-2.amazonaws.com", US_WEST),
    ("route53domains.us-east-1.amazonaws.com", US_EAST),
    ("queue.amazonaws.com", US_EAST),
    ("s3-external-1.amazonaws.com", US_EAST),
    ("*.s3-external-1.amazonaws.com", US_EAST),
    ("shield.us-east-1.amazonaws.com", US_EAST),
    ("sts.amazonaws.com", US_EAST),
    ("support.us-east-1.amazonaws.com", US_EAST),
)


def amazonaws_zone(regions: Sequence[str], address_of: AddressOf) -> dict[str, Any]:
    """The zone amazonaws.com."""
    records = [record for region in regions for record in _region_records(region, address_of)]
    taken = {record["Name"] for record in records}
    for name, home in HOME_REGIONS:
        if regions and f"{name}." not in taken:
            records.append(_address(name, address_of(home if home in regions else regions[0], "aws")))
    return _zone("ZAMAZONAWS", "amazonaws.com.", records)


def api_aws_zone(regions: Sequence[str], address_of: AddressOf) -> dict[str, Any]:
    """The zone api.aws."""
    records = [_address(f"*.{region}.api.aws", address_of(region, "aws")) for region in regions]
    return _zone("ZAPIAWS", "api.aws.", records)


def bucket_zone(places: Mapping[str, str], regions: Sequence[str], address_of: AddressOf) -> dict[str, Any]:
    """The zone s3.amazonaws.com, with the global name of every bucket. places: bucket -> region.

    A name of several labels makes the names above it exist, and a wildcard covers nothing below a name that exists (RFC
    4592): both have records of their own here, so that every name below s3.amazonaws.com leads somewhere, as in AWS.
    """
    everybody = _address("", address_of(US_EAST if US_EAST in regions else regions[0], "aws"), S3_TTL_S)
    owners = {"": everybody, "*.": everybody}
    for bucket, region in places.items():
        if region == US_EAST and "." not in bucket:
            continue  # the wildcard has it
        above = bucket
        while above:
            owners[f"*.{above}."] = everybody
            owners.setdefault(f"{above}.", everybody)
            above = above.partition(".")[2]
    for bucket, region in places.items():
        if f"{bucket}." in owners and region in regions:
            owners[f"{bucket}."] = _address("", address_of(region, "aws"), S3_TTL_S)
    records = [record | {"Name": f"{owner}s3.amazonaws.com."} for owner, record in owners.items()]
    return _zone("ZS3", "s3.amazonaws.com.", records)


def accelerator_zones(accelerators: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The zone of accelerators' names, and the zone for the way back from each network zone's addresses [GA 2.1].

    Names stay while their accelerator exists, even when it is disabled, and no health check is on them.
    """
    names: list[dict[str, Any]] = []
    reverse: dict[str, list[dict[str, Any]]] = {_reverse_zone(prefix): [] for prefix in ANYCAST_ZONES}
    for accelerator in accelerators:
        name, addresses = accelerator["dns_name"], accelerator["addresses"]
        values = [{"Value": address} for address in addresses]
        names.append({"Name": f"{name}.", "Type": "A", "TTL": ACCELERATOR_TTL_S, "ResourceRecords": values})
        for address in addresses:
            prefix, _, host = address.rpartition(".")
            zone = _reverse_zone(prefix)
            pointer = {"Name": f"{host}.{zone}", "Type": "PTR", "TTL": ACCELERATOR_TTL_S}
            reverse[zone].append(pointer | {"ResourceRecords": [{"Value": f"{name}."}]})
    return [
        _zone(ACCELERATOR_ZONE, "awsglobalaccelerator.com.", names),
        *(_zone(f"ZREVERSE{number}", zone, records) for number, (zone, records) in enumerate(reverse.items(), 1)),
    ]


def load_balancer_name(region: str) -> str:
    """The DNS name that stands for a region's application load balancer."""
    return f"app.{region}.elb.amazonaws.com"


def load_balancer_check(region: str) -> str:
    """The id under which the authority is told whether a region's load balancer has a healthy target."""
    return f"load-balancer/{region}"


def _region_records(region: str, address_of: AddressOf) -> list[dict[str, Any]]:
    endpoints, gateway = address_of(region, "aws"), address_of(region, "api")
    balancer = {"HealthCheckId": load_balancer_check(region)}
    name = load_balancer_name(region)
    return [
        _address(f"*.{region}.amazonaws.com", endpoints),
        # Names before 2019: a dash instead of a dot; and SQS's first names, which the aws CLI 1 still uses.
        _address(f"{region}.queue.amazonaws.com", endpoints),
        _address(f"s3-{region}.amazonaws.com", endpoints),
        _address(f"*.s3-{region}.amazonaws.com", endpoints),
        _address(f"*.s3-website-{region}.amazonaws.com", endpoints),
        _address(f"execute-api.{region}.amazonaws.com", gateway),
        _address(f"*.execute-api.{region}.amazonaws.com", gateway),
        _address(name, address_of(region, "app"), ELB_TTL_S) | balancer,
        _address(f"dualstack.{name}", address_of(region, "app"), ELB_TTL_S) | balancer,
    ]


def _address(name: str, address: str, ttl_s: int = ENDPOINT_TTL_S) -> dict[str, Any]:
    return {"Name": f"{name}.", "Type": "A", "TTL": ttl_s, "ResourceRecords": [{"Value": address}]}


def _zone(zone_id: str, name: str, records: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": zone_id, "name": name, "name_servers": [], "private": False, "records": records}


def _reverse_zone(prefix: str) -> str:
    """The zone of the addresses that begin with a prefix of three numbers."""
    return f"{'.'.join(reversed(prefix.split('.')))}.in-addr.arpa."
