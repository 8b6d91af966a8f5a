"""Global Accelerator through 4566 and the regions' front doors, as boto3 has it, and in stacks; what is published.

The planet is the test here: it publishes what edges saw. The regions of this sandbox are not the service's home.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.live

HOME, DUBLIN, VIRGINIA = "us-west-2", "eu-west-1", "us-east-1"
PORTS = [{"FromPort": 80, "ToPort": 80}]
BALANCER = "arn:aws:elasticloadbalancing:{}:000000000000:loadbalancer/app/app/0123456789abcdef"


@pytest.fixture
def api(rig: Any) -> Iterator[Any]:
    """The service's client; what a test made is gone after it."""
    client = rig.client("globalaccelerator", region=HOME)
    yield client
    for accelerator in client.list_accelerators()["Accelerators"]:
        arn = accelerator["AcceleratorArn"]
        for listener in client.list_listeners(AcceleratorArn=arn)["Listeners"]:
            for group in client.list_endpoint_groups(ListenerArn=listener["ListenerArn"])["EndpointGroups"]:
                client.delete_endpoint_group(EndpointGroupArn=group["EndpointGroupArn"])
            client.delete_listener(ListenerArn=listener["ListenerArn"])
        client.update_accelerator(AcceleratorArn=arn, Enabled=False)
        client.delete_accelerator(AcceleratorArn=arn)
    rig.do(rig.hub.ask("control", "status"))
    assert not [topic for topic in rig.hub.retained if topic.startswith("accelerator/")]


def told(rig: Any) -> Any:
    """The accelerator that is published. What control told the hub came before its answer to the hub's question."""
    rig.do(rig.hub.ask("control", "status"))
    return rig.topic("accelerator/")


def test_what_is_made_is_published_before_the_caller_hears_of_it(rig: Any, api: Any) -> None:
    made = api.create_accelerator(Name="shop")["Accelerator"]
    assert told(rig)["addresses"] == made["IpSets"][0]["IpAddresses"]
    listener = api.create_listener(AcceleratorArn=made["AcceleratorArn"], PortRanges=PORTS, Protocol="TCP")["Listener"]
    arn = listener["ListenerArn"]
    endpoints = [{"EndpointId": BALANCER.format(DUBLIN)}]
    group = api.create_endpoint_group(ListenerArn=arn, EndpointGroupRegion=DUBLIN, EndpointConfigurations=endpoints)
    [published] = told(rig)["listeners"][0]["endpoint_groups"]
    assert published["arn"] == group["EndpointGroup"]["EndpointGroupArn"]
    assert published["endpoints"][0]["address"] == "198.18.2.10"


def test_health_is_what_the_planet_published(rig: Any, api: Any) -> None:
    accelerator = api.create_accelerator(Name="shop")["Accelerator"]["AcceleratorArn"]
    listener = api.create_listener(AcceleratorArn=accelerator, PortRanges=PORTS, Protocol="TCP")["Listener"]
    endpoint = BALANCER.format(DUBLIN)
    group = api.create_endpoint_group(
        ListenerArn=listener["ListenerArn"],
        EndpointGroupRegion=DUBLIN,
        EndpointConfigurations=[{"EndpointId": endpoint}],
    )["EndpointGroup"]["EndpointGroupArn"]

    def state() -> tuple[str, str | None]:
        described = api.describe_endpoint_group(EndpointGroupArn=group)["EndpointGroup"]["EndpointDescriptions"][0]
        return described["HealthState"], described.get("HealthReason")

    assert state() == ("INITIAL", None)
    topic = f"accelerator-health/{accelerator.rpartition('/')[2]}"
    seen = {group: {endpoint: {"state": "HEALTHY", "reason": "200"}}}
    rig.do(publish(rig, topic, seen))
    assert state() == ("HEALTHY", "200")
    rig.do(publish(rig, topic, None))
    assert state() == ("INITIAL", None)


