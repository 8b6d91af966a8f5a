"""Real containers: a stack that `docker compose up` makes, and a host that breaks it.

These tests run when they are asked for (SANDBOX_TEST_CONTAINERS=1, as .ci/run does) and skip loudly otherwise: they
need a Docker engine and the image, and take minutes. SANDBOX_IMAGE names the image, LOCALSTACK_IMAGE its engine; a test
that needs an image that is not here skips too, unless SANDBOX_TEST_CONTAINERS=all.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox.cli.compose_file import compose_file
from sandbox.client.sandbox import Sandbox
from sandbox.kernel.dice import fresh_token
from sandbox.supervisor.ports import pick_free

ROOT = Path(__file__).parents[2]
ASKED = "SANDBOX_TEST_CONTAINERS"
IMAGE = os.environ.get("SANDBOX_IMAGE") or "multi-region-sandbox:latest"
LOCALSTACK = os.environ.get("LOCALSTACK_IMAGE") or "localstack/localstack:4.14.0"
REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
UP_WITHIN_S = 120


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    why = None if os.environ.get(ASKED) else f"real containers are tested when {ASKED}=1 asks for it (.ci/run does)"
    for item in items:
        if Path(str(item.fspath)).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.docker)
            item.add_marker(pytest.mark.timeout(300))
            if why is not None:
                item.add_marker(pytest.mark.skip(reason=why))


def docker(*words: str, check: bool = True) -> str:
    """What `docker ...` says on stdout."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"docker {' '.join(words)}: {done.stderr}")
    return done.stdout.strip()


def require_image(name: str) -> None:
    if docker("image", "inspect", name, "--format", "{{.Id}}", check=False):
        return
    if os.environ.get(ASKED) == "all":
        pytest.fail(f"the image {name} is not here")
    pytest.skip(f"the image {name} is not here")


@dataclass
class Stack:
    """One compose project on ports of its own. more: variables of its compose file."""

    regions: tuple[str, ...]
    folder: Path
    more: dict[str, str]
    project: str = field(default_factory=lambda: f"sandbox-test-{fresh_token()[:8]}")

    def __post_init__(self) -> None:
        names = ("AWS", "DNS", "PROXY", "CONSOLE", "HUB")
        free = pick_free(40, os.getpid() * 13)
        first = next(port for port in free if {port + step for step in range(10)} <= set(free))
        others = (port for port in free if not first <= port < first + 10)
        self.ports = {name: next(others) for name in names}
        self.regions_ports = f"{first}-{first + 9}"
        self.file = self.folder / "compose.yaml"
        self.file.write_text(compose_file(self.regions))

    def environment(self) -> dict[str, str]:
        ports = {f"SANDBOX_{name}_PORT": str(port) for name, port in self.ports.items()}
        own = {"SANDBOX_REGIONS_PORTS": self.regions_ports, "SANDBOX_SPEED": "10", "SANDBOX_SEED": "1"}
        named = {"SANDBOX_COMPOSE_PROJECT": self.project, "SANDBOX_IMAGE": IMAGE, "LOCALSTACK_IMAGE": LOCALSTACK}
        return {**os.environ, "COMPOSE_PROFILES": "", **ports, **own, **named, **self.more}

    def compose(self, *words: str) -> str:
        words = ("compose", "-p", self.project, "-f", str(self.file), "--project-directory", str(ROOT), *words)
        done = subprocess.run(
            ["docker", *words], env=self.environment(), capture_output=True, text=True, check=False, timeout=UP_WITHIN_S
        )
        assert done.returncode == 0, f"{done.stderr[-2000:]}\n{self.logs() if 'up' in words else ''}"
        return done.stdout

    def logs(self) -> str:
        words = ["docker", "compose", "-p", self.project, "logs", "--tail", "30"]
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout[-6000:]

    def container(self, service: str) -> str:
        return f"{self.project}-{service}-1"

    def state_of(self, service: str) -> str:
        return docker("inspect", "--format", "{{.State.Status}}", self.container(service))

    def addresses(self) -> dict[str, list[str]]:
        """Service -> its addresses, on all networks."""
        found = {}
        for service in ("planet", "control", *self.regions):
            networks = docker("inspect", "--format", "{{json .NetworkSettings.Networks}}", self.container(service))
            found[service] = [network["IPAddress"] for network in json.loads(networks).values()]
        return found

    def plugged_into(self, region: str) -> set[str]:
        """The services whose containers are on a region's network."""
        words = ("network", "inspect", f"{self.project}_{region}", "--format", "{{json .Containers}}")
        names = [container["Name"] for container in json.loads(docker(*words)).values()]
        return {name.removeprefix(f"{self.project}-").rsplit("-", 1)[0] for name in names}

    def unplug(self, region: str) -> None:
        """As by hand: the planet's container off a region's network."""
        docker("network", "disconnect", f"{self.project}_{region}", self.container("planet"))

    def python(self, service: str, code: str) -> Any:
        """What `code` prints, as JSON, run inside a container."""
        return json.loads(docker("exec", self.container(service), "python3", "-c", code))

    def sandbox(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The `sandbox` command, from a folder where no sandbox of processes runs."""
        command = [ROOT / ".venv" / "bin" / "sandbox", *words]
        return subprocess.run(
            command, env=self.environment(), cwd=self.folder, capture_output=True, text=True, check=False
        )


def brought_up(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Stack, Sandbox]]:
    try:
        stack.compose("up", "-d", "--wait")
        monkeypatch.setenv("SANDBOX_COMPOSE_PROJECT", stack.project)
        with Sandbox.attach() as sandbox:
            yield stack, sandbox
    finally:
        stack.compose("down", "-v", "--timeout", "2", "--remove-orphans")


@pytest.fixture(scope="session")
def containers() -> Any:
    """This file, for tests that make stacks of their own."""
    return sys.modules[__name__]


@pytest.fixture(scope="session")
def patched() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield monkeypatch


@pytest.fixture(scope="session")
def up(tmp_path_factory: pytest.TempPathFactory, patched: pytest.MonkeyPatch) -> Iterator[tuple[Stack, Sandbox]]:
    """Three regions with control's moto."""
    require_image(IMAGE)
    yield from brought_up(Stack(REGIONS, tmp_path_factory.mktemp("stack"), {}), patched)


@pytest.fixture
def stack(up: tuple[Stack, Sandbox]) -> Stack:
    return up[0]


@pytest.fixture
def planet(up: tuple[Stack, Sandbox]) -> Iterator[Sandbox]:
    """The sandbox with everything running and nothing broken, before and after."""
    sandbox = up[1]
    sandbox.fault.heal_all()
    sandbox.wait_until(lambda: all_run(sandbox), within_s=60)
    yield sandbox
    sandbox.fault.heal_all()


def all_run(sandbox: Sandbox) -> bool:
    return {program["state"] for program in sandbox.status()["programs"]} == {"running"}


def state_of(sandbox: Sandbox, program: str) -> str:
    return str(next(one["state"] for one in sandbox.status()["programs"] if one["name"] == program))
