"""Claims about accelerators on real processes, made by Global Accelerator's API: ways, faults, health, clients.

[GA n.n]: section of the fact sheet. At speed 10 an interval of 10 s is 1 s.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from sandbox.client.sandbox import Sandbox
from sandbox.client.starting import surroundings
from sandbox.geography.atlas import Atlas

pytestmark = pytest.mark.live

REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]
SPEED = 10.0
RECORD = "app.example.test"


class Stage:
    """A sandbox with one accelerator before the applications of its regions."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.api = boto3.client(  # its home is us-west-2, which does not run here
            "globalaccelerator",
            region_name="us-west-2",
            endpoint_url=sandbox.endpoint_url(),
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        made = self.api.create_accelerator(Name="shop", IdempotencyToken="shop")["Accelerator"]
        self.arn, self.name, self.addresses = made["AcceleratorArn"], made["DnsName"], made["IpSets"][0]["IpAddresses"]
        listener = self.api.create_listener(
            AcceleratorArn=self.arn,
            Protocol="TCP",
            PortRanges=[{"FromPort": 80, "ToPort": 80}],
            IdempotencyToken="l",
        )["Listener"]["ListenerArn"]
        self.groups = {region: self._group(listener, region) for region in REGIONS}

    def _group(self, listener: str, region: str) -> str:
        balancer = f"arn:aws:elasticloadbalancing:{region}:000000000000:loadbalancer/app/app/0123456789abcdef"
        group = self.api.create_endpoint_group(
            ListenerArn=listener,
            EndpointGroupRegion=region,
            HealthCheckProtocol="HTTP",
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=10,
            ThresholdCount=3,
            EndpointConfigurations=[{"EndpointId": balancer}],
            IdempotencyToken=region,
        )
        return str(group["EndpointGroup"]["EndpointGroupArn"])

    def state(self, region: str) -> str:
        group = self.api.describe_endpoint_group(EndpointGroupArn=self.groups[region])["EndpointGroup"]
        return str(group["EndpointDescriptions"][0]["HealthState"])

    def served_by(self, place: str, target: str = "") -> str:
        return self.sandbox.place(place).probe(f"http://{target or self.name}/", timeout_s=5).served_by

    def wait_for(self, words: str) -> None:
        """Until the planet obeys a fault, which comes to it as a message."""
        self.sandbox.wait_until(lambda: words in json.dumps(self.sandbox.call("planet", "status")), within_s=10)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sandbox.cli", "--home", str(self.sandbox.home), *words],
            capture_output=True,
            text=True,
            env=surroundings(os.environ),
            timeout=60,
        )


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Sandbox(regions=REGIONS, seed=1, speed=SPEED) as started:
        stage = Stage(started)
        started.wait_until(lambda: all(stage.state(region) == "HEALTHY" for region in REGIONS), within_s=30)
        yield stage


def test_each_city_enters_at_its_edge_and_is_served_by_the_nearest_region(stage: Stage) -> None:
    homes = {"paris": "eu-west-1", "tokyo": "ap-northeast-1", "new-york": "us-east-1", "sao-paulo": "us-east-1"}
    atlas = Atlas.load()
    for city, region in homes.items():
        visits = [stage.sandbox.place(city).probe(f"http://{stage.name}/") for _ in range(4)]
        edge = atlas.nearest_edge(city)
        assert {(visit.served_by, visit.owner) for visit in visits} == {(region, edge)}
        connect_ms = min(visit.connect_ms or 0.0 for visit in visits)
        assert connect_ms == pytest.approx(atlas.rtt_ms(city, edge), abs=10), "ended at the edge [GA 3.1]"
    [routed, *_] = [e for e in stage.sandbox.events(kinds=["flow_routed"]) if e["place"] == "tokyo"]
    assert (routed["edge"], routed["region"], routed["accelerator"]) == ("edge:NRT", "ap-northeast-1", "shop")
    assert routed["why"].startswith("nearest region with a healthy endpoint: ap-northeast-1")


