"""Claims about the one table from faults as data to rules."""

from __future__ import annotations

import pytest

from sandbox.chaos.core import KINDS as FAULTS
from sandbox.network.rules.catalogue import KINDS, rule_of
from sandbox.network.rules.isolate import Isolate
from sandbox.network.rules.partition import Partition
from sandbox.network.rules.slow import Slow
from sandbox.network.values import Shape


def test_a_fault_becomes_its_rule() -> None:
    assert rule_of("isolate", ["paris"], {"reset": True}) == Isolate(place="paris", reset=True)
    assert rule_of("partition", ["paris", "tokyo"], {"one_way": True}) == Partition(a="paris", b="tokyo", one_way=True)


def test_added_milliseconds_are_of_the_round_trip_and_bandwidth_is_in_megabits() -> None:
    rule = rule_of("slow", ["paris"], {"add_ms": 100, "jitter_ms": 20, "loss": 0.1, "bandwidth_mbps": 8})
    shape = Shape(add_s=0.05, jitter_s=0.01, loss=0.1, bytes_per_s=1_000_000)
    assert rule == Slow(a="paris", b=None, shape=shape)


def test_what_is_not_said_is_not_changed() -> None:
    assert rule_of("slow", ["paris", "tokyo"], {}) == Slow(a="paris", b="tokyo", shape=Shape())


@pytest.mark.parametrize("kind", sorted(set(FAULTS) - set(KINDS)))
def test_faults_that_others_obey_are_no_rules(kind: str) -> None:
    assert rule_of(kind, ["us-east-1"], {}) is None


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_rule_obeys_the_defaults_of_its_fault(kind: str) -> None:
    """The register hands over every parameter, with its default when nobody gave one."""
    defaults = {name: parameter.default for name, parameter in FAULTS[kind].parameters.items()}
    assert rule_of(kind, ["paris", "tokyo"], defaults) == rule_of(kind, ["paris", "tokyo"], {})
