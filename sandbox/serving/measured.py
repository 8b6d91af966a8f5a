"""What one visit measured. In: nothing. Out: a value that `visit.py` fills and every client reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One visit of `url` by a client standing in `place`.

    ok: the whole answer came and its status is below 400. error: "" or one word: refused, reset, timeout, not-found,
    unreachable, outside (what the proxy says), proxy (no proxy answers), tls, malformed, not-sent (too many at once).
    started_at_s: Unix seconds, so that visits and events can be laid side by side. Each ms is a duration of its own
    (lookup and connect: as the proxy measured them for that place); first_byte_ms and total_ms count from the start.
    None: this stage was not reached. owner: whom the address belongs to; served_by: the answer's X-Served-By.
    """

    place: str
    url: str
    started_at_s: float
    ok: bool = False
    status: int = 0
    error: str = ""
    why: str = ""
    lookup_ms: float | None = None
    lookup_cached: bool = False
    connect_ms: float | None = None
    tls_ms: float | None = None
    wait_ms: float | None = None  # from the request's last byte to the answer's first
    first_byte_ms: float | None = None
    total_ms: float = 0.0
    address: str = ""
    owner: str = ""
    served_by: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
