"""The pytest plugin: a fixture `sandbox`, found by pytest in every project where this package is installed.

Nothing but pytest is imported here: it costs each pytest run of the machine, also those that use no sandbox.

    sandbox_process   one sandbox for the whole run, started when the first test asks for it; or one that runs already
    sandbox           the same, with all faults healed after each test, and a bookmark for `wait_for_event` before it
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sandbox.client.sandbox import Sandbox


def pytest_addoption(parser: pytest.Parser) -> None:
    """Flags and ini keys; a flag wins."""
    group = parser.getgroup("sandbox", "multi-region sandbox")
    group.addoption("--sandbox-regions", metavar="A,B,C", help="regions of the `sandbox` fixture")
    group.addoption("--sandbox-speed", metavar="N", help="service timers run N times as fast")
    group.addoption("--sandbox-seed", metavar="N", help="seed of jitter and weighted choice")
    group.addoption("--sandbox-home", metavar="DIR", help="use the sandbox that runs in this state folder")
    parser.addini("sandbox_regions", "regions of the `sandbox` fixture", default="")
    parser.addini("sandbox_speed", "service timers run N times as fast", default="")
    parser.addini("sandbox_seed", "seed of jitter and weighted choice", default="")


@pytest.fixture(scope="session")
def sandbox_process(pytestconfig: pytest.Config) -> Iterator[Sandbox]:
    """One sandbox for the whole run."""
    from sandbox.client.sandbox import Sandbox
    from sandbox.kernel.errors import Refusal

    home = pytestconfig.getoption("--sandbox-home")
    given: dict[str, Any] = {name: _chosen(pytestconfig, name) for name in ("regions", "speed", "seed")}
    try:
        started = Sandbox.attach(home) if home else Sandbox(**given)
    except Refusal as refusal:
        pytest.fail(f"sandbox: {refusal.message}", pytrace=False)
    with started:
        yield started


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Iterator[Sandbox]:
    """A sandbox without faults, which is left without faults. AWS resources stay: name yours after your test."""
    sandbox_process.fault.heal_all()
    sandbox_process.bookmark()
    yield sandbox_process
    sandbox_process.fault.heal_all()


def _chosen(config: pytest.Config, name: str) -> str | None:
    return config.getoption(f"--sandbox-{name}") or config.getini(f"sandbox_{name}") or None
