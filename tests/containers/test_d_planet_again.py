"""The last of the stack's tests: its planet is started again, and with it the hub that all others need."""

from __future__ import annotations

from typing import Any

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


def test_a_planet_that_is_started_again_finds_all_of_them(up: Any) -> None:
    stack, before = up
    before.close()
    stack.compose("restart", "-t", "3", "planet")
    with attached() as again:
        again.wait_until(
            lambda: {program["state"] for program in again.status()["programs"]} == {"running"}, within_s=60
        )
        assert again.place("paris").probe("http://198.18.2.10/", timeout_s=2).ok
