"""Claims about drills on real processes: a shipped one holds, what is impossible is named, a seed repeats a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sandbox.client.sandbox import Sandbox
from sandbox.client.starting import surroundings
from sandbox.demo.losing import bound_of
from sandbox.drills.shipped import find_drill
from sandbox.geography.atlas import Atlas

pytestmark = pytest.mark.live

REGIONS = ["us-east-1", "eu-west-1"]
IMPOSSIBLE = """\
name: impossible
regions: [us-east-1, eu-west-1]
architecture:
  - script: setup.sh
load:
  - {cities: [paris], url: http://198.18.2.10/, rate_per_s: 5, duration_s: 2}
timeline:
  - {at: 1, kind: isolate, target: eu-west-1}
objectives:
  availability: 1
  p99_ms: 5000
"""


@pytest.fixture(scope="module")
def planet() -> Iterator[Sandbox]:
    with Sandbox(regions=REGIONS, seed=1, speed=10) as started:
        yield started


def changed(text: str, changes: Mapping[str, str]) -> str:
    """A drill, made shorter."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def drill(planet: Sandbox, name: str, out: Path) -> subprocess.CompletedProcess[str]:
    words = ["drill", "run", name, "--attach", "--home", str(planet.home), "--out", str(out)]
    return subprocess.run(
        [sys.executable, "-m", "sandbox.cli", *words],
        env=surroundings(os.environ),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_a_lost_region_is_left_within_detection_ttl_and_a_second(planet: Sandbox, tmp_path: Path) -> None:
    """The shipped drill with a TTL of 10 s: Paris fails after the fault, and not longer than the formula allows."""
    text = find_drill("region-loss-dns").read_text()
    changes = {"TTL: 60": "TTL: 10", "duration_s: 16": "duration_s: 8", "at: 3.5": "at: 1", "rto_s: 10.8": "rto_s: 5.8"}
    (tmp_path / "loss.yaml").write_text(changed(text, changes))
    done = drill(planet, str(tmp_path / "loss.yaml"), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    bound = bound_of("stop", "eu-west-1", rtt_ms=Atlas.load().rtt_ms, speed=10)
    bound = replace(bound, ttl_s=1)
    rto = {each["city"]: each["rto_s"] for each in report["rto"]}
    assert 0 < rto["paris"] <= bound.total_s
    assert rto["new-york"] == 0
    assert report["requests_of_regions"].keys() == {"us-east-1", "eu-west-1"}
    assert "<svg" in (tmp_path / "report.html").read_text()
    assert planet.fault.list() == []


def test_an_impossible_objective_is_named_and_the_exit_code_says_so(planet: Sandbox, tmp_path: Path) -> None:
    """The script runs with the aws CLI, as in a shell after `sandbox env`."""
    (tmp_path / "impossible.yaml").write_text(IMPOSSIBLE)
    (tmp_path / "setup.sh").write_text("aws sqs create-queue --queue-name from-a-script > /dev/null\n")
    done = drill(planet, str(tmp_path / "impossible.yaml"), tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "Not held: availability"
    suite = ElementTree.fromstring((tmp_path / "junit.xml").read_text())
    assert [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None] == ["availability"]
    queues = planet.client("sqs", region="us-east-1").list_queues()
    assert [url.rpartition("/")[2] for url in queues["QueueUrls"]] == ["from-a-script"]


def test_the_same_seed_gives_the_same_load_faults_and_winners(planet: Sandbox, tmp_path: Path) -> None:
    """Two regions write the same items while they are cut off from each other; who wins is no chance."""
    text = find_drill("active-active-partition").read_text()
    text = (
        text.replace("duration_s: 8", "duration_s: 4").replace("at: 2, kind", "at: 1, kind").replace("for: 3", "for: 2")
    )
    (tmp_path / "short.yaml").write_text(text)
    reports = []
    for number in ("first", "second"):
        planet.reset()
        done = drill(planet, str(tmp_path / "short.yaml"), tmp_path / number)
        assert done.returncode == 0, done.stdout + done.stderr
        reports.append(json.loads((tmp_path / number / "report.json").read_text()))
    first, second = reports
    assert first["winners"]["baskets"]
    assert first["winners"] == second["winners"]
    assert [fault["fault"] for fault in first["faults"]] == [fault["fault"] for fault in second["faults"]]
    assert [lost["number"] for lost in first["lost_writes"]] == [lost["number"] for lost in second["lost_writes"]]
    assert any(point["writes"] for point in first["rpo"]), "nothing was cut"
