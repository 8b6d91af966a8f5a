"""Values of the network: real endpoints behind virtual addresses, and the present state of a link."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

# What a flow carries beside bytes:
EOF = object()  # the sender will send no more (FIN)
CLOSE = object()  # the sender has closed both ways
RESET = object()  # the sender has vanished (RST)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A real socket of this machine, or a name in the simulator, behind a virtual address."""

    host: str
    port: int


class Cut(Enum):
    """What a cut link does to packets: swallow them in silence, or answer with a reset."""

    DROP = "drop"
    RESET = "reset"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a rule adds to one direction of a link.

    add_s, jitter_s: one way, seconds; jitter is the half-width of a triangular spread. loss: share of packets,
    0 to 1. bytes_per_s: bandwidth shared by all flows of the direction, None for no limit.
    """

    add_s: float = 0.0
    jitter_s: float = 0.0
    loss: float = 0.0
    bytes_per_s: float | None = None


class Backbone(Enum):
    """What a rule says of the direct line between two places on AWS's network: traffic takes the way round."""

    SEVERED = "severed"


Verdict = Cut | Shape | Backbone


@dataclass(frozen=True, kw_only=True)
class LinkState:
    """One direction between two places as it is now: rules applied to the base latency."""

    src: str
    dst: str
    delay_s: float
    jitter_s: float = 0.0
    loss: float = 0.0
    bytes_per_s: float | None = None
    cut: Cut | None = None
    why: str = ""

    @property
    def is_plain(self) -> bool:
        """True when a chunk only needs the delay: no chance, no queueing for bandwidth, no cut."""
        return self.cut is None and not self.jitter_s and not self.loss and self.bytes_per_s is None
