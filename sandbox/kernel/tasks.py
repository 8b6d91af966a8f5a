"""The only caller of `asyncio.create_task`: every task has a name, an owner and an end.

A program or a service owns one `Tasks`; `close` cancels what still runs and waits for it. A task that dies of an
error tells its owner through `on_error`, by default by writing one line to stderr; nothing is lost silently.
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable, Coroutine
from typing import Any


def tell_stderr(name: str, error: BaseException) -> None:
    """The default `on_error`: the traceback goes to the program's log."""
    print(f"task {name} failed: {error!r}", file=sys.stderr)
    traceback.print_exception(error, file=sys.stderr)


class Tasks:
    """A set of running tasks with one owner."""

    def __init__(self, owner: str, on_error: Callable[[str, BaseException], None] = tell_stderr) -> None:
        self.owner = owner
        self._on_error = on_error
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run `work` as a task named `owner:name`."""
        task = asyncio.get_running_loop().create_task(work, name=f"{self.owner}:{name}")
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_error(task.get_name(), error)

    def __len__(self) -> int:
        return len(self._running)

    async def close(self) -> None:
        """Cancel every task, also those that the ending ones start, and wait until all have ended."""
        while running := list(self._running):
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
