"""Claims about labs in the console: one progress for the API, every browser and `sandbox lab`.

A sandbox of its own, for a lab that starts empties it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from posting import post

from sandbox.client.sandbox import Sandbox
from sandbox.labs.progress import FILE, load
from sandbox.labs.shelf import lab_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.live

REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]
TOOLS = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
SIZES = [(1280, 720), (1920, 1080)]
BOXES = """() => [...document.querySelectorAll('#side *')].filter((each) => !each.closest('.result, .steps, .prose'))
  .map((each) => [each.className, ...['x', 'y', 'width', 'height'].map((of) => each.getBoundingClientRect()[of])])"""
WIDER = """() => [...document.querySelectorAll('#lessons, #lessons *')]
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def planet() -> Iterator[Sandbox]:
    with Sandbox(regions=REGIONS, seed=1, speed=10) as started:
        yield started


@pytest.fixture(autouse=True)
def whole(planet: Sandbox) -> Iterator[None]:
    """Each test begins with no lab under way."""
    (planet.home / FILE).unlink(missing_ok=True)
    yield
    planet.call("hub", "fault_heal", id="all")


def typed(planet: Sandbox, *words: str) -> tuple[int, str]:
    """`sandbox lab ...` in a shell."""
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox.cli", "lab", *words, "--home", str(planet.home)],
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def name_the_application(planet: Sandbox) -> None:
    """What the lines of lab 1's first step do."""
    route53 = planet.client("route53")
    zone = route53.create_hosted_zone(Name="example.test", CallerReference="lab1")["HostedZone"]["Id"]
    record = {"Name": "app.example.test", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "198.18.1.10"}]}
    change = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=change)


def visit_it(planet: Sandbox) -> None:
    """What the lines of its second step do."""
    for place in ("new-york", "tokyo", "sydney"):
        assert planet.place(place).get("http://app.example.test/").status_code == 200


# -- the API


def test_a_lab_is_begun_checked_and_gone_on_with_by_api_and_command_line_alike(
    planet: Sandbox, api: httpx.Client
) -> None:
    begun = post(api, "/labs/1/start", language="en", yes=True)
    assert (begun["lab"], begun["step"]) == (1, 0)
    failed = post(api, "/labs/1/check", step=0)
    assert (failed["passed"], failed["progress"]["step"]) == (False, 0)
    assert "app.example.test is REFUSED, not 198.18.1.10" in failed["checks"][0]["said"]
    name_the_application(planet)
    passed = post(api, "/labs/1/check", step=0)
    assert (passed["passed"], passed["over"], passed["progress"]["step"]) == (True, False, 1)
    assert "1.2 Visit it from four continents" in typed(planet, "show")[1]
    visit_it(planet)
    assert typed(planet, "check")[0] == 0
    assert api.get("/labs").json()["progress"]["step"] == 2
    again = post(api, "/labs/1/reset")
    assert (again["step"], planet.client("route53").list_hosted_zones()["HostedZones"]) == (0, [])


