"""What the data plane is told of zones, checks and CIDR collections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from moto.route53.models import route53_backends

from sandbox.aws.services.route53 import models, snapshot


@pytest.fixture
def backend() -> Iterator[Any]:
    models.install()
    made = route53_backends["111122223333"]["aws"]
    yield made
    made.reset()


def test_everything_there_is_has_a_topic(backend: Any) -> None:
    zone = backend.create_hosted_zone("example.test", private_zone=True, caller_reference="1")
    check = backend.create_health_check("c", {"Type": "TCP", "IPAddress": "198.18.1.10", "Port": "80"})
    collection = backend.create_cidr_collection("offices", "r")
    topics = snapshot.topics(0.0, speed=1)
    assert topics[f"zone/{zone.resource_id}"] is zone.published()
    assert topics[f"cidr/{collection.id}"] == collection.pushed()
    assert topics[f"health-check/{check.id}"] == {
        "id": check.id,
        "version": 1,
        "config": {
            "Type": "TCP",
            "IPAddress": "198.18.1.10",
            "Port": 80,
            "RequestInterval": 30,
            "FailureThreshold": 3,
            "MeasureLatency": False,
            "Inverted": False,
            "Disabled": False,
            "EnableSNI": False,
        },
    }


def test_a_zone_settles_in_the_account_that_has_it(backend: Any) -> None:
    zone = backend.create_hosted_zone("example.test", private_zone=False, caller_reference="1")
    first, second = backend.submitted(zone), backend.submitted(zone)
    second.version = 9
    snapshot.settle(zone.resource_id, zone.version)
    assert [first.status, second.status] == ["INSYNC", "PENDING"]
    snapshot.settle_all()
    assert second.status == "INSYNC"
