"""What stands in for a region's file: a database in memory, in simulated time."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

COMMIT_S = 0.002


class MemoryLedger:
    """The ledger's manner: commits take a moment, and a crash loses what waits for one. It can go on after a crash."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self._waiting: list[tuple[str, Sequence[Any]]] = []
        self._promise: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def add(self, statement: str, parameters: Sequence[Any]) -> asyncio.Future[None]:
        self._waiting.append((statement, parameters))
        if self._promise is None:
            loop = asyncio.get_running_loop()
            self._promise = loop.create_future()
            self._timer = loop.call_later(COMMIT_S, self._commit)
        return self._promise

    def _commit(self) -> None:
        self.database.execute("BEGIN")
        for statement, parameters in self._waiting:
            self.database.execute(statement, parameters)
        self.database.execute("COMMIT")
        promise, self._promise = self._promise, None
        self._waiting = []
        assert promise is not None
        promise.set_result(None)

    def crash(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._waiting, self._promise = [], None

    async def committed(self) -> None:
        while self._promise is not None:
            await asyncio.shield(self._promise)
