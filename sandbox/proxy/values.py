"""Values of the proxy: what a request asks for, what became of it, and what the journal says of it.

`Wish`es come out of `core.py`; `Report` and `Failure` out of `reach.py`; both sides (HTTP, SOCKS) render them. The
`World` is handed in by the program that builds the room: places, lookups and connections.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from sandbox.kernel.journal import Event
from sandbox.protocols.socks5 import Reply

Factory = Callable[[], asyncio.Protocol]


class Lookup(Protocol):
    """What a place's resolver says about a name."""

    @property
    def addresses(self) -> Sequence[str]: ...
    @property
    def took_ms(self) -> float: ...
    @property
    def from_cache(self) -> bool: ...
    @property
    def rcode(self) -> str: ...
    @property
    def why(self) -> str: ...


class World(Protocol):
    """The planet as a proxy sees it."""

    def places(self) -> Sequence[str]:
        """Codes of the places a client can stand in."""
        ...

    def check_place(self, code: str) -> str:
        """The canonical code; a `Refusal` with near matches when there is no such place."""
        ...

    async def resolve(self, place: str, name: str) -> Lookup:
        """Ask the place's resolver for the IPv4 addresses of `name`."""
        ...

    async def open(
        self, place: str, address: str, port: int, factory: Factory
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """Connect through the ocean: ConnectionRefusedError, ConnectionResetError, TimeoutError or a `Refusal`."""
        ...


@dataclass(frozen=True, kw_only=True)
class ProxySettings:
    """What can be set. connect_timeout_s: give up a connection after this (one address); not scaled by speed.
    next_address_after_s: an address that has not answered for so long gets company from the next one of the answer.
    RFC 8305 section 5 allows 0.1 to 2 s; after one second TCP sends its SYN again, so by then something is wrong.

    most_connections: clients served at once, all doors together. waiting_limit_bytes: what a client may send ahead
    while its upstream is still being opened, before it is paused. linger_s: how long a client may go on sending after
    an error was answered, so that it can read the answer. half_closed_s: how long a connection whose one side has sent
    its last byte may stay without a byte from the other (a client that has gone looks just like that).
    """

    allow_internet: bool = False
    most_connections: int = 4096
    connect_timeout_s: float = 30.0
    next_address_after_s: float = 1.0
    waiting_limit_bytes: int = 64 * 1024
    linger_s: float = 1.0
    half_closed_s: float = 20.0
    write_high_water_bytes: int = 1024 * 1024


class Why(Enum):
    """How a connection can fail: word for `Sandbox-Error`, HTTP status, SOCKS reply."""

    REFUSED = ("refused", 502, Reply.REFUSED)
    RESET = ("reset", 502, Reply.GENERAL_FAILURE)
    TIMEOUT = ("timeout", 504, Reply.TTL_EXPIRED)
    NOT_FOUND = ("not-found", 502, Reply.HOST_UNREACHABLE)
    UNREACHABLE = ("unreachable", 502, Reply.HOST_UNREACHABLE)
    OUTSIDE = ("outside", 403, Reply.NOT_ALLOWED)
    UNKNOWN_PLACE = ("unknown-place", 407, Reply.NOT_ALLOWED)
    MALFORMED = ("malformed", 400, Reply.GENERAL_FAILURE)
    NO_SUCH_PAGE = ("no-such-page", 404, Reply.GENERAL_FAILURE)
    BUSY = ("busy", 503, Reply.GENERAL_FAILURE)

    def __init__(self, word: str, status: int, socks: Reply) -> None:
        self.word = word
        self.status = status
        self.socks = socks


@dataclass(frozen=True, kw_only=True)
class Report:
    """What is known of one attempt to reach a host; empty or None as long as unknown."""

    place: str = ""
    host: str = ""
    port: int = 0
    address: str = ""
    owner: str = ""
    lookup_ms: float | None = None
    lookup_cached: bool = False
    connect_ms: float | None = None
    why: str = ""


class Failure(Exception):
    """A request that cannot be served. message: one sentence for the person at the other end."""

    def __init__(self, cause: Why, message: str, report: Report | None = None) -> None:
        super().__init__(message)
        self.cause = cause
        self.message = message
        self.report = report or Report()


@dataclass(frozen=True, kw_only=True)
class Tunnel:
    """CONNECT: bytes both ways."""

    user: str
    host: str
    port: int


@dataclass(frozen=True, kw_only=True)
class Forward:
    """A request in absolute form, rewritten to origin form. head: the bytes to send upstream."""

    user: str
    method: str
    host: str
    port: int
    head: bytes


@dataclass(frozen=True, kw_only=True)
class OwnPage:
    """A request to the proxy itself. authority: its own name as the client knows it, or ""."""

    method: str
    path: str
    authority: str


Wish = Tunnel | Forward | OwnPage


@dataclass(frozen=True, kw_only=True)
class Connected(Event):
    """A client standing in `place` was connected to `address`, which belongs to `owner`."""

    place: str
    host: str
    port: int
    address: str
    owner: str
    lookup_ms: float
    connect_ms: float


@dataclass(frozen=True, kw_only=True)
class Served(Event):
    """The first byte of an answer came back to a client.

    status: of the answer; 0 in a tunnel, whose bytes are not looked at. wait_ms: since its request left, or since its
    tunnel stood. took_ms: the same, with lookup and connecting when the connection was made for it.
    """

    place: str
    host: str
    owner: str
    status: int
    wait_ms: float
    took_ms: float


@dataclass(frozen=True, kw_only=True)
class Refused(Event):
    """A client was not connected; `error` is the word of `Sandbox-Error`, or `given-up` when it hung up before."""

    place: str
    host: str
    port: int
    address: str
    error: str
