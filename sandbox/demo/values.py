"""Values of this room: where the demo takes place, what it tells AWS, what it claims, what an act leaves behind.

Names that the demo makes: zone example.test. with app (users), canary (weighted) and geo (geolocation), one health
check for each region, tables orders and baskets in each region, global table stock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from sandbox.serving.measured import Measured

SPEED = 10.0  # an outage as on AWS (30 s to notice, 60 s of caches) then fits into 10 s of somebody's attention
REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
CONTROL_HOME = "us-east-1"  # Route 53 is changed here, wherever it answers [R53 7.1]
VICTIM = "eu-west-1"  # loses its process and its lines in act 4: Route 53 itself can still be changed then

# Three cities next to a region, three far from all: continents NA, SA, EU, AS, AS, OC.
CITIES = ("new-york", "sao-paulo", "paris", "tel-aviv", "tokyo", "sydney")

HOME, FAR = "eu-west-1", "ap-northeast-1"  # whose users write the same items in acts 6 to 9
STOCK = "stock"  # their global table

ZONE = "example.test."
APP = "app.example.test."
CANARY = "canary.example.test."
GEO = "geo.example.test."

TTL_S = 60  # AWS advises at most 60 s for records with health checks [R53 5]
MOVING_TTL_S = 10  # of a record that is about to change: who lowers it first waits less
INTERVAL_S = 10  # RequestInterval, the fast one
THRESHOLD = 3  # FailureThreshold
PROBE_TIMEOUT_S = 4  # a checker's connect time-out [R53 2.2]


def url_of(name: str) -> str:
    """What users type: no dot at the end."""
    return f"http://{name.rstrip('.')}/"


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where the demo takes place. addresses: each region's application endpoint; speed: service timers per second."""

    addresses: Mapping[str, str]
    speed: float = SPEED
    cities: tuple[str, ...] = CITIES
    regions: tuple[str, ...] = REGIONS

    def wire_ttl_s(self, ttl_s: int) -> int:
        """How long a resolver keeps a record here."""
        return ceil(ttl_s / self.speed)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Something that the demo says is so; measured: what was seen; held: whether it was."""

    act: int
    says: str
    measured: str
    held: bool


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What an act leaves behind. figures: for --json; visits: for later acts, one of each city."""

    figures: Mapping[str, Any]
    claims: tuple[Claim, ...]
    visits: tuple[Measured, ...] = field(default=())
