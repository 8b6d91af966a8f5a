"""Where one connection ends and another one begins: an edge location that terminates TCP.

In: the far end of a first flow, and a way to open a second one. Out: bytes of the first go on in the second, and back.
The first is established at once; what arrives before the second is there waits here. Once both stand, the two flows
hand each other their bytes directly, and this is out of the way.

    client --- first flow ---> far end | junction | near end --- second flow ---> endpoint
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, cast

from sandbox.kernel.errors import Refusal
from sandbox.kernel.tasks import Tasks

WAITING_BYTES = 256 * 1024  # held for a second flow that is not there yet; then the first one is paused

Opened = tuple[asyncio.Transport, asyncio.Protocol]
Onward = Callable[[Callable[[], asyncio.Protocol]], Awaitable[Opened]]


class Junction(asyncio.Transport):
    """What the first flow's far end writes to until the second flow stands."""

    def __init__(self, far: asyncio.Protocol, tasks: Tasks) -> None:
        super().__init__()
        self._far = far
        self._tasks = tasks
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._says_eof = False
        self._closing = False
        self._is_paused = False
        self._holds_up = False
        self._opening: asyncio.Task[None] | None = None

    def begin(self, onward: Onward) -> None:
        """Tell the first flow that it is connected, and open the second one."""
        self._far.connection_made(self)
        self._opening = self._tasks.start(self._open(onward), "junction")

    async def _open(self, onward: Onward) -> None:
        try:
            await onward(lambda: _NearEnd(self))
        except (OSError, Refusal) as error:
            self._far.connection_lost(ConnectionResetError(f"no connection behind this place: {error}"))

    def joined(self, transport: asyncio.Transport) -> None:
        """The second flow stands: what waits goes there, and then the ends know each other."""
        transport.set_protocol(self._far)
        self._far.connection_made(transport)
        if self._waiting:
            transport.write(b"".join(self._waiting))
            self._waiting.clear()
        if self._is_paused:
            transport.pause_reading()
        if self._holds_up:
            self._far.resume_writing()
        if self._closing:
            transport.close()
        elif self._says_eof:
            transport.write_eof()

    def write(self, data: Any) -> None:
        self._waiting.append(bytes(data))
        self._waiting_bytes += len(data)
        if self._waiting_bytes > WAITING_BYTES and not self._holds_up:
            self._holds_up = True
            self._far.pause_writing()

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def write_eof(self) -> None:
        self._says_eof = True

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        """Once what waits has gone on."""
        self._closing = True

    def abort(self) -> None:
        """Nothing goes on."""
        self._closing = True
        if self._opening is not None:
            self._opening.cancel()
        asyncio.get_running_loop().call_soon(self._far.connection_lost, None)

    def pause_reading(self) -> None:
        self._is_paused = True

    def resume_reading(self) -> None:
        self._is_paused = False

    def is_reading(self) -> bool:
        return not self._is_paused


class _NearEnd(asyncio.Protocol):
    """Stands at the beginning of the second flow until it is established."""

    def __init__(self, junction: Junction) -> None:
        self._junction = junction

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._junction.joined(cast(asyncio.Transport, transport))
