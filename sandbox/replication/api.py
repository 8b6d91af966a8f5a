"""The calls of DynamoDB's API that concern global tables: answered here before tables sees them.

In: an action and its body. Out: None when tables answers alone, which a look into one dict decides for a call on items;
else an awaitable answer, given when it is on disk. `described` adds to what tables says of a table.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.replication import legacy, replica_updates, scaling, settings
from sandbox.replication.changes import Changes
from sandbox.replication.descriptions import described
from sandbox.replication.group import Group
from sandbox.replication.legacy_calls import LegacyCalls
from sandbox.replication.legacy_checks import facts_of
from sandbox.replication.membership import Membership
from sandbox.replication.replica_updates import REPLICA_MEMBERS, Asked, Situation
from sandbox.replication.sender import Post
from sandbox.replication.values import Durations
from sandbox.replication.wire import PROBE, decode
from sandbox.tables.core import Tables
from sandbox.tables.descriptions import describe
from sandbox.tables.table import Table

Answer = dict[str, Any]
Body = Mapping[str, Any]
IsScaled = Callable[[str, str, str | None], bool]  # account, table, index -> write auto scaling is registered

SCALING_ACTIONS = frozenset({"DescribeTableReplicaAutoScaling", "UpdateTableReplicaAutoScaling"})
# Actions that tables does not have, and that are answered here.
ACTIONS = legacy.ACTIONS | SCALING_ACTIONS
# While a replica is made its table answers these alone (GT 1.23).
DESCRIBING = frozenset({"DescribeTable"})
TABLE_ACTIONS = frozenset({"DeleteTable", "UpdateTable", "UpdateTimeToLive"})


class Calls:
    """The calls on one region."""

    def __init__(
        self,
        region: str,
        *,
        membership: Membership,
        changes: Changes,
        clock: Clock,
        tables_of: Callable[[str], Tables],
        keep_tables: Callable[[str], None],
        post: Post,
        running: Callable[[], Sequence[str]],
        durations: Durations,
        is_scaled: IsScaled,
        legacy_global_tables: bool,
    ) -> None:
        """legacy_global_tables: version 2017.11.29 is there; else its calls are refused, as AWS does now."""
        self._region = region
        self._membership = membership
        self._changes = changes
        self._clock = clock
        self._tables_of = tables_of
        self._keep_tables = keep_tables
        self._post = post
        self._running = running
        self._durations = durations
        self._is_scaled = is_scaled
        self._legacy = legacy_global_tables and LegacyCalls(
            region,
            membership=membership,
            changes=changes,
            clock=clock,
            tables_of=tables_of,
            post=post,
            running=running,
        )

    def execute_before(self, account: str, action: str, body: Body) -> Awaitable[Answer] | None:
        """The answer, if the call is one for this room."""
        if action in ACTIONS:
            return self._answer(account, action, body)
        if not self._membership.groups and action != "UpdateTable":  # nothing is global here, as in most regions
            return None
        name = body.get("TableName")
        group = self._membership.group_of(account, table_name(name)) if isinstance(name, str) else None
        if group is not None and group.is_legacy:
            return self._on_legacy_member(account, action, body, group)
        if group is not None:
            if group.status_of(self._region) == "CREATING":
                return self._while_creating(action, body, group)
            if action in TABLE_ACTIONS:
                return self._on_member(account, action, body, group)
        elif action == "UpdateTable" and any(body.get(member) is not None for member in REPLICA_MEMBERS):
            return self._update_replicas(account, body)
        return None

    def described(self, account: str, image: dict[str, Any]) -> dict[str, Any]:
        """A TableDescription with what replicas add; the same object for a plain table."""
        group = self._membership.group_of(account, image["TableName"])
        if group is None or group.is_legacy:
            return image
        updating = self._membership.is_updating(group)
        return described(image, self._membership.as_seen(group), self._region, updating=updating)

    async def probe(self, body: bytes) -> bytes:
        """What another region asks before it adds or deletes a replica here."""
        message = decode(body)
        table = self._tables_of(message["account"]).catalogue.tables.get(message["table"])
        protected = table is not None and table.schema.deletion_protection
        return orjson.dumps({"exists": table is not None, "protected": protected, "facts": facts_of(table)})

    # -- answers --------------------------------------------------------------------------------------------------

    async def _answer(self, account: str, action: str, body: Body) -> Answer:
        if action not in SCALING_ACTIONS:
            if self._legacy:
                return await self._legacy.answer(account, action, body)
            return legacy.answer(action, body)
        name = table_name(str(body.get("TableName")))
        group = self._membership.group_of(account, name)
        if group is None or group.is_legacy:
            raise scaling.no_such_table(name)
        schema = self._table(account, body).schema
        indexes = [index.name for index in schema.indexes if index.is_global]
        updating = self._membership.is_updating(group)
        if action == "UpdateTableReplicaAutoScaling":
            if group.is_changing or updating:
                raise replica_updates.in_use()
            clock_us = self._changes.clock_us()
            group = scaling.updated(group, body, indexes, region=self._region, clock_us=clock_us)
            self._membership.change(group)
            updating = True
            await self._kept()
        return {"TableAutoScalingDescription": scaling.described(group, self._region, indexes, updating=updating)}

    def _while_creating(self, action: str, body: Body, group: Group) -> Awaitable[Answer] | None:
        if action in DESCRIBING:
            return None
        if action == "DeleteTable":
            raise replica_updates.in_use()
        problem = f"Requested resource not found: Table: {group.table} not found"
        raise Refusal("ResourceNotFoundException", problem)

    def _on_member(self, account: str, action: str, body: Body, group: Group) -> Awaitable[Answer] | None:
        if action == "DeleteTable":
            return self._delete_table(account, body, group)
        if action == "UpdateTable" and any(body.get(member) is not None for member in REPLICA_MEMBERS):
            return self._update_replicas(account, body)
        return self._change_settings(account, action, body, group)

    def _on_legacy_member(self, account: str, action: str, body: Body, group: Group) -> Awaitable[Answer] | None:
        """A table of version 2017.11.29 is a table of its own, but that its stream stays on."""
        if action == "DeleteTable":
            return self._delete_table(account, body, group)
        if action == "UpdateTable":
            if any(body.get(member) is not None for member in REPLICA_MEMBERS):
                problem = f"Table {group.table} is a global table of version {group.version}. Use UpdateGlobalTable"
                raise replica_updates.invalid(replica_updates.PARAMETER + problem)
            stream = body.get("StreamSpecification")
            if stream is not None and not stream.get("StreamEnabled"):
                raise replica_updates.invalid(replica_updates.NO_STREAM_OFF)
        return None

    async def _delete_table(self, account: str, body: Body, group: Group) -> Answer:
        """Deleting one's own replica (GT 1.33): the others see it disappear."""
        now_s = self._clock.wall_s()
        if group.is_changing or self._membership.is_updating(group):
            raise replica_updates.in_use()
        if not group.is_legacy and group.is_source(self._region, now_s, self._durations.source_rule_s):
            raise replica_updates.invalid(replica_updates.SOURCE_RULE)
        answer = self._tables_of(account).execute("DeleteTable", body, now_s)
        image = answer["TableDescription"]
        if not group.is_legacy:
            image = described(image, group, self._region, updating=False)
        self._membership.dropped_here(group)
        self._keep_tables(account)
        await self._kept()
        return {"TableDescription": image}

    async def _change_settings(self, account: str, action: str, body: Body, group: Group) -> Answer:
        """A change of the table itself: all regions get it (GT 1.28)."""
        tables = self._tables_of(account)
        table = tables.catalogue.described_table(body.get("TableName"))
        if action == "UpdateTable":
            if group.is_changing or self._membership.is_updating(group):
                raise replica_updates.in_use()
            stream = body.get("StreamSpecification")
            if stream is not None and not stream.get("StreamEnabled"):
                raise replica_updates.invalid(replica_updates.NO_STREAM_OFF)
        before = settings.settings_of(table)
        answer = tables.execute(action, body, self._clock.wall_s())
        self._keep_tables(account)
        self._membership.settings_changed(group, before, table)
        if "TableDescription" in answer:
            answer = {**answer, "TableDescription": self.described(account, answer["TableDescription"])}
        await self._kept()
        return answer

    async def _update_replicas(self, account: str, body: Body) -> Answer:
        """UpdateTable with ReplicaUpdates: judged, looked up in the target region, judged again, begun."""
        changes = replica_updates.asked(body)
        for change in changes:
            self._check(account, body, change)
        first = changes[0]
        if first.verb != "Update":
            await self._ask_target(account, self._table(account, body), first)
            self._check(account, body, first)
        table = self._table(account, body)
        before = self._membership.group_of(account, table.schema.name)
        for change in changes:
            self._begin(account, table, change)
        group = self._membership.group_of(account, table.schema.name)
        if group is None:
            return {"TableDescription": describe(table)}
        image = described(describe(table), group, self._region, updating=True)
        if first.verb == "Create":
            image["Replicas"] = [each for each in image["Replicas"] if each["RegionName"] != first.region]
        elif first.verb == "Delete" and before is not None:
            image = described(describe(table), before, self._region, updating=False)  # it echoes ACTIVE (GT 1.26)
        await self._kept()
        return {"TableDescription": image}

    def _begin(self, account: str, table: Table, change: Asked) -> None:
        membership = self._membership
        group = membership.group_of(account, table.schema.name)
        if change.verb == "Create":
            group = group or membership.found(account, table)
            now_s = self._clock.wall_s()
            replica = self._changes.replica_of(group.group_id)
            floor_us = 0 if replica is None else replica.settling.promised_us
            membership.change(group.with_new(change.region, self._region, now_s, change.overrides, floor_us))
            return
        assert group is not None, change
        if change.verb == "Delete":
            membership.change(group.with_status(change.region, "DELETING"))
        else:
            membership.change(group.with_overrides(change.region, change.overrides))

    def _table(self, account: str, body: Body) -> Table:
        return self._tables_of(account).catalogue.described_table(body.get("TableName"))

    def _check(self, account: str, body: Body, change: Asked) -> None:
        table = self._table(account, body)
        group = self._membership.group_of(account, table.schema.name)
        situation = Situation(
            region=self._region,
            running=self._running(),
            group=group,
            updating=group is not None and self._membership.is_updating(group),
            table=table.schema.name,
            provisioned_and_fixed=self._fixed_capacity(account, table),
            own_key=settings.has_own_key(table.schema),
            now_s=self._clock.wall_s(),
            rule_s=self._durations.source_rule_s,
        )
        replica_updates.check(change, situation)

    def _fixed_capacity(self, account: str, table: Table) -> str:
        """What refuses a replica of a table whose write capacity is fixed (GT 1.16), or nothing."""
        schema = table.schema
        if schema.billing_mode == "PAY_PER_REQUEST":
            return ""
        group = self._membership.group_of(account, schema.name)

        def is_fixed(index: str | None) -> bool:
            return not (self._is_scaled(account, schema.name, index) or scaling.is_scaled(group, index))

        if is_fixed(None):
            return replica_updates.TABLE_CAPACITY
        fixed = any(index.is_global and is_fixed(index.name) for index in schema.indexes)
        return replica_updates.INDEX_CAPACITY if fixed else ""

    async def _ask_target(self, account: str, table: Table, change: Asked) -> None:
        """Whether the target can do it. A target that does not answer is asked again by what follows."""
        question = orjson.dumps({"account": account, "table": table.schema.name})
        try:
            status, body = await self._post(change.region, PROBE, question)
        except (OSError, Refusal):  # away: the replica stays CREATING or DELETING until it is back
            return
        if status != 200:
            return
        found = decode(body)
        if change.verb == "Create" and found["exists"]:
            raise replica_updates.exists(table.schema.name)
        if change.verb == "Delete" and found["protected"]:
            raise replica_updates.protected(table.schema.name, change.region)

    async def _kept(self) -> None:
        """Wait until what has been changed is on disk."""
        await self._changes.commits.reached(self._changes.commits.noted)


def table_name(name: str) -> str:
    """A table's name, also from its ARN."""
    return name.partition(":table/")[2] or name
