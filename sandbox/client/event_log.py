"""The sandbox's events as they come, for callers without an event loop.

In: the hub's address. Out: events kept in order, and `wait_for`, which needs no polling and misses nothing between two
calls: whatever came after the bookmark counts. A thread of its own follows the management channel.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

from sandbox.client.values import Bookmark
from sandbox.kernel.clock import SystemClock
from sandbox.kernel.errors import Refusal, unavailable
from sandbox.management.spoke import Spoke

KEEP = 100_000  # events kept here
START_WITHIN_S = 10.0

Record = dict[str, Any]


def matches(record: Mapping[str, Any], kind: str, fields: Mapping[str, Any]) -> bool:
    """Whether a record is of this kind and has these values."""
    return record.get("event") == kind and all(record.get(name) == value for name, value in fields.items())


class EventLog:
    """Follows the events of one sandbox until `close`."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._spoke = Spoke("client", host, port, token)
        self._records: deque[Record] = deque(maxlen=KEEP)
        self._count = 0
        self._ended = False
        self._changed = threading.Condition()
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="sandbox events", daemon=True)
        self._thread.start()
        if not self._started.wait(START_WITHIN_S):
            raise unavailable("the sandbox", f"no events within {START_WITHIN_S:g} s")
        if self._failure is not None:
            raise self._failure

    def bookmark(self) -> Bookmark:
        """Now, as a moment that `wait_for` can start from."""
        with self._changed:
            return Bookmark(self._count)

    def since(self, bookmark: Bookmark, *kinds: str) -> list[Record]:
        """Events after `bookmark`, of these kinds (none: all)."""
        with self._changed:
            return [record for record in self._after(bookmark) if not kinds or record["event"] in kinds]

    def wait_for(self, kind: str, fields: Mapping[str, Any], since: Bookmark, within_s: float) -> Record:
        """The first matching event after `since`; TimeoutError when none comes in time."""
        clock = SystemClock()
        give_up_at_s = clock.now_s() + within_s
        seen = since
        with self._changed:
            while True:
                for record in self._after(seen):
                    if matches(record, kind, fields):
                        return record
                seen = Bookmark(self._count)
                rest_s = give_up_at_s - clock.now_s()
                if self._ended:
                    raise unavailable("the sandbox", f"it ended before an event {kind!r} came")
                if rest_s <= 0:
                    raise TimeoutError(self._what_came(kind, fields, since, within_s))
                self._changed.wait(rest_s)

    def close(self) -> None:
        """Stop following."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # its loop has just ended by itself
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(START_WITHIN_S)

    def _after(self, bookmark: Bookmark) -> list[Record]:
        missed = self._count - bookmark.count
        return list(self._records)[max(0, len(self._records) - missed) :] if missed > 0 else []

    def _what_came(self, kind: str, fields: Mapping[str, Any], since: Bookmark, within_s: float) -> str:
        wanted = "".join(f", {name}={value!r}" for name, value in fields.items())
        came = sorted({record["event"] for record in self._after(since)})
        return f"no event {kind}{wanted} within {within_s:g} s; these kinds came: {', '.join(came) or 'none'}"

    def _note(self, record: Record) -> None:
        with self._changed:
            self._records.append(record)
            self._count += 1
            self._changed.notify_all()

    def _run(self) -> None:
        try:
            asyncio.run(self._follow())
        except (Refusal, OSError) as error:
            self._failure = error if isinstance(error, Refusal) else unavailable("the sandbox", str(error))
        finally:
            self._started.set()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    async def _follow(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._spoke.on_event = self._note
        self._spoke.on_lost = self._stop.set
        await self._spoke.connect()
        self._spoke.follow()
        await self._spoke.call("hub", "fault_list")  # the hub reads in order: once this is answered, it tells us events
        self._started.set()
        await self._stop.wait()
        await self._spoke.close()
