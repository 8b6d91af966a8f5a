"""Claims about the HTTP API of a running sandbox: every route, every refusal, and no 5xx whatever is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from posting import post

from sandbox.client.sandbox import Sandbox

pytestmark = pytest.mark.live

JSON = {"Content-Type": "application/json"}
STREAMS = ("/api/v1/events/stream", "/api/v1/live")
EMPTYING = ("/api/v1/labs/{number}/start", "/api/v1/labs/{number}/reset")  # test_labs.py asks them, elsewhere


@contextmanager
def messages(api: httpx.Client, path: str, **headers: str) -> Iterator[Iterator[dict[str, str]]]:
    """Server-sent events, as dictionaries of their fields."""
    with api.stream("GET", path, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()

        def read() -> Iterator[dict[str, str]]:
            fields: dict[str, str] = {}
            for line in lines:
                name, colon, value = line.partition(": ")
                if colon and name:
                    fields[name] = value
                elif not line and fields:
                    yield fields
                    fields = {}

        yield read()


def test_the_console_costs_nothing_until_somebody_comes(planet: Sandbox, api: httpx.Client) -> None:
    """This test is the first of its file: before it, nobody has knocked."""
    assert "console" not in [program["name"] for program in planet.call("hub", "programs")]
    found = api.get("/status").json()
    assert [region["state"] for region in found["regions"]] == ["running"] * 3
    assert "console" in [program["name"] for program in found["programs"]]
    assert found["memory_mb"]["console"] < 60


def test_a_fault_is_injected_seen_and_healed(planet: Sandbox, api: httpx.Client) -> None:
    """The same register, the same words as `sandbox fault`."""
    fault = post(api, "/faults", kind="partition", target=["eu-west-1", "US-EAST-1"], parameters={"one_way": True})
    assert fault["target"] == ["eu-west-1", "us-east-1"]
    assert [each["id"] for each in api.get("/faults").json()] == [fault["id"]]
    way = api.get("/way", params={"to": "us-east-1", "place": "eu-west-1"}).json()
    assert fault["id"] in way["blocked"] or "partition" in way["blocked"]
    assert [each["id"] for each in post(api, f"/faults/{fault['id']}/heal")["healed"]] == [fault["id"]]
    wrong = api.post("/faults", json={"kind": "isolate", "target": ["eu-wst-1"]})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (404, "UnknownPlace")
    assert "Did you mean eu-west-1" in wrong.json()["error"]["message"]


def test_somebody_in_a_place_looks_up_visits_and_is_told_why(api: httpx.Client) -> None:
    found = post(api, "/dig", name="app.example.test", place="Tokyo")
    assert [answer["data"] for answer in found["answers"]] == ["198.18.3.10"]
    assert "lowest latency from Tokyo" in " ".join(found["trace"])
    visit = post(api, "/probe", url="app.example.test/", place="paris")
    assert (visit["ok"], visit["served_by"]) == (True, "eu-west-1")
    assert visit["connect_ms"] > 20
    lines = api.get("/stand/tokyo").json()["lines"]
    assert lines["curl"].startswith("curl -x http://tokyo:x@localhost:")
    assert "dig" in post(api, "/stand/tokyo/open")["lines"]


def test_places_checks_and_tables_are_told(planet: Sandbox, api: httpx.Client) -> None:
    places = {place["code"]: place for place in api.get("/places").json()}
    assert places["eu-west-1"]["address"] == "198.18.2.10"
    planet.wait_until(lambda: api.get("/health-checks").json()[0]["healthy"] is True, within_s=15)
    streams = api.get("/tables").json()["streams"]
    assert ("us-east-1", "eu-west-1") in [(stream["from"], stream["to"]) for stream in streams]


def test_a_conflict_shows_both_images(planet: Sandbox, api: httpx.Client) -> None:
    cut = post(api, "/faults", kind="partition", target=["us-east-1", "eu-west-1"])
    for region, count in (("us-east-1", "7"), ("eu-west-1", "9")):
        item = {"id": {"S": "apples"}, "n": {"N": count}}
        planet.client("dynamodb", region=region).put_item(TableName="stock", Item=item)
    differing = api.get("/tables/stock/diff").json()["differences"][0]
    assert {region: item["n"]["N"] for region, item in differing["items"].items()} == {
        "us-east-1": "7",
        "eu-west-1": "9",
    }
    post(api, f"/faults/{cut['id']}/heal")
    planet.wait_until(lambda: api.get("/tables/stock/conflicts").json()["conflicts"], within_s=20)
    (conflict,) = api.get("/tables/stock/conflicts").json()["conflicts"]
    assert (conflict["winner"]["item"]["n"]["N"], conflict["loser"]["item"]["n"]["N"]) == ("9", "7")


def test_a_reader_of_events_that_comes_back_misses_nothing(api: httpx.Client) -> None:
    """Read one, hang up, let two happen, come back with Last-Event-ID."""
    last = api.get("/events", params={"limit": 1}).json()["events"][0]["event_id"]
    ids = [post(api, "/faults", kind="slow", target=["paris"], parameters={"add_ms": n + 1})["id"] for n in range(2)]
    seen = []
    for _ in ids:  # each time a new connection
        headers = {"Last-Event-ID": last}
        with messages(api, "/events/stream?kinds=fault_injected&about=paris", **headers) as stream:
            message = next(stream)
            seen.append(json.loads(message["data"])["id"])
            last = message["id"]
    assert seen == ids
    assert api.get("/events", params={"after": "nonsense"}).status_code == 400


def test_the_live_stream_begins_with_everything(planet: Sandbox, api: httpx.Client) -> None:
    with messages(api, "/live") as stream:
        hello = next(stream)
        assert hello["event"] == "hello"
        assert {"state", "latency", "events", "answers"} <= set(json.loads(hello["data"]))
        planet.place("paris").get("http://app.example.test/")
        flows = next(json.loads(message["data"]) for message in stream if message["event"] == "traffic")
        assert flows[0][:3] == ["paris", "eu-west-1", 1]


def test_metrics_are_prometheus_text(url: str, planet: Sandbox) -> None:
    planet.place("paris").get("http://app.example.test/")
    wanted = (
        'sandbox_requests_total{place="paris",region="eu-west-1"}',
        'sandbox_program_up{program="planet"} 1.0',
        'sandbox_replication_backlog{source="us-east-1",table="stock",target="eu-west-1"} 0.0',
        "sandbox_health_check_healthy{",
    )
    planet.wait_until(
        lambda: all(line in httpx.get(f"{url}/metrics", trust_env=False).text for line in wanted), within_s=10
    )


def test_control_may_die_while_one_looks(planet: Sandbox, api: httpx.Client) -> None:
    """The lesson of static stability needs a console that outlives the control plane."""
    fault = post(api, "/faults", kind="stop", target=["control"])
    states = {program["name"]: program["state"] for program in api.get("/status").json()["programs"]}
    assert states["control"] == "stopped by fault"
    assert post(api, "/dig", name="app.example.test", place="paris")["status"] == "NOERROR"
    post(api, f"/faults/{fault['id']}/heal")


def test_pages_of_others_are_refused(url: str) -> None:
    """DNS rebinding (a foreign Host), a drive-by page (a foreign Origin), a form (no JSON)."""

    def status(method: str = "GET", **headers: str) -> tuple[int, str]:
        answer = httpx.request(
            method, f"{url}/api/v1/faults", headers=headers, content="{}" if method == "POST" else None, trust_env=False
        )
        return answer.status_code, answer.json()["error"]["code"]

    assert status(Host="evil.example") == (421, "ForeignHost")
    assert status(Origin="http://evil.example") == (403, "ForeignOrigin")
    assert status("POST", **{"Content-Type": "text/plain"}) == (415, "NotJson")


def test_docs_need_no_internet(url: str) -> None:
    page = httpx.get(f"{url}/api/docs", trust_env=False)
    assert "https://" not in page.text
    script = httpx.get(f"{url}/api/docs-files/swagger-ui-bundle.js", trust_env=False)
    assert len(script.content) > 500_000


def test_nothing_that_is_sent_makes_it_fail(url: str, answers_to: Callable[[Any], set[int]]) -> None:
    """schemathesis makes good and bad requests from the OpenAPI document; none is answered with a 5xx."""
    import schemathesis  # takes a second

    schema = schemathesis.openapi.from_url(f"{url}/api/openapi.json")
    asked: list[int] = []
    answered: set[int] = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path in (*STREAMS, *EMPTYING):  # streams have no end
            continue
        asked.append(1)
        answered |= answers_to(operation)
    assert len(asked) >= 21
    assert {200, 404, 422} <= answered  # good input and bad was among it
