"""The console's port: open from the start, and a process behind it only once somebody comes.

In: an address. Out: one call of `on_knock` when the first connection waits; the console is handed the listening socket
and takes that connection from it. A console that nobody looks at costs no memory and no time at the start, and one that
is started again finds whoever came meanwhile. (systemd.socket(5) hands sockets over in this manner.)
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from sandbox.kernel.errors import Refusal

BACKLOG = 128


class ConsolePort:
    """One listening socket."""

    def __init__(self, host: str, port: int, on_knock: Callable[[], None]) -> None:
        self._on_knock = on_knock
        self._loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
            self._socket.listen(BACKLOG)
        except OSError as error:
            self._socket.close()
            raise Refusal(
                "PortTaken",
                f"Port {port} (console) cannot be used at {host}: {error.strerror}. "
                "Choose another: --ports console=NUMBER (SANDBOX_CONSOLE_PORT), or --ports auto.",
                status=409,
            ) from error
        self._socket.setblocking(False)
        self._loop.add_reader(self._socket, self._knocked)

    @property
    def fd(self) -> int:
        """What the console inherits."""
        return self._socket.fileno()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    def _knocked(self) -> None:
        self._loop.remove_reader(self._socket)  # the console accepts from here on
        self._on_knock()

    def close(self) -> None:
        """Listen no more; twice is fine."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()
