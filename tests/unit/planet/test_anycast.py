"""Claims about what the planet hands to its accelerators: who probes, and how."""

from __future__ import annotations

from statistics import median

import pytest

from sandbox.accelerator.values import HealthCheck
from sandbox.geography.atlas import Atlas
from sandbox.kernel.dice import dice
from sandbox.network.core import Lane
from sandbox.planet.anycast import check_of, checkers_of, links_of


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return Atlas.load()


def test_probes_start_at_the_edge_locations_of_route_53s_checkers(atlas: Atlas) -> None:
    # GA 3.3: probes come from Route 53 health-checker addresses, which are in eight regions.
    checkers = checkers_of(atlas)
    assert len(checkers) == 8
    assert {"edge:IAD", "edge:DUB", "edge:NRT"} <= set(checkers)


def test_a_check_is_put_in_the_words_of_health_checks() -> None:
    check = check_of(HealthCheck(protocol="HTTPS", port=443, path="/up", interval_s=10, threshold=2), "198.18.1.10")
    assert (check.kind, check.address, check.port, check.path) == ("HTTPS", "198.18.1.10", 443, "/up")
    assert check.uses_tls
    assert not check.searches


def test_links_are_even_unless_asked_for(atlas: Atlas) -> None:
    assert links_of(atlas).state("paris", "us-east-1").is_plain
    assert not links_of(atlas, uneven_paths=True).state("paris", "us-east-1").is_plain


def test_uneven_paths_keep_their_median_and_have_the_measured_spread(atlas: Atlas) -> None:
    links, chance = links_of(atlas, uneven_paths=True), dice(1, "test")
    there, back = links.state("us-east-1", "eu-west-1"), links.state("eu-west-1", "us-east-1")
    times_ms = sorted(
        1000 * (Lane().arrival_s(links, there, 10, 0.0, chance) + Lane().arrival_s(links, back, 10, 0.0, chance))
        for _ in range(4000)
    )
    assert median(times_ms) == pytest.approx(atlas.rtt_ms("us-east-1", "eu-west-1"), abs=1.0)
    jitter_ms = atlas.path("us-east-1", "eu-west-1").jitter_ms
    assert times_ms[3600] - times_ms[2000] == pytest.approx(jitter_ms, rel=0.15)
