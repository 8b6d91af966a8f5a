"""Ports of a sandbox: whether they are free, and free ones when none were chosen."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from sandbox.kernel.errors import Refusal

HOST = "127.0.0.1"
AUTO_RANGE = range(20_000, 32_000)  # below the ephemeral ports, so that no outgoing connection takes one meanwhile


def is_free(port: int, *, udp: bool = False) -> bool:
    """Whether a server could listen there now."""
    kinds = [socket.SOCK_STREAM, *([socket.SOCK_DGRAM] if udp else [])]
    for kind in kinds:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:  # as servers do; a connection in TIME_WAIT does not count
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                return False
    return True


def pick_free(count: int, start: int, taken: Iterable[int] = ()) -> list[int]:
    """`count` free ports from `AUTO_RANGE`, looking from `start` on (any number; it is folded into the range)."""
    found: list[int] = []
    if not count:
        return found
    avoid = set(taken)
    for step in range(len(AUTO_RANGE)):
        port = AUTO_RANGE[(start + step) % len(AUTO_RANGE)]
        if port not in avoid and is_free(port, udp=True):
            found.append(port)
            if len(found) == count:
                return found
    raise Refusal("NoFreePorts", f"No {count} free ports in {AUTO_RANGE.start}-{AUTO_RANGE.stop - 1}.", status=409)


def require_free(port: int, what: str, flag: str, variable: str, *, udp: bool = False) -> None:
    """A Refusal that names the port, its purpose and how to choose another."""
    if not is_free(port, udp=udp):
        raise Refusal(
            "PortTaken",
            f"Port {port} ({what}) is taken. Free it, or choose another: --ports {flag}=NUMBER "
            f"({variable}), or --ports auto.",
            status=409,
        )