def test_what_cannot_be_is_refused_by_name(planet: Sandbox, api: httpx.Client, url: str) -> None:
    def refused(method: str, path: str, **body: Any) -> tuple[int, str]:
        answer = api.request(method, path, json=body) if method == "POST" else api.get(path)
        return answer.status_code, answer.json()["error"]["code"]

    assert refused("GET", "/labs/12") == (404, "UnknownLab")
    assert refused("GET", "/labs?language=de") == (404, "UnknownLanguage")
    assert refused("POST", "/labs/1/check") == (409, "NotThisLab")
    assert refused("POST", "/labs/1/check", step=-1) == (422, "NotOfThisForm")
    planet.client("dynamodb", region="us-east-1").create_table(
        TableName="mine",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    assert refused("POST", "/labs/1/start") == (409, "NotEmpty")
    assert planet.client("dynamodb", region="us-east-1").list_tables()["TableNames"] == ["mine"]
    post(api, "/labs/1/start", yes=True)
    assert planet.client("dynamodb", region="us-east-1").list_tables()["TableNames"] == []
    assert refused("POST", "/labs/1/check", step=2) == (409, "LabMoved")
    assert refused("POST", "/labs/2/reset") == (409, "NotThisLab")
    foreign = {"Origin": "http://evil.example"}
    assert httpx.post(f"{url}/api/v1/labs/2/start", json={}, headers=foreign, trust_env=False).status_code == 403
    assert (load(planet.home) or pytest.fail("no lab is under way")).lab == 1


def test_everybody_else_is_answered_while_a_lab_is_prepared(planet: Sandbox, api: httpx.Client) -> None:
    """Lab 3 types a line of the aws CLI first, which takes a second and more."""
    if shutil.which("aws", path=TOOLS) is None:
        pytest.skip("what a lab takes for granted is typed with the aws CLI: pip install awscli")
    begun: list[Any] = []
    starting = threading.Thread(target=lambda: begun.append(post(api, "/labs/3/start", yes=True)))
    answered = 0
    with httpx.Client(base_url=api.base_url, timeout=5, trust_env=False) as other:
        starting.start()
        while starting.is_alive():
            assert other.get("/faults").json() == []
            answered += 1
    starting.join()
    assert (begun[0]["lab"], begun[0]["step"]) == (3, 0)
    assert answered > 10


def test_checkpoints_leave_nothing_behind_in_the_consoles_process(planet: Sandbox, api: httpx.Client) -> None:
    """Lab 4 looks at tables through AWS clients: made anew for each look they left 5 MB, collected late."""

    def memory_mb() -> float:
        return float(api.get("/status").json()["memory_mb"]["console"])

    if shutil.which("aws", path=TOOLS) is None:
        pytest.skip("what a lab takes for granted is typed with the aws CLI: pip install awscli")
    post(api, "/labs/4/start", yes=True)
    for _ in range(3):
        assert post(api, "/labs/4/check")["passed"] is False
    before_mb = memory_mb()
    for _ in range(20):
        post(api, "/labs/4/check")
    assert memory_mb() - before_mb < 20


def test_the_guide_and_the_drills_are_told(api: httpx.Client) -> None:
    guide = api.get("/guide").json()["blocks"]
    assert guide[0]["spans"][0]["text"] == "Guide for the leader of a workshop"
    first = next(block for block in guide if block["kind"] == "table")
    assert [cell[0]["text"] for cell in first["rows"][0][:2]] == ["0-8", "lab 1, first two steps"]
    drills = {drill["name"]: drill for drill in api.get("/drills").json()}
    assert drills["slow-region"]["line"] == "sandbox drill run slow-region --out report"
    assert len(drills) == 7


def test_nothing_that_is_sent_makes_labs_fail(
    url: str, api: httpx.Client, answers_to: Callable[[Any], set[int]]
) -> None:
    """Those too that empty the sandbox; a lab is under way, so that some requests succeed."""
    import schemathesis  # takes a second

    schema = schemathesis.openapi.from_url(f"{url}/api/openapi.json")
    post(api, "/labs/1/start", yes=True)
    answered = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path.startswith(("/api/v1/labs", "/api/v1/guide", "/api/v1/drills")):
            answered[f"{operation.method} {operation.path}"] = answers_to(operation)
    assert len(answered) == 8
    assert {200, 404, 409} <= set().union(*answered.values())


# -- the browser


def open_lab(page: Page, number: int) -> None:
    page.keyboard.press("l")
    page.click(f'[data-lab="{number}"]')
    page.wait_for_selector(".steps")


def press(page: Page, words: str) -> None:
    """The big button, once it says this."""
    page.click(f'[data-act=main]:has-text("{words}"):not([aria-disabled=true])')


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_step_is_done_in_the_console_and_the_command_line_stands_there_too_at(
    width: int, height: int, planet: Sandbox, visit: Any
) -> None:
    """Open lab 1 with the keyboard, start it, fail, do the step, pass, go on; what comes moves nothing."""
    page = visit(width, height)
    page.keyboard.press("l")
    page.focus('[data-lab="1"]')
    page.keyboard.press("Enter")
    page.wait_for_selector('h2:has-text("One origin and the speed of light")')
    page.focus("[data-act=main]")
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-act=main]:has-text("Yes, empty it and start")')
    page.keyboard.press("Enter")
    page.wait_for_selector('.title:has-text("1. Give the application a name")')
    page.wait_for_selector('[data-act=main]:has-text("Check"):not([aria-disabled=true])')
    page.wait_for_selector('#side-1:has-text("1.1")')  # the live stream has told the tab too
    assert page.evaluate(WIDER) == []
    before = page.evaluate(BOXES)
    page.keyboard.press("Enter")  # the button has kept the focus
    page.wait_for_selector('.result.failed:has-text("app.example.test is REFUSED, not 198.18.1.10")')
    assert page.evaluate(BOXES) == before
    assert not page.is_visible(".answer")
    name_the_application(planet)
    press(page, "Check")
    page.wait_for_selector('.result.passed:has-text("in paris app.example.test is 198.18.1.10")')
    page.wait_for_selector('.answer:has-text("Route 53")')
    assert page.evaluate(BOXES) == before
    page.keyboard.press("Enter")
    page.wait_for_selector('.title:has-text("2. Visit it from four continents")')
    assert "1.2 Visit it from four continents" in typed(planet, "show")[1]
    sizes = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    assert page.evaluate(sizes) == [width, height]