def test_a_warm_request_takes_one_round_trip_of_both_parts(stage: Stage) -> None:
    """[GA 8.8], over a kept connection of a real HTTP client."""
    atlas = Atlas.load()
    through_ms = atlas.rtt_ms("sao-paulo", "edge:GRU") + atlas.rtt_ms("edge:GRU", "us-east-1")
    place = stage.sandbox.place("sao-paulo")
    took_ms = [place.get(f"http://{stage.name}/").elapsed.total_seconds() * 1000 for _ in range(6)]
    place.close()
    assert min(took_ms[1:]) == pytest.approx(through_ms, abs=25)
    assert min(took_ms[1:]) >= through_ms - 2


def test_the_command_line_shows_both_ways(stage: Stage) -> None:
    shown = json.loads(stage.command("traceroute", stage.name, "--from", "paris", "--json").stdout)
    assert [segment["kind"] for segment in shown["segments"]] == ["access", "edge", "backbone"]
    assert "backbone  edge:CDG  eu-west-1" in stage.command("traceroute", stage.name, "--from", "paris").stdout
    target = "http://198.18.2.10/"
    through = json.loads(stage.command("curl", "--via", "accelerator", target, "--from", "paris", "--json").stdout)
    direct = json.loads(stage.command("curl", "--via", "internet", target, "--from", "paris", "--json").stdout)
    assert (through["owner"], through["served_by"]) == ("edge:CDG", "eu-west-1")
    assert (direct["owner"], direct["served_by"]) == ("eu-west-1", "eu-west-1")
    none = stage.command("curl", "--via", "accelerator", "http://198.18.2.30/", "--from", "paris")
    assert (none.returncode, none.stdout) == (1, "")
    assert "No accelerator has an endpoint at 198.18.2.30" in none.stderr


def test_a_failed_edge_location_moves_its_city_to_the_next(stage: Stage) -> None:
    assert stage.served_by("tokyo") == "ap-northeast-1"
    fault = json.loads(stage.command("fault", "edge-down", "NRT", "--for", "30s", "--json").stdout)
    assert fault["target"] == ["edge:NRT"]
    stage.wait_for('"edges_down": ["edge:NRT"]')
    visit = stage.sandbox.place("tokyo").probe(f"http://{stage.name}/")
    assert (visit.owner, visit.served_by) == ("edge:KIX", "ap-northeast-1")
    stage.sandbox.fault.heal(fault["id"])
    stage.sandbox.wait_until(lambda: stage.sandbox.place("tokyo").probe(f"http://{stage.name}/").owner == "edge:NRT")


def test_clients_of_a_dead_network_zone_go_on_with_the_other_address(stage: Stage) -> None:
    """[GA 3.1]: a name answers with both addresses in random order, so half of the clients meet the dead one first."""
    with stage.sandbox.fault.network_zone(1) as fault:
        stage.wait_for('"network_zones_down": ["1"]')
        silent = stage.sandbox.place("paris").probe(f"http://{stage.addresses[0]}/", timeout_s=2)
        assert silent.error == "timeout"
        for city in ("paris", "dublin", "madrid", "berlin", "milan", "athens"):
            visit = stage.sandbox.place(city).probe(f"http://{stage.name}/")
            assert (visit.address, visit.served_by != "") == (stage.addresses[1], True)
            assert visit.total_ms < 3000, "a second of waiting for the first address, no more"
        assert fault.why.startswith("network zone 1 is down")
    stage.wait_for('"network_zones_down": []')
    assert stage.served_by("paris", stage.addresses[0]) == "eu-west-1"


