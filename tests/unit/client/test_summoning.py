"""Claims about when somebody on the host is needed. An agent at work is tested in tests/containers."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.client.summoning import before_fault, before_heal, needs_agent

STACK = {"stack": "workshop", "regions": ["us-east-1", "eu-west-1"]}


class Hub:
    """Says that an agent is there, and remembers what it was asked."""

    def __init__(self, *faults: dict[str, Any]) -> None:
        self.faults = list(faults)
        self.asked: list[str] = []

    def __call__(self, to: str, method: str, **arguments: Any) -> Any:
        self.asked.append(method)
        return self.faults if method == "fault_list" else True


@pytest.mark.parametrize(
    ("kind", "target", "needed"),
    [
        ("stop", ["us-east-1"], True),
        ("stop", ["control"], True),
        ("freeze", ["us-east-1"], True),
        ("stop", ["planet"], False),  # a process inside its container
        ("isolate", ["us-east-1"], True),
        ("isolate", ["paris"], False),  # a rule of the planet: a city has no container
        ("partition", ["us-east-1", "eu-west-1"], False),
        ("pause-replication", ["orders", "us-east-1"], False),
    ],
)
def test_only_what_containers_suffer_needs_an_agent(kind: str, target: list[str], needed: bool) -> None:
    assert needs_agent(STACK, {"kind": kind, "target": target}) is needed
    hub = Hub()
    before_fault(STACK, hub, kind, target)
    assert hub.asked == (["has_agent"] if needed else [])


def test_a_sandbox_of_processes_needs_none() -> None:
    hub = Hub({"id": "stop-1", "kind": "stop", "target": ["us-east-1"]})
    before_fault({}, hub, "stop", ["us-east-1"])
    before_heal({}, hub, "all")
    assert hub.asked == []


@pytest.mark.parametrize(
    ("healed", "needed"), [("stop-1", True), ("isolate-2", True), ("slow-3", False), ("all", True)]
)
def test_only_the_heal_of_such_a_fault_needs_one(healed: str, needed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    plugged: list[tuple[str, set[str]]] = []
    monkeypatch.setattr("sandbox.client.containers.plug_all", lambda *given: plugged.append(given))  # Docker's part
    hub = Hub(
        {"id": "stop-1", "kind": "stop", "target": ["us-east-1"]},
        {"id": "isolate-2", "kind": "isolate", "target": ["us-east-1"]},
        {"id": "slow-3", "kind": "slow", "target": ["us-east-1"]},
    )
    before_heal(STACK, hub, healed)
    assert hub.asked == ["fault_list", *(["has_agent"] if needed else [])]
    assert plugged == ([("workshop", {"eu-west-1"})] if healed == "all" else [])
