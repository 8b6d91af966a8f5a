"""What the API takes and gives, as types: OpenAPI is made from these, and wrong input is refused by them.

Units: `_ms` milliseconds, `_s` seconds, `at_s`, `since`, `until` Unix seconds, `stamp_us` Unix microseconds. Places are
codes: "paris", "us-east-1", "edge:CDG".
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sandbox.chaos.core import KINDS


def _on_one_line(given: str) -> str:
    if any(character < " " or character == "\x7f" for character in given):
        raise ValueError("no control characters, please")
    try:
        given.encode()
    except UnicodeEncodeError:
        raise ValueError("half a surrogate pair is no text") from None
    return given


Line = AfterValidator(_on_one_line)
PlaceCode = Annotated[str, Field(min_length=1, max_length=100, description="A city or a region, as in /places"), Line]
Name = Annotated[str, Field(min_length=1, max_length=255), Line]
Kind = Annotated[str, Field(max_length=100, json_schema_extra={"enum": list(KINDS)})]  # the register knows them
Item = dict[str, Any]


class Given(BaseModel):
    """A body: fields that it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True)


class Problem(Told):
    """Every error: what is wrong and what to do. code: AWS's, or ours in the same manner."""

    code: str
    message: str


class Failed(Told):
    """The body of every answer from 400 on."""

    error: Problem


# -- places and state


class Place(Told):
    """A place on the map. rtt_ms: base round trips to the regions that run, without faults."""

    code: str
    kind: Literal["city", "region", "edge"]
    name: str
    country: str
    latitude: float
    longitude: float
    runs: bool = Field(description="For a region: whether this sandbox has it")
    subnet: str | None = Field(default=None, description="Its clients' addresses; what dig +subnet= takes")
    address: str | None = Field(default=None, description="For a region that runs: where its application answers")
    rtt_ms: dict[str, float] = Field(default_factory=dict)


class ProgramState(Told):
    """A process of the sandbox."""

    name: str
    state: str
    since_s: float
    restarts: int
    why: str
    pid: int


class RegionState(Told):
    """A region now. faults: ids of those that hit it."""

    code: str
    state: str
    app_running: bool
    faults: list[str]


class Fault(Told):
    """Something that is broken on purpose. until: when it heals by itself, None: when it is healed."""

    id: str
    kind: str
    target: list[str]
    parameters: dict[str, Any]
    since: float
    until: float | None
    why: str


class Status(Told):
    """The sandbox as a whole."""

    regions: list[RegionState]
    programs: list[ProgramState]
    faults: list[Fault]
    ports: dict[str, Any]
    speed: float
    seed: int | None
    account: str
    default_place: str
    ca_bundle: str
    started_at_s: float
    now_s: float
    memory_mb: dict[str, float | None] = Field(description="PSS by program, and `total`; empty where not told")
    not_kept: list[str]


# -- faults


class NewFault(Given):
    """As `sandbox fault KIND TARGET...`; what a kind takes as parameters is in sandbox/chaos/README.md."""

    kind: Kind
    target: list[Name] = Field(
        min_length=1, max_length=3, examples=[["eu-west-1"]], description="Places, a region, or a table and a region"
    )
    parameters: dict[str, bool | float | str | None] = Field(default_factory=dict, max_length=10, examples=[{}])
    for_s: float | None = Field(
        default=None, gt=0, le=31_536_000, description="Heals by itself after this", examples=[5]
    )


class Healed(Told):
    """What was mended."""

    healed: list[Fault]


class Heal(Given):
    """An empty object."""


# -- events


class Event(BaseModel):
    """One entry of the journal; the fields beside these depend on its kind."""

    model_config = ConfigDict(extra="allow")

    event_id: str = Field(description="Give it as `after`, or as Last-Event-ID, to go on behind it")
    event: str
    at_s: float
    why: str = ""


class Events(Told):
    """Some events, oldest first. lost: older ones that were wanted are not kept any more."""

    events: list[Event]
    lost: bool


# -- the planet


