"""The management channel for programs without an event loop: the command line, the Python API, tests.

In: the state folder of a sandbox (its `sandbox.json` names the hub's address). Out: calls and events, blocking.
"""

from __future__ import annotations

import fcntl
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from sandbox.kernel.errors import Refusal, unavailable
from sandbox.management.messages import decode, encode, refusal_from

CHUNK_BYTES = 256 * 1024
CARD = "sandbox.json"  # what a running sandbox says of itself, in its state folder
LOCK = "lock"  # held by a running supervisor


def read_card(home: Path) -> dict[str, Any] | None:
    """What the sandbox in `home` says of itself (ports, pid, management address), or None when none runs there."""
    try:
        card: dict[str, Any] = orjson.loads((home / CARD).read_bytes())
        pid = int(card["pid"])
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError):
        return None  # left by a crash, or not ours: either way nobody answers there
    return card if is_alive(pid) and is_held(home) else None


def is_held(home: Path) -> bool:
    """False when nobody holds the lock of the folder: the pid of a card outlives its sandbox, and may be reused."""
    try:
        lock = os.open(home / LOCK, os.O_RDONLY)
    except OSError:
        return True  # nothing to be learnt
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def is_alive(pid: int) -> bool:
    """True while a process with this id exists."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
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
            raise unavailable("the sandbox", f"no answer at {host}:{port} ({error.strerror or error})") from error
        self._unread = bytearray()
        self._lock = threading.Lock()
        self._next_call = 0
        try:
            self._send({"hello": {"program": "client", "token": token, "pid": os.getpid()}})
            welcome = self._receive()
            if "refusal" in welcome:
                raise refusal_from(welcome["refusal"])
        except Refusal:
            self._socket.close()
            raise

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
        return message.get("result")

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
        """Leave; a thread that waits in `events` sees the end."""
        with suppress(OSError):  # the hub has gone already
            self._socket.shutdown(socket.SHUT_RDWR)
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
            line = self._read_line()
        except TimeoutError as error:  # what has come of the line is kept: the next call goes on from there
            raise unavailable("the sandbox", "it did not answer in time") from error
        except OSError as error:
            raise unavailable("the sandbox", f"it has gone ({error})") from error
        if not line:
            raise unavailable("the sandbox", "it has gone")
        return decode(line)

    def _read_line(self) -> bytes:
        looked_at = 0
        while (end := self._unread.find(b"\n", looked_at)) < 0:
            looked_at = len(self._unread)
            chunk = self._socket.recv(CHUNK_BYTES)
            if not chunk:
                return b""
            self._unread += chunk
        line = bytes(self._unread[: end + 1])
        del self._unread[: end + 1]
        return line
