"""The calls of global tables of version 2017.11.29, where a sandbox has them (`legacy_global_tables: true`).

In: an action and its body. Out: the answer, given when it is on disk. Members are tables that were there before; they
are looked at in their regions, then become a group as any other, of another version. One that leaves is a plain table.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal, not_emulated, unavailable
from sandbox.replication.changes import Changes
from sandbox.replication.group import LEGACY, Group
from sandbox.replication.legacy import missing
from sandbox.replication.legacy_checks import Facts, check_region, check_table, facts_of
from sandbox.replication.legacy_descriptions import described, listed, present, settings_image
from sandbox.replication.membership import Membership
from sandbox.replication.replica_updates import PARAMETER, invalid
from sandbox.replication.sender import Post
from sandbox.replication.wire import PROBE, decode
from sandbox.tables.core import Tables

Answer = dict[str, Any]
Body = Mapping[str, Any]
# Of UpdateGlobalTableSettings; auto scaling and indexes have settings of their own in AWS.
BILLING, WRITES, REPLICAS = (
    "GlobalTableBillingMode",
    "GlobalTableProvisionedWriteCapacityUnits",
    "ReplicaSettingsUpdate",
)
READS = "ReplicaProvisionedReadCapacityUnits"


class LegacyCalls:
    """The calls on one region."""

    def __init__(
        self,
        region: str,
        *,
        membership: Membership,
        changes: Changes,
        clock: Clock,
        tables_of: Callable[[str], Tables],
        post: Post,
        running: Callable[[], Sequence[str]],
    ) -> None:
        self._region = region
        self._membership = membership
        self._changes = changes
        self._clock = clock
        self._tables_of = tables_of
        self._post = post
        self._running = running

    async def answer(self, account: str, action: str, body: Body) -> Answer:
        """One call."""
        if action == "ListGlobalTables":
            groups = [group for group in self._membership.live() if group.is_legacy and group.account == account]
            return listed(groups, body)
        for member in NEEDED[action]:
            refuse_missing(body, member)
        return await CALLS[action](self, account, action, body)

    async def create(self, account: str, action: str, body: Body) -> Answer:
        """CreateGlobalTable: tables of one name, alike and empty, in all of the regions."""
        name = body["GlobalTableName"]
        regions = list(dict.fromkeys(each["RegionName"] for each in body["ReplicationGroup"]))
        for region in regions:
            self._check_region(region)
        self._refuse_existing(account, name)
        if self._region not in regions or len(regions) < 2:
            instead = f"Name at least two regions, {self._region} among them."
            raise not_emulated("a global table of version 2017.11.29 that is not of several regions", instead=instead)
        model = self._facts(account, name)
        check_table(name, self._region, model, model)
        others = [region for region in regions if region != self._region]
        for region in others:
            check_table(name, region, await self._ask(account, name, region), model)
        self._refuse_existing(account, name)
        table = self._tables_of(account).catalogue.described_table(name)
        group = self._membership.found(account, table, version=LEGACY)
        for region in others:
            group = group.with_new(region, self._region, self._clock.wall_s(), {})
        return await self._changed(group)

    async def update(self, account: str, action: str, body: Body) -> Answer:
        """UpdateGlobalTable: replicas come, and others go on as plain tables (GT 2.10)."""
        name = body["GlobalTableName"]
        group = self._group(account, name, action)
        for verb, region in replica_updates(body):
            known = group.status_of(region) != "GONE"
            if verb == "Create":
                self._check_region(region)
                if known:
                    problem = f"Failed to create a the new replica in region '{region}': it already exists"
                    raise Refusal("ReplicaAlreadyExistsException", f"{problem} in global table '{name}'.")
                model = self._facts(account, name)
                check_table(name, self._region, model, model)
                check_table(name, region, await self._ask(account, name, region), model)
            elif not known:
                problem = f"Failed to delete the replica in region '{region}': it is not part"
                raise Refusal("ReplicaNotFoundException", f"{problem} of global table '{name}'.")
        group = self._group(account, name, action)
        for verb, region in replica_updates(body):
            if verb == "Delete":
                group = group.with_status(region, "DELETING")
            elif group.status_of(region) == "GONE":
                replica = self._changes.replica_of(group.group_id)
                floor_us = 0 if replica is None else replica.settling.promised_us
                group = group.with_new(region, self._region, self._clock.wall_s(), {}, floor_us)
        return await self._changed(group)

    async def describe(self, account: str, action: str, body: Body) -> Answer:
        """DescribeGlobalTable."""
        group = self._group(account, body["GlobalTableName"], action)
        return {"GlobalTableDescription": described(self._membership.as_seen(group))}

    async def describe_settings(self, account: str, action: str, body: Body) -> Answer:
        """DescribeGlobalTableSettings: each replica's, asked for in its region."""
        name = body["GlobalTableName"]
        group = self._membership.as_seen(self._group(account, name, action))
        replicas = []
        for member in present(group):
            try:
                facts = await self._ask(account, name, member.region)
            except Refusal:
                facts = {}  # it does not answer: its state is all that is known here
            replicas.append(settings_image(member, facts))
        return {"GlobalTableName": name, "ReplicaSettings": replicas}

    async def update_settings(self, account: str, action: str, body: Body) -> Answer:
        """UpdateGlobalTableSettings: billing mode and write capacity of all, read capacity of each replica."""
        name = body["GlobalTableName"]
        group = self._group(account, name, action)
        for member in body:
            if member not in ("GlobalTableName", BILLING, WRITES, REPLICAS):
                raise not_emulated(f"{member} of {action}", instead="Use UpdateTable in each region.")
        billing = dict(group.content["billing"])
        billing["throughput"] = dict(billing["throughput"])
        if body.get(BILLING) is not None:
            billing["billing_mode"] = body[BILLING]
            if body[BILLING] == "PAY_PER_REQUEST":
                billing["throughput"] = {"read_units": 0, "write_units": 0}
        if body.get(WRITES) is not None:
            billing["throughput"]["write_units"] = body[WRITES]
        reads = dict(reads_in(body, group))
        if billing["billing_mode"] == "PROVISIONED":
            if not billing["throughput"]["write_units"]:
                raise invalid(f"{PARAMETER}{WRITES} is required for BillingMode PROVISIONED")
            billing["throughput"]["read_units"] = billing["throughput"]["read_units"] or 1
        after = group.with_settings(self._region, self._changes.clock_us(), {"billing": billing})
        for region, units in reads.items():
            after = after.with_overrides(region, {"ProvisionedThroughputOverride": {"ReadCapacityUnits": units}})
        self._membership.take_settings(group, after)
        self._membership.change(after)
        await self._changes.commits.reached(self._changes.commits.noted)
        return await self.describe_settings(account, "DescribeGlobalTableSettings", body)

    # -- asked --------------------------------------------------------------------------------------------------------

    def _group(self, account: str, name: str, action: str) -> Group:
        group = self._membership.group_of(account, name)
        if group is None or not group.is_legacy:
            raise Refusal("GlobalTableNotFoundException", missing(action, name))
        return group

    def _refuse_existing(self, account: str, name: str) -> None:
        group = self._membership.group_of(account, name)
        if group is not None and group.is_legacy:
            raise Refusal("GlobalTableAlreadyExistsException", f"Global table with name: '{name}' already exists.")
        if group is not None:
            raise invalid(f"{PARAMETER}Table {name} is a global table of version {group.version}")

    def _check_region(self, region: str) -> None:
        check_region(region)
        running = self._running()
        if region not in running:
            raise invalid(f"{PARAMETER}Region {region} does not run in this sandbox. Running: {', '.join(running)}")

    def _facts(self, account: str, name: str) -> Facts:
        return facts_of(self._tables_of(account).catalogue.tables.get(name))

    async def _ask(self, account: str, name: str, region: str) -> Facts:
        if region == self._region:
            return self._facts(account, name)
        question = orjson.dumps({"account": account, "table": name})
        try:
            status, body = await self._post(region, PROBE, question)
        except OSError as error:
            raise unavailable(f"dynamodb in {region}", "the region does not answer") from error
        if status != 200:
            raise unavailable(f"dynamodb in {region}", f"it answered {status}")
        facts: Facts = decode(body)["facts"]
        return facts

    async def _changed(self, group: Group) -> Answer:
        self._membership.change(group)
        await self._changes.commits.reached(self._changes.commits.noted)
        return {"GlobalTableDescription": described(group)}


