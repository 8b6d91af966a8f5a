"""From a fault as data to a rule: the one table of the network's faults.

In: kind, target and parameters of a fault (DESIGN.md, "A fault is data"). Out: a rule, or None for kinds that other
rooms obey.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sandbox.network.rules.backbone_cut import BackboneCut
from sandbox.network.rules.edge_down import EdgeDown
from sandbox.network.rules.isolate import Isolate
from sandbox.network.rules.partition import Partition
from sandbox.network.rules.slow import Slow
from sandbox.network.values import Shape, Verdict

Areas = Callable[[str], Sequence[str]]  # what a place on AWS's network is part of


def nowhere(place: str) -> Sequence[str]:
    """Where no backbone is known."""
    return ()


class Rule(Protocol):
    """A fault of the network."""

    def verdict(self, src: str, dst: str) -> Verdict | None:
        """What this rule does to packets from `src` to `dst`; None when it has nothing to say."""
        ...


def isolate(target: Sequence[str], parameters: Mapping[str, Any], areas: Areas) -> Rule:
    """isolate [R] {"reset": bool}"""
    return Isolate(place=target[0], reset=bool(parameters.get("reset", False)))


def partition(target: Sequence[str], parameters: Mapping[str, Any], areas: Areas) -> Rule:
    """partition [A, B] {"one_way": bool, "reset": bool}"""
    return Partition(
        a=target[0],
        b=target[1],
        one_way=bool(parameters.get("one_way", False)),
        reset=bool(parameters.get("reset", False)),
    )


def slow(target: Sequence[str], parameters: Mapping[str, Any], areas: Areas) -> Rule:
    """slow [A] or [A, B] {"add_ms": RTT added, "jitter_ms", "loss": 0..1, "bandwidth_mbps"}"""
    bandwidth_mbps = parameters.get("bandwidth_mbps")
    shape = Shape(
        add_s=float(parameters.get("add_ms", 0.0)) / 2000,
        jitter_s=float(parameters.get("jitter_ms", 0.0)) / 2000,
        loss=float(parameters.get("loss", 0.0)),
        bytes_per_s=None if bandwidth_mbps is None else float(bandwidth_mbps) * 125_000,
    )
    return Slow(a=target[0], b=target[1] if len(target) > 1 else None, shape=shape)


def edge_down(target: Sequence[str], parameters: Mapping[str, Any], areas: Areas) -> Rule:
    """edge-down [EDGE]"""
    return EdgeDown(edge=target[0])


def backbone_cut(target: Sequence[str], parameters: Mapping[str, Any], areas: Areas) -> Rule:
    """backbone-cut [A] or [A, B]: regions, edge locations or continents"""
    return BackboneCut(a=target[0], b=target[1] if len(target) > 1 else None, areas=areas)


KINDS = {
    "isolate": isolate,
    "partition": partition,
    "slow": slow,
    "edge-down": edge_down,
    "backbone-cut": backbone_cut,
}


def rule_of(kind: str, target: Sequence[str], parameters: Mapping[str, Any], areas: Areas = nowhere) -> Rule | None:
    """The rule that a fault means here, or None."""
    make = KINDS.get(kind)
    return None if make is None else make(target, parameters, areas)
