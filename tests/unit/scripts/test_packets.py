"""scripts/benches/packets.py, name_servers.py: what the name servers of the DNS bench are asked and told, and do."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.protocols.dns_wire import read_query

SAID = """\
> NOERROR binary input 0.000202
> NOERROR binary input 0.003000
[Status] Testing complete (time limit)

Statistics:

  Queries sent:         4
  Queries completed:    2 (50.00%)
  Queries lost:         2 (50.00%)

  Response codes:       NOERROR 1 (50.00%), SERVFAIL 1 (50.00%)
  Average packet size:  request 68, response 204
  Run time (s):         2.000103
  Queries per second:   19998.970053
"""


@pytest.fixture(scope="module")
def benches():
    """The package."""
    import benches.name_servers
    import benches.packets

    return benches


@pytest.fixture(scope="module")
def rig(benches):
    """The addresses and round trips of a planet that does not run."""
    atlas = Atlas.load()
    return SimpleNamespace(atlas=atlas, plan=AddressPlan(atlas, benches.packets.REGIONS))


def test_every_question_has_a_cookie_of_its_own_and_the_subnet_of_a_city(benches, rig, tmp_path) -> None:
    packets = benches.packets
    path = tmp_path / "questions"
    packets.write_packets(rig, path, names=(packets.NAME, packets.WEIGHTED_NAME), count=200)
    left, cookies, asked = path.read_bytes(), set(), []
    while left:
        size = int.from_bytes(left[:2], "big")
        packet, left = left[2 : 2 + size], left[2 + size :]
        query = read_query(packet)
        assert query.edns is not None
        assert packets.COOKIE_HEAD in packet
        cookies.add(packet[-packets.COOKIE_BYTES :])
        asked.append((query.name, query.edns.subnet.address))
    assert len(cookies) == 200
    assert asked[:100] == asked[100:]
    assert len(set(asked)) == 2 * packets.CITIES


def test_rates_losses_and_latencies_are_read_from_what_dnsperf_says(benches) -> None:
    process = SimpleNamespace(communicate=lambda: (SAID, None), returncode=0)
    answered = benches.packets.read_dnsperf(process)
    assert answered.per_s == pytest.approx(19998.97)
    assert (answered.lost_share, answered.noerror_share) == (0.5, 0.5)
    assert answered.latencies_ms == pytest.approx((0.202, 3.0))


def test_a_dnsperf_that_says_nothing_fails_the_bench(benches) -> None:
    process = SimpleNamespace(communicate=lambda: ("Error: unable to open", None), returncode=1)
    with pytest.raises(benches.values.BenchFailed, match="unable to open"):
        benches.packets.read_dnsperf(process)


def test_peers_are_told_the_nearest_region_of_each_city_and_the_weights(benches, rig, tmp_path) -> None:
    """Tokyo's clients are sent to Tokyo's region by both, and the heaviest record weighs 70."""
    tokyo, address = rig.plan.client_subnet("tokyo"), rig.plan.region_address("ap-northeast-1", "app")
    benches.name_servers.powerdns_files(rig, tmp_path, 5300)
    benches.name_servers.knot_files(rig, tmp_path, 5301)
    powerdns, subnets = (tmp_path / "zone.yaml").read_text(), (tmp_path / "subnets").read_text()
    assert f"      {tokyo}: [ 'ap-northeast-1.example.test' ]\n" in powerdns
    assert f"  - net: {tokyo}\n    A: {address}\n" in subnets
    heaviest = rig.plan.region_address(benches.packets.REGIONS[0], "app")
    assert f"    - a: {{content: {heaviest}, weight: 70}}\n" in powerdns
    assert f"  - weight: 70\n    A: {heaviest}\n" in (tmp_path / "weights").read_text()