@pytest.mark.browser
def test_two_browsers_and_the_command_line_see_one_progress_and_a_reload_loses_nothing(
    planet: Sandbox, visit: Any
) -> None:
    one, other = visit(1280, 720), visit(1920, 1080)
    for page in (one, other):
        open_lab(page, 1)
    assert typed(planet, "start", "1", "--yes")[0] == 0
    for page in (one, other):
        page.wait_for_selector('.title:has-text("1. Give the application a name")')
    press(one, "Check")
    for page in (one, other):  # who did not ask sees the reason too
        page.wait_for_selector('.result.failed:has-text("REFUSED")')
    name_the_application(planet)
    press(other, "Check")
    for page in (one, other):
        page.wait_for_selector('.steps .done[data-step="1"]')
        page.wait_for_selector('.steps .now[data-step="2"]')
    visit_it(planet)
    assert typed(planet, "check")[0] == 0
    for page in (one, other):
        page.wait_for_selector('.steps .now[data-step="3"]')
    one.reload()
    one.wait_for_selector('.title:has-text("3. Add a lock")')
    one.wait_for_selector('.steps .done[data-step="2"]')
    one.click("[data-act=back]")
    one.wait_for_selector('[data-lab="1"]:has-text("step 3 of 4")')


@pytest.mark.browser
def test_a_lab_goes_on_in_french_here_and_on_the_command_line(planet: Sandbox, visit: Any) -> None:
    page = visit()
    open_lab(page, 1)
    assert typed(planet, "start", "1", "--yes")[0] == 0
    page.wait_for_selector('.steps .now[data-step="1"]')
    page.click("[data-language=fr]")
    french = lab_of(1, "fr")
    page.wait_for_selector(f'h2:has-text("{french.title}")')
    page.wait_for_selector(f'.title:has-text("{french.steps[0].title}")')
    planet.wait_until(lambda: (load(planet.home) or pytest.fail("no lab")).language == "fr", within_s=5)
    assert french.steps[0].title in typed(planet, "show")[1]
    page.click("[data-act=back]")
    page.click('[data-lab="4"]')
    page.wait_for_selector(f'h2:has-text("{lab_of(4).title}")')  # not translated: English, and nothing to choose
    assert page.locator("[data-language]").count() == 0


@pytest.mark.browser
def test_hints_open_on_demand_and_lines_are_copied_as_they_are_typed(visit: Any) -> None:
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_lab(page, 1)
    page.click('[data-step="1"]')
    step = lab_of(1).steps[0]
    page.locator(".typed .copying").nth(1).click()
    assert page.evaluate("navigator.clipboard.readText()") == step.commands[1].text
    hint = page.locator("[data-act=hint] p")
    assert not hint.is_visible()
    page.focus("[data-act=hint] summary")
    page.keyboard.press("Enter")
    hint.wait_for(state="visible")
    assert hint.inner_text() == step.hint.replace("`", "")


@pytest.mark.browser
def test_the_guide_and_the_lines_of_drills_are_one_click_away(visit: Any) -> None:
    page = visit()
    page.keyboard.press("l")
    page.wait_for_selector('.drills code:has-text("sandbox drill run region-loss-dns --out report")')
    page.click("[data-act=guide]")
    page.wait_for_selector('.prose table td:has-text("lab 1, first two steps")')
    page.reload()
    page.wait_for_selector('h2:has-text("Guide for the leader of a workshop")')
    assert page.evaluate(WIDER) == []
