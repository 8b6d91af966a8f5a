"""One sandbox for the API and the browser: three regions, a routed name, a global table, a health check."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from sandbox.client.sandbox import Sandbox

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"]
NAME = "app.example.test"
TABLE = "stock"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def make_zone(planet: Sandbox) -> None:
    """app.example.test: a latency record for each region."""
    route53 = planet.client("route53", region="us-east-1")
    zone = route53.create_hosted_zone(Name="example.test", CallerReference="console")["HostedZone"]["Id"]
    check = route53.create_health_check(
        CallerReference="console",
        HealthCheckConfig={
            "Type": "HTTP",
            "IPAddress": "198.18.2.10",
            "Port": 80,
            "ResourcePath": "/health",
            "RequestInterval": 10,
            "FailureThreshold": 1,
        },
    )["HealthCheck"]["Id"]
    changes = []
    for number, region in enumerate(REGIONS, start=1):
        record = {
            "Name": NAME,
            "Type": "A",
            "SetIdentifier": region,
            "Region": region,
            "TTL": 60,
            "ResourceRecords": [{"Value": f"198.18.{number}.10"}],
        }
        checked = {"HealthCheckId": check} if region == "eu-west-1" else {}
        changes.append({"Action": "CREATE", "ResourceRecordSet": {**record, **checked}})
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def make_table(planet: Sandbox) -> None:
    """`stock` in us-east-1 and eu-west-1."""
    dynamodb = planet.client("dynamodb", region="us-east-1")
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    dynamodb.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    planet.wait_until(lambda: "eu-west-1" in planet.tables.status(TABLE).answers, within_s=10)


@pytest.fixture(scope="package")
def planet() -> Iterator[Sandbox]:
    with Sandbox(regions=REGIONS, seed=1, speed=10) as started:
        make_zone(started)
        make_table(started)
        started.wait_until(lambda: started.resolve(NAME, "berlin").addresses, within_s=5)
        yield started


@pytest.fixture
def url(planet: Sandbox) -> str:
    return f"http://localhost:{planet.ports['console']}"


@pytest.fixture
def api(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{url}/api/v1", timeout=90, trust_env=False) as client:
        yield client


@pytest.fixture(autouse=True)
def whole(planet: Sandbox) -> Iterator[None]:
    """Whatever a test broke is mended after it."""
    yield
    planet.call("hub", "fault_heal", id="all")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: the console is not tested in a browser; .ci/run installs it")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, url: str) -> Iterator[Any]:
    """Opens the console in a browser of its own; nothing may go wrong in any of them, or leave this machine."""
    wrong: list[str] = []
    contexts = []

    def open_page(width: int = 1280, height: int = 720) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        page.on("request", lambda asked: wrong.append(f"asked {asked.url}") if not is_ours(asked.url, url) else None)
        page.goto(url)
        page.wait_for_selector("#link.on")
        page.wait_for_selector(".chip")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def is_ours(asked: str, url: str) -> bool:
    return urlsplit(asked).netloc == urlsplit(url).netloc or asked.startswith("data:")


@pytest.fixture
def answers_to() -> Callable[[Any], set[int]]:
    """Asks one operation of the API with good and bad input; the statuses. None may be a 5xx."""
    return fuzzed


def fuzzed(operation: Any) -> set[int]:
    """A few examples of one operation; the statuses."""
    seen: set[int] = set()

    @settings(
        max_examples=8,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def one(case: Any) -> None:
        answer = case.call(timeout=30)
        seen.add(answer.status_code)
        assert answer.status_code < 500, f"{case.method} {case.formatted_path} {case.body!r}: {answer.text}"
        if answer.status_code >= 400:
            assert set(answer.json()["error"]) == {"code", "message"}

    one()
    return seen
