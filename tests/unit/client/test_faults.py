"""Faults from Python."""

import pytest

from sandbox.client.faults import Faults
from sandbox.client.values import Bookmark
from sandbox.kernel.errors import Refusal
from sandbox.management.client import ManagementClient


@pytest.fixture
def faults(fake_sandbox):
    with ManagementClient.of(fake_sandbox.home) as client:
        yield Faults(lambda method, **arguments: client.call("hub", method, **arguments), lambda: Bookmark(3))


def test_a_fault_heals_at_the_end_of_its_block(faults):
    with faults.isolate("us-east-1") as fault:
        assert [active.id for active in faults.list()] == [fault.id]
        assert fault.bookmark == Bookmark(3)
    assert faults.list() == []


def test_a_block_may_end_after_its_fault_has_healed(faults):
    with faults.freeze("us-east-1"):
        faults.heal_all()


def test_healing_what_is_not_there_is_refused(faults):
    with pytest.raises(Refusal, match="Unknown fault 'nope'"):
        faults.heal("nope")


@pytest.mark.parametrize(
    ("inject", "kind", "target"),
    [
        (lambda faults: faults.isolate("paris", reset=True, for_s=5), "isolate", ["paris"]),
        (
            lambda faults: faults.partition("paris", "us-east-1", one_way=True, for_s=5),
            "partition",
            ["paris", "us-east-1"],
        ),
        (lambda faults: faults.slow("paris", add_ms=5, for_s=5), "slow", ["paris"]),
        (lambda faults: faults.slow("paris", "tokyo", loss=0.5, for_s=5), "slow", ["paris", "tokyo"]),
        (lambda faults: faults.fail_app("us-east-1", status=503, for_s=5), "fail-app", ["us-east-1"]),
        (lambda faults: faults.stop("control", for_s=5), "stop", ["control"]),
        (lambda faults: faults.freeze("eu-west-1", for_s=5), "freeze", ["eu-west-1"]),
        (lambda faults: faults.skew("us-east-1", ms=5, for_s=5), "skew", ["us-east-1"]),
        (
            lambda faults: faults.pause_replication("orders", "us-east-1", for_s=5),
            "pause-replication",
            ["orders", "us-east-1"],
        ),
        (
            lambda faults: faults.pause_replication("orders", "us-east-1", "eu-west-1", for_s=5),
            "pause-replication",
            ["orders", "us-east-1", "eu-west-1"],
        ),
        (lambda faults: faults.edge_down("edge:CDG", for_s=5), "edge-down", ["edge:CDG"]),
        (lambda faults: faults.network_zone(1, for_s=5), "network-zone", ["1"]),
        (lambda faults: faults.backbone_cut("us-east-1", "EU", for_s=5), "backbone-cut", ["us-east-1", "EU"]),
        (lambda faults: faults.backbone_cut("us-east-1", for_s=5), "backbone-cut", ["us-east-1"]),
    ],
)
def test_each_method_injects_its_kind(faults, fake_sandbox, inject, kind, target):
    fault = inject(faults)
    asked = fake_sandbox.calls[0][1]
    assert (asked["kind"], asked["target"], asked["for_s"]) == (kind, target, 5)
    assert None not in asked["parameters"].values()
    assert fault.until == fault.since + 5
