"""Follows the ledger's commits: whoever tells another region of a write waits here until the write is on disk.

In: the promise of each write. Out: waiters, woken by count. A failed commit is tried again by the ledger; its waiters
here wait on, as what is not on disk must not be known elsewhere.
"""

from __future__ import annotations

import asyncio

from sandbox.kernel.errors import Refusal
from sandbox.replication.rows import Keeping


class Commits:
    """Counts writes, and those of them that are on disk. `follow` runs as a task."""

    def __init__(self, ledger: Keeping) -> None:
        self.noted = 0
        self.durable = 0
        self._ledger = ledger
        self._promise: asyncio.Future[None] | None = None
        self._news = asyncio.Event()
        self._moved: asyncio.Future[None] | None = None

    def note(self, promise: asyncio.Future[None]) -> None:
        """One more write; commits are in order."""
        self.noted += 1
        self._promise = promise
        self._news.set()

    async def reached(self, count: int) -> None:
        """Wait until the first `count` writes are on disk."""
        while self.durable < count:
            if self._moved is None:
                self._moved = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._moved)

    async def follow(self) -> None:
        """For ever: wait for the last commit that is known, and wake who waited for it."""
        while True:
            await self._news.wait()
            self._news.clear()
            count = self.noted
            assert self._promise is not None
            try:
                await asyncio.shield(self._promise)
            except Refusal:
                await self._tried_again()
            self.durable = count
            moved, self._moved = self._moved, None
            if moved is not None and not moved.done():
                moved.set_result(None)

    async def _tried_again(self) -> None:
        """The ledger keeps what it could not write; wait until it could."""
        while True:
            try:
                return await self._ledger.committed()
            except Refusal:
                continue
