"""Claims about `status`: it tells what it knows even when programs do not answer, and what would be lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sandbox.supervisor.service import Supervisor
from sandbox.supervisor.settings import RegionSettings, Settings
from sandbox.supervisor.status import engines_of, not_kept_by_engines, status_of


async def stand_in(supervisor: Supervisor) -> None:
    """What `start` does, without processes."""
    supervisor.hub.publish("settings", {"ports": {"aws": 4566}})
    supervisor.hub.publish("region/us-east-1", {"code": "us-east-1", "app": 1})
    supervisor.hub.publish("zone/Z1", {"name": "example.test."})


def status_in(home: Path, prepare: Callable[[Supervisor], Awaitable[None]]) -> dict[str, Any]:
    async def run() -> dict[str, Any]:
        supervisor = Supervisor(home, Settings(seed=7, speed=2.0), {})
        await stand_in(supervisor)
        await prepare(supervisor)
        return await status_of(supervisor)

    return asyncio.run(run())


async def nothing(supervisor: Supervisor) -> None:
    """No programs at all."""


def test_programs_that_are_not_there_do_not_hide_the_rest(tmp_path: Path) -> None:
    status = status_in(tmp_path, nothing)
    assert status["control"] == {"unavailable": "control is not available: it is not running. See: sandbox status"}
    assert (status["seed"], status["speed"], status["ports"]) == (7, 2.0, {"aws": 4566})
    assert status["regions"] == {"us-east-1": {"code": "us-east-1", "app": 1}}
    assert {program["state"] for program in status["programs"]} == {"starting"}
    assert status["faults"] == []


def test_what_a_kill_would_lose_is_said(tmp_path: Path) -> None:
    assert any("may lose the last of these seconds" in line for line in status_in(tmp_path, nothing)["not_kept"])


def test_faults_are_listed(tmp_path: Path) -> None:
    async def isolate(supervisor: Supervisor) -> None:
        await supervisor.faults.inject("isolate", ["us-east-1"])

    (fault,) = status_in(tmp_path, isolate)["faults"]
    assert fault["why"] == "us-east-1 is cut off from every other place"


def test_each_region_has_its_engine_and_what_it_keeps_is_its_own_affair() -> None:
    own = {"us-east-1": RegionSettings(), "eu-west-1": RegionSettings(engine="http://e:1")}
    settings = Settings(regions=("us-east-1", "eu-west-1"), region_settings=own)
    told = {"engine": "http://e:1", "state": "up", "since_s": 5.0, "version": "4.14.0"}
    assert engines_of(settings, {"engine": {"port": 1}, "region-engine/eu-west-1": told}) == {
        "us-east-1": {"engine": "moto", "state": "up", "since_s": None, "version": None},
        "eu-west-1": told,
    }
    away = engines_of(settings, {})
    assert (away["us-east-1"]["state"], away["eu-west-1"]["state"]) == ("down", "unknown")
    (line,) = not_kept_by_engines(settings)
    assert "http://e:1 of eu-west-1" in line
