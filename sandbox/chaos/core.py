"""The register of faults: which kinds there are, what they need, and what is injected now. Pure.

In: kind, target, parameters, duration, `now_s`. Out: a `Fault`, or a Refusal that names what is wrong and the fix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.chaos.values import Fault
from sandbox.kernel.errors import Refusal, did_you_mean, unknown

LIMIT = 1000  # faults at once
LONGEST_S = 31_536_000.0  # a year: whoever means "for ever" gives no duration
PROGRAMS = ("control", "planet")
CONTINENTS = ("AF", "AS", "EU", "NA", "OC", "SA")
ZONES = ("1", "2")
EDGE = "edge:"  # how the codes of edge locations begin
ONCE = ("stop", "freeze", "isolate", "edge-down", "network-zone", "backbone-cut")  # twice means nothing


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A switch (its default is one) or a number from `least` to `most` of a fault kind; `whole`: no fractions."""

    default: Any
    least: float = 0.0
    most: float = 0.0
    whole: bool = False

    def check(self, kind: str, name: str, value: Any) -> Any:
        """The value, of the right type; or a Refusal."""
        if isinstance(self.default, bool) or isinstance(value, bool):
            if not isinstance(value, bool) or not isinstance(self.default, bool):
                raise _bad(kind, name, value, "true or false" if isinstance(self.default, bool) else "a number")
            return value
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise _bad(kind, name, value, "a number") from None
        if not self.least <= number <= self.most or (self.whole and not number.is_integer()):
            needed = "a whole number" if self.whole else "a number"
            raise _bad(kind, name, value, f"{needed} from {self.least:g} to {self.most:g}")
        return int(number) if number.is_integer() else number


