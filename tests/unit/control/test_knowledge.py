"""What control remembers of the management channel."""

from __future__ import annotations

import pytest

from sandbox.control.knowledge import Knowledge, default_region
from sandbox.kernel.errors import Refusal
from sandbox.network.values import Endpoint


def test_a_front_door_is_known_while_its_region_runs() -> None:
    knowledge = Knowledge()
    knowledge.on_region("region/eu-west-1", {"code": "eu-west-1", "host": "127.0.0.1", "front_door": 4602})
    assert knowledge.front_doors() == {"eu-west-1": Endpoint(host="127.0.0.1", port=4602)}
    knowledge.on_region("region/eu-west-1", None)
    knowledge.on_region("region/eu-west-1", None)
    assert knowledge.front_doors() == {}


def test_who_relays_front_doors_hears_of_each_change() -> None:
    heard: list[tuple[str, Endpoint | None]] = []
    knowledge = Knowledge(lambda code, endpoint: heard.append((code, endpoint)))
    knowledge.on_region("region/eu-west-1", {"code": "eu-west-1", "host": "10.0.0.2", "front_door": 4602})
    knowledge.on_region("region/eu-west-1", None)
    assert heard == [("eu-west-1", Endpoint(host="10.0.0.2", port=4602)), ("eu-west-1", None)]


def test_verdicts_follow_their_topic() -> None:
    knowledge = Knowledge()
    knowledge.on_health("health/c1", {"healthy": True})
    assert knowledge.verdicts == {"c1": {"healthy": True}}
    knowledge.on_health("health/c1", None)
    assert knowledge.verdicts == {}


@pytest.mark.parametrize(
    ("regions", "chosen"),
    [(("eu-west-1", "us-east-1"), "us-east-1"), (("eu-west-1", "ap-south-1"), "eu-west-1"), ((), "us-east-1")],
)
def test_a_call_without_a_region_goes_to_us_east_1_or_the_first(regions: tuple[str, ...], chosen: str) -> None:
    assert default_region(regions) == chosen


def test_health_of_endpoints_follows_its_topic() -> None:
    knowledge = Knowledge()
    assert knowledge.endpoint_health("a") == {}
    seen = {"group": {"endpoint": {"state": "HEALTHY", "reason": "200"}}}
    knowledge.on_accelerator_health("accelerator-health/a", seen)
    assert knowledge.endpoint_health("a") == seen
    knowledge.on_accelerator_health("accelerator-health/a", None)
    assert knowledge.endpoint_health("a") == {}


def test_a_stack_hears_of_a_lost_home_what_a_direct_call_hears() -> None:
    knowledge, regions = Knowledge(), ("us-east-1", "eu-west-1")

    def said(service: str = "route53", running: tuple[str, ...] = regions) -> str:
        try:
            knowledge.refuse_lost_home(service, running)
        except Refusal as refusal:
            return f"{refusal.code} {refusal.message}"
        return ""

    assert said(running=("eu-west-1",)) == "", "control serves it where its home is no part of the sandbox"
    assert "ServiceUnavailable route53 in us-east-1 is not available: the region us-east-1 does not answer" in said()
    knowledge.on_region("region/us-east-1", {"host": "127.0.0.1", "front_door": 4601})
    knowledge.on_fault("fault/isolate-1", {"kind": "isolate", "target": ["eu-west-1"]})
    assert (said(), said("globalaccelerator")) == ("", "")
    knowledge.on_fault("fault/isolate-2", {"kind": "isolate", "target": ["us-east-1"]})
    assert "ServiceUnavailable the control plane of route53 is not available: its home us-east-1 is cut off" in said()
    knowledge.on_fault("fault/isolate-2", None)
    knowledge.on_fault("fault/freeze-1", {"kind": "freeze", "target": ["us-east-1"]})
    assert "does not answer" in said()
    knowledge.on_fault("fault/freeze-1", None)
    assert said() == ""