Call = Callable[[LegacyCalls, str, str, Body], Awaitable[Answer]]
CALLS: Mapping[str, Call] = {
    "CreateGlobalTable": LegacyCalls.create,
    "DescribeGlobalTable": LegacyCalls.describe,
    "DescribeGlobalTableSettings": LegacyCalls.describe_settings,
    "UpdateGlobalTable": LegacyCalls.update,
    "UpdateGlobalTableSettings": LegacyCalls.update_settings,
}


NEEDED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(CALLS, ("GlobalTableName",)),
    "CreateGlobalTable": ("GlobalTableName", "ReplicationGroup"),
    "UpdateGlobalTable": ("GlobalTableName", "ReplicaUpdates"),
}


def refuse_missing(body: Body, member: str) -> None:
    """A ValidationException for a member that the call cannot do without."""
    if body.get(member) is None:
        where = member[0].lower() + member[1:]
        problem = f"Value null at '{where}' failed to satisfy constraint: Member must not be null"
        raise invalid(f"1 validation error detected: {problem}")


def replica_updates(body: Body) -> list[tuple[str, str]]:
    """What UpdateGlobalTable asks for: ("Create" or "Delete", region), each once."""
    found = []
    for update in body["ReplicaUpdates"]:
        for verb in ("Create", "Delete"):
            if update.get(verb) is not None:
                found.append((verb, update[verb]["RegionName"]))
    return list(dict.fromkeys(found))


def reads_in(body: Body, group: Group) -> list[tuple[str, int]]:
    """Of each replica that is named, its read capacity."""
    found = []
    for update in body.get(REPLICAS) or ():
        region = update["RegionName"]
        if group.status_of(region) == "GONE":
            raise Refusal("ReplicaNotFoundException", f"Replica in region '{region}' is not part of '{group.table}'.")
        for member, value in update.items():
            if member not in ("RegionName", READS) and value is not None:
                raise not_emulated(f"{member} of UpdateGlobalTableSettings", instead="Use UpdateTable in that region.")
        if update.get(READS) is not None:
            found.append((region, update[READS]))
    return found
