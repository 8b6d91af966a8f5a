"""The calls about traffic policies and their instances: parameters in, results in boto3's shape out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from sandbox.aws.services.route53.paging import checked_most, page
from sandbox.aws.services.route53.records import normal_name
from sandbox.aws.services.route53.traffic_policies import PolicyInstance, checked_comment, instance_place, summary

LOCATION = "https://route53.amazonaws.com/2013-04-01"


class TrafficResponses:
    """A part of the handler. backend: our Route 53 backend."""

    backend: Any
    _get_param: Any
    _get_int_param: Any

    def create_traffic_policy(self) -> Any:
        """The first version."""
        made = self.backend.create_traffic_policy(
            self._get_param("Name"), self._get_param("Document"), self._get_param("Comment")
        )
        return ActionResult({"TrafficPolicy": made.shown(), "Location": f"{LOCATION}/trafficpolicy/{made.policy_id}/1"})

    def create_traffic_policy_version(self) -> Any:
        """Another version."""
        made = self.backend.create_traffic_policy_version(
            self._get_param("Id"), self._get_param("Document"), self._get_param("Comment")
        )
        location = f"{LOCATION}/trafficpolicy/{made.policy_id}/{made.number}"
        return ActionResult({"TrafficPolicy": made.shown(), "Location": location})

    def get_traffic_policy(self) -> Any:
        """One version, deleted or not."""
        return ActionResult({"TrafficPolicy": self.backend.traffic.get(*self._policy("Id", "Version")).shown()})

    def update_traffic_policy_comment(self) -> Any:
        """The one thing of a version that can change."""
        version = self.backend.traffic.get_present(*self._policy("Id", "Version"))
        version.comment = checked_comment(self._get_param("Comment"))
        return ActionResult({"TrafficPolicy": version.shown()})

    def delete_traffic_policy(self) -> Any:
        """Flag a version."""
        with self.backend.lock:
            self.backend.traffic.delete(*self._policy("Id", "Version"))
        return EmptyResult()

    def list_traffic_policies(self) -> Any:
        """The latest version of each."""
        policies = sorted((summary(versions) for versions in self.backend.traffic.policies()), key=id_of)
        most = self._get_param("MaxItems")
        listed, following = page(policies, id_of, self._get_param("TrafficPolicyIdMarker"), most)
        result = {"TrafficPolicySummaries": listed, "TrafficPolicyIdMarker": following or ""}
        return ActionResult({**result, "IsTruncated": following is not None, "MaxItems": str(checked_most(most))})

    def list_traffic_policy_versions(self) -> Any:
        """All versions of one."""
        most, start = self._get_param("MaxItems"), self._get_int_param("TrafficPolicyVersionMarker")
        versions = self.backend.traffic.versions_of(self._get_param("Id"))
        listed, following = page(versions, lambda version: version.number, start, most)
        return ActionResult(
            {
                "TrafficPolicies": [version.shown() for version in listed],
                "TrafficPolicyVersionMarker": str(following or ""),
                "IsTruncated": following is not None,
                "MaxItems": str(checked_most(most)),
            }
        )

    def create_traffic_policy_instance(self) -> Any:
        """A policy at work in a zone."""
        made = self.backend.create_traffic_policy_instance(
            self._get_param("HostedZoneId"),
            self._get_param("Name"),
            self._get_int_param("TTL"),
            *self._policy("TrafficPolicyId", "TrafficPolicyVersion"),
        )
        location = f"{LOCATION}/trafficpolicyinstance/{made.id}"
        return ActionResult({"TrafficPolicyInstance": made.shown(), "Location": location})

    def update_traffic_policy_instance(self) -> Any:
        """Another version or TTL."""
        changed = self.backend.update_traffic_policy_instance(
            self._get_param("Id"),
            self._get_int_param("TTL"),
            *self._policy("TrafficPolicyId", "TrafficPolicyVersion"),
        )
        return ActionResult({"TrafficPolicyInstance": changed.shown()})

    def get_traffic_policy_instance(self) -> Any:
        """One instance, with its state."""
        return ActionResult({"TrafficPolicyInstance": self.backend.traffic.instance(self._get_param("Id")).shown()})

    def delete_traffic_policy_instance(self) -> Any:
        """The instance and its records."""
        self.backend.delete_traffic_policy_instance(self._get_param("Id"))
        return EmptyResult()

    def get_traffic_policy_instance_count(self) -> Any:
        """How many there are."""
        return ActionResult({"TrafficPolicyInstanceCount": len(self.backend.traffic.instances)})

    def list_traffic_policy_instances(self) -> Any:
        """All of the account."""
        return self._instances(self.backend.traffic.listed())

    def list_traffic_policy_instances_by_hosted_zone(self) -> Any:
        """Those of one zone."""
        zone_id = self.backend.zone(self._get_param("HostedZoneId")).resource_id
        every = self.backend.traffic.listed()
        return self._instances([one for one in every if one.zone_id == zone_id], zone_id)

    def list_traffic_policy_instances_by_policy(self) -> Any:
        """Those of one version of a policy."""
        policy = self.backend.traffic.get(*self._policy("TrafficPolicyId", "TrafficPolicyVersion"))
        return self._instances([one for one in self.backend.traffic.listed() if one.policy is policy])

    def _policy(self, id_name: str, version_name: str) -> tuple[str, int]:
        return self._get_param(id_name), self._get_int_param(version_name)

    def _instances(self, instances: Sequence[PolicyInstance], zone_id: str = "") -> Any:
        """A page; the marker of the next one has three parts."""
        name, most = self._get_param("TrafficPolicyInstanceNameMarker"), self._get_param("MaxItems")
        start = None
        if name:
            start_zone = zone_id or self._get_param("HostedZoneIdMarker") or ""
            start_type = self._get_param("TrafficPolicyInstanceTypeMarker") or ""
            start = instance_place(start_zone, normal_name(name), start_type)
        listed, following = page(instances, lambda one: one.place, start, most)
        result: dict[str, Any] = {
            "TrafficPolicyInstances": [one.shown() for one in listed],
            "IsTruncated": following is not None,
            "MaxItems": str(checked_most(most)),
        }
        if following is not None:
            after = next(one for one in instances if one.place == following)
            result["HostedZoneIdMarker"] = after.zone_id
            result["TrafficPolicyInstanceNameMarker"] = after.name
            result["TrafficPolicyInstanceTypeMarker"] = after.policy.record_type
        return ActionResult(result)


def id_of(policy: dict[str, Any]) -> str:
    """Where a policy stands in the list."""
    return str(policy["Id"])
