"""Claims about the drills that come along, each of them run whole, as its README says. They take two minutes together.

They run when they are asked for (SANDBOX_TEST_DRILLS=all) and skip loudly otherwise: test_drills.py runs shorter ones.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from sandbox.client.sandbox import Sandbox
from sandbox.drills.reading import read_drill
from sandbox.drills.report import report_of
from sandbox.drills.service import run_drill
from sandbox.drills.shipped import find_drill, shipped_drills
from sandbox.geography.atlas import Atlas

ASKED = "SANDBOX_TEST_DRILLS"
WHY = f"all shipped drills are run when {ASKED}=all asks for it (two minutes)"

pytestmark = [pytest.mark.live, pytest.mark.skipif(os.environ.get(ASKED) != "all", reason=WHY)]


@pytest.fixture(scope="module")
def planet() -> Iterator[Sandbox]:
    with Sandbox(regions=["us-east-1", "eu-west-1"], seed=1, speed=10) as started:
        yield started


@pytest.mark.parametrize("name", shipped_drills())
def test_it_holds_and_is_felt(planet: Sandbox, name: str) -> None:
    """Limits of formulas: tests/unit/drills/test_shipped.py. That somebody noticed shows that there was a fault."""
    planet.reset()
    drill = read_drill(find_drill(name), Atlas.load())
    report = report_of(drill, drill.seed, run_drill(planet, drill, seed=drill.seed, on_progress=print))
    assert report["held"], [verdict for verdict in report["objectives"] if not verdict["held"]]
    failed = [each["city"] for each in report["rto"] if each["rto_s"] > 0]
    slow = [city for city, figures in report["cities"].items() if figures["p99_ms"] > 400]
    assert failed or slow or report["stale_reads"] or report["lost_writes"], "nobody noticed the fault"
    assert [fault["fault"] for fault in report["faults"]] == [fault.words for fault in drill.faults]
    assert planet.fault.list() == []
