"""Drops tombstones that nobody needs any more: now and then asks the members, and looks what is settled.

In: the groups, and what the members answer (`settled.py` says what of). Out: rows that go, in the ledger too. Only
a table with tombstones asks; its peers answer, and so learn what they need for their own. Any member that is away,
paused, coming or going holds the tombstones of its table up, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

import orjson

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.replication.changes import Changes
from sandbox.replication.group import Group
from sandbox.replication.replica import Replica
from sandbox.replication.rows import DROP_ITEM, PUT_GROUP, Keeping, settled_id, table_settled
from sandbox.replication.sender import Post
from sandbox.replication.settled import Said, member_list
from sandbox.replication.wire import SETTLED, decode, malformed

MOST_AT_ONCE = 1000  # tombstones of one table that go together: some 5 ms
BREATH_S = 0.05  # between two such lots


class Collector:
    """The tombstones of one region."""

    def __init__(
        self,
        region: str,
        *,
        changes: Changes,
        group_of: Callable[[str], Group | None],
        ledger: Keeping,
        clock: Clock,
        post: Post,
        every_s: float,
    ) -> None:
        """group_of: by group id."""
        self.collected = 0  # since the start
        self._region = region
        self._changes = changes
        self._group_of = group_of
        self._ledger = ledger
        self._clock = clock
        self._post = post
        self._every_s = every_s

    def load(self) -> None:
        """Take up what was promised and settled before."""
        replicas = {replica.table_id: replica for replica in self._changes.replicas()}
        for row_id, content in self._ledger.groups():
            replica = replicas.get(table_settled(row_id))
            if replica is not None:
                kept = orjson.loads(content)
                settling = replica.settling
                settling.promised_us, settling.horizon_us = kept["promised_us"], kept["horizon_us"]
                settling.horizon_regions = tuple(kept["regions"])
                replica.stamper.last_us = max(replica.stamper.last_us, settling.promised_us)

    def start(self) -> None:
        """Begin."""
        self._changes.tasks.start(self._run(), "tombstones")

    async def _run(self) -> None:
        while True:
            await self._clock.sleep(self._every_s)
            for replica in list(self._changes.replicas()):
                if replica.versions.tombstones:
                    await self._round(replica)

    async def _round(self, replica: Replica) -> None:
        group = self._group_of(replica.group_id)
        senders = self._changes.senders.get(replica.group_id, {}).values()
        if group is None or group.is_changing or any(sender.paused or sender.failures for sender in senders):
            return
        self._look(replica, group)
        for member in group.others(self._region):
            if not await self._ask(member.region, replica):
                return
        group = self._group_of(replica.group_id)
        if group is not None and not group.is_changing and self._is_here(replica):
            self._look(replica, group)
        while self._is_here(replica) and self._collect(replica):
            await self._clock.sleep(BREATH_S)

    def _is_here(self, replica: Replica) -> bool:
        return self._changes.replica_of(replica.group_id) is replica

    async def _ask(self, peer: str, replica: Replica) -> bool:
        await self._changes.commits.reached(self._changes.commits.noted)  # a promise holds over a crash
        try:
            status, body = await self._post(peer, SETTLED, self._message(replica))
        except (OSError, Refusal):  # away: asked again in the next round
            return False
        if status == 200:
            message = decode(body)
            replica.settling.hear(message["members"], said_in(message))
        return status == 200

    def _message(self, replica: Replica) -> bytes:
        settling = replica.settling
        said = {region: [said.floor_us, said.seen_us, said.done_us] for region, said in settling.said.items()}
        return orjson.dumps({"group": replica.group_id, "members": settling.members, "said": said})

    async def receive(self, body: bytes) -> tuple[int, bytes]:
        """A member asks: what it said is heard, and answered with what is said here."""
        message = decode(body)
        try:
            group_id, members, said = message["group"], message["members"], said_in(message)
        except (LookupError, TypeError, ValueError) as error:
            raise malformed(error) from error
        replica, group = self._changes.replica_of(group_id), self._group_of(group_id)
        if replica is None or group is None or group.is_changing:
            return 404, b"{}"
        self._look(replica, group)  # first: a list of members that is new here makes what was said before void
        replica.settling.hear(members, said)
        self._look(replica, group)
        await self._changes.commits.reached(self._changes.commits.noted)
        return 200, self._message(replica)

    def _look(self, replica: Replica, group: Group) -> None:
        settling, senders = replica.settling, self._changes.senders[replica.group_id]
        before = settling.promised_us, settling.horizon_us
        settling.look(
            member_list(group),
            [member.region for member in group.others(self._region)],
            stamp_us=max(self._changes.clock_us(), replica.stamper.last_us),
            sent={peer: sender.outbox.last_seq for peer, sender in senders.items()},
            marks={peer: sender.outbox.acknowledged_mark for peer, sender in senders.items()},
        )
        replica.stamper.last_us = max(replica.stamper.last_us, settling.promised_us)
        if (settling.promised_us, settling.horizon_us) != before:
            content = {
                "promised_us": settling.promised_us,
                "horizon_us": settling.horizon_us,
                "regions": settling.horizon_regions,
            }
            self._changes.add(PUT_GROUP, (settled_id(replica.table_id), orjson.dumps(content)))

    def _collect(self, replica: Replica) -> bool:
        """Drop what is settled, the oldest first, as many as may go together; whether there were so many."""
        for key in list(islice(replica.versions.tombstones, MOST_AT_ONCE)):
            version = replica.versions.of(key, None)
            if version is None or not replica.settling.is_settled(version):
                return False
            replica.versions.forget(key)
            self._changes.add(DROP_ITEM, (replica.table_id, key))
            self.collected += 1
        return bool(replica.versions.tombstones)


def said_in(message: dict[str, Any]) -> dict[str, Said]:
    """What a message says of each member."""
    return {
        region: Said(floor_us=said[0], seen_us=said[1], done_us=said[2]) for region, said in message["said"].items()
    }
