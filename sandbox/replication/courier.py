"""Tells peers of groups: for each peer one task that sends, again and again, the last state of what it has not got yet.

In: that a group has changed. Out: the peer has it (200), or cannot be a member (409). A group that changes while it is
under way is sent once more; nothing queues up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from sandbox.kernel.clock import Clock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks
from sandbox.replication.commits import Commits
from sandbox.replication.group import Group, encode
from sandbox.replication.sender import BACKOFF_S, Post
from sandbox.replication.wire import GROUP


class Courier:
    """One peer. untold: group ids, longest first; told: group id -> what the peer has last taken."""

    def __init__(self) -> None:
        self.untold: dict[str, None] = {}
        self.told: dict[str, Group] = {}
        self.awake = asyncio.Event()


class Couriers:
    """One courier for each peer, made when first needed. on_told: group id, peer, whether it took it."""

    def __init__(
        self,
        *,
        post: Post,
        clock: Clock,
        commits: Commits,
        tasks: Tasks,
        groups: Mapping[str, Group],
        on_told: Callable[[str, str, bool], None],
    ) -> None:
        self._post = post
        self._clock = clock
        self._commits = commits
        self._tasks = tasks
        self._groups = groups
        self._on_told = on_told
        self._couriers: dict[str, Courier] = {}
        self._started = False

    def start(self) -> None:
        """Begin to tell."""
        self._started = True
        for peer, courier in self._couriers.items():
            self._tasks.start(self._run(peer, courier), f"tell {peer}")

    def tell(self, peer: str, group_id: str) -> None:
        """This group has changed; the peer is to know."""
        courier = self._couriers.get(peer)
        if courier is None:
            courier = self._couriers[peer] = Courier()
            if self._started:
                self._tasks.start(self._run(peer, courier), f"tell {peer}")
        courier.untold[group_id] = None
        courier.awake.set()

    def has_told(self, peer: str, group_id: str) -> bool:
        """Whether the peer has the group, with its own present incarnation."""
        courier, group = self._couriers.get(peer), self._groups.get(group_id)
        told = None if courier is None else courier.told.get(group_id)
        if told is None or group is None or peer not in told.members:
            return False
        return told.members[peer].incarnation == group.members[peer].incarnation

    async def _run(self, peer: str, courier: Courier) -> None:
        failures = 0
        while True:
            await courier.awake.wait()
            courier.awake.clear()
            while courier.untold:
                group_id = next(iter(courier.untold))
                group = self._groups.get(group_id)
                if group is None:
                    del courier.untold[group_id]
                    continue
                status = await self._send(peer, group)
                if status not in (200, 409):
                    failures += 1
                    await self._clock.sleep(BACKOFF_S[min(failures, len(BACKOFF_S)) - 1])
                    continue
                failures = 0
                if self._groups.get(group_id) is group:
                    courier.untold.pop(group_id, None)
                    courier.told[group_id] = group
                    self._on_told(group_id, peer, status == 200)

    async def _send(self, peer: str, group: Group) -> int:
        try:
            await self._commits.reached(self._commits.noted)
            status, _ = await self._post(peer, GROUP, encode(group))
        except (OSError, Refusal):  # away, or refused on the way: told again
            return 0
        return status
