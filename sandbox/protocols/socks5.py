"""SOCKS5 as a server hears it: bytes <-> values (RFC 1928, user and password by RFC 1929).

In: the bytes a client has sent so far. Out: a greeting, credentials or a request with the number of bytes it took, or
None while bytes are missing; and the replies. `proxy/socks_side.py` calls it; garbage raises `SocksError` alone.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import IntEnum

Bytes = bytes | bytearray

VERSION = 0x05
CREDENTIALS_VERSION = 0x01

NO_AUTHENTICATION = 0x00
USER_AND_PASSWORD = 0x02
NO_METHOD = 0xFF

CONNECT = 0x01

IPV4, DOMAIN, IPV6 = 0x01, 0x03, 0x04


class Reply(IntEnum):
    """Reply codes of RFC 1928 section 6."""

    SUCCEEDED = 0x00
    GENERAL_FAILURE = 0x01
    NOT_ALLOWED = 0x02
    NETWORK_UNREACHABLE = 0x03
    HOST_UNREACHABLE = 0x04
    REFUSED = 0x05
    TTL_EXPIRED = 0x06
    COMMAND_NOT_SUPPORTED = 0x07
    ADDRESS_TYPE_NOT_SUPPORTED = 0x08


class SocksError(Exception):
    """The client did not speak SOCKS5, or asked for what is not there. answer: bytes to send before closing."""

    def __init__(self, problem: str, answer: bytes = b"") -> None:
        super().__init__(problem)
        self.answer = answer


@dataclass(frozen=True, kw_only=True)
class Greeting:
    """The methods a client offers."""

    methods: tuple[int, ...]
    size_bytes: int

    @property
    def chosen(self) -> int:
        """User and password wins over no authentication: a client that offers both has a place to name."""
        for method in (USER_AND_PASSWORD, NO_AUTHENTICATION):
            if method in self.methods:
                return method
        return NO_METHOD


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """RFC 1929's answer to method 2."""

    user: str
    password: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class Request:
    """A CONNECT; host is a name or an IPv4 address in dots."""

    host: str
    port: int
    size_bytes: int


def parse_greeting(data: Bytes) -> Greeting | None:
    """VER NMETHODS METHODS."""
    if data and data[0] != VERSION:
        raise SocksError(f"SOCKS version {data[0]} is not 5", reply(Reply.GENERAL_FAILURE))
    if len(data) < 2 or len(data) < 2 + data[1]:
        return None
    end = 2 + data[1]
    return Greeting(methods=tuple(data[2:end]), size_bytes=end)


def parse_credentials(data: Bytes) -> Credentials | None:
    """VER ULEN UNAME PLEN PASSWD."""
    if data and data[0] != CREDENTIALS_VERSION:
        raise SocksError(f"user/password version {data[0]} is not 1", credentials_reply(accepted=False))
    if len(data) < 2 or len(data) < 3 + data[1]:
        return None
    user_end = 2 + data[1]
    end = user_end + 1 + data[user_end]
    if len(data) < end:
        return None
    return Credentials(
        user=data[2:user_end].decode("utf-8", "replace"),
        password=data[user_end + 1 : end].decode("utf-8", "replace"),
        size_bytes=end,
    )


def parse_request(data: Bytes) -> Request | None:
    """VER CMD RSV ATYP DST.ADDR DST.PORT; refuses commands and address types that are not served."""
    if data and data[0] != VERSION:
        raise SocksError(f"SOCKS version {data[0]} is not 5", reply(Reply.GENERAL_FAILURE))
    if len(data) < 2:
        return None
    if data[1] != CONNECT:
        raise SocksError(f"command {data[1]} is not CONNECT", reply(Reply.COMMAND_NOT_SUPPORTED))
    if len(data) < 5:
        return None
    kind = data[3]
    if kind not in (IPV4, DOMAIN):
        problem = "IPv6 is not on the planet" if kind == IPV6 else f"address type {kind} is unknown"
        raise SocksError(problem, reply(Reply.ADDRESS_TYPE_NOT_SUPPORTED))
    start, size = (5, data[4]) if kind == DOMAIN else (4, 4)
    end = start + size + 2
    if len(data) < end:
        return None
    address = bytes(data[start : start + size])
    return Request(
        host=_name(address) if kind == DOMAIN else str(ipaddress.IPv4Address(address)),
        port=int.from_bytes(data[end - 2 : end], "big"),
        size_bytes=end,
    )


def _name(address: bytes) -> str:
    """A domain name: printable ASCII (IDNA names arrive encoded)."""
    if not address or any(byte <= 0x20 or byte >= 0x7F for byte in address):
        raise SocksError("the domain name is empty or not printable ASCII", reply(Reply.GENERAL_FAILURE))
    return address.decode("ascii")


def method_reply(method: int) -> bytes:
    """Which method the server chose; `NO_METHOD` when none will do."""
    return bytes((VERSION, method))


def credentials_reply(*, accepted: bool) -> bytes:
    """RFC 1929: 0 is success, anything else failure; the server closes after failure."""
    return bytes((CREDENTIALS_VERSION, 0 if accepted else 1))


def reply(code: Reply, address: str = "0.0.0.0", port: int = 0) -> bytes:
    """The answer to a request; on success `address` and `port` say what was connected to (an IPv6 one as zeros)."""
    parsed = ipaddress.ip_address(address)
    packed = parsed.packed if parsed.version == 4 else bytes(4)
    return bytes((VERSION, code, 0, IPV4)) + packed + port.to_bytes(2, "big")