async def publish(rig: Any, topic: str, value: Any) -> None:
    """As the planet does; control has it when it answers."""
    rig.hub.publish(topic, value)
    await rig.hub.ask("control", "status")


def test_what_other_services_made_in_a_running_region_is_an_endpoint(rig: Any, api: Any) -> None:
    ec2, balancers = rig.client("ec2", region=DUBLIN), rig.client("elbv2", region=DUBLIN)
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
    balancer = balancers.create_load_balancer(Name="made", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    accelerator = api.create_accelerator(Name="shop")["Accelerator"]["AcceleratorArn"]
    listener = api.create_listener(AcceleratorArn=accelerator, PortRanges=PORTS, Protocol="TCP")["Listener"][
        "ListenerArn"
    ]
    group = api.create_endpoint_group(ListenerArn=listener, EndpointGroupRegion=DUBLIN)["EndpointGroup"]
    api.add_endpoints(
        EndpointGroupArn=group["EndpointGroupArn"],
        EndpointConfigurations=[{"EndpointId": balancer}, {"EndpointId": address, "Weight": 0}],
    )
    published = told(rig)["listeners"][0]["endpoint_groups"][0]["endpoints"]
    assert [(each["kind"], each["address"], each["weight"]) for each in published] == [
        ("ALB", "198.18.2.10", 128),
        ("EIP", "198.18.2.10", 0),
    ]
    with pytest.raises(api.exceptions.InvalidArgumentException, match="eipalloc-0"):
        api.add_endpoints(
            EndpointGroupArn=group["EndpointGroupArn"], EndpointConfigurations=[{"EndpointId": "eipalloc-0"}]
        )
    balancers.delete_load_balancer(LoadBalancerArn=balancer)
    ec2.release_address(AllocationId=address)


def test_each_front_door_answers_for_us_west_2_and_none_for_another_region(rig: Any, api: Any) -> None:
    """Section 1: the API lives only in us-west-2."""
    api.create_accelerator(Name="shop")
    for region in (DUBLIN, VIRGINIA):
        door = rig.client("globalaccelerator", region=HOME, endpoint=rig.door(region))
        assert [each["Name"] for each in door.list_accelerators()["Accelerators"]] == ["shop"]
        with pytest.raises(ClientError, match=r"InvalidSignatureException.*--region us-west-2"):
            rig.client("globalaccelerator", region=region).list_accelerators()


def test_accounts_have_accelerators_of_their_own(rig: Any, api: Any) -> None:
    api.create_accelerator(Name="shop")
    other = rig.client("globalaccelerator", region=HOME, aws_access_key_id="111122223333")
    assert other.list_accelerators()["Accelerators"] == []


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        ("create_custom_routing_accelerator", {"Name": "x"}),
        ("create_cross_account_attachment", {"Name": "x"}),
        ("list_byoip_cidrs", {}),
        ("create_accelerator", {"Name": "x", "IpAddressType": "DUAL_STACK"}),
    ],
)
def test_what_is_not_emulated_says_so_by_name(api: Any, call: str, asked: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="The sandbox does not emulate") as caught:
        getattr(api, call)(**asked)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


