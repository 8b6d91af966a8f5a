"""The management channel for programs without an event loop: the command line, the Python API, tests.

In: the state folder of a sandbox (its `sandbox.json` names the hub's address). Out: calls and events, blocking.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from sandbox.kernel.errors import Refusal, unavailable
from sandbox.management.messages import decode, encode, refusal_from

CARD = "sandbox.json"  # what a running sandbox says of itself, in its state folder


def read_card(home: Path) -> dict[str, Any] | None:
    """What the sandbox in `home` says of itself (ports, pid, management address), or None when none runs there."""
    try:
        card: dict[str, Any] = orjson.loads((home / CARD).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except orjson.JSONDecodeError:
        return None  # being written, or left by a crash: either way nobody answers there
    return card if is_alive(int(card["pid"])) else None


def is_alive(pid: int) -> bool:
    """True while a process with this id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class ManagementClient:
    """A blocking spoke. One call at a time per client (a lock holds others back)."""

    def __init__(self, host: str, port: int, token: str, *, timeout_s: float = 60.0) -> None:
        try:
            self._socket = socket.create_connection((host, port), timeout=timeout_s)
        except OSError as error:
            raise unavailable("the sandbox", f"no answer at {host}:{port} ({error.strerror})") from error
        self._file = self._socket.makefile("rb")
        self._lock = threading.Lock()
        self._next_call = 0
        self._send({"hello": {"program": "client", "token": token, "pid": os.getpid()}})
        welcome = self._receive()
        if "refusal" in welcome:
            raise refusal_from(welcome["refusal"])

    @classmethod
    def of(cls, home: Path, *, timeout_s: float = 60.0) -> ManagementClient:
        """A client of the sandbox in `home`; a Refusal when none runs there."""
        card = read_card(home)
        if card is None:
            raise Refusal("NotRunning", f"No sandbox runs in {home}. Start one: sandbox up -d", status=409)
        address = card["management"]
        return cls(address["host"], address["port"], address["token"], timeout_s=timeout_s)

    def call(self, to: str, method: str, **arguments: Any) -> Any:
        """Ask a program (or "hub"); its result, or its Refusal raised."""
        with self._lock:
            self._next_call += 1
            number = self._next_call
            self._send({"call": number, "to": to, "method": method, "arguments": arguments})
            while True:
                message = self._receive()
                if message.get("answer") == number:
                    break
        if "refusal" in message:
            raise refusal_from(message["refusal"])
        return message["result"]

    def events(self) -> Iterator[dict[str, Any]]:
        """Every event of the sandbox from now on, until the sandbox ends. The client is used up by this."""
        self._send({"follow": True})
        self._socket.settimeout(None)
        while True:
            try:
                message = self._receive()
            except Refusal:
                return
            if "event" in message:
                yield message["event"]

    def close(self) -> None:
        """Leave."""
        self._file.close()
        self._socket.close()

    def __enter__(self) -> ManagementClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._socket.sendall(encode(message))
        except OSError as error:
            raise unavailable("the sandbox", f"it has gone ({error})") from error

    def _receive(self) -> dict[str, Any]:
        try:
            line = self._file.readline()
        except TimeoutError as error:
            raise unavailable("the sandbox", "it did not answer in time") from error
        except (OSError, ValueError) as error:
            raise unavailable("the sandbox", f"it has gone ({error})") from error
        if not line:
            raise unavailable("the sandbox", "it has gone")
        return decode(line)
