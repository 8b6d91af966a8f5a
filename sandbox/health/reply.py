"""The answer to a probe, as far as a checker reads it.

In: bytes as they come. Out: the status once the head is whole; the first 5120 bytes of the body, unchunked and
unpacked. No socket, no clock. Caller: `probe.py`.
"""

from __future__ import annotations

import zlib

from sandbox.protocols.http_framing import FramingError, ResponseTracker, tokens_of

HEAD_LIMIT_BYTES = 16384
BODY_LIMIT_BYTES = 5120
PACKED_LIMIT_BYTES = 16384  # of a packed body; packed text is never longer than itself by that much
GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS  # zlib looks at the first bytes to tell them apart
RAW_DEFLATE = -zlib.MAX_WBITS  # what some servers send as "deflate"


class Reply:
    """Bytes of one answer. problem: why it cannot be used."""

    def __init__(self) -> None:
        self.body = b""
        self.problem = ""
        self.body_is_complete = False
        self._tracker = ResponseTracker("GET", limit_bytes=HEAD_LIMIT_BYTES)
        self._packed = bytearray()

    @property
    def status(self) -> tuple[int, str] | None:
        """Code and reason, once the final head has come."""
        head = self._tracker.head
        return None if head is None else (head.status, head.reason)

    def feed(self, data: bytes) -> None:
        """More bytes."""
        if self.problem or self.body_is_complete:
            return
        try:
            self._tracker.feed(data, 0, self._packed)
        except FramingError as error:
            self.problem = str(error)
            return
        if self.status is not None:
            self._unpack(at_end=self._tracker.ended)

    def end(self) -> None:
        """The connection has ended."""
        if self.status is None:
            self.problem = self.problem or "the connection closed before a whole response head"
        else:
            self._unpack(at_end=True)

    def _unpack(self, *, at_end: bool) -> None:
        coding = self._coding()
        if coding in ("", "identity"):
            self.body = bytes(self._packed[:BODY_LIMIT_BYTES])
        elif coding in ("gzip", "x-gzip", "deflate"):
            self.body = unpacked(bytes(self._packed), coding)
        else:
            self.problem = f"a body in content coding {coding} cannot be searched"
        self.body_is_complete = at_end or len(self.body) >= BODY_LIMIT_BYTES or len(self._packed) >= PACKED_LIMIT_BYTES

    def _coding(self) -> str:
        head = self._tracker.head
        assert head is not None, self
        return b",".join(tokens_of(head.fields, b"content-encoding")).decode("latin-1")


def unpacked(packed: bytes, coding: str) -> bytes:
    """Up to 5120 bytes of what has been packed so far; nothing when it is broken."""
    for window in (GZIP_OR_ZLIB, RAW_DEFLATE) if coding == "deflate" else (GZIP_OR_ZLIB,):
        try:
            return zlib.decompressobj(window).decompress(packed, BODY_LIMIT_BYTES)
        except zlib.error:
            continue
    return b""
