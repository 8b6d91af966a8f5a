"""Traffic policies of one account: documents by id and version, and the instances that use them (fact sheet §3.2).

In: documents that `read_document` took. Out: policies, versions, instances; a Refusal with AWS's code for what cannot
be. An instance's records are made by `models`, which knows the zones.

    Creating, Updating -- all name servers have the zone --> Applied, or Failed when its records cannot be made
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sandbox.aws.services.route53.quotas import AWS_QUOTAS, INSTANCES, POLICIES, Quotas, refuse_more
from sandbox.aws.services.route53.record_store import place_of
from sandbox.kernel.errors import Refusal

LONGEST_NAME, LONGEST_COMMENT = 512, 1024
CREATING, UPDATING, APPLIED, FAILED = "Creating", "Updating", "Applied", "Failed"


@dataclass
class PolicyVersion:
    """One document. is_deleted: only flagged, GetTrafficPolicy still returns it."""

    policy_id: str
    number: int
    name: str
    record_type: str
    document: str
    comment: str | None
    is_deleted: bool = False

    def shown(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "Id": self.policy_id,
            "Version": self.number,
            "Name": self.name,
            "Type": self.record_type,
            "Document": self.document,
            "Comment": self.comment,
        }


@dataclass
class PolicyInstance:
    """A policy at work. version: of the zone, with this state of its records. tree: counts the trees it has had."""

    id: str
    zone_id: str
    name: str
    ttl_s: int
    policy: PolicyVersion
    state: str = CREATING
    message: str = ""
    problem: str = ""
    version: int = 0
    tree: int = 0

    @property
    def place(self) -> tuple[Any, ...]:
        """Where it stands in lists."""
        return instance_place(self.zone_id, self.name, self.policy.record_type)

    def shown(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "Id": self.id,
            "HostedZoneId": self.zone_id,
            "Name": self.name,
            "TTL": self.ttl_s,
            "State": self.state,
            "Message": self.message,
            "TrafficPolicyId": self.policy.policy_id,
            "TrafficPolicyVersion": self.policy.number,
            "TrafficPolicyType": self.policy.record_type,
        }

    def settle(self, zone_id: str, version: int | None) -> None:
        """The zone is on all name servers up to this version."""
        waits = self.state in (CREATING, UPDATING)
        if waits and zone_id == self.zone_id and (version is None or version >= self.version):
            self.state, self.message = (FAILED, self.problem) if self.problem else (APPLIED, "")

    def refuse_while_at_work(self) -> None:
        """PriorRequestNotComplete while the last change has not arrived."""
        if self.state in (CREATING, UPDATING):
            message = "The request was rejected because Route 53 was still processing a prior request."
            raise Refusal("PriorRequestNotComplete", message)


def instance_place(zone_id: str, name: str, record_type: str) -> tuple[Any, ...]:
    """By zone, then as record sets are listed."""
    return zone_id, *place_of(name, record_type, None)


@dataclass
class TrafficPolicies:
    """All of an account. versions: by policy id, oldest first; kept when deleted."""

    versions: dict[str, list[PolicyVersion]] = field(default_factory=dict)
    instances: dict[str, PolicyInstance] = field(default_factory=dict)

    def create(
        self,
        policy_id: str,
        name: str,
        record_type: str,
        document: str,
        comment: str | None,
        quotas: Quotas = AWS_QUOTAS,
    ) -> PolicyVersion:
        """The first version of a new policy."""
        if not name or len(name) > LONGEST_NAME:
            raise Refusal("InvalidInput", f"The name of a traffic policy has 1 to {LONGEST_NAME} characters")
        present = list(self._firsts())
        if any(version.name == name for version in present):
            message = f"A traffic policy with the name {name} already exists."
            raise Refusal("TrafficPolicyAlreadyExists", message, status=409)
        refuse_more("TooManyTrafficPolicies", POLICIES, "traffic policies", len(present), quotas.traffic_policies)
        self.versions[policy_id] = []
        return self._add(policy_id, name, record_type, document, comment)

    def create_version(
        self, policy_id: str, record_type: str, document: str, comment: str | None, quotas: Quotas = AWS_QUOTAS
    ) -> PolicyVersion:
        """A new version; numbers are never used again."""
        present = self._present(policy_id)
        if len(self.versions[policy_id]) >= quotas.traffic_policy_versions:
            message = f"A traffic policy may have {quotas.traffic_policy_versions} versions."
            raise Refusal("TooManyTrafficPolicyVersionsForCurrentPolicy", message)
        return self._add(policy_id, present[0].name, record_type, document, comment)

    def _add(self, policy_id: str, name: str, record_type: str, document: str, comment: str | None) -> PolicyVersion:
        kept = self.versions[policy_id]
        made = PolicyVersion(
            policy_id=policy_id,
            number=len(kept) + 1,
            name=name,
            record_type=record_type,
            document=document,
            comment=checked_comment(comment),
        )
        kept.append(made)
        return made

    def get(self, policy_id: str, number: int) -> PolicyVersion:
        """A version, deleted or not."""
        kept = self.versions.get(policy_id, [])
        if not 1 <= number <= len(kept):
            raise no_such_policy(policy_id, number)
        return kept[number - 1]

    def get_present(self, policy_id: str, number: int) -> PolicyVersion:
        """A version that is not deleted."""
        found = self.get(policy_id, number)
        if found.is_deleted:
            raise no_such_policy(policy_id, number)
        return found

    def delete(self, policy_id: str, number: int) -> None:
        """Flag a version that no instance uses."""
        found = self.get_present(policy_id, number)
        if any(instance.policy is found for instance in self.instances.values()):
            message = f"Version {number} of the traffic policy {policy_id} is in use by a traffic policy instance."
            raise Refusal("TrafficPolicyInUse", message)
        found.is_deleted = True

    def count(self) -> int:
        """How many policies have a version that is not deleted."""
        return sum(1 for _ in self._firsts())

    def _firsts(self) -> Iterator[PolicyVersion]:
        """The first version that is there, of each policy that has any."""
        for kept in self.versions.values():
            yield from islice((version for version in kept if not version.is_deleted), 1)

    def policies(self) -> list[list[PolicyVersion]]:
        """The versions that are there, of each policy that has any, in order of creation."""
        present = ([version for version in kept if not version.is_deleted] for kept in self.versions.values())
        return [versions for versions in present if versions]

    def _present(self, policy_id: str) -> list[PolicyVersion]:
        found = [version for version in self.versions.get(policy_id, ()) if not version.is_deleted]
        if not found:
            raise no_such_policy(policy_id)
        return found

    def versions_of(self, policy_id: str) -> list[PolicyVersion]:
        """The versions of one policy that are there."""
        return self._present(policy_id)

    def instance(self, instance_id: str) -> PolicyInstance:
        """The instance, or AWS's refusal."""
        found = self.instances.get(instance_id)
        if found is None:
            message = f"A traffic policy instance with id {instance_id} does not exist."
            raise Refusal("NoSuchTrafficPolicyInstance", message, status=404)
        return found

    def refuse_instance(self, zone_id: str, name: str, record_type: str, quotas: Quotas = AWS_QUOTAS) -> None:
        """One instance for a name and type, and not too many."""
        place = instance_place(zone_id, name, record_type)
        if any(instance.place == place for instance in self.instances.values()):
            message = f"A traffic policy instance for {name}, type {record_type} already exists."
            raise Refusal("TrafficPolicyInstanceAlreadyExists", message, status=409)
        most, count = quotas.traffic_policy_instances, len(self.instances)
        refuse_more("TooManyTrafficPolicyInstances", INSTANCES, "traffic policy instances", count, most)

    def listed(self, instances: Iterable[PolicyInstance] | None = None) -> list[PolicyInstance]:
        """In the order of the lists."""
        return sorted(self.instances.values() if instances is None else instances, key=lambda one: one.place)


def summary(versions: list[PolicyVersion]) -> dict[str, Any]:
    """A policy as ListTrafficPolicies shows it."""
    latest = versions[-1]
    return {
        "Id": latest.policy_id,
        "Name": latest.name,
        "Type": latest.record_type,
        "LatestVersion": latest.number,
        "TrafficPolicyCount": len(versions),
    }


def checked_comment(comment: str | None) -> str | None:
    """A comment that is not too long."""
    if len(comment or "") > LONGEST_COMMENT:
        raise Refusal("InvalidInput", f"A comment has up to {LONGEST_COMMENT} characters")
    return comment


def no_such_policy(policy_id: str, number: int | None = None) -> Refusal:
    """AWS's refusal."""
    words = "" if number is None else f" and version {number}"
    return Refusal("NoSuchTrafficPolicy", f"A traffic policy with id {policy_id}{words} does not exist.", status=404)