def test_a_cut_backbone_takes_the_long_way_or_passes_a_region_over(stage: Stage) -> None:
    usual = stage.sandbox.place("sao-paulo").probe(f"http://{stage.name}/")
    with stage.sandbox.fault.backbone_cut("SA", "NA"), stage.sandbox.fault.backbone_cut("SA", "EU"):
        stage.wait_for("the backbone between SA and EU is cut")
        longer = stage.sandbox.place("sao-paulo").probe(f"http://{stage.name}/")
        assert longer.ok
        assert longer.total_ms > usual.total_ms + 50
    with stage.sandbox.fault.backbone_cut("us-east-1", "eu-west-1"):
        stage.wait_for("the backbone between us-east-1 and eu-west-1 is cut")
        shown = stage.command("traceroute", "eu-west-1", "--from", "us-east-1").stdout
        assert "why: the backbone between us-east-1 and eu-west-1 is cut: the way round is by" in shown
    with stage.sandbox.fault.backbone_cut("eu-west-1"):
        stage.wait_for("the backbone of eu-west-1 is cut")
        assert stage.served_by("madrid") == "us-east-1"
        assert stage.served_by("madrid", "198.18.2.10") == "eu-west-1", "the Internet still leads there"


def test_faults_of_edges_are_listed_and_healed(stage: Stage) -> None:
    stage.sandbox.fault.backbone_cut("EU", "NA")
    stage.sandbox.fault.network_zone(2)
    assert [fault.kind for fault in stage.sandbox.fault.list()] == ["backbone-cut", "network-zone"]
    assert "the backbone between EU and NA is cut" in stage.command("fault", "list").stdout
    assert "Healed" in stage.command("fault", "heal", "--all").stdout
    wrong = stage.command("fault", "edge-down", "XYZ")
    assert (wrong.returncode, "Unknown edge location 'XYZ'" in wrong.stderr) == (2, True)


def test_dials_and_weights_move_new_connections_and_a_disabled_accelerator_refuses(stage: Stage) -> None:
    away = {"EndpointGroupArn": stage.groups["eu-west-1"]}
    stage.api.update_endpoint_group(**away, TrafficDialPercentage=0)
    stage.sandbox.wait_until(lambda: stage.served_by("paris") == "us-east-1", within_s=10)
    stage.api.update_endpoint_group(**away, TrafficDialPercentage=100)
    stage.sandbox.wait_until(lambda: stage.served_by("paris") == "eu-west-1", within_s=10)
    stage.api.update_accelerator(AcceleratorArn=stage.arn, Enabled=False)
    stage.sandbox.wait_until(
        lambda: stage.sandbox.place("paris").probe(f"http://{stage.name}/").error == "refused", within_s=10
    )
    stage.api.update_accelerator(AcceleratorArn=stage.arn, Enabled=True)
    stage.sandbox.wait_until(lambda: stage.served_by("paris") == "eu-west-1", within_s=10)


def test_datagrams_go_through_an_accelerator_too(stage: Stage) -> None:
    """[GA 3.1]: UDP is forwarded. Region's echo over UDP says who answers; a local socket stands in a city."""
    listener = stage.api.create_listener(
        AcceleratorArn=stage.arn,
        Protocol="UDP",
        PortRanges=[{"FromPort": 7, "ToPort": 7}],
        IdempotencyToken="udp",
    )["Listener"]["ListenerArn"]
    for region in REGIONS[:2]:
        balancer = f"arn:aws:elasticloadbalancing:{region}:000000000000:loadbalancer/net/app/0123456789abcdef"
        stage.api.create_endpoint_group(
            ListenerArn=listener,
            EndpointGroupRegion=region,
            HealthCheckPort=80,
            EndpointConfigurations=[{"EndpointId": balancer}],
            IdempotencyToken=f"udp {region}",
        )
    opened = json.loads(stage.command("place", "open", "madrid", "--udp", f"{stage.name}:7", "--json").stdout)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", opened["udp_port"]))
        client.settimeout(0.5)
        stage.sandbox.wait_until(lambda: echoed(client) == "eu-west-1 hello", within_s=20)
    routed = [e for e in stage.sandbox.events(kinds=["flow_routed"]) if e["protocol"] == "UDP"]
    assert {(event["place"], event["edge"]) for event in routed} == {("madrid", "edge:MAD")}
    direct = stage.sandbox.call("planet", "place_udp", place="tokyo", target="198.18.3.10:7")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", direct["udp_port"]))
        client.settimeout(0.5)
        stage.sandbox.wait_until(lambda: echoed(client) == "ap-northeast-1 hello", within_s=20)


