"""Values of this room: a drill as it is written, its plan, and what a run saw.

Every time is in seconds of the run and counts from its first request, in a live run and in simulated time alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.client.aws_steps import Step

VISIT, READ, WRITE = "visit", "read", "write"
OVERALL = "overall"
DYNAMODB = "dynamodb://"  # how a url begins that means a region's DynamoDB itself


@dataclass(frozen=True, kw_only=True)
class Setup:
    """One step before the run: a call of AWS, or a script for bash, as text."""

    step: Step | None = None
    script: str = ""
    script_name: str = ""


@dataclass(frozen=True, kw_only=True)
class Load:
    """Open-loop users. rate_per_s: of each city; patience_s: when a user gives up.

    table: "" for plain visits of `url`; else each request reads or writes one of `keys` items, whose name is put behind
    `url`, and `writes` is the share that writes. The table is what is compared between regions.
    """

    cities: tuple[str, ...]
    url: str
    rate_per_s: float
    start_s: float
    duration_s: float
    patience_s: float
    table: str = ""
    keys: int = 0
    writes: float = 0.0

    @property
    def requests(self) -> int:
        """Of each city. The product of two decimals may be a hair too small."""
        return int(self.rate_per_s * self.duration_s + 1e-6)


@dataclass(frozen=True, kw_only=True)
class FaultAt:
    """What breaks, when, and for how long (None: to the end of the run)."""

    at_s: float
    kind: str
    target: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    for_s: float | None = None

    @property
    def words(self) -> str:
        """`stop eu-west-1`."""
        return " ".join((self.kind, *self.target))


@dataclass(frozen=True, kw_only=True)
class CallAt:
    """A call of AWS during the run. expect: "" when it should succeed, else the error code it should get."""

    at_s: float
    step: Step
    expect: str = ""


@dataclass(frozen=True, kw_only=True)
class Objectives:
    """Limits; None: not judged. availability, p99_ms, rto_s: by city, and OVERALL for all (rto_s: for each other)."""

    availability: Mapping[str, float] = field(default_factory=dict)
    p99_ms: Mapping[str, float] = field(default_factory=dict)
    rto_s: Mapping[str, float] = field(default_factory=dict)
    rpo_s: float | None = None
    rpo_writes: int | None = None
    stale_reads: int | None = None
    lost_writes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Drill:
    """A whole drill. places: settings of places, as in sandbox.yaml."""

    name: str
    says: str
    regions: tuple[str, ...]
    speed: float
    seed: int
    places: Mapping[str, Mapping[str, Any]]
    architecture: tuple[Setup, ...]
    loads: tuple[Load, ...]
    faults: tuple[FaultAt, ...]
    calls: tuple[CallAt, ...]
    objectives: Objectives

    @property
    def length_s(self) -> float:
        """Until the last request leaves."""
        return max(load.start_s + load.duration_s for load in self.loads)

    @property
    def cities(self) -> tuple[str, ...]:
        """All that have users, in the order of the file."""
        return tuple(dict.fromkeys(city for load in self.loads for city in load.cities))

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables whose items are compared."""
        return tuple(sorted({load.table for load in self.loads if load.table}))


@dataclass(frozen=True, kw_only=True)
class Request:
    """One planned request. number: its place in the order, and the content of what it writes."""

    number: int
    at_s: float
    city: str
    action: str
    url: str
    patience_s: float
    key: str = ""
    table: str = ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that will be done, in order. The same drill and seed give the same plan."""

    requests: tuple[Request, ...]
    faults: tuple[FaultAt, ...]
    calls: tuple[CallAt, ...]
    length_s: float


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What became of a request. sent_s: when it left; version: the write that a read found, 0: there was no item."""

    request: Request
    sent_s: float
    took_ms: float
    ok: bool
    error: str = ""
    served_by: str = ""
    version: int | None = None

    @property
    def ended_s(self) -> float:
        """When its answer was there."""
        return self.sent_s + self.took_ms / 1000


@dataclass(frozen=True, kw_only=True)
class FaultSeen:
    """A fault as it was injected. until_s: when it was healed."""

    fault: FaultAt
    at_s: float
    until_s: float


@dataclass(frozen=True, kw_only=True)
class CallSeen:
    """A call as it went. error: "" or AWS's code."""

    call: CallAt
    error: str
    message: str = ""

    @property
    def as_expected(self) -> bool:
        return self.error == self.call.expect


Images = Mapping[str, Mapping[str, Mapping[str, int]]]  # table -> region -> key -> version; a silent region is missing


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What each region's own replica held just before a fault was healed. fault_at_s: when it was injected."""

    fault: FaultAt
    fault_at_s: float
    at_s: float
    images: Images


@dataclass(frozen=True, kw_only=True)
class Run:
    """Everything a run saw. final: the replicas once settled; conflicts: (table, version) that lost."""

    samples: tuple[Sample, ...]
    faults: tuple[FaultSeen, ...] = ()
    calls: tuple[CallSeen, ...] = ()
    audits: tuple[Audit, ...] = ()
    final: Images = field(default_factory=dict)
    conflicts: tuple[tuple[str, int], ...] = ()
    settled: bool = True
