"""A claim about S3 replication between containers: as between processes, nothing is lost, doubled or changed."""

from __future__ import annotations

from typing import Any

from sandbox.client.sandbox import Sandbox

from ..live.s3.shops import DUBLIN, VIRGINIA, Buckets
from ..live.s3.thousand import a_thousand_arrive_once
from .conftest import docker, state_of


def test_a_thousand_objects_arrive_once_through_a_cut_and_killed_containers(stack: Any, planet: Sandbox) -> None:
    """By the story of tests/live/s3/thousand.py; here `docker kill` by hand ends a region, `docker start` begins it."""

    def lose(region: str) -> None:
        docker("kill", stack.container(region))
        docker("start", stack.container(region))
        planet.wait_until(lambda: state_of(planet, f"region:{region}") == "running", within_s=60)

    clients = {region: planet.client("s3", region=region) for region in (VIRGINIA, DUBLIN)}
    a_thousand_arrive_once(planet, Buckets(planet, clients, "thousand"), lose)
