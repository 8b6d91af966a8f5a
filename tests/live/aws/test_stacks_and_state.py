"""CloudFormation, and what outlives control."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

pytestmark = pytest.mark.live

TEMPLATE = {
    "Resources": {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "made", "AssumeRolePolicyDocument": {}}},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "made"}},
        "Zone": {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": "stack.test"}},
        "Record": {
            "Type": "AWS::Route53::RecordSet",
            "Properties": {
                "HostedZoneId": {"Ref": "Zone"},
                "Name": "app.stack.test",
                "Type": "A",
                "TTL": "60",
                "ResourceRecords": ["198.18.2.10"],
            },
        },
    }
}


def test_a_stack_makes_a_role_a_queue_and_a_zone_that_is_published(rig: Any) -> None:
    stacks = rig.client("cloudformation", region="eu-west-1")
    stacks.create_stack(StackName="demo", TemplateBody=json.dumps(TEMPLATE))
    assert stacks.describe_stacks(StackName="demo")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    assert rig.client("iam").get_role(RoleName="made")["Role"]["RoleName"] == "made"
    assert rig.client("sqs", region="eu-west-1").get_queue_url(QueueName="made")["QueueUrl"]
    zone = rig.topic("zone/", lambda value: value["name"] == "stack.test.")
    record = next(record for record in zone["records"] if record["Type"] == "A")
    assert record == {
        "Name": "app.stack.test.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.18.2.10"}]
    }  # fmt: skip
    stacks.delete_stack(StackName="demo")
    assert not [v for t, v in rig.hub.retained.items() if t.startswith("zone/") and v["name"] == "stack.test."]


ROUTING = {
    "Resources": {
        "Zone": {
            "Type": "AWS::Route53::HostedZone",
            "Properties": {"Name": "routing.test", "HostedZoneTags": [{"Key": "team", "Value": "web"}]},
        },
        "Check": {
            "Type": "AWS::Route53::HealthCheck",
            "Properties": {
                "HealthCheckConfig": {"Type": "HTTPS", "IPAddress": "198.18.1.10", "RequestInterval": 10},
                "HealthCheckTags": [{"Key": "Name", "Value": "first"}],
            },
        },
        "Offices": {
            "Type": "AWS::Route53::CidrCollection",
            "Properties": {
                "Name": "stack-offices",
                "Locations": [{"LocationName": "paris", "CidrList": ["100.64.16.0/24"]}],
            },
        },
        "Group": {
            "Type": "AWS::Route53::RecordSetGroup",
            "Properties": {
                "HostedZoneId": {"Ref": "Zone"},
                "RecordSets": [
                    {
                        "Name": "ip.routing.test",
                        "Type": "A",
                        "TTL": "60",
                        "SetIdentifier": name,
                        "CidrRoutingConfig": {"CollectionId": {"Ref": "Offices"}, "LocationName": name},
                        "ResourceRecords": [f"198.18.{number}.10"],
                        "HealthCheckId": {"Ref": "Check"},
                    }
                    for number, name in ((1, "*"), (2, "paris"))
                ],
            },
        },
        "Near": {
            "Type": "AWS::Route53::RecordSet",
            "Properties": {
                "HostedZoneName": "routing.test.",
                "Name": "near.routing.test",
                "Type": "A",
                "TTL": "60",
                "SetIdentifier": "n",
                "GeoProximityLocation": {"AWSRegion": "eu-west-1", "Bias": 10},
                "ResourceRecords": ["198.18.2.10"],
            },
            "DependsOn": "Zone",
        },
    },
    "Outputs": {
        "Servers": {"Value": {"Fn::Join": [",", {"Fn::GetAtt": ["Zone", "NameServers"]}]}},
        "Check": {"Value": {"Fn::GetAtt": ["Check", "HealthCheckId"]}},
        "Offices": {"Value": {"Fn::GetAtt": ["Offices", "Arn"]}},
    },
}


def test_a_stack_in_any_region_makes_changes_and_removes_routing(rig: Any) -> None:
    """All five types of Route 53; the zone is global, the stack is eu-west-1's."""
    stacks, route53 = rig.client("cloudformation", region="eu-west-1"), rig.client("route53")
    template = json.loads(json.dumps(ROUTING))
    stacks.create_stack(StackName="routing", TemplateBody=json.dumps(template))
    stack = stacks.describe_stacks(StackName="routing")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert len(outputs["Servers"].split(",")) == 4
    zone = rig.topic("zone/", lambda value: value["name"] == "routing.test.")
    routed = [(one["Name"], one.get("HealthCheckId")) for one in zone["records"] if one["Type"] == "A"]
    assert sorted(routed, key=str) == [
        ("ip.routing.test.", outputs["Check"]), ("ip.routing.test.", outputs["Check"]), ("near.routing.test.", None)
    ]  # fmt: skip
    assert rig.topic("cidr/", lambda value: value["name"] == "stack-offices")["locations"] == {
        "paris": ["100.64.16.0/24"]
    }
    tags = route53.list_tags_for_resource(ResourceType="healthcheck", ResourceId=outputs["Check"])
    assert tags["ResourceTagSet"]["Tags"] == [{"Key": "Name", "Value": "first"}]
    template["Resources"]["Near"]["Properties"]["GeoProximityLocation"]["Bias"] = -5
    template["Resources"]["Group"]["Properties"]["RecordSets"].pop()
    stacks.update_stack(StackName="routing", TemplateBody=json.dumps(template))
    records = rig.hub.retained[f"zone/{zone['id']}"]["records"]
    assert [one["SetIdentifier"] for one in records if one["Name"] == "ip.routing.test."] == ["*"]
    assert next(one for one in records if one["Name"] == "near.routing.test.")["GeoProximityLocation"]["Bias"] == -5
    stacks.delete_stack(StackName="routing")
    left = [topic for topic in rig.hub.retained if topic.startswith(("zone/", "cidr/", "health-check/"))]
    made = {zone["id"], outputs["Check"], outputs["Offices"].rpartition("/")[2]}
    assert not [topic for topic in left if topic.rpartition("/")[2] in made]


