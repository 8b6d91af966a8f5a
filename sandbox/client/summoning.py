"""Having an agent there when a fault of containers needs one (agent.py says what it is).

In: the card of a sandbox, a way to call its hub, the fault. Out: an agent at the hub, which stays as long as such a
fault is active; nothing for a sandbox of processes, or when there is one already.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.client import containers
from sandbox.client.containers import PROJECT_VARIABLE
from sandbox.kernel.errors import Refusal

KINDS = ("stop", "freeze", "isolate")
THERE_WITHIN_S = 15.0
POLL_S = 0.05

Call = Callable[..., Any]


def needs_agent(card: Mapping[str, Any], fault: Mapping[str, Any]) -> bool:
    """Whether somebody on the host has to do and undo it: to control's container, or to one of a region."""
    return fault["kind"] in KINDS and fault["target"][0] in ("control", *card["regions"])


def before_fault(card: Mapping[str, Any], call: Call, kind: str, target: list[str]) -> None:
    """Have an agent there if this fault needs one."""
    if "stack" in card and target and needs_agent(card, {"kind": kind, "target": target}):
        ensure(card, call)


def before_heal(card: Mapping[str, Any], call: Call, fault_id: str) -> None:
    """Have an agent there if this fault, or one of "all", needs one.

    "all" mends as well what no fault tells of: the planet's container off a region's network, by hand or by a fault
    that a planet has forgotten which was started again.
    """
    if "stack" not in card:
        return
    faults = [fault for fault in call("hub", "fault_list") if needs_agent(card, fault)]
    if any(fault_id in ("all", fault["id"]) for fault in faults):
        ensure(card, call)
    if fault_id == "all":
        isolated = {fault["target"][0] for fault in faults if fault["kind"] == "isolate"}
        try:
            containers.plug_all(str(card["stack"]), set(card["regions"]) - isolated)
        except Refusal:  # no engine answers: faults that need none can be healed all the same
            if faults:
                raise


def ensure(card: Mapping[str, Any], call: Call) -> None:
    """Start an agent that stays as long as it is needed, unless there is one."""
    if call("hub", "has_agent"):
        return
    from sandbox.client import starting
    from sandbox.kernel.clock import SystemClock, pause_s

    variables = {**starting.surroundings(os.environ), PROJECT_VARIABLE: str(card["stack"])}
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.cli", "agent", "--while-needed"],
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    clock = SystemClock()
    give_up_at_s = clock.now_s() + THERE_WITHIN_S
    while not call("hub", "has_agent"):
        if process.poll() is not None or clock.now_s() > give_up_at_s:
            raise Refusal("NoAgent", "No agent has come. Start one, and see what it says: sandbox agent", status=500)
        pause_s(POLL_S)
