"""Claims about the register of faults: every wrong order is a Refusal, and nothing outlives its heal."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.chaos.core import KINDS, LIMIT, LONGEST_S, Register
from sandbox.chaos.values import Fault
from sandbox.kernel.errors import Refusal
from sandbox.network.rules.catalogue import KINDS as NETWORK_KINDS
from sandbox.network.rules.catalogue import rule_of

PLACES = ["paris", "tokyo", "us-east-1", "eu-west-1", "edge:CDG"]
REGIONS = ["us-east-1", "eu-west-1"]

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([*PLACES, *REGIONS, "control", "planet", "Paris", "US-EAST-1", "mars"])
PARAMETERS = st.sampled_from(sorted({name for kind in KINDS.values() for name in kind.parameters}))
ORDERS = st.tuples(
    st.sampled_from(sorted(KINDS)) | ANYTHING,
    st.lists(NAMES, max_size=3) | ANYTHING,
    st.dictionaries(PARAMETERS | st.text(max_size=8), st.floats() | st.booleans() | ANYTHING, max_size=4) | ANYTHING,
    st.none() | st.floats() | ANYTHING,
)


def register() -> Register:
    return Register(lambda: PLACES, lambda: REGIONS)


def inject(
    faults: Register, kind: str, *target: str, for_s: float | None = None, now_s: float = 0.0, **given: Any
) -> Fault:
    return faults.inject(kind, list(target), given, for_s, now_s)


@given(ORDERS)
def test_any_order_is_a_fault_or_a_refusal(order: tuple[Any, Any, Any, Any]) -> None:
    """What comes over the management channel is any JSON; nothing but a Refusal may come of it."""
    faults = register()
    try:
        fault = faults.inject(*order, now_s=100.0)
    except Refusal as refusal:
        said = refusal
    else:
        said = None
        check_fault(fault)
    assert list(faults.faults) == ([] if said else [fault.id]), "what is refused leaves nothing behind"


def check_fault(fault: Fault) -> None:
    kind = KINDS[fault.kind]
    assert set(fault.parameters) == set(kind.parameters), "those who obey find every parameter"
    for name, value in fault.parameters.items():
        parameter = kind.parameters[name]
        if value != parameter.default:
            assert isinstance(value, bool) or parameter.least <= value <= parameter.most
    assert fault.until is None or 100.0 < fault.until <= 100.0 + LONGEST_S
    names = fault.target[1:] if kind.targets[0] == "table" else fault.target
    assert set(names) <= {*PLACES, *REGIONS, "control", "planet"}
    assert fault.why
    assert "{" not in fault.why
    if fault.kind in NETWORK_KINDS:
        assert rule_of(fault.kind, fault.target, fault.parameters) is not None


@given(ANYTHING)
def test_healing_anything_is_a_heal_or_a_refusal(fault_id: Any) -> None:
    faults = register()
    inject(faults, "isolate", "paris")
    try:
        healed = faults.heal(fault_id)
    except Refusal:
        assert len(faults.faults) == 1
    else:
        assert len(healed) == 1
        assert not faults.faults


@given(st.lists(ORDERS, max_size=20))
def test_healing_all_leaves_nothing(orders: list[tuple[Any, Any, Any, Any]]) -> None:
    faults = register()
    for order in orders:
        try:
            faults.inject(*order, now_s=0.0)
        except Refusal:
            continue
    active = list(faults.faults.values())
    assert faults.heal("all") == active[::-1], "the newest first"
    assert faults.faults == {}
    assert faults.overdue(math.inf) == []
    assert faults.next_end_s() is None
    assert faults.heal("all") == []


@given(st.lists(st.none() | st.floats(0.001, LONGEST_S), min_size=1, max_size=20), st.floats(0, 2 * LONGEST_S))
def test_exactly_those_whose_time_is_over_are_overdue(durations: list[float | None], now_s: float) -> None:
    faults = register()
    for duration_s in durations:
        inject(faults, "slow", "paris", add_ms=10, for_s=duration_s)
    over = [duration_s for duration_s in durations if duration_s is not None and duration_s <= now_s]
    assert [fault.until for fault in faults.overdue(now_s)] == over
    lasting = [duration_s for duration_s in durations if duration_s is not None]
    assert faults.next_end_s() == min(lasting, default=None)


def test_ids_are_never_used_twice() -> None:
    """A heal of an old id must not hit a new fault."""
    faults = register()
    first = inject(faults, "isolate", "paris")
    faults.heal(first.id)
    assert inject(faults, "isolate", "paris").id != first.id


@pytest.mark.parametrize("kind", ["isolate", "stop", "freeze"])
def test_what_is_broken_already_is_not_broken_twice(kind: str) -> None:
    faults = register()
    first = inject(faults, kind, "us-east-1")
    with pytest.raises(Refusal, match=f"sandbox fault heal {first.id}"):
        inject(faults, kind, "us-east-1")
    assert faults.of(kind, "us-east-1") is first
    assert faults.of_kind(kind) == [first]


def test_links_can_be_slow_for_several_reasons() -> None:
    faults = register()
    inject(faults, "slow", "paris", add_ms=50)
    inject(faults, "slow", "paris", loss=0.1)
    assert len(faults.faults) == 2


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (("isolate", ["pariss"], {}, None), "Unknown place 'pariss'. Did you mean paris? See: sandbox places"),
        (("isolat", ["paris"], {}, None), "Unknown fault 'isolat'. Did you mean isolate? See: sandbox fault --help"),
        (("stop", ["paris"], {}, None), "Unknown region 'paris'. See: sandbox status"),
        (("partition", ["paris"], {}, None), "Fault partition needs a place and a place; given: paris."),
        (("partition", ["paris", "Paris"], {}, None), "Fault partition needs two different places; given paris twice."),
        (("slow", ["paris"], {}, None), "Fault slow needs at least one of add_ms, jitter_ms, loss, bandwidth_mbps."),
        (("slow", ["paris"], {"los": 1}, None), "Fault slow has no parameter 'los'. Did you mean loss?"),
        (("slow", ["paris"], {"loss": 2}, None), "Fault slow: loss is 2; it must be a number from 0 to 1."),
        (("slow", ["paris"], {"add_ms": 10**400}, None), "it must be a number."),
        (("isolate", ["paris"], {"reset": 1}, None), "Fault isolate: reset is 1; it must be true or false."),
        (("fail-app", ["us-east-1"], {"status": 500.5}, None), "it must be a whole number from 400 to 599."),
        (("isolate", ["paris"], {}, 0), "for_s is 0; it must be over 0"),
        (("isolate", ["paris"], {}, math.inf), "for_s is inf"),
        (("isolate", "paris", {}, None), "its target is 'paris'; it must be a list of names."),
        (("skew", ["us-east-1"], {"ms": "much"}, None), "Fault skew: ms is 'much'; it must be a number."),
        (("pause-replication", ["orders"], {}, None), "Fault pause-replication needs a table and a region"),
        (("pause-replication", ["orders", "mars"], {}, None), "Unknown region 'mars'"),
    ],
)
def test_a_refusal_names_what_is_wrong_and_the_fix(order: tuple[Any, Any, Any, Any], said: str) -> None:
    with pytest.raises(Refusal) as refused:
        register().inject(*order, now_s=0.0)
    assert said in refused.value.message


def test_names_are_taken_as_people_write_them() -> None:
    assert inject(register(), "stop", "US-EAST-1").target == ("us-east-1",)
    assert inject(register(), "partition", "Paris", "edge:cdg").target == ("paris", "edge:CDG")


def test_numbers_are_taken_as_a_command_line_gives_them() -> None:
    fault = inject(register(), "slow", "paris", add_ms="250", loss="0.5")
    assert fault.parameters == {"add_ms": 250, "jitter_ms": 0, "loss": 0.5, "bandwidth_mbps": None}


@pytest.mark.parametrize(
    ("kind", "target", "given_", "said"),
    [
        ("isolate", ["paris"], {}, "paris is cut off from every other place"),
        ("partition", ["paris", "tokyo"], {}, "nothing passes between paris and tokyo"),
        ("partition", ["paris", "tokyo"], {"one_way": True}, "nothing passes from paris to tokyo"),
        ("slow", ["paris"], {"add_ms": 1}, "the network of paris is slow"),
        ("slow", ["paris", "tokyo"], {"add_ms": 1}, "the network between paris and tokyo is slow"),
        ("stop", ["control"], {}, "the process of control is killed"),
        ("skew", ["us-east-1"], {"ms": -5}, "the clock of us-east-1 is wrong"),
        ("pause-replication", ["t", "us-east-1"], {}, "replication of t into and out of us-east-1 is paused"),
        ("pause-replication", ["t", *REGIONS], {}, "replication of t from us-east-1 to eu-west-1 is paused"),
    ],
)
def test_the_why_says_what_is_broken(kind: str, target: list[str], given_: dict[str, Any], said: str) -> None:
    assert inject(register(), kind, *target, **given_).why == said


def test_there_is_a_limit() -> None:
    faults = register()
    for _ in range(LIMIT):
        inject(faults, "slow", "paris", add_ms=1)
    with pytest.raises(Refusal, match="sandbox fault heal --all"):
        inject(faults, "slow", "paris", add_ms=1)


@pytest.mark.parametrize(
    ("kind", "target", "names", "why"),
    [
        ("edge-down", ["cdg"], ("edge:CDG",), "edge:CDG is down: its cities enter at the next edge location"),
        ("edge-down", ["edge:CDG"], ("edge:CDG",), "edge:CDG is down"),
        ("network-zone", ["1"], ("1",), "network zone 1 is down: one address of each accelerator does not answer"),
        ("backbone-cut", ["eu", "NA"], ("EU", "NA"), "the backbone between EU and NA is cut"),
        ("backbone-cut", ["us-east-1"], ("us-east-1",), "the backbone of us-east-1 is cut: nothing reaches it by"),
        (
            "backbone-cut",
            ["CDG", "us-east-1"],
            ("edge:CDG", "us-east-1"),
            "the backbone between edge:CDG and us-east-1",
        ),
    ],
)
def test_faults_of_edges_zones_and_the_backbone_know_their_targets(
    kind: str, target: list[str], names: tuple[str, ...], why: str
) -> None:
    faults = register()
    fault = inject(faults, kind, *target)
    assert fault.target == names
    assert fault.why.startswith(why)
    with pytest.raises(Refusal, match="already"):
        inject(faults, kind, *target)


@pytest.mark.parametrize(
    ("kind", "target", "said"),
    [
        ("edge-down", ["paris"], "Unknown edge location 'paris'"),
        ("network-zone", ["3"], "Unknown network zone '3'. See: sandbox fault network-zone --help"),
        ("backbone-cut", ["paris"], "Unknown area of the backbone 'paris'"),
        ("backbone-cut", ["EU", "eu"], "needs two different places"),
    ],
)
def test_a_wrong_target_of_them_is_named(kind: str, target: list[str], said: str) -> None:
    with pytest.raises(Refusal) as refusal:
        inject(register(), kind, *target)
    assert said in refusal.value.message
