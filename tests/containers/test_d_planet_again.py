"""The last of the stack's tests: its planet is started again, and with it the hub that all others need."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.client.sandbox import Sandbox
from sandbox.kernel.clock import pause_s
from sandbox.kernel.errors import Refusal


def attached() -> Sandbox:
    for _ in range(300):
        try:
            return Sandbox.attach()
        except Refusal:  # the planet's container runs, and the planet is not ready
            pause_s(0.1)
    return Sandbox.attach()


@pytest.mark.parametrize(
    "words", [("restart", "-t", "3", "planet"), ("up", "-d", "--force-recreate", "-t", "3", "planet")]
)
def test_a_planet_that_is_started_again_finds_all_of_them(up: Any, words: tuple[str, ...]) -> None:
    """Also the region that a fault had cut off its network: the planet forgets the fault, but the host does not."""
    stack, before = up
    before.close()
    with attached() as now:
        now.fault.isolate("eu-west-1")
    assert "planet" not in stack.plugged_into("eu-west-1")
    stack.compose(*words)
    with attached() as again:
        again.wait_until(
            lambda: {program["state"] for program in again.status()["programs"]} == {"running"}, within_s=60
        )
        assert "planet" in stack.plugged_into("eu-west-1")
        assert again.place("paris").probe("http://198.18.2.10/", timeout_s=2).ok
