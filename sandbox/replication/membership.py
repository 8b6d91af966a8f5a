"""Which tables of a region are global and who the members are: told to the peers, learnt from them, kept in the ledger.

In: decisions of calls on this region; groups from peers. Out: senders added and removed, tables made and dropped. Each
change goes to every member until that has it; members send on what is new to them, so that two regions that add a
replica each at the same time end with one group.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from sandbox.kernel.clock import Clock
from sandbox.kernel.journal import Journal
from sandbox.replication import settings
from sandbox.replication.changes import Changes
from sandbox.replication.courier import Couriers
from sandbox.replication.group import VERSION, Group, Member, decode, encode, founded, merged
from sandbox.replication.replica import Replica
from sandbox.replication.rows import DROP_GROUP, PUT_GROUP, Keeping, table_settled
from sandbox.replication.sender import Post
from sandbox.replication.values import Durations, ReplicaChanged, Version
from sandbox.replication.wire import decode as decode_message
from sandbox.tables.core import Tables
from sandbox.tables.table import Table

MOST_REMEMBERED = 1000  # groups that are over: a late message must not bring one back


class Membership:
    """The groups of one region. keep_tables: have the ledger know an account's table definitions as they are now."""

    def __init__(
        self,
        region: str,
        *,
        changes: Changes,
        ledger: Keeping,
        clock: Clock,
        journal: Journal,
        tables_of: Callable[[str], Tables],
        keep_tables: Callable[[str], None],
        post: Post,
        durations: Durations,
    ) -> None:
        self.region = region
        self.groups: dict[str, Group] = {}
        self._live: dict[tuple[str, str], str] = {}  # (account, table name) -> group id
        self._updating_until_s: dict[str, float] = {}
        self._over: deque[str] = deque()
        self._unaware: dict[str, set[str]] = {}  # group id -> replicas that have not heard yet that they are ACTIVE
        self._moving: set[tuple[str, str, int, str]] = set()  # timed moves that are on their way
        self._changes = changes
        self._ledger = ledger
        self._clock = clock
        self._journal = journal
        self._tables_of = tables_of
        self._keep_tables = keep_tables
        self._durations = durations
        self._couriers = Couriers(
            post=post, clock=clock, commits=changes.commits, tasks=changes.tasks, groups=self.groups, on_told=self._told
        )

    def load(self) -> None:
        """Take up what the ledger kept; tables have been loaded."""
        marks = {(table_id, peer): seq for table_id, peer, seq in self._ledger.marks()}
        for group_id, content in list(self._ledger.groups()):
            if table_settled(group_id):
                continue
            group = self.groups[group_id] = decode(orjson.loads(content))
            table = self._tables_of(group.account).catalogue.tables.get(group.table)
            if table is None or not self._is_global(group):
                self._remember_over(group_id)
                continue
            self._live[group.account, group.table] = group_id
            replica = self._host(group, table, group.base_in(self.region))
            replica.incarnations = group.incarnations
            replica.stamper.last_us = max(replica.stamper.last_us, group.members[self.region].floor_us)
            self._changes.restore(replica)
            for member in group.others(self.region):
                if member.is_sent_to:
                    mark = marks.get((replica.table_id, member.region))
                    self._changes.restore_peer(replica, member.region, mark)

    def start(self) -> None:
        """Tell every peer again, as nobody knows what had reached it; go on with what had begun."""
        self._couriers.start()
        for group in list(self.groups.values()):
            self._tell_others(group)
            self._go_on(group)

    def leave_all(self) -> None:
        """Every table has been dropped. The groups are remembered: a late message must not bring one back."""
        for group in self.live():
            self.dropped_here(group)

    # -- asked ----------------------------------------------------------------------------------------------------

    def group_of(self, account: str, table: str) -> Group | None:
        """The group of a table that is global here."""
        group_id = self._live.get((account, table))
        return None if group_id is None else self.groups[group_id]

    def live(self) -> list[Group]:
        """The groups of this region's global tables."""
        return [self.groups[group_id] for group_id in self._live.values()]

    def is_updating(self, group: Group) -> bool:
        """Whether the table is still at a change."""
        return self._clock.now_s() < self._updating_until_s.get(group.group_id, 0.0)

    def as_seen(self, group: Group) -> Group:
        """The group as calls here describe it: a new replica is ACTIVE when it knows so itself, and answers."""
        for region in self._unaware.get(group.group_id, ()):
            if group.status_of(region) == "ACTIVE":
                group = group.with_status(region, "CREATING")
        return group

    # -- decided here ---------------------------------------------------------------------------------------------

    def found(self, account: str, table: Table, *, version: str = VERSION) -> Group:
        """Make a plain table global; it has no other member yet."""
        now_s = self._clock.wall_s()
        settings.switch_stream_on(self._tables_of(account).catalogue, table, now_s)
        self._keep_tables(account)
        base_us = self._changes.clock_us()
        group = founded(
            group_id=f"{table.table_id}/{base_us}",
            account=account,
            table=table.schema.name,
            region=self.region,
            base_us=base_us,
            now_s=now_s,
            content=settings.settings_of(table),
            version=version,
        )
        self._live[account, group.table] = group.group_id
        self._host(group, table, group.base_in(self.region))
        return group

    def _host(self, group: Group, table: Table, base: Version | None) -> Replica:
        return self._changes.host(group.group_id, group.account, table, base, legacy=group.is_legacy)

    def change(self, group: Group, *, table_too: bool = True) -> None:
        """A call on this region has made the group so."""
        if table_too:
            self._updating_until_s[group.group_id] = self._clock.now_s() + self._durations.updating_s
        self._set(group)

    def settings_changed(self, group: Group, before: Mapping[str, Any], table: Table) -> None:
        """A call on this region has changed the table's definition: all get what is theirs too, and was changed.

        before: its `settings_of` before the call. What differs from the others' for another reason is an override.
        """
        if group.is_legacy:
            return  # each region has its own (GT 2.13)
        content = {name: value for name, value in settings.settings_of(table).items() if value != before[name]}
        after = group.with_settings(self.region, self._changes.clock_us(), content)
        if after != group:
            self.change(after)

    def dropped_here(self, group: Group) -> None:
        """This region's table has been deleted."""
        self._set(group.with_status(self.region, "GONE"))

    # -- from peers -----------------------------------------------------------------------------------------------

    async def receive(self, body: bytes) -> int:
        """A group as a peer knows it: 200 when this region has it on disk, 409 when it cannot be a member."""
        theirs = decode(decode_message(body))
        mine = self.groups.get(theirs.group_id)
        after = theirs if mine is None else merged(mine, theirs)
        if mine is not None and self._changes.replica_of(mine.group_id) is not None:
            self.take_settings(mine, theirs)
        elif after.status_of(self.region) == "DELETING":
            after = after.with_status(self.region, "GONE")  # it never got here, or it was lost
        elif self._is_newcomer(mine, after):
            if not self._make_table(after):
                return 409
        elif mine is None:
            return 409
        self._set(after)
        await self._changes.commits.reached(self._changes.commits.noted)
        return 200

    def _is_newcomer(self, mine: Group | None, after: Group) -> bool:
        """Whether this region, which has no replica, is to have one."""
        known = None if mine is None else mine.members.get(self.region)
        member = after.members.get(self.region)
        return member is not None and member.is_sent_to and member != known and bool(after.others(self.region))

    def _make_table(self, group: Group) -> bool:
        """This region is a new member. False: a table of that name is in the way; it is never adopted.

        In version 2017.11.29 it is the other way round: the table must be there, and empty.
        """
        catalogue = self._tables_of(group.account).catalogue
        found = catalogue.tables.get(group.table)
        if group.is_legacy:
            if found is None or found.store.items or self.group_of(group.account, group.table) is not None:
                return False
            table = found
        elif found is not None:
            return False
        else:
            overrides = group.members[self.region].overrides
            table = settings.new_table(catalogue, group.content, overrides, self._clock.wall_s())
            self._keep_tables(group.account)
        self._live[group.account, group.table] = group.group_id
        if group.group_id in self._over:
            self._over.remove(group.group_id)
        replica = self._host(group, table, None)
        replica.incarnations = group.incarnations
        replica.stamper.last_us = group.members[self.region].floor_us
        for member in group.others(self.region):
            if member.is_sent_to:
                self._changes.add_newborn_peer(replica, member.region)
        return True

    def take_settings(self, mine: Group, theirs: Group) -> None:
        """Make the table here as others have changed it."""
        replica = self._changes.replica_of(mine.group_id)
        assert replica is not None, mine.group_id
        catalogue, now_s = self._tables_of(mine.account).catalogue, self._clock.wall_s()
        content = merged(mine, theirs).content
        if content != mine.content:
            if mine.is_legacy:
                content = settings.with_billing(replica.table, content["billing"])
            settings.take_over(catalogue, replica.table, content, now_s)
            self._keep_tables(mine.account)
        told, known = theirs.members.get(self.region), mine.members.get(self.region)
        if told and known and told.order > known.order and told.overrides != known.overrides:
            settings.override(catalogue, replica.table, told.overrides, now_s)
            self._keep_tables(mine.account)

    # -- the one place where a group changes ----------------------------------------------------------------------

    def _set(self, after: Group) -> None:
        before = self.groups.get(after.group_id)
        if after == before:
            return
        self.groups[after.group_id] = after
        self._changes.add(PUT_GROUP, (after.group_id, encode(after)))
        self._note(before, after)
        replica = self._changes.replica_of(after.group_id)
        if replica is not None:
            replica.incarnations = after.incarnations
            self._adjust_peers(replica, before, after)
            if not self._is_global(after):
                self._end(replica, after)
        self._tell_others(after)
        self._go_on(after)

    def _is_global(self, group: Group) -> bool:
        """Whether this region's table is, by this account, one of several."""
        return group.status_of(self.region) != "GONE" and bool(group.others(self.region))

    def _adjust_peers(self, replica: Replica, before: Group | None, after: Group) -> None:
        senders = self._changes.senders[after.group_id]
        for region, member in after.members.items():
            if region == self.region:
                continue
            known = None if before is None else before.members.get(region)
            returned = known is not None and known.incarnation != member.incarnation
            if region in senders and (returned or not member.is_sent_to):
                self._changes.remove_peer(replica, region)
            if (returned or member.status == "GONE") and known is not None and known.status != "GONE":
                self._changes.relay(replica, region)
            if region not in senders and member.is_sent_to:
                self._changes.add_peer(replica, region, mark=None)

    def _end(self, replica: Replica, group: Group) -> None:
        """The table is gone here, or the only one that is left."""
        self._live.pop((group.account, group.table), None)
        stays = group.status_of(self.region) != "GONE" or (group.is_legacy and self._has_table(replica))
        self._changes.release(replica, forget=stays)
        self._updating_until_s.pop(group.group_id, None)
        self._unaware.pop(group.group_id, None)
        self._remember_over(group.group_id)

    def _has_table(self, replica: Replica) -> bool:
        return self._tables_of(replica.account).catalogue.tables.get(replica.name) is replica.table

    def _remember_over(self, group_id: str) -> None:
        if group_id not in self._over:
            self._over.append(group_id)
        if len(self._over) > MOST_REMEMBERED:
            oldest = self._over.popleft()
            del self.groups[oldest]
            self._changes.add(DROP_GROUP, (oldest,))

    def _tell_others(self, group: Group) -> None:
        for member in group.others(self.region):
            self._couriers.tell(member.region, group.group_id)

    # -- moves that take time -------------------------------------------------------------------------------------

    def acknowledged(self, group_id: str, peer: str) -> None:
        """A peer has taken changes: perhaps it has the whole table now."""
        group = self.groups.get(group_id)
        if group is not None and group.is_changing:
            self._go_on(group)

    def _told(self, group_id: str, peer: str, taken: bool) -> None:
        group = self.groups[group_id]
        member = group.members[peer]
        self._unaware.get(group_id, set()).discard(peer)
        if not taken and member.status == "CREATING" and group.creator_of(peer) == self.region:
            self._set(group.with_status(peer, "GONE"))  # a failed creation leaves no entry (GT 1.27)
        else:
            self._go_on(group)

    def _go_on(self, group: Group) -> None:
        """Begin the timed moves that are this region's: to ACTIVE what it added, to GONE itself."""
        replica = self._changes.replica_of(group.group_id)
        if replica is None:
            return
        if group.status_of(self.region) == "DELETING":
            self._move_later(group, self.region, "DELETING", self._durations.deleting_s)
        for member in group.others(self.region):
            if member.status == "CREATING" and group.creator_of(member.region) == self.region:
                sender = self._changes.senders[group.group_id].get(member.region)
                told = self._couriers.has_told(member.region, group.group_id)
                if told and sender is not None and sender.outbox.synced:
                    self._move_later(group, member.region, "CREATING", self._durations.creating_s)

    def _move_later(self, group: Group, region: str, status: str, wait_s: float) -> None:
        move = (group.group_id, region, group.members[region].incarnation, status)
        if move not in self._moving:
            self._moving.add(move)
            self._changes.tasks.start(self._move(move, wait_s), f"{status} {region}")

    async def _move(self, move: tuple[str, str, int, str], wait_s: float) -> None:
        group_id, region, incarnation, status = move
        await self._clock.sleep(wait_s)
        self._moving.discard(move)
        group = self.groups.get(group_id)
        if group is None or (group.members[region].incarnation, group.status_of(region)) != (incarnation, status):
            return
        if status == "CREATING":
            self._unaware.setdefault(group_id, set()).add(region)
            self._set(group.with_status(region, "ACTIVE"))
            return
        tables = self._tables_of(group.account)
        table = tables.catalogue.tables.get(group.table)
        if table is not None and not group.is_legacy:
            tables.catalogue.drop(table, self._clock.wall_s())
        self.dropped_here(group)
        self._keep_tables(group.account)

    def _note(self, before: Group | None, after: Group) -> None:
        known: Mapping[str, Member] = {} if before is None else before.members
        for region, member in after.members.items():
            was = known.get(region)
            if was is None or (was.incarnation, was.status) != (member.incarnation, member.status):
                event = ReplicaChanged(
                    at_s=self._clock.wall_s(),
                    region=self.region,
                    table=after.table,
                    replica=region,
                    status=member.status,
                    why=f"the replica of {after.table} in {region} is {member.status}, as {self.region} knows",
                )
                self._journal.note(event)