def echoed(client: socket.socket) -> str:
    """The answer to one datagram, or "" when none comes."""
    client.send(b"hello")
    try:
        return client.recv(100).decode()
    except OSError:
        return ""


def test_a_planet_that_starts_again_has_its_accelerators(stage: Stage) -> None:
    with stage.sandbox.fault.stop("planet"):
        stage.sandbox.wait_for_event("program_ended", program="planet", within_s=10)

    def listed() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = stage.sandbox.call("planet", "accelerators")
        return found

    def is_back() -> bool:
        return stage.sandbox.place("paris").probe(f"http://{stage.addresses[0]}/", timeout_s=2).ok

    stage.sandbox.wait_until(is_back, within_s=30)
    assert [one["name"] for one in listed()] == ["shop"]


def test_flows_leave_a_load_balancer_that_is_deleted_and_the_api_says_why(stage: Stage) -> None:
    """[GA 3.3] A group's only endpoint is gone: its region is passed over, though its application runs."""
    sandbox, api = stage.sandbox, stage.api
    ec2, elb = sandbox.client("ec2", region="eu-west-1"), sandbox.client("elbv2", region="eu-west-1")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
    made = elb.create_load_balancer(Name="mine", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    other = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/app/0123456789abcdef"
    accelerator = api.create_accelerator(Name="mine", IdempotencyToken="mine")["Accelerator"]
    listener = api.create_listener(
        AcceleratorArn=accelerator["AcceleratorArn"],
        Protocol="TCP",
        PortRanges=[{"FromPort": 80, "ToPort": 80}],
        IdempotencyToken="mine",
    )["Listener"]["ListenerArn"]
    groups = {}
    for region, endpoint in (("eu-west-1", made), ("us-east-1", other)):
        groups[region] = api.create_endpoint_group(
            ListenerArn=listener,
            EndpointGroupRegion=region,
            HealthCheckIntervalSeconds=10,
            ThresholdCount=1,
            EndpointConfigurations=[{"EndpointId": endpoint}],
            IdempotencyToken=f"mine {region}",
        )["EndpointGroup"]["EndpointGroupArn"]

    def seen(region: str) -> tuple[str, str]:
        group = api.describe_endpoint_group(EndpointGroupArn=groups[region])["EndpointGroup"]
        [described] = group["EndpointDescriptions"]
        return described["HealthState"], described.get("HealthReason") or ""

    name = accelerator["DnsName"]
    sandbox.wait_until(lambda: [seen(region)[0] for region in groups] == ["HEALTHY"] * 2, within_s=20)
    sandbox.wait_until(lambda: stage.state("eu-west-1") == "HEALTHY", within_s=30)  # again, after the planet's restart
    assert stage.served_by("paris", name) == "eu-west-1"
    elb.delete_load_balancer(LoadBalancerArn=made)
    gone = f"the load balancer {made.partition(':loadbalancer/')[2]} was deleted"
    assert sandbox.wait_until(lambda: seen("eu-west-1") == ("UNHEALTHY", gone), within_s=5)
    assert stage.served_by("paris", name) == "us-east-1"
    routed = [event for event in sandbox.events(kinds=["flow_routed"]) if event["accelerator"] == "mine"]
    assert f"eu-west-1 has no healthy endpoint ({gone})" in routed[-1]["why"]
    assert stage.served_by("paris") == "eu-west-1", "the application is up: another accelerator leads to it"
