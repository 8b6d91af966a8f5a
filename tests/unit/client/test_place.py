"""Standing in a place; the clients themselves are tried in tests/live/."""

import pytest

from sandbox.client.aws_clients import AwsClients
from sandbox.client.place import Place
from sandbox.client.values import Lookup

CARD = {"ports": {"proxy": 1}, "regions": ["us-east-1"], "ca_bundle": None}


@pytest.fixture
def place():
    place = Place("paris", CARD, lambda name, where, rtype: Lookup(status=f"{name} {where} {rtype}"), AwsClients())
    yield place
    place.close()


def test_a_lookup_is_made_from_the_place(place):
    assert place.resolve("app.example.test").status == "app.example.test paris A"


def test_a_visit_is_made_from_the_place(place):
    found = place.probe("http://app.example.test/")
    assert (found.place, found.error) == ("paris", "proxy")


def test_an_environment_for_a_subprocess_is_a_whole_one(place, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://elsewhere.test")
    monkeypatch.setenv("KEPT", "yes")
    variables = place.environment()
    assert variables["KEPT"] == "yes"
    assert variables["HTTPS_PROXY"] == "http://paris:x@127.0.0.1:1"
    assert "AWS_ENDPOINT_URL" not in variables


def test_a_boto3_client_calls_aws_by_its_real_name(place):
    client = place.client("sqs", region="eu-west-1")
    assert client.meta.endpoint_url == "https://sqs.eu-west-1.amazonaws.com"