def _bad(kind: str, name: str, value: Any, needed: str) -> Refusal:
    return Refusal("BadFault", f"Fault {kind}: {name} is {value!r}; it must be {needed}.")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of fault: what its targets are, and its parameters. Targets: "place", "region", "region or program",
    "table", "edge location", "network zone", "area of the backbone".

    says: the sentence for people. says_with: another one when this parameter, or the last optional target, is given.
    """

    targets: tuple[str, ...]
    says: str
    says_with: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    optional_targets: int = 0


_MS = Parameter(default=0, least=0, most=600_000)

KINDS: Mapping[str, Kind] = {
    "isolate": Kind(
        targets=("place",),
        says="{0} is cut off from every other place",
        parameters={"reset": Parameter(default=False)},
    ),
    "partition": Kind(
        targets=("place", "place"),
        says="nothing passes between {0} and {1}",
        says_with={"one_way": "nothing passes from {0} to {1}"},
        parameters={"one_way": Parameter(default=False), "reset": Parameter(default=False)},
    ),
    "slow": Kind(
        targets=("place", "place"),
        optional_targets=1,
        says="the network of {0} is slow",
        says_with={"target": "the network between {0} and {1} is slow"},
        parameters={
            "add_ms": _MS,
            "jitter_ms": _MS,
            "loss": Parameter(default=0.0, least=0.0, most=1.0),
            "bandwidth_mbps": Parameter(default=None, least=0.001, most=1_000_000),
        },
    ),
    "fail-app": Kind(
        targets=("region",),
        says="the application in {0} answers with errors",
        parameters={
            "status": Parameter(default=500, least=400, most=599, whole=True),
            "rate": Parameter(default=1.0, least=0.0, most=1.0),
        },
    ),
    "stop": Kind(targets=("region or program",), says="the process of {0} is killed"),
    "freeze": Kind(targets=("region",), says="the processes of {0} stand still: they accept and never answer"),
    "skew": Kind(
        targets=("region",),
        says="the clock of {0} is wrong",
        parameters={"ms": Parameter(default=0, least=-86_400_000, most=86_400_000)},
    ),
    "edge-down": Kind(targets=("edge location",), says="{0} is down: its cities enter at the next edge location"),
    "network-zone": Kind(
        targets=("network zone",), says="network zone {0} is down: one address of each accelerator does not answer"
    ),
    "backbone-cut": Kind(
        targets=("area of the backbone", "area of the backbone"),
        optional_targets=1,
        says="the backbone of {0} is cut: nothing reaches it by AWS's network",
        says_with={"target": "the backbone between {0} and {1} is cut: traffic takes the way round"},
    ),
    "pause-replication": Kind(
        targets=("table", "region", "region"),
        optional_targets=1,
        says="replication of {0} into and out of {1} is paused",
        says_with={"target": "replication of {0} from {1} to {2} is paused"},
    ),
}


class Register:
    """What is broken now."""

    def __init__(self, places: Callable[[], Sequence[str]], regions: Callable[[], Sequence[str]]) -> None:
        self._places = places
        self._regions = regions
        self.faults: dict[str, Fault] = {}
        self._count = 0

    def inject(
        self, kind: str, target: Sequence[str], parameters: Mapping[str, Any], for_s: float | None, now_s: float
    ) -> Fault:
        """Check and record a fault. `for_s`: seconds until it heals itself, None: never."""
        known = KINDS.get(kind) if isinstance(kind, str) else None
        if known is None:
            raise unknown("fault", str(kind), KINDS, see="sandbox fault --help")
        _check_form(kind, target, parameters, for_s)
        if len(self.faults) >= LIMIT:
            raise Refusal("TooManyFaults", f"{LIMIT} faults are active. Heal some: sandbox fault heal --all")
        names = self._check_targets(kind, known, target)
        values = self._check_parameters(kind, known, parameters)
        self._refuse_twice(kind, names)
        self._count += 1
        fault = Fault(
            id=f"{kind}-{self._count}",
            kind=kind,
            target=names,
            parameters=values,
            since=now_s,
            until=None if for_s is None else now_s + for_s,
            why=_sentence(known, names, values),
        )
        self.faults[fault.id] = fault
        return fault

    def heal(self, fault_id: str) -> list[Fault]:
        """Remove one fault, or with "all" every one; those removed, the newest first."""
        if fault_id == "all":
            healed = list(reversed(self.faults.values()))
            self.faults.clear()
            return healed
        fault = self.faults.pop(fault_id, None) if isinstance(fault_id, str) else None
        if fault is None:
            raise unknown("fault", str(fault_id), self.faults, see="sandbox fault list")
        return [fault]

    def overdue(self, now_s: float) -> list[Fault]:
        """Faults whose time is over."""
        return [fault for fault in self.faults.values() if fault.until is not None and fault.until <= now_s]

    def next_end_s(self) -> float | None:
        """When the next fault heals itself."""
        return min((fault.until for fault in self.faults.values() if fault.until is not None), default=None)

    def of(self, kind: str, *target: str) -> Fault | None:
        """The active fault of this kind and target."""
        return next((f for f in self.faults.values() if f.kind == kind and f.target == target), None)

    def of_kind(self, kind: str) -> list[Fault]:
        """The active faults of this kind."""
        return [fault for fault in self.faults.values() if fault.kind == kind]

    def _check_targets(self, kind: str, known: Kind, target: Sequence[str]) -> tuple[str, ...]:
        least = len(known.targets) - known.optional_targets
        if not least <= len(target) <= len(known.targets):
            needs = " and ".join(f"a {what}" for what in known.targets[: max(least, len(target) or 1)])
            raise Refusal("BadFault", f"Fault {kind} needs {needs}; given: {', '.join(target) or 'nothing'}.")
        names = tuple(self._name(what, name) for what, name in zip(known.targets, target, strict=False))
        if len(set(names)) < len(names):
            raise Refusal("BadFault", f"Fault {kind} needs two different places; given {names[0]} twice.")
        return names

    def _name(self, what: str, given: str) -> str:
        """The canonical name of a target."""
        choices = self._choices(what)
        if choices is None:
            return given
        name = next((choice for choice in choices if choice.lower() in (given.lower(), EDGE + given.lower())), None)
        if name is None:
            see = "sandbox status" if what.startswith("region") else "sandbox places"
            see = "sandbox fault network-zone --help" if what == "network zone" else see
            raise unknown(what if what != "region or program" else "region", given, choices, see=see)
        return name

    def _choices(self, what: str) -> Sequence[str] | None:
        if what == "place":
            return self._places()
        if what == "region":
            return self._regions()
        edges = [place for place in self._places() if place.startswith(EDGE)]
        if what == "edge location":
            return edges
        if what == "network zone":
            return ZONES
        if what == "area of the backbone":
            return [*self._regions(), *edges, *CONTINENTS]
        if what == "region or program":
            return [*self._regions(), *PROGRAMS]
        return None

    def _check_parameters(self, kind: str, known: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
        for name in given:
            if name not in known.parameters:
                raise Refusal(
                    "BadFault", f"Fault {kind} has no parameter {name!r}.{did_you_mean(str(name), known.parameters)}"
                )
        values = {name: parameter.default for name, parameter in known.parameters.items()}
        for name, value in given.items():
            if value is not None:
                values[name] = known.parameters[name].check(kind, name, value)
        if kind == "slow" and not any(values.values()):
            raise Refusal("BadFault", "Fault slow needs at least one of add_ms, jitter_ms, loss, bandwidth_mbps.")
        return values

    def _refuse_twice(self, kind: str, names: tuple[str, ...]) -> None:
        same = self.of(kind, *names)
        if same is not None and kind in ONCE:
            raise Refusal("AlreadyInjected", f"{same.why} already ({same.id}). Heal it: sandbox fault heal {same.id}")


def _check_form(kind: str, target: Any, parameters: Any, for_s: Any) -> None:
    """What comes over the management channel is any JSON."""
    if isinstance(target, str) or not isinstance(target, Sequence) or not all(isinstance(n, str) for n in target):
        raise Refusal("BadFault", f"Fault {kind}: its target is {target!r}; it must be a list of names.")
    if not isinstance(parameters, Mapping):
        raise Refusal("BadFault", f"Fault {kind}: its parameters are {parameters!r}; they must be names and values.")
    if for_s is None:
        return
    if isinstance(for_s, bool) or not isinstance(for_s, int | float) or not 0 < for_s <= LONGEST_S:
        raise Refusal("BadFault", f"Fault {kind}: for_s is {for_s!r}; it must be over 0 and at most {LONGEST_S:.0f}.")


def _sentence(known: Kind, names: tuple[str, ...], values: Mapping[str, Any]) -> str:
    given = [name for name in known.says_with if values.get(name)]
    if known.optional_targets and len(names) == len(known.targets):
        given.append("target")
    says = known.says_with[given[0]] if given else known.says
    return says.format(*names)
