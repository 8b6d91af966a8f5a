"""Clients out of one session: each its own, the models read once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sandbox.client.aws_clients import AwsClients

KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


def make(clients: AwsClients, region: str, **options: Any) -> Any:
    return clients.make("sqs", region_name=region, **KEYS, **options)


def test_the_model_of_a_service_is_read_once() -> None:
    """What was read is one object in both clients; another sandbox's clients have read it for themselves."""
    clients = AwsClients()
    first, second = (make(clients, region).meta.service_model.metadata for region in ("us-east-1", "eu-west-1"))
    assert first is second
    assert make(AwsClients(), "us-east-1").meta.service_model.metadata is not first


def test_each_client_has_its_own_region_endpoint_and_handlers() -> None:
    clients = AwsClients()
    here, there = make(clients, "us-east-1"), make(clients, "eu-west-1", endpoint_url="http://127.0.0.1:1")
    assert (here.meta.region_name, there.meta.region_name) == ("us-east-1", "eu-west-1")
    assert (here.meta.endpoint_url, there.meta.endpoint_url) == (
        "https://sqs.us-east-1.amazonaws.com",
        "http://127.0.0.1:1",
    )
    heard: list[str] = []
    here.meta.events.register("a-test", lambda **_: heard.append("here"))
    there.meta.events.emit("a-test")
    assert heard == []
    here.meta.events.emit("a-test")
    assert heard == ["here"]


def test_threads_may_ask_at_once() -> None:
    """boto3 fails now and then when two threads make clients of one session (its own documentation says so)."""
    clients = AwsClients()
    regions = ["us-east-1", "eu-west-1"] * 8
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda region: make(clients, region), regions))
    assert [client.meta.region_name for client in made] == regions
