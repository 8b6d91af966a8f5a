"""Lists of policies and instances, page by page; the calls themselves are made by boto3 in tests/live/aws/."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.aws.services.route53.models import SandboxRoute53Backend
from sandbox.aws.services.route53.traffic_responses import TrafficResponses

DOCUMENT = json.dumps(
    {
        "AWSPolicyFormatVersion": "2015-10-01",
        "RecordType": "A",
        "StartEndpoint": "e",
        "Endpoints": {"e": {"Type": "value", "Value": "198.18.1.10"}},
    }
)


class Asked(TrafficResponses):
    """A handler with these parameters."""

    def __init__(self, backend: Any, **parameters: Any) -> None:
        self.backend = backend
        self._get_param = parameters.get
        self._get_int_param = lambda name: None if parameters.get(name) is None else int(parameters[name])


@pytest.fixture
def backend() -> Any:
    made = SandboxRoute53Backend("aws", "000000000000")
    for number in range(3):
        policy = made.create_traffic_policy(f"web{number}", DOCUMENT, None)
    zone = made.create_hosted_zone("example.test", private_zone=False, caller_reference="1")
    for name in ("c", "a", "b"):
        made.create_traffic_policy_instance(zone.id, f"{name}.example.test", 60, policy.policy_id, 1)
    return made


def test_policies_are_listed_page_by_page(backend: Any) -> None:
    first = Asked(backend, MaxItems="2").list_traffic_policies().result
    marker = first["TrafficPolicyIdMarker"]
    second = Asked(backend, MaxItems="2", TrafficPolicyIdMarker=marker).list_traffic_policies().result
    listed = first["TrafficPolicySummaries"] + second["TrafficPolicySummaries"]
    assert {policy["Name"] for policy in listed} == {"web0", "web1", "web2"}
    assert [first["IsTruncated"], second["IsTruncated"], second["TrafficPolicyIdMarker"]] == [True, False, ""]


@pytest.mark.parametrize("call", ["list_traffic_policy_instances", "list_traffic_policy_instances_by_hosted_zone"])
def test_instances_are_listed_page_by_page(backend: Any, call: str) -> None:
    zone_id = next(iter(backend.zones))
    first = getattr(Asked(backend, MaxItems="2", HostedZoneId=zone_id), call)().result
    markers = {name: value for name, value in first.items() if name.endswith("Marker")}
    second = getattr(Asked(backend, HostedZoneId=zone_id, **markers), call)().result
    listed = first["TrafficPolicyInstances"] + second["TrafficPolicyInstances"]
    assert [one["Name"] for one in listed] == ["a.example.test.", "b.example.test.", "c.example.test."]
    assert first["TrafficPolicyInstanceNameMarker"] == "c.example.test."
    assert second["IsTruncated"] is False


def test_instances_of_a_policy_are_its_own(backend: Any) -> None:
    names = [policy[0].policy_id for policy in backend.traffic.policies()]
    asked = {"TrafficPolicyVersion": "1"}
    counts = [
        len(
            Asked(backend, TrafficPolicyId=name, **asked)
            .list_traffic_policy_instances_by_policy()
            .result["TrafficPolicyInstances"]
        )
        for name in names
    ]
    assert counts == [0, 0, 3]
    assert Asked(backend).get_traffic_policy_instance_count().result == {"TrafficPolicyInstanceCount": 3}
