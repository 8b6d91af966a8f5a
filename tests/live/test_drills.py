"""Claims about drills on real processes: a shipped one holds, what is impossible is named, a seed repeats a run."""

from __future__ import annotations

import json
import os
import re
import shutil
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
from sandbox.drills.core import plan_of
from sandbox.drills.reading import parse_drill
from sandbox.drills.service import run_drill
from sandbox.drills.shipped import find_drill
from sandbox.drills.values import Drill, Run
from sandbox.geography.atlas import Atlas
from sandbox.kernel.clock import SystemClock

pytestmark = pytest.mark.live

REGIONS = ["us-east-1", "eu-west-1"]
STANDS = {"max_ttl_s": 200, "client_subnet": False}  # what the user has set in Paris
IMPOSSIBLE = """\
name: impossible
regions: [us-east-1, eu-west-1]
places: {paris: {hold_s: forever}}
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
# The same table twice: the second one finds its name taken.
CREATE = """service: dynamodb
    operation: create_table
    arguments: {TableName: taken, BillingMode: PAY_PER_REQUEST, KeySchema: [{AttributeName: id, KeyType: HASH}],
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]}"""
TAKEN = f"{CREATE}\n  - {CREATE}"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


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


def command(planet: Sandbox, name: str, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    words = ["drill", "run", name, "--attach", "--home", str(planet.home), "--out", str(out), *more]
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
    changes = {
        "overall: 0.65": "overall: 0.5",
        "TTL: 60": "TTL: 10",
        "duration_s: 16": "duration_s: 8",
        "at: 3.5": "at: 1",
        "rto_s: 10.7": "rto_s: 5.7",
    }
    (tmp_path / "loss.yaml").write_text(changed(text, changes))
    done = command(planet, str(tmp_path / "loss.yaml"), tmp_path)
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
    planet.set_place("paris", usual=True, **STANDS)
    (tmp_path / "impossible.yaml").write_text(IMPOSSIBLE)
    (tmp_path / "setup.sh").write_text("aws sqs create-queue --queue-name from-a-script > /dev/null\n")
    done = command(planet, str(tmp_path / "impossible.yaml"), tmp_path, "--seed", "3")
    assert done.returncode == 1, done.stdout + done.stderr
    assert json.loads((tmp_path / "report.json").read_text())["seed"] == 3
    assert done.stdout.splitlines()[-1] == "Not held: availability"
    suite = ElementTree.fromstring((tmp_path / "junit.xml").read_text())
    assert [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None] == ["availability"]
    queues = planet.client("sqs", region="us-east-1").list_queues()
    assert [url.rpartition("/")[2] for url in queues["QueueUrls"]] == ["from-a-script"]
    assert planet.settings_of_place("paris") == STANDS, "what the user had set is not there again"


@pytest.fixture(scope="module")
def copied(planet: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The drill that a reader copies from the README, with the script beside it: what a run said, and its reports."""
    folder = tmp_path_factory.mktemp("copied")
    planet.reset()
    planet.set_place("paris", usual=True, max_ttl_s=50)
    text = find_drill("slow-region").parents[1].joinpath("README.md").read_text()
    (folder / "mine.yaml").write_text(text.partition("```yaml\n")[2].partition("```")[0])
    (folder / "setup.sh").write_text(text.partition("```bash\n")[2].partition("```")[0])
    done = command(planet, str(folder / "mine.yaml"), folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, folder


def test_the_drill_of_the_readme_can_be_copied_and_holds(planet: Sandbox, copied: tuple[str, Path]) -> None:
    """Its fault is felt. Settings that are not the drill's are told, and stay."""
    told, folder = copied
    assert "All objectives held." in told
    assert json.loads((folder / "report.json").read_text())["rto"][0]["rto_s"] > 2
    assert "paris has settings of its own, which count: max_ttl_s: 50" in told
    assert planet.settings_of_place("paris") == {"max_ttl_s": 50}


def test_a_report_opens_in_a_browser_without_a_network(copied: tuple[str, Path]) -> None:
    """It asks for nothing but itself, and its pictures are there."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: no report is opened in a browser; .ci/run installs it")
    from playwright.sync_api import sync_playwright

    report = copied[1] / "report.html"
    asked, wrong = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(offline=True).new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda line: wrong.append(line.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(report.as_uri())
        pictures = [each.bounding_box() for each in page.locator("svg").all()]
        lines = page.locator("svg polyline").count()
        told = page.locator("h1 ~ p.held").inner_text()
        browser.close()
    assert asked == [report.as_uri()]
    assert wrong == []
    assert told == "All objectives held"
    assert len(pictures) == 2
    assert all(box is not None and box["width"] > 300 and box["height"] > 100 for box in pictures)
    assert lines, "no line is drawn"
    assert not re.search(r"https?://", report.read_text())


def journey(planet: Sandbox, drill: Drill) -> tuple[Run, list[tuple[str, str]]]:
    """A run in an emptied sandbox; what the sandbox's own journal says was broken and healed, in order."""
    planet.reset()
    began_at_s = SystemClock().wall_s()
    run = run_drill(planet, drill, seed=drill.seed, on_progress=lambda progress: None)
    events = planet.events(kinds=["fault_injected", "fault_healed"])
    names = [(event["event"], event["id"].rpartition("-")[0]) for event in events if event["at_s"] >= began_at_s]
    return run, names


def as_sent(run: Run) -> list[tuple[str, str, str]]:
    """Who did what with which item, in the order in which it really left."""
    samples = sorted(run.samples, key=lambda sample: sample.sent_s)
    return [(sample.request.city, sample.request.action, sample.request.key) for sample in samples]


def test_the_same_seed_gives_the_same_order_of_load_and_faults_and_the_same_winners(planet: Sandbox) -> None:
    """Two regions write the same items while they are cut off from each other; who wins is no chance."""
    text = find_drill("active-active-partition").read_text()
    second = "for: 2}\n  - {at: 1.5, kind: slow, target: paris, parameters: {add_ms: 5}, for: 1}"
    text = changed(text, {"keys: 12": "keys: 8", "writes: 0.5": "writes: 0.9", "duration_s: 8": "duration_s: 4"})
    text = changed(text, {"at: 2, kind": "at: 1, kind", "for: 3}": second})
    drill = parse_drill(text, "short.yaml", Atlas.load())
    (one, broken), (other, broken_again) = journey(planet, drill), journey(planet, drill)
    assert as_sent(one) == as_sent(other)
    planned = [(each.city, each.action, each.key) for each in plan_of(drill, drill.seed).requests]
    assert as_sent(one) == planned
    assert [name for name in broken if name[0] == "fault_injected"] == [
        ("fault_injected", "partition"),
        ("fault_injected", "slow"),
    ]
    assert broken == broken_again
    winners = one.final["baskets"]
    assert winners["us-east-1"] == winners["eu-west-1"] == other.final["baskets"]["us-east-1"]
    assert winners == other.final["baskets"]
    # A write that was on its way when the line was cut may have come through or not: most losers are certain, not all.
    assert len(set(one.conflicts) & set(other.conflicts)) >= 3, "hardly anybody lost, so hardly anybody won"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[us-east-1, eu-west-1]", "[eu-west-1, sa-east-1]", "--regions us-east-1,eu-west-1,sa-east-1 --speed 10. Or"),
        ("architecture:", "speed: 3\narchitecture:", "runs at speed 10, not 3; impossible needs that. Start one"),
        ("script: setup.sh", TAKEN, "Table already exists: taken. Is what an earlier run made in the way?"),
    ],
)
def test_what_does_not_fit_an_attached_sandbox_is_told_with_its_fix(
    planet: Sandbox, tmp_path: Path, old: str, new: str, told: str
) -> None:
    (tmp_path / "setup.sh").write_text("true\n")
    (tmp_path / "mine.yaml").write_text(changed(IMPOSSIBLE, {old: new}))
    done = command(planet, str(tmp_path / "mine.yaml"), tmp_path)
    assert done.returncode in (1, 2)
    assert told in done.stderr
    assert done.stderr.rstrip().endswith("Or leave out --attach: the drill then gets a sandbox of its own.")
