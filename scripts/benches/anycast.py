"""An accelerator for the benches, as control would publish it."""

from __future__ import annotations

import time
from typing import Any

from benches.rig import REGIONS, Rig
from benches.values import BenchFailed

ADDRESS, OTHER_ADDRESS = "192.0.2.1", "198.51.100.1"
LOOK_EVERY_S = 0.1
KNOWN_WITHIN_S, HEALTHY_WITHIN_S = 10.0, 90.0


def accelerator(rig: Rig, regions: tuple[str, ...] = REGIONS, interval_s: int = 10) -> dict[str, Any]:
    """An accelerator of port 80 before the applications of regions."""
    groups = [
        {
            "arn": f"group/{region}",
            "region": region,
            "traffic_dial_percentage": 100.0,
            "health_check": {"protocol": "TCP", "port": 80, "path": None, "interval_s": interval_s, "threshold": 3},
            "port_overrides": [],
            "endpoints": [
                {"endpoint_id": f"app/{region}", "address": rig.plan.region_address(region, "app"), "weight": 128}
            ],
        }
        for region in regions
    ]
    listener = {
        "arn": "listener",
        "protocol": "TCP",
        "port_ranges": [[80, 80]],
        "client_affinity": "NONE",
        "endpoint_groups": groups,
    }
    return {
        "arn": "bench",
        "name": "bench",
        "account": "000000000000",
        "dns_name": "abe0cbe0cbe0cbe0c.awsglobalaccelerator.com",
        "enabled": True,
        "addresses": [ADDRESS, OTHER_ADDRESS],
        "listeners": [listener],
    }


def publish(rig: Rig, regions: tuple[str, ...] = REGIONS) -> None:
    """Make it, and wait until it is known. It has not probed yet, so it fails open: to the nearest region."""
    rig.publish("accelerator/bench", accelerator(rig, regions))
    give_up_at_s = time.monotonic() + KNOWN_WITHIN_S
    while not listed(rig):
        if time.monotonic() > give_up_at_s:
            raise BenchFailed("the planet does not know the accelerator")
        time.sleep(LOOK_EVERY_S)


def wait_until_healthy(rig: Rig) -> None:
    """Until every endpoint is."""
    give_up_at_s = time.monotonic() + HEALTHY_WITHIN_S
    while not is_healthy(rig):
        if time.monotonic() > give_up_at_s:
            raise BenchFailed(f"the accelerator is not healthy after {HEALTHY_WITHIN_S:g} s: {listed(rig)}")
        time.sleep(LOOK_EVERY_S)


def listed(rig: Rig) -> list[dict[str, Any]]:
    """What the planet says of it."""
    found: list[dict[str, Any]] = rig.ask("accelerators")
    return found


def is_healthy(rig: Rig) -> bool:
    """Whether all endpoints are."""
    states = [
        endpoint["state"] for one in listed(rig) for group in one["health"].values() for endpoint in group.values()
    ]
    return bool(states) and set(states) == {"HEALTHY"}
