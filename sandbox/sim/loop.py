"""An event loop whose time is virtual: when nothing is ready, it jumps to the next timer.

In: coroutines. Out: their results, in simulated seconds. A run that reaches for a real socket, a thread or a process
stops with a `Fence`; a run in which nothing is left to happen stops with a `Standstill` instead of hanging.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

Result = TypeVar("Result")

FENCED = (
    "create_connection", "create_server", "create_datagram_endpoint", "create_unix_connection", "create_unix_server",
    "connect_accepted_socket", "connect_read_pipe", "connect_write_pipe", "subprocess_exec", "subprocess_shell",
    "run_in_executor", "add_reader", "add_writer", "sock_accept", "sock_connect", "sock_recv", "sock_recv_into",
    "sock_recvfrom", "sock_recvfrom_into", "sock_sendall", "sock_sendfile", "sock_sendto", "sendfile", "getaddrinfo",
    "getnameinfo", "add_signal_handler",
)  # fmt: skip


class Fence(RuntimeError):
    """Simulated code reached for the real world."""


class Standstill(RuntimeError):
    """Every task waits and no timer is set: nothing will ever happen again."""


class _JumpingSelector:
    """Stands where a real selector would wait for sockets: it moves the time instead."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise Standstill("nothing is left to happen: every task waits and no timer is set")
        self._loop.now_s += max(0.0, timeout)
        return []

    def close(self) -> None:
        """Nothing is open."""


class VirtualLoop(asyncio.BaseEventLoop):
    """asyncio's own loop over a virtual clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self._selector = _JumpingSelector(self)
        self._clock_resolution = 1e-7  # asyncio adds it to the time; 1e-9 s is lost in a float after some months

    def time(self) -> float:
        """Simulated seconds since the run began."""
        return self.now_s

    def _process_events(self, event_list: list[Any]) -> None:
        """There are never any: no sockets."""

    def _write_to_self(self) -> None:
        """Nobody sleeps in a selector."""


def _fence(name: str) -> Any:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise Fence(f"loop.{name} called in simulated time: hand in a simulated part instead")

    return refuse


for _name in FENCED:  # not in __getattribute__, through which each attribute of a running loop would pass
    setattr(VirtualLoop, _name, _fence(_name))


def run_virtual(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` to its end in simulated time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
