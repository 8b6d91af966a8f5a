"""Breaking things from Python: one method for each kind of fault.

In: regions, places, numbers; `for_s` heals by itself. Out: an `Injected`, which heals at the end of a `with` block:

    with sb.fault.isolate("us-east-1"):
        ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from sandbox.client.values import Bookmark
from sandbox.kernel.errors import Refusal

Call = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Injected:
    """A fault that was injected. since, until: Unix seconds; bookmark: the journal just before it."""

    id: str
    kind: str
    target: tuple[str, ...]
    since: float
    until: float | None
    why: str
    bookmark: Bookmark
    heal_call: Callable[[str], None] = field(repr=False, compare=False)

    def heal(self) -> None:
        """Mend it; nothing happens when it has healed by itself."""
        self.heal_call(self.id)

    def __enter__(self) -> Injected:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.heal()


class Faults:
    """The faults of one sandbox. call: a call to the hub; bookmark: where the journal stands.

    before_fault(kind, target), before_heal(id): have somebody there who can do it to containers.
    """

    def __init__(
        self,
        call: Call,
        bookmark: Callable[[], Bookmark],
        *,
        before_fault: Callable[[str, list[str]], None] = lambda kind, target: None,
        before_heal: Callable[[str], None] = lambda fault_id: None,
    ) -> None:
        self._before_fault = before_fault
        self._before_heal = before_heal
        self._call = call
        self._bookmark = bookmark

    def isolate(self, place: str, *, reset: bool = False, for_s: float | None = None) -> Injected:
        """Cut a region or city off from every other place. reset: connections are reset, not swallowed."""
        return self.inject("isolate", place, for_s=for_s, reset=reset)

    def partition(
        self, a: str, b: str, *, one_way: bool = False, reset: bool = False, for_s: float | None = None
    ) -> Injected:
        """Nothing passes between two places; with one_way only from `a` to `b` nothing passes."""
        return self.inject("partition", a, b, for_s=for_s, one_way=one_way, reset=reset)

    def slow(
        self,
        a: str,
        b: str | None = None,
        *,
        add_ms: float = 0,
        jitter_ms: float = 0,
        loss: float = 0,
        bandwidth_mbps: float | None = None,
        for_s: float | None = None,
    ) -> Injected:
        """A bad line between two places, or of one place to all others. loss: 0.01 is one packet in a hundred."""
        target = [a] if b is None else [a, b]
        return self.inject(
            "slow", *target, for_s=for_s, add_ms=add_ms, jitter_ms=jitter_ms, loss=loss, bandwidth_mbps=bandwidth_mbps
        )

    def fail_app(self, region: str, *, status: int = 500, rate: float = 1.0, for_s: float | None = None) -> Injected:
        """The application of a region answers with errors; rate: this share of its answers."""
        return self.inject("fail-app", region, for_s=for_s, status=status, rate=rate)

    def stop(self, program: str, *, for_s: float | None = None) -> Injected:
        """Kill a region's process, or "control" or "planet". Healing starts it again."""
        return self.inject("stop", program, for_s=for_s)

    def freeze(self, region: str, *, for_s: float | None = None) -> Injected:
        """A region's processes stand still: they accept and never answer."""
        return self.inject("freeze", region, for_s=for_s)

    def skew(self, region: str, *, ms: float, for_s: float | None = None) -> Injected:
        """A region's clock is wrong by `ms`."""
        return self.inject("skew", region, for_s=for_s, ms=ms)

    def pause_replication(
        self, table: str, region: str, to: str | None = None, *, for_s: float | None = None
    ) -> Injected:
        """Nothing of a global table goes out of a region and into it; with `to` nothing goes from it to that one."""
        return self.inject("pause-replication", table, region, *([] if to is None else [to]), for_s=for_s)

    def edge_down(self, edge: str, *, for_s: float | None = None) -> Injected:
        """An edge location ("NRT") fails: its connections are reset, its cities enter at the next one."""
        return self.inject("edge-down", edge, for_s=for_s)

    def network_zone(self, zone: int, *, for_s: float | None = None) -> Injected:
        """Network zone 1 or 2 is down: that address of each accelerator does not answer."""
        return self.inject("network-zone", str(zone), for_s=for_s)

    def backbone_cut(self, a: str, b: str | None = None, *, for_s: float | None = None) -> Injected:
        """AWS's network is cut between two areas (regions, edge locations, continents), or around one."""
        return self.inject("backbone-cut", *([a] if b is None else [a, b]), for_s=for_s)

    def inject(self, kind: str, *target: str, for_s: float | None = None, **parameters: Any) -> Injected:
        """Any kind of fault, by name. A parameter that is None takes its default."""
        bookmark = self._bookmark()
        given = {name: value for name, value in parameters.items() if value is not None}
        self._before_fault(kind, list(target))
        record = self._call("fault_inject", kind=kind, target=list(target), parameters=given, for_s=for_s)
        return self._injected(record, bookmark)

    def list(self) -> list[Injected]:
        """What is broken now."""
        return [self._injected(record, Bookmark()) for record in self._call("fault_list")]

    def heal(self, fault_id: str) -> None:
        """Mend one; a Refusal when there is no such fault."""
        self._before_heal(fault_id)
        self._call("fault_heal", id=fault_id)

    def heal_all(self) -> None:
        """Mend everything."""
        self.heal("all")

    def _injected(self, record: dict[str, Any], bookmark: Bookmark) -> Injected:
        return Injected(
            id=record["id"],
            kind=record["kind"],
            target=tuple(record["target"]),
            since=record["since"],
            until=record["until"],
            why=record.get("why", ""),
            bookmark=bookmark,
            heal_call=self._heal_if_there,
        )

    def _heal_if_there(self, fault_id: str) -> None:
        try:
            self.heal(fault_id)
        except Refusal as refusal:
            if refusal.code != "UnknownFault":
                raise
