"""What a failover is measured on, by the bench and by tests/live/test_failover_drill.py: three regions behind latency
records with health checks (interval 10, threshold 3, TTL 60) and behind an accelerator (interval 10, threshold 3), and
users in twenty cities, most of them at home in the region that is lost.
"""

from __future__ import annotations

from typing import Any

import boto3

from sandbox.accelerator.verdicts import probe_timeout_s
from sandbox.client.sandbox import Sandbox
from sandbox.demo.losing import SWALLOWS
from sandbox.geography.atlas import Atlas
from sandbox.planet.anycast import checkers_of

REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
LOST = "eu-west-1"
CITIES = (
    *("amsterdam", "athens", "berlin", "bucharest", "cairo", "casablanca", "dublin", "helsinki", "istanbul", "kyiv"),
    *("lagos", "lisbon", "london", "madrid", "milan", "moscow", "paris", "reykjavik", "stockholm", "warsaw"),
)
STUBBORN = "paris"  # its resolver keeps an answer for ever
AT_HOME = 15  # of the cities, at least, are served by the region before it is lost
SPEED, INTERVAL_S, THRESHOLD, TTL_S = 10.0, 10, 3, 60
PATIENCE_S = 1.0
NAMES = {"DNS": "drill.example.test", "accelerator": "fast.example.test"}
ACCELERATORS_ZONE = "Z2BJ6XQ5FK7U4H"  # GA section 2.1
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


def accelerate(planet: Sandbox) -> str:
    """An accelerator before the three regions; its DNS name."""
    api = boto3.client("globalaccelerator", region_name="us-west-2", endpoint_url=planet.endpoint_url(), **KEYS)
    made = api.create_accelerator(Name="drill", IdempotencyToken="drill")["Accelerator"]
    ports = [{"FromPort": 80, "ToPort": 80}]
    listener = api.create_listener(
        AcceleratorArn=made["AcceleratorArn"], Protocol="TCP", PortRanges=ports, IdempotencyToken="drill"
    )["Listener"]["ListenerArn"]
    for region in REGIONS:
        balancer = f"arn:aws:elasticloadbalancing:{region}:000000000000:loadbalancer/app/app/0123456789abcdef"
        api.create_endpoint_group(
            ListenerArn=listener,
            EndpointGroupRegion=region,
            HealthCheckProtocol="HTTP",
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=INTERVAL_S,
            ThresholdCount=THRESHOLD,
            EndpointConfigurations=[{"EndpointId": balancer}],
            IdempotencyToken=region,
        )
    return str(made["DnsName"])


def publish(planet: Sandbox, accelerated: str) -> None:
    """Latency records with health checks, and an alias of the accelerator."""
    route53 = planet.client("route53", region="us-east-1")
    zone = route53.create_hosted_zone(Name="example.test", CallerReference="drill")["HostedZone"]["Id"]
    alias = {"HostedZoneId": ACCELERATORS_ZONE, "DNSName": accelerated, "EvaluateTargetHealth": False}
    records: list[dict[str, Any]] = [{"Name": NAMES["accelerator"], "Type": "A", "AliasTarget": alias}]
    for number, region in enumerate(REGIONS, 1):
        address = f"198.18.{number}.10"
        config = {"Type": "HTTP", "IPAddress": address, "Port": 80, "ResourcePath": "/health"}
        timing = {"RequestInterval": INTERVAL_S, "FailureThreshold": THRESHOLD}
        check = route53.create_health_check(CallerReference=region, HealthCheckConfig={**config, **timing})
        record = {"Name": NAMES["DNS"], "Type": "A", "TTL": TTL_S, "SetIdentifier": region, "Region": region}
        values = {"HealthCheckId": check["HealthCheck"]["Id"], "ResourceRecords": [{"Value": address}]}
        records.append({**record, **values})
    changes = [{"Action": "CREATE", "ResourceRecordSet": record} for record in records]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def accelerator_detect_s(kind: str) -> float:
    """Its own detection. A swallowed probe takes its time-out longer, a refused one a round trip."""
    atlas = Atlas.load()
    farthest_ms = max(atlas.rtt_ms(edge, LOST) for edge in checkers_of(atlas))
    probe_s = probe_timeout_s(farthest_ms, SPEED) if SWALLOWS[kind] else farthest_ms / 1000
    return THRESHOLD * INTERVAL_S / SPEED + probe_s
