"""Traffic policy instances at work: what each call does to a zone's records (fact sheet §3.2).

In: calls that the handler made out, the account's backend. Out: instances. The whole new tree takes the place of the
old one at once, so questions are answered throughout.
"""

from __future__ import annotations

from typing import Any, Protocol

from sandbox.aws.services.route53.group_rules import conflict_with
from sandbox.aws.services.route53.quotas import Quotas
from sandbox.aws.services.route53.record_rules import GREATEST_TTL_S, INSTANCE, lies_in
from sandbox.aws.services.route53.record_store import key_of
from sandbox.aws.services.route53.records import normal_name
from sandbox.aws.services.route53.traffic_documents import read_document
from sandbox.aws.services.route53.traffic_policies import UPDATING, PolicyInstance, PolicyVersion, TrafficPolicies
from sandbox.aws.services.route53.traffic_records import Tree, problem_of_website
from sandbox.aws.services.route53.zones import Zone
from sandbox.kernel.errors import Refusal


class Account(Protocol):
    """What instances need of the backend."""

    traffic: TrafficPolicies
    quotas: Quotas
    health_checks: Any

    def zone(self, zone_id: str) -> Zone: ...


def create(
    account: Account, instance_id: str, zone_id: str, name: str, ttl_s: int, policy: PolicyVersion
) -> PolicyInstance:
    """A new instance and its records."""
    zone, full_name = account.zone(zone_id), normal_name(name)
    if zone.private_zone:
        raise Refusal("InvalidInput", "A traffic policy instance can be created only in a public hosted zone")
    if not lies_in(full_name, zone.name):
        raise Refusal("InvalidInput", f"RRSet with DNS name {full_name} is not permitted in zone {zone.name}")
    account.traffic.refuse_instance(zone.resource_id, full_name, policy.record_type, account.quotas)
    instance = PolicyInstance(
        id=instance_id, zone_id=zone.resource_id, name=full_name, ttl_s=checked_ttl(ttl_s), policy=policy
    )
    grow(account, zone, instance)
    account.traffic.instances[instance_id] = instance
    return instance


def update(account: Account, instance_id: str, ttl_s: int, policy: PolicyVersion) -> PolicyInstance:
    """Another version, policy or TTL; the record type stays."""
    instance = account.traffic.instance(instance_id)
    instance.refuse_while_at_work()
    if policy.record_type != instance.policy.record_type:
        message = (
            f"The traffic policy has the type {policy.record_type}, the instance {instance.policy.record_type}: "
            "delete the instance and create another."
        )
        raise Refusal("ConflictingTypes", message)
    instance.policy, instance.ttl_s, instance.state = policy, checked_ttl(ttl_s), UPDATING
    grow(account, account.zone(instance.zone_id), instance)
    return instance


def grow(account: Account, zone: Zone, instance: PolicyInstance) -> None:
    """Make the records, or note why they cannot be made; records that were there stay then."""
    document = read_document(instance.policy.document)
    instance.tree += 1
    tree = Tree(
        document,
        name=instance.name,
        ttl_s=instance.ttl_s,
        zone_name=zone.name,
        zone_id=zone.resource_id,
        label=f"{instance.id.partition('-')[0]}-{instance.tree}",
    )
    root = {"Name": instance.name, "Type": document.record_type, INSTANCE: instance.id}
    instance.problem = problem_of(account, zone, tree, root)
    if not instance.problem:
        zone.put_made(instance.id, tree.records())  # first, so that the root is never published without its records
        zone.change({key_of(root): root})
    else:
        zone.version += 1  # so that it is published, and the instance settles
    instance.version = zone.version


def problem_of(account: Account, zone: Zone, tree: Tree, root: dict[str, Any]) -> str:
    """Why the records of a tree cannot be in a zone, or ""."""
    missing = [check for check in tree.health_checks() if check not in account.health_checks]
    if missing:
        return f"The specified health check {missing[0]} does not exist"
    others = [one for one in zone.records.at(root["Name"]) if one.get(INSTANCE) != root[INSTANCE]]
    return problem_of_website(tree.document, root["Name"]) or conflict_with(root, others, zone.name)


def delete(account: Account, instance_id: str) -> None:
    """The instance, its root and all below it."""
    instance = account.traffic.instance(instance_id)
    instance.refuse_while_at_work()
    zone = account.zone(instance.zone_id)
    roots = [one for one in zone.records.at(instance.name) if one.get(INSTANCE) == instance_id]
    zone.change({key_of(root): None for root in roots})
    zone.put_made(instance_id, None)
    del account.traffic.instances[instance_id]


def checked_ttl(ttl_s: int) -> int:
    """A TTL that DNS has."""
    if not 0 <= ttl_s <= GREATEST_TTL_S:
        raise Refusal("InvalidInput", f"TTL must be between 0 and {GREATEST_TTL_S}")
    return ttl_s
