"""A claim about S3 replication under load: nothing is lost, doubled or changed. thousand.py has the story."""

from __future__ import annotations

import pytest

from sandbox.client.sandbox import Sandbox

from .shops import Buckets
from .thousand import a_thousand_arrive_once

pytestmark = pytest.mark.live


def test_a_thousand_objects_arrive_once_through_a_cut_and_a_kill(planet: Sandbox, buckets: Buckets) -> None:
    a_thousand_arrive_once(planet, buckets, lambda region: planet.fault.inject("stop", region).heal())
