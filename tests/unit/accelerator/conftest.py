"""An accelerator in the shape control pushes, and builders of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
ADDRESSES = ["192.0.2.1", "198.51.100.1"]

Value = dict[str, Any]


@pytest.fixture
def value() -> Callable[..., Value]:
    """value(affinity=..., dials=[...], weights=[[...], ...], interval_s=..., overrides=[...])"""

    def make(
        affinity: str = "NONE",
        dials: list[float] | None = None,
        weights: list[list[int]] | None = None,
        interval_s: int = 10,
        threshold: int = 3,
        overrides: list[dict[str, int]] | None = None,
        **more: Any,
    ) -> Value:
        groups = []
        for number, region in enumerate(REGIONS, 1):
            endpoints = [
                {"endpoint_id": f"{region}/{count}", "address": f"198.18.{number}.10", "weight": weight}
                for count, weight in enumerate(weights[number - 1] if weights else [128])
            ]
            groups.append(
                {
                    "arn": f"group/{region}",
                    "region": region,
                    "traffic_dial_percentage": dials[number - 1] if dials else 100.0,
                    "health_check": {
                        "protocol": "HTTP",
                        "port": 80,
                        "path": "/",
                        "interval_s": interval_s,
                        "threshold": threshold,
                    },
                    "port_overrides": overrides or [],
                    "endpoints": endpoints,
                }
            )
        listener = {
            "arn": "listener/1",
            "protocol": "TCP",
            "port_ranges": [[80, 81]],
            "client_affinity": affinity,
            "endpoint_groups": groups,
        }
        return {"arn": "accelerator/1", "name": "shop", "addresses": ADDRESSES, "listeners": [listener], **more}

    return make
