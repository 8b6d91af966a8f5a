"""From what is made to what is wanted, as calls in order. Pure.

A table is made at home first, then its replicas one after another, then what each region has for itself (GT 7.09).
Protection comes last, so that a table that cannot be finished can be taken away again. Each step says what is made
once it has been answered: after a failure the same function finds the way back, or on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws.services.dynamodb import scaling
from sandbox.aws.services.dynamodb.indexes import index_changes, throughputs
from sandbox.aws.services.dynamodb.properties import invalid, tag_list
from sandbox.aws.services.dynamodb.values import Ask, Given, Place, Step, Wanted

# CreateTable cannot say these.
AFTERWARDS = frozenset(
    ("DeletionProtectionEnabled", "PointInTimeRecoverySpecification", "ResourcePolicy", "TimeToLiveSpecification")
)
UNLIMITED = {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": -1}
MANY_REPLICAS = "Invalid request provided: one replica can be added or removed in an update"
STREAM_FIXED = "Invalid request provided: StreamSpecification can only be changed while there is one replica"


def creation(place: Place, wanted: Wanted) -> list[Step]:
    """Everything from nothing."""
    home = {name: value for name, value in wanted.home.items() if name not in AFTERWARDS}
    tags = {"Tags": tag_list(home["Tags"])} if "Tags" in home else {}
    ask = Ask(region=place.region, action="CreateTable", body={"TableName": place.name, **home, **tags})
    made = Wanted(home=home)
    return [Step(ask=ask, made=made), *changes(place, made, wanted)]


def is_replaced(before: Wanted, after: Wanted) -> bool:
    """Whether the change needs another table: keys, local indexes and the types of attributes stay for good."""
    types = attribute_types(before.home)
    return (
        before.home["KeySchema"] != after.home["KeySchema"]
        or before.home.get("LocalSecondaryIndexes") != after.home.get("LocalSecondaryIndexes")
        or any(types.get(name, kind) != kind for name, kind in attribute_types(after.home).items())
    )


def attribute_types(home: Given) -> dict[str, str]:
    """AttributeDefinitions as name -> type."""
    return {each["AttributeName"]: each["AttributeType"] for each in home.get("AttributeDefinitions") or ()}


def check_update(before: Wanted, after: Wanted) -> None:
    """What CloudFormation does not change in one update (GT 7.05, 7.06)."""
    if len(before.replicas.keys() ^ after.replicas.keys()) > 1:
        raise invalid(MANY_REPLICAS)
    stays_global = bool(before.replicas and after.replicas)
    if stays_global and before.home.get("StreamSpecification") != after.home.get("StreamSpecification"):
        raise invalid(STREAM_FIXED)


def changes(place: Place, before: Wanted, after: Wanted) -> list[Step]:
    """The way from one to the other."""
    plan = Plan(place, before)
    plan.set_protections(after, on=False)
    plan.set_capacity(after.home)
    for body, members in index_changes(plan.made.home, after.home):
        plan.update_table(body, members)
    for name, default in (("SSESpecification", {"Enabled": False}), ("TableClass", "STANDARD")):
        if plan.differs(name, after.home):
            plan.update_table({name: after.home.get(name, default)}, {name: after.home.get(name)})
    if after.replicas:
        plan.set_stream(after.home)
    plan.set_time_to_live(after.home)
    plan.set_scaling(after, at_home=True)
    plan.set_replicas(after)
    if not after.replicas:
        plan.set_stream(after.home)
    for region in (place.region, *after.replicas):
        plan.set_region(region, after)
    plan.set_scaling(after, at_home=False)
    plan.set_protections(after, on=True)
    return plan.steps


class Plan:
    """Steps so far, and what is made after them."""

    def __init__(self, place: Place, made: Wanted) -> None:
        self.place = place
        self.made = made
        self.steps: list[Step] = []

    def differs(self, name: str, home: Given) -> bool:
        """Whether a property at home is to change."""
        return bool(self.made.home.get(name) != home.get(name))

    def add(self, ask: Ask, made: Wanted) -> None:
        """One more step."""
        self.made = made
        self.steps.append(Step(ask=ask, made=made))

    def ask(self, action: str, body: Given, members: Given, region: str = "") -> None:
        """A step about a table as a whole, in one region; members: what it leaves of that region's properties."""
        region = region or self.place.region
        at_home = region == self.place.region
        made = self.made.with_home(members) if at_home else self.made.with_replica(region, members)
        self.add(Ask(region=region, action=action, body=body), made)

    def update_table(self, body: Given, members: Given, region: str = "") -> None:
        """UpdateTable with these members."""
        self.ask("UpdateTable", {"TableName": self.place.name, **body}, members, region)

    def settings(self, region: str) -> Given:
        """What is made of a region's own settings."""
        return self.made.home if region == self.place.region else self.made.replicas.get(region, {})

    # -- at home --------------------------------------------------------------------------------------------------

    def set_capacity(self, home: Given) -> None:
        """Billing mode and every throughput, in one call."""
        billing = home["BillingMode"]
        body: dict[str, Any] = {}
        switched = self.differs("BillingMode", home)
        if switched:
            body["BillingMode"] = billing
        if billing == "PROVISIONED" and (switched or self.differs("ProvisionedThroughput", home)):
            body["ProvisionedThroughput"] = home.get("ProvisionedThroughput")
        if self.differs("OnDemandThroughput", home) and billing == "PAY_PER_REQUEST":
            body["OnDemandThroughput"] = {**UNLIMITED, **(home.get("OnDemandThroughput") or {})}
        if self.differs("WarmThroughput", home) and home.get("WarmThroughput"):
            body["WarmThroughput"] = home["WarmThroughput"]
        updates, kept = throughputs(self.made.home, home, switched=switched)
        if updates:
            body["GlobalSecondaryIndexUpdates"] = updates
        if body:
            names = ("BillingMode", "ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")
            members = {name: home.get(name) for name in names}
            self.update_table(body, {**members, "GlobalSecondaryIndexes": kept or None})

    def set_stream(self, home: Given) -> None:
        """Off, then on: a stream's view does not change in place."""
        if not self.differs("StreamSpecification", home):
            return
        if self.made.home.get("StreamSpecification"):
            self.update_table({"StreamSpecification": {"StreamEnabled": False}}, {"StreamSpecification": None})
        if home.get("StreamSpecification"):
            stream = {"StreamSpecification": home["StreamSpecification"]}
            self.update_table(stream, stream)

    def set_time_to_live(self, home: Given) -> None:
        """On, off, or DynamoDB's refusal of another attribute."""
        name = "TimeToLiveSpecification"
        if self.differs(name, home):
            given = home.get(name) or {**self.made.home[name], "Enabled": False}
            self.ask("UpdateTimeToLive", {"TableName": self.place.name, name: given}, {name: home.get(name)})

    # -- replicas -------------------------------------------------------------------------------------------------

    def set_replicas(self, after: Wanted) -> None:
        """Remove, add, change: one call each (GT 1.18)."""
        for region in self.made.replicas.keys() - after.replicas.keys():
            for target in [target for target in self.made.scaling if target[0] == region]:
                self.add_scaling(target, None)
            self.update_replica("Delete", region, {}, self.made.with_replica(region, None))
        for region, wanted in after.replicas.items():
            overrides = wanted.get("overrides")
            made = self.made.replicas.get(region)
            if made is None:
                with_overrides = {"overrides": overrides} if overrides else {}
                self.update_replica("Create", region, overrides or {}, self.made.with_replica(region, with_overrides))
            elif made.get("overrides") != overrides:
                if not overrides:
                    raise invalid(f"Invalid request provided: the replica in {region} cannot do without own capacity")
                now = self.made.with_replica(region, {"overrides": overrides})
                self.update_replica("Update", region, overrides, now)

    def update_replica(self, verb: str, region: str, members: Given, made: Wanted) -> None:
        """UpdateTable at home with one replica update."""
        update = {verb: {"RegionName": region, **members}}
        body = {"TableName": self.place.name, "ReplicaUpdates": [update]}
        self.add(Ask(region=self.place.region, action="UpdateTable", body=body), made)

    # -- each region for itself -----------------------------------------------------------------------------------

    def set_region(self, region: str, after: Wanted) -> None:
        """Tags, recovery and policy."""
        wanted = after.home if region == self.place.region else after.replicas[region]
        self.set_tags(region, wanted.get("Tags") or {})
        made, arn = self.settings(region), self.place.arn(region)
        name = "PointInTimeRecoverySpecification"
        if made.get(name) != wanted.get(name):
            given = wanted.get(name) or {"PointInTimeRecoveryEnabled": False}
            body = {"TableName": self.place.name, name: given}
            self.ask("UpdateContinuousBackups", body, {name: wanted.get(name)}, region)
        policy = wanted.get("ResourcePolicy")
        if made.get("ResourcePolicy") != policy:
            action = "PutResourcePolicy" if policy else "DeleteResourcePolicy"
            body = {"ResourceArn": arn, **({"Policy": policy} if policy else {})}
            self.ask(action, body, {"ResourcePolicy": policy}, region)

    def set_tags(self, region: str, wanted: Mapping[str, str]) -> None:
        """Only what differs."""
        made, arn = self.settings(region).get("Tags") or {}, self.place.arn(region)
        new = {key: value for key, value in wanted.items() if made.get(key) != value}
        gone = [key for key in made if key not in wanted]
        if new:
            self.ask("TagResource", {"ResourceArn": arn, "Tags": tag_list(new)}, {"Tags": {**made, **new}}, region)
        if gone:
            self.ask("UntagResource", {"ResourceArn": arn, "TagKeys": gone}, {"Tags": dict(wanted) or None}, region)

    def set_protections(self, after: Wanted, *, on: bool) -> None:
        """Off first of all, on last of all; a replica that goes must be unprotected before, as on AWS."""
        name = "DeletionProtectionEnabled"
        for region in (self.place.region, *after.replicas):
            wanted = after.home if region == self.place.region else after.replicas[region]
            if bool(wanted.get(name)) == on and bool(self.settings(region).get(name)) != on:
                self.update_table({name: on}, {name: True if on else None}, region)

    # -- auto scaling ---------------------------------------------------------------------------------------------

    def set_scaling(self, after: Wanted, *, at_home: bool) -> None:
        """What differs, in the stack's region or in the others."""
        for target in [*self.made.scaling, *(target for target in after.scaling if target not in self.made.scaling)]:
            if (target[0] == self.place.region) == at_home:
                self.add_scaling(target, after.scaling.get(target))

    def add_scaling(self, target: tuple[str, str, str], wanted: Given | None) -> None:
        """One capacity."""
        if self.made.scaling.get(target) != wanted:
            *first, last = scaling.asks(self.place.name, target, wanted)
            for ask in first:
                self.add(ask, self.made)
            self.add(last, self.made.with_scaling(target, wanted))
