"""What Global Accelerator asks of the world it stands in: the time, the regions' addresses, what the edges saw.

The defaults are those of a world without a data plane: every change is deployed at once, nobody probes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sandbox.kernel.clock import SystemClock

Health = Mapping[str, Mapping[str, Mapping[str, Any]]]  # endpoint group ARN -> endpoint id -> {"state", "reason"}
NOTHING_SEEN: Health = MappingProxyType({})


def nobody(accelerator_id: str) -> Health:
    """The default of `health`."""
    return NOTHING_SEEN


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """now_s: Unix time. deploy_s: how long a change is IN_PROGRESS, in real seconds. addresses: of the application of
    each region that runs. health: what the edges last saw of an accelerator's endpoints, by its id."""

    now_s: Callable[[], float] = SystemClock().wall_s
    deploy_s: float = 0.0
    addresses: Mapping[str, str] = field(default_factory=dict)
    health: Callable[[str], Health] = nobody


def as_time(seconds: float) -> datetime:
    """Unix seconds for moto's serializer."""
    return datetime.fromtimestamp(seconds, UTC)