def test_a_stack_that_would_be_incomplete_is_refused_whole(rig: Any) -> None:
    stacks = rig.client("cloudformation")
    instead = "is not emulated. Use AWS::DynamoDB::GlobalTable"
    for kind, words in (("Custom::DynamoDBReplica", instead), ("AWS::Unheard::Of", "is not emulated")):
        resources = {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "left"}}, "Odd": {"Type": kind}}
        with pytest.raises(ClientError, match=f"ValidationError.*{kind} {words}"):
            stacks.create_stack(StackName="odd", TemplateBody=json.dumps({"Resources": resources}))
    assert "QueueUrls" not in rig.client("sqs").list_queues(QueueNamePrefix="left")


def test_state_survives_a_restart_of_control(rig: Any) -> None:
    """SIGTERM saves; the next control publishes the same zones, and stacks still own what they made."""
    rig.client("sqs", region="eu-west-1").create_queue(QueueName="kept")
    rig.client("s3").create_bucket(Bucket="kept")
    rig.client("s3").put_object(Bucket="kept", Key="k", Body=b"x" * 100_000)
    accelerators = rig.client("globalaccelerator", region="us-west-2")
    accelerator = accelerators.create_accelerator(Name="kept")["Accelerator"]
    rig.client("cloudformation").create_stack(StackName="kept", TemplateBody=json.dumps(TEMPLATE))
    told = ("zone/", "accelerator/")
    zones = {topic: value for topic, value in rig.hub.retained.items() if topic.startswith(told)}
    assert rig.stop_control() == 0
    with pytest.raises(ClientError, match=r"ServiceUnavailable|control does not answer"):
        rig.client("sqs", endpoint=rig.door("us-east-1"), config=Config(retries={"max_attempts": 1})).list_queues()
    rig.start_control()
    assert {topic: value for topic, value in rig.hub.retained.items() if topic.startswith(told)} == zones
    accelerators = rig.client("globalaccelerator", region="us-west-2")
    [kept] = accelerators.list_accelerators()["Accelerators"]
    assert {**kept, "Status": "IN_PROGRESS"} == accelerator
    second = accelerators.create_accelerator(Name="second")["Accelerator"]
    assert second["IpSets"] != kept["IpSets"], "the addresses are taken"
    assert rig.client("sqs", region="eu-west-1").get_queue_url(QueueName="kept")
    assert len(rig.client("s3").get_object(Bucket="kept", Key="k")["Body"].read()) == 100_000
    rig.client("cloudformation").delete_stack(StackName="kept")
    assert "QueueUrls" not in rig.client("sqs").list_queues(QueueNamePrefix="made")
    status = rig.do(rig.hub.ask("control", "status"))
    assert {"s3", "sqs", "route53", "cloudformation"} <= set(status["services_saved"])


def test_reset_empties_everything(rig: Any) -> None:
    rig.client("sqs").create_queue(QueueName="gone")
    urllib.request.urlopen(urllib.request.Request(f"{rig.gateway}/moto-api/reset", method="POST")).close()
    assert "QueueUrls" not in rig.client("sqs").list_queues()
    assert not [topic for topic in rig.hub.retained if topic.startswith(("zone/", "health-check/", "accelerator/"))]


def test_a_taken_port_is_one_clear_line(rig: Any) -> None:
    taken = int(rig.gateway.rpartition(":")[2])
    settings = rig.hub.retained["settings"]
    rig.loop.call_soon_threadsafe(rig.hub.publish, "settings", {**settings, "ports": {"aws": taken}})
    line = [sys.executable, "-m", "sandbox.control", "--hub", f"127.0.0.1:{rig.hub_port}", "--home", str(rig.home)]
    done = subprocess.run(
        line, env={**os.environ, "SANDBOX_TOKEN": "token"}, capture_output=True, text=True, check=False
    )
    rig.loop.call_soon_threadsafe(rig.hub.publish, "settings", settings)
    rig.stop_control()  # the other one took its name at the hub
    rig.start_control()
    assert done.returncode == 1
    assert f"Port {taken} (AWS endpoint) cannot be used" in done.stderr
    assert "SANDBOX_AWS_PORT" in done.stderr
    assert "Traceback" not in done.stderr
