"""Health of records, aliases included (R53 1.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.dns.record_health import RecordHealth
from sandbox.dns.records import Zone
from sandbox.dns.zones import Zones


@pytest.fixture
def problem(zone: Callable[..., dict[str, Any]]) -> Callable[..., str | None]:
    def judged(text: str, name: str, *sick: str) -> str | None:
        zones = Zones()
        made = Zone("Z1", zone(text))
        zones.put(made)
        return RecordHealth(zones, frozenset(sick)).problem(made, made.group(f"{name}.example.test.", "A")[0])

    return judged


PAIR = """
    pair 60 A 192.0.2.1 | weight=1 id=a check=a
    pair 60 A 192.0.2.2 | weight=1 id=b check=b
    pair 60 A 192.0.2.3 | weight=0 id=c check=c
    plain alias pair
    careful alias pair | evaluate
    both alias pair | evaluate check=own
    lost alias nowhere | evaluate
    unchecked 60 A 192.0.2.9
    free alias unchecked | evaluate
"""


@pytest.mark.parametrize(
    ("name", "sick", "wrong"),
    [
        ("unchecked", [], None),
        ("pair", [], None),
        ("pair", ["a"], "health check a unhealthy"),
        ("plain", ["a", "b", "c"], None),
        ("careful", ["a", "b"], None),  # one healthy record is enough
        ("careful", ["a", "b", "c"], "its target pair.example.test. has no healthy record"),
        ("both", [], None),
        ("both", ["own"], "health check own unhealthy"),
        ("both", ["a", "b", "c"], "its target pair.example.test. has no healthy record"),
        ("free", ["a"], None),  # a leaf without a check makes its branch healthy
        ("lost", [], "its target nowhere.example.test. has no A record"),
    ],
)
def test_the_table_of_record_health(name: str, sick: list[str], wrong: str | None, problem: Any) -> None:
    assert problem(PAIR, name, *sick) == wrong


def test_an_alias_loop_is_not_healthy(problem: Any) -> None:
    assert problem("a alias b | evaluate\n b alias a | evaluate", "a") is not None


def test_a_very_long_chain_of_aliases_is_not_healthy_and_does_not_recurse_for_ever(problem: Any) -> None:
    chain = "\n".join(f"n{n} alias n{n + 1} | evaluate" for n in range(2_000)) + "\nn2000 60 A 192.0.2.1"
    assert problem(chain, "n0") is not None
    assert problem(chain, "n1990") is None