TEMPLATE: dict[str, Any] = {
    "Parameters": {"Dial": {"Type": "Number", "Default": 100}},
    "Resources": {
        "Accelerator": {
            "Type": "AWS::GlobalAccelerator::Accelerator",
            "Properties": {"Name": "stacked", "Enabled": True, "Tags": [{"Key": "team", "Value": "web"}]},
        },
        "Listener": {
            "Type": "AWS::GlobalAccelerator::Listener",
            "Properties": {
                "AcceleratorArn": {"Ref": "Accelerator"},
                "Protocol": "TCP",
                "PortRanges": [{"FromPort": 80, "ToPort": 80}],
            },
        },
        "Dublin": {
            "Type": "AWS::GlobalAccelerator::EndpointGroup",
            "Properties": {
                "ListenerArn": {"Fn::GetAtt": ["Listener", "ListenerArn"]},
                "EndpointGroupRegion": DUBLIN,
                "TrafficDialPercentage": {"Ref": "Dial"},
                "EndpointConfigurations": [{"EndpointId": BALANCER.format(DUBLIN), "Weight": 10}],
            },
        },
        "Zone": {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": "anycast.test"}},
        "Alias": {
            "Type": "AWS::Route53::RecordSet",
            "Properties": {
                "HostedZoneId": {"Ref": "Zone"},
                "Name": "www.anycast.test",
                "Type": "A",
                "AliasTarget": {
                    "HostedZoneId": "Z2BJ6XQ5FK7U4H",
                    "DNSName": {"Fn::GetAtt": ["Accelerator", "DnsName"]},
                    "EvaluateTargetHealth": True,
                },
            },
        },
    },
    "Outputs": {
        "Arn": {"Value": {"Fn::GetAtt": ["Accelerator", "AcceleratorArn"]}},
        "First": {"Value": {"Fn::Select": [0, {"Fn::GetAtt": ["Accelerator", "Ipv4Addresses"]}]}},
        "Group": {"Value": {"Fn::GetAtt": ["Dublin", "EndpointGroupArn"]}},
        "Name": {"Value": {"Fn::GetAtt": ["Accelerator", "DnsName"]}},
    },
}


def test_a_stack_makes_changes_and_removes_an_accelerator_with_all_below_it(rig: Any, api: Any, at: Any) -> None:
    here = at(DUBLIN)
    assert here.create("anycast", json.dumps(TEMPLATE))["StackStatus"] == "CREATE_COMPLETE", here.reasons("anycast")
    outputs = here.outputs("anycast")
    value = told(rig)
    assert (value["arn"], value["addresses"][0], value["dns_name"]) == (
        outputs["Arn"],
        outputs["First"],
        outputs["Name"],
    )
    records = rig.topic("zone/", lambda zone: zone["name"] == "anycast.test.")["records"]
    [alias] = [record["AliasTarget"] for record in records if "AliasTarget" in record]
    assert alias["DNSName"] == f"{outputs['Name']}."

    template = json.loads(json.dumps(TEMPLATE))
    template["Resources"]["Accelerator"]["Properties"]["Enabled"] = False
    template["Resources"]["Listener"]["Properties"]["PortRanges"] = [{"FromPort": 443, "ToPort": 443}]
    changed = here.update(
        "anycast", json.dumps(template), Parameters=[{"ParameterKey": "Dial", "ParameterValue": "20"}]
    )
    assert changed["StackStatus"] == "UPDATE_COMPLETE", here.reasons("anycast")
    value = told(rig)
    assert (value["arn"], value["enabled"]) == (outputs["Arn"], False)
    [listener] = value["listeners"]
    assert listener["port_ranges"] == [[443, 443]]
    [group] = listener["endpoint_groups"]
    assert (group["arn"], group["traffic_dial_percentage"]) == (outputs["Group"], 20.0)
    here.stacks.delete_stack(StackName="anycast")
    assert api.list_accelerators()["Accelerators"] == []


def test_a_stack_that_the_service_refuses_goes_back_and_says_why(rig: Any, api: Any, at: Any) -> None:
    here = at(DUBLIN)
    template = json.loads(json.dumps(TEMPLATE))
    template["Resources"]["Dublin"]["Properties"]["TrafficDialPercentage"] = 101
    assert here.create("broken", json.dumps(template))["StackStatus"] == "ROLLBACK_COMPLETE"
    [reason] = [why for name, status, why in here.reasons("broken") if (name, status) == ("Dublin", "CREATE_FAILED")]
    assert "trafficDialPercentage" in reason
    assert "InvalidArgumentException" in reason
    assert api.list_accelerators()["Accelerators"] == []