class Dig(Given):
    """A question to the resolver of a place."""

    name: Name
    type: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,10}$")] = "A"
    place: PlaceCode | None = None


class Answer(Told):
    """One record."""

    name: str
    type: str
    ttl_s: float
    data: str


class Looked(Told):
    """What it said. trace: how the answer was decided, in sentences; decisions: the same for programs."""

    name: str
    type: str
    place: str
    status: str
    answers: list[Answer]
    from_cache: bool
    took_ms: float
    server: str
    why: str
    trace: list[str] = []
    decisions: list[dict[str, Any]] = []
    zone_ttl_s: float | None = None
    wire_ttl_s: float | None = None


class Probe(Given):
    """A request by somebody in a place, as `sandbox curl` makes it."""

    url: Annotated[str, Field(min_length=1, max_length=4000), Line]
    place: PlaceCode | None = None
    method: Annotated[str, Field(pattern=r"^[A-Z]{1,20}$")] = "GET"
    headers: dict[Name, Annotated[str, Field(max_length=4000), Line]] = Field(default_factory=dict, max_length=50)
    body: str = Field(default="", max_length=100_000)
    timeout_s: float = Field(default=10.0, gt=0, le=60)


class Probed(Told):
    """What came of it; a request that failed is an answer too. Each ms: None when it did not come so far."""

    place: str
    url: str
    ok: bool
    status: int
    error: str
    why: str
    started_at_s: float
    lookup_ms: float | None
    lookup_cached: bool
    connect_ms: float | None
    tls_ms: float | None
    first_byte_ms: float | None
    total_ms: float
    address: str
    owner: str
    served_by: str
    headers: list[tuple[str, str]]
    body: str


class Segment(Told):
    """A stretch of the way."""

    kind: str
    src: str
    dst: str
    rtt_ms: float


class Way(Told):
    """The way from a place to a name, an address or a place. blocked: why nothing passes now."""

    target: str
    place: str
    address: str
    owner: str
    segments: list[Segment]
    rtt_ms: float
    rtt_now_ms: float | None
    blocked: str | None


class Standing(Told):
    """Lines to copy: how to stand in a place with curl, dig, a browser, or any program."""

    place: str
    lines: dict[str, str]


class Observation(Told):
    """What one health checker saw last."""

    region: str
    address: str
    status: str
    checked_at: str


class Check(Told):
    """A health check. healthy: the verdict, None while nobody has probed."""

    id: str
    kind: str
    target: str
    interval_s: float | None
    threshold: int | None
    healthy: bool | None
    why: str
    observations: list[Observation]


# -- tables


class Stream(Told):
    """Replication of a table in one direction."""

    model_config = ConfigDict(populate_by_name=True, frozen=True)

    table: str
    account: str
    src: str = Field(alias="from")
    to: str
    backlog: int = Field(description="Changes that the peer has not acknowledged")
    oldest_unsent_s: float | None
    lag_p50_ms: float | None
    lag_p99_ms: float | None
    acknowledged: int
    paused: bool
    away_s: float | None


class TableStatus(Told):
    """All global tables. members: table -> region -> status. silent: regions that do not answer, and why."""

    streams: list[Stream]
    members: dict[str, dict[str, str]]
    silent: dict[str, str]


class Version(Told):
    """An item as one region wrote it; item None: deleted."""

    region: str
    stamp_us: int
    item: Item | None


class Conflict(Told):
    """Two writes that did not know of each other."""

    key: Item
    at_s: float
    winner: Version
    loser: Version


class Conflicts(Told):
    """Oldest first."""

    table: str
    conflicts: list[Conflict]


class Written(Told):
    """When and where a version was written."""

    stamp_us: int
    region: str


class Differing(Told):
    """One item that is not the same everywhere. items: region -> item, None where there is none."""

    key: Item
    items: dict[str, Item | None]
    written: dict[str, Written | None]


class Difference(Told):
    """The replicas compared now; what is on its way differs too. more: there are more than those listed."""

    table: str
    regions: list[str]
    differences: list[Differing]
    more: bool
    silent: dict[str, str]
