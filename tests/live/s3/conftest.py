"""Three regions for the claims about S3 replication, and buckets of a test's own in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.client.sandbox import Sandbox

from .shops import DUBLIN, TOKYO, VIRGINIA, Buckets


@pytest.fixture(scope="session")
def planet() -> Iterator[Sandbox]:
    with Sandbox(regions=[VIRGINIA, DUBLIN, TOKYO], seed=1, app=False, speed=10) as started:
        yield started


@pytest.fixture(scope="session")
def clients(planet: Sandbox) -> dict[str, Any]:
    """S3 of each region: a client takes a while to make."""
    return {region: planet.client("s3", region=region) for region in planet.regions}


@pytest.fixture
def buckets(planet: Sandbox, clients: dict[str, Any], request: pytest.FixtureRequest) -> Buckets:
    digest = hashlib.md5(request.node.name.encode(), usedforsecurity=False).hexdigest()
    return Buckets(planet, clients, f"shop-{digest[:8]}")
