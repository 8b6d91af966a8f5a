"""Decisions of this room, without sockets: which kept connection to use, when to try again, what is passed on.

`Kept` is the pool's book of idle connections; `alb_answer` and `forwarded` are the balancer's words.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from sandbox.protocols.http1 import Headers, Request, Response

IDEMPOTENT = frozenset(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"])  # RFC 9110, 9.2.2
ALB_TITLES = {
    502: "502 Bad Gateway",
    503: "503 Service Temporarily Unavailable",
    504: "504 Gateway Time-out",
}

Connection = TypeVar("Connection")


class Kept(Generic[Connection]):
    """Idle connections by key; the one used last is taken first, so that the others can grow old and be closed."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._idle: dict[Hashable, list[tuple[Connection, int]]] = {}
        self._count = 0
        self._age = 0  # counts calls of `expire`

    def __len__(self) -> int:
        return self._count

    def keep(self, key: Hashable, connection: Connection) -> bool:
        """True when kept; False when there are too many, and the caller should close it."""
        if self._count >= self.limit:
            return False
        self._idle.setdefault(key, []).append((connection, self._age))
        self._count += 1
        return True

    def take(self, key: Hashable) -> Connection | None:
        """The kept connection used last, which is no longer kept."""
        idle = self._idle.get(key)
        if not idle:
            return None
        connection, _ = idle.pop()
        self._count -= 1
        if not idle:
            del self._idle[key]
        return connection

    def expire(self) -> list[Connection]:
        """Called at equal intervals: what has been idle for more than one of them, which is no longer kept."""
        self._age += 1
        expired: list[Connection] = []
        for key, idle in list(self._idle.items()):
            fresh = [entry for entry in idle if entry[1] >= self._age - 1]
            expired += [connection for connection, kept_at in idle if kept_at < self._age - 1]
            if fresh:
                self._idle[key] = fresh
            else:
                del self._idle[key]
        self._count -= len(expired)
        return expired

    def empty(self) -> list[Connection]:
        """Everything, which is no longer kept."""
        everything = [connection for idle in self._idle.values() for connection, _ in idle]
        self._idle.clear()
        self._count = 0
        return everything


def may_retry(method: str, *, kept: bool, answer_begun: bool) -> bool:
    """Whether to send again on a new connection after the old one was lost.

    Only a connection that had been kept may have been stale, and only a method that may be done twice is: the server
    may have done the work and died before it answered.
    """
    return kept and not answer_begun and method in IDEMPOTENT


def alb_answer(status: int) -> Response:
    """What an Application Load Balancer says itself when its target does not answer."""
    title = ALB_TITLES[status]
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n"
    )
    headers = Headers([("Server", "awselb/2.0"), ("Content-Type", "text/html")])
    return Response(status=status, headers=headers, body=f"{page}</html>\r\n".encode())


def forwarded(request: Request, *, peer_header: str) -> Headers:
    """The request's headers as the application gets them: who asked, by which protocol and port."""
    headers = request.headers
    peer = headers.get(peer_header)
    if peer is not None:
        earlier = headers.getall("x-forwarded-for")
        headers = headers.without(peer_header).with_("X-Forwarded-For", ", ".join([*earlier, peer]))
    headers = headers.with_("X-Forwarded-Proto", request.scheme)
    return headers.with_("X-Forwarded-Port", "443" if request.scheme == "https" else "80")
