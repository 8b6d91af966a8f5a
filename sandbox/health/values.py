"""Values of health checks: the check as configured, what a checker saw, and what the journal says of it.

In: `HealthCheckConfig` in boto3's shape, pushed by control. Out: `HealthCheck`, or a `Refusal` for what is not
emulated; `Observation`s in the shape of `GetHealthCheckStatus`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sandbox.kernel.errors import Refusal, not_emulated
from sandbox.kernel.journal import Event

CHECKER_REGIONS = (
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "sa-east-1",
)
FEWEST_REGIONS = 3
INTERVALS_S = (10, 30)
MOST_CHILDREN = 256
SEARCH_LIMIT_CHARACTERS = 255

TCP, CALCULATED = "TCP", "CALCULATED"
# Kinds whose state control finds out and tells: an alarm's metric data, a routing control.
TOLD = ("CLOUDWATCH_METRIC", "RECOVERY_CONTROL")
DEFAULT_PORTS = {"HTTP": 80, "HTTPS": 443, "HTTP_STR_MATCH": 80, "HTTPS_STR_MATCH": 443}
TYPES = (*DEFAULT_PORTS, TCP, CALCULATED, *TOLD)

Factory = Callable[[], asyncio.Protocol]


class Lookup(Protocol):
    """What a place's resolver says about a name."""

    @property
    def addresses(self) -> Sequence[str]: ...


class World(Protocol):
    """The planet as a checker sees it."""

    async def resolve(self, place: str, name: str) -> Lookup:
        """IPv4 addresses of `name`, asked from `place`."""
        ...

    async def open(
        self, place: str, address: str, port: int, factory: Factory
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """Connect through the ocean: ConnectionRefusedError, ConnectionResetError, TimeoutError or a `Refusal`."""
        ...

    def rtt_ms(self, place: str, address: str) -> float:
        """Round trip to whoever owns `address`; 0 when nobody does."""
        ...

    def checker_address(self, place: str, number: int) -> str:
        """Address of the `number`th checker of a Region, as `GetHealthCheckStatus` shows it."""
        ...


class Chance(Protocol):
    """The one draw that is needed; a `random.Random` of the purpose "health:phases"."""

    def random(self) -> float: ...


@dataclass(frozen=True, kw_only=True)
class HealthSettings:
    """What can be set. speed: intervals and time-outs run this many times as fast (never below the round trip's need).

    checkers_per_region: AWS does not say how many it has; two in each of eight Regions gives 16.
    """

    checkers_per_region: int = 2
    speed: float = 1.0
    most_checks: int = 1000


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """One check as configured. host: the name probed or named in Host; address: None when `host` is looked up."""

    check_id: str
    version: int = 1
    kind: str
    address: str | None = None
    port: int = 0
    host: str = ""
    path: str = "/"
    search: str = ""
    interval_s: int = 30
    threshold: int = 3
    is_inverted: bool = False
    is_disabled: bool = False
    regions: tuple[str, ...] = CHECKER_REGIONS
    sends_server_name: bool = False
    children: tuple[str, ...] = ()
    children_needed: int = 0

    @property
    def uses_tls(self) -> bool:
        return self.kind.startswith("HTTPS")

    @property
    def searches(self) -> bool:
        return self.kind.endswith("_STR_MATCH")

    @property
    def host_header(self) -> str:
        """The name (or the address), with the port unless it is the scheme's own."""
        name = self.host or self.address or ""
        return name if self.port == (443 if self.uses_tls else 80) else f"{name}:{self.port}"


def parse_check(check_id: str, message: Mapping[str, Any]) -> HealthCheck:
    """The value of topic "health-check/<id>": {"id", "version", "config"}."""
    config: Mapping[str, Any] = message["config"]
    kind = str(config.get("Type", ""))
    if kind not in TYPES:
        raise not_emulated(f"health checks of type {kind or 'none'}", instead=f"Use one of {', '.join(TYPES)}.")
    check = HealthCheck(
        check_id=check_id,
        version=int(message.get("version", 1)),
        kind=kind,
        address=config.get("IPAddress") or None,
        port=int(config.get("Port") or DEFAULT_PORTS.get(kind, 0)),
        host=str(config.get("FullyQualifiedDomainName") or "").removesuffix("."),
        path="/" + str(config.get("ResourcePath") or "").removeprefix("/"),
        search=str(config.get("SearchString") or ""),
        interval_s=int(config.get("RequestInterval") or 30),
        threshold=int(config.get("FailureThreshold") or 3),
        is_inverted=bool(config.get("Inverted")),
        is_disabled=bool(config.get("Disabled")),
        regions=tuple(config.get("Regions") or CHECKER_REGIONS),
        sends_server_name=bool(config.get("EnableSNI", kind.startswith("HTTPS"))),
        children=tuple(config.get("ChildHealthChecks") or ()),
        children_needed=int(config.get("HealthThreshold") or 0),
    )
    if problem := _problem(check):
        raise Refusal("InvalidInput", f"Health check {check_id}: {problem}")
    return check


def _problem(check: HealthCheck) -> str:
    """The first broken rule of HealthCheckConfig, or nothing."""
    if check.kind in TOLD:
        return ""
    if check.kind == CALCULATED:
        return f"more than {MOST_CHILDREN} children." if len(check.children) > MOST_CHILDREN else ""
    rules = {
        "IPAddress or FullyQualifiedDomainName is needed.": bool(check.address or check.host),
        "Port must be 1 to 65535.": 0 < check.port < 65536,
        f"RequestInterval must be one of {INTERVALS_S}.": check.interval_s in INTERVALS_S,
        "FailureThreshold must be 1 to 10.": 1 <= check.threshold <= 10,
        f"Regions needs at least {FEWEST_REGIONS}.": len(check.regions) >= FEWEST_REGIONS,
        "SearchString is needed, up to 255 characters.": (
            not check.searches or 0 < len(check.search) <= SEARCH_LIMIT_CHARACTERS
        ),
    }
    return next((problem for problem, holds in rules.items() if not holds), "")


@dataclass(frozen=True, kw_only=True)
class Told:
    """What control found out about a check that nobody probes."""

    healthy: bool
    why: str


def parse_told(message: Mapping[str, Any]) -> Told:
    """The value of topic "health-verdict/<id>": {"healthy", "why"}."""
    return Told(healthy=bool(message["healthy"]), why=str(message.get("why") or ""))


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What one checker saw last. checked_at_s: Unix seconds."""

    region: str
    address: str
    status: str
    checked_at_s: float

    def as_reply(self) -> dict[str, Any]:
        """GetHealthCheckStatus's shape; CheckedTime is ISO 8601 UTC with milliseconds."""
        checked = datetime.fromtimestamp(self.checked_at_s, UTC).isoformat(timespec="milliseconds")
        report = {"Status": self.status, "CheckedTime": checked.replace("+00:00", "Z")}
        return {"Region": self.region, "IPAddress": self.address, "StatusReport": report}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One probe."""

    passed: bool
    status: str


@dataclass(frozen=True, kw_only=True)
class HealthChanged(Event):
    """The verdict of a check, over all its checkers, is another one."""

    check_id: str
    healthy: bool


@dataclass(frozen=True, kw_only=True)
class ProbeFailed(Event):
    """One checker has seen enough failures in a row to change its own mind."""

    check_id: str
    region: str
    address: str
    status: str
