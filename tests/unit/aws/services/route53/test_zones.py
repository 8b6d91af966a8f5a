"""A zone and what is published of it."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from sandbox.aws.services.route53.models import SandboxRoute53Backend


@pytest.fixture
def zone() -> Any:
    return SandboxRoute53Backend("aws", "000000000000").create_hosted_zone("example.test", False, "1")


def a(name: str, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "A", **more}


def test_an_unchanged_zone_is_published_as_the_same_object(zone: Any) -> None:
    before = zone.published()
    assert zone.published() is before
    zone.change({("a.example.test.", "A", None): a("a.example.test.")})
    after = zone.published()
    assert after["version"] == before["version"] + 1
    assert after["records"] == [*before["records"], a("a.example.test.")]


def test_the_root_of_an_instance_is_published_as_what_the_instance_made(zone: Any) -> None:
    root = a("app.example.test.", TrafficPolicyInstanceId="i")
    zone.change({("app.example.test.", "A", None): root})
    made = (a("app.example.test.", SetIdentifier="1", Weight=1), a("hidden.example.test."))
    zone.put_made("i", made)
    assert tuple(zone.published()["records"][-2:]) == made
    assert zone.records.all()[-1] == root
    zone.put_made("i", None)
    assert [record["Type"] for record in zone.published()["records"]] == ["NS", "SOA"] or zone.made == {}


def test_a_zone_is_the_same_after_pickling(zone: Any) -> None:
    value = zone.published()
    again = pickle.loads(pickle.dumps(zone))
    assert again.published() == value
    assert again.resource_record_set_count == 2
