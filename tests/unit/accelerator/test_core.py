"""Claims about the choice of an endpoint [GA 3.2, 3.3]: splits, affinity, failover, fail-open; over any groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.accelerator.core import GROUPS_TRIED, IsHealthy, choose, draw, number_of
from sandbox.accelerator.values import NONE, SOURCE_IP, Choice, Endpoint, Flow, Group, Listener

REGIONS = ("near", "middle", "far", "farther")
MS = {"near": 10.0, "middle": 80.0, "far": 150.0, "farther": 220.0}
DRAWS = 20_000
SIGMAS = 4.5  # a right split fails by chance once in 150,000 runs, and the hash is the same in every run anyhow


def endpoint(name: str, weight: int = 128) -> Endpoint:
    return Endpoint(endpoint_id=name, address="198.18.1.10", weight=weight)


def without_resources(one: Group) -> Group:
    """The same, after its load balancers were deleted."""
    gone = tuple(replace(each, missing=f"{each.endpoint_id} was deleted") for each in one.endpoints)
    return replace(one, endpoints=gone)


def group(region: str, dial: float = 100.0, weights: Sequence[int] = (128,)) -> Group:
    endpoints = tuple(endpoint(f"{region}/{number}", weight) for number, weight in enumerate(weights))
    return Group(arn=f"group/{region}", region=region, dial=dial, port_overrides={}, endpoints=endpoints)


def listener(*groups: Group, affinity: str = NONE) -> Listener:
    return Listener(arn="listener", port_ranges=((80, 80),), affinity=affinity, groups=groups)


def flow(number: int = 0, client: str = "100.64.1.1", address: str = "192.0.2.1") -> Flow:
    """number: another connection of the client, from another port and, beyond 28,000, another host."""
    return Flow(client=f"{client}{number // 28_000}", client_port=32768 + number % 28_000, address=address, port=80)


def all_healthy(one: Group, two: Endpoint) -> bool:
    return True


def without(*sick: str) -> IsHealthy:
    """Sick: regions or endpoint ids."""
    return lambda group, endpoint: group.region not in sick and endpoint.endpoint_id not in sick


def chosen(
    listening: Listener, flowing: Flow, is_healthy: IsHealthy = all_healthy, ms: dict[str, float] | None = None
) -> Choice:
    return choose(listening, flowing, backbone_ms=(MS if ms is None else ms).get, is_healthy=is_healthy)


def shares(listening: Listener, ms: dict[str, float] | None = None) -> Counter[str]:
    """Of 20,000 connections, how many each region gets."""
    found: Counter[str] = Counter()
    for number in range(DRAWS):
        choice = chosen(listening, flow(number), ms=ms)
        assert choice.group is not None
        found[choice.group.region] += 1
    return found


def assert_share(count: int, expected: float) -> None:
    """Within binomial error."""
    spread = sqrt(DRAWS * expected * (1 - expected))
    assert abs(count - DRAWS * expected) <= SIGMAS * spread, f"{count / DRAWS:.4f} instead of {expected}"


def test_weights_10_and_30_split_new_connections_25_to_75() -> None:
    # GA section 8, check 4.
    one = listener(group("near", weights=[10, 30, 0]))
    counts = Counter(getattr(chosen(one, flow(number)).endpoint, "endpoint_id", "") for number in range(DRAWS))
    assert_share(counts["near/0"], 0.25)
    assert_share(counts["near/1"], 0.75)
    assert counts["near/2"] == 0


def test_two_groups_dialled_to_50_take_half_each_and_a_quarter_from_each_side() -> None:
    # GA section 3.2 step 2, AWS's example: from each coast 25 stay near and 25 go to the other.
    one = listener(group("near", dial=50), group("middle", dial=50))
    for ms in ({"near": 10.0, "middle": 80.0}, {"near": 80.0, "middle": 10.0}):
        found = shares(one, ms=ms)
        assert_share(found["near"], 0.5)
        assert_share(found["middle"], 0.5)


def test_what_a_dial_turns_away_meets_the_dial_of_the_next_group() -> None:
    found = shares(listener(group("near", dial=60), group("middle", dial=25), group("far")))
    assert_share(found["near"], 0.6)
    assert_share(found["middle"], 0.1)
    assert_share(found["far"], 0.3)


def test_the_last_group_keeps_what_its_own_dial_turns_away() -> None:
    assert shares(listener(group("near", dial=10))) == {"near": DRAWS}


def test_a_dial_of_0_takes_nothing_while_another_group_is_up() -> None:
    assert shares(listener(group("near", dial=0), group("middle"))) == {"middle": DRAWS}
    choice = chosen(listener(group("near", dial=0)), flow())
    assert (choice.endpoint, choice.why) == (None, "every endpoint group is dialled to 0 %")


def test_when_the_nearest_is_down_the_next_takes_over_whatever_its_dial() -> None:
    # GA section 8, check 7.
    one = listener(group("near"), group("middle", dial=0), group("far"))
    choice = chosen(one, flow(), without("near"))
    assert choice.group is not None
    assert (choice.group.region, choice.fails_open) == ("middle", False)
    assert choice.why == (
        "by nearness: near 10 ms, middle 80 ms, far 150 ms; near has no healthy endpoint; "
        "its dial (0 %) does not count while a nearer region is down"
    )


def test_what_was_dialled_away_on_purpose_does_not_come_back_when_another_fails() -> None:
    """near is being worked on; middle fails: far, not near."""
    one = listener(group("near", dial=0), group("middle"), group("far"))
    choice = chosen(one, flow(), without("middle"))
    assert choice.group is not None
    assert choice.group.region == "far"


def test_nothing_healthy_fails_open_to_any_endpoint_of_the_nearest_group() -> None:
    one = listener(group("middle"), group("near", weights=[1, 255]))
    found = Counter(
        (choice.endpoint.endpoint_id, choice.fails_open)
        for number in range(2000)
        if (choice := chosen(one, flow(number), without("near", "middle"))).endpoint is not None
    )
    assert set(found) == {("near/0", True), ("near/1", True)}
    assert 800 < found["near/0", True] < 1200, "each as likely, for weights say nothing of health"
    assert "so it fails open: any endpoint of the nearest, near" in chosen(one, flow(), without("near", "middle")).why


def test_an_endpoint_whose_resource_is_gone_takes_nothing_even_when_everything_fails_open() -> None:
    """Probes may still call it healthy: what is gone is gone."""
    one = listener(without_resources(group("near")), group("middle"))
    choice = chosen(one, flow())
    assert choice.group is not None
    assert choice.group.region == "middle"
    assert "near has no healthy endpoint (near/0 was deleted)" in choice.why
    open_to = chosen(one, flow(), without("middle"))
    assert open_to.group is not None
    assert (open_to.group.region, open_to.fails_open) == ("middle", True)
    nowhere = chosen(listener(without_resources(group("near"))), flow())
    assert (nowhere.group, nowhere.endpoint) == (None, None)
    assert nowhere.why.endswith("no endpoint is left to fail open to")


def test_it_fails_open_after_three_groups() -> None:
    # GA section 3.3: nearest-first, a configurable number (default 3 in all), then fail open.
    one = listener(*(group(region) for region in REGIONS))
    sick = without("near", "middle", "far")
    assert chosen(one, flow(), sick).fails_open
    patient = choose(one, flow(), backbone_ms=MS.get, is_healthy=sick, groups_tried=4)
    assert patient.group is not None
    assert (patient.group.region, patient.fails_open) == ("farther", False)


def test_a_region_out_of_reach_on_the_backbone_is_passed_over() -> None:
    one = listener(group("near"), group("middle"))
    choice = chosen(one, flow(), ms={"middle": 80.0})
    assert choice.group is not None
    assert choice.group.region == "middle"
    nowhere = chosen(one, flow(), ms={})
    assert "no region with endpoints can be reached" in nowhere.why


@pytest.mark.parametrize(
    ("listening", "why"),
    [
        (listener(), "the listener has no endpoint group"),
        (listener(group("near", weights=[0, 0])), "no endpoint has a weight over 0"),
    ],
)
def test_nowhere_to_go_says_why(listening: Listener, why: str) -> None:
    choice = chosen(listening, flow())
    assert (choice.group, choice.endpoint, choice.why) == (None, None, why)


def test_source_ip_sends_all_connections_of_a_client_to_one_endpoint() -> None:
    # GA section 8, check 5. The other static address may map to another one, for it is in the hash [GA 3.2 step 4].
    one = listener(group("near", weights=[10] * 8), group("middle"), affinity=SOURCE_IP)
    ends = {getattr(chosen(one, flow(number)).endpoint, "endpoint_id", "") for number in range(100)}
    assert len(ends) == 1
    pairs = {
        tuple(getattr(chosen(one, flow(0, client, address)).endpoint, "endpoint_id", "") for address in ("a", "b"))
        for client in map(str, range(50))
    }
    assert any(first != second for first, second in pairs)


def test_none_spreads_the_connections_of_one_client() -> None:
    one = listener(group("near", weights=[10] * 8))
    assert len({getattr(chosen(one, flow(number)).endpoint, "endpoint_id", "") for number in range(200)}) == 8


# Over arbitrary accelerators.

weights = st.lists(st.integers(0, 255), min_size=0, max_size=4)
dials = st.sampled_from([0.0, 0.5, 25.0, 50.0, 99.9, 100.0])
groups = st.lists(
    st.tuples(st.sampled_from(REGIONS), dials, weights), min_size=0, max_size=4, unique_by=lambda entry: entry[0]
).map(lambda entries: [group(region, dial, given_weights) for region, dial, given_weights in entries])
affinities = st.sampled_from([NONE, SOURCE_IP])
sicknesses = st.sets(st.sampled_from([f"{region}/{number}" for region in REGIONS for number in range(4)]))
flows = st.builds(flow, st.integers(0, 100_000), st.sampled_from(["100.64.1.1", "100.64.2.1"]))


def usable(one: Group, is_healthy: IsHealthy) -> list[Endpoint]:
    return [endpoint for endpoint in one.endpoints if endpoint.weight and is_healthy(one, endpoint)]


@given(groups, affinities, sicknesses, flows)
def test_never_an_unhealthy_endpoint_while_a_healthy_one_can_take_it(
    given_groups: list[Group], affinity: str, sick: set[str], flowing: Flow
) -> None:
    one, is_healthy = listener(*given_groups, affinity=affinity), without(*sick)
    choice = chosen(one, flowing, is_healthy)
    with_weight = [entry for entry in given_groups if any(end.weight for end in entry.endpoints)]
    if choice.group is None or choice.endpoint is None:
        assert not with_weight or all(entry.dial == 0 for entry in with_weight)
        return
    assert choice.endpoint in choice.group.endpoints
    assert choice.endpoint.weight > 0
    if not is_healthy(choice.group, choice.endpoint):
        assert choice.fails_open
        able = [entry for entry in with_weight if usable(entry, is_healthy)]
        assert len(able) <= len(with_weight) - GROUPS_TRIED or not able


@given(groups, affinities, sicknesses, flows)
def test_a_dial_of_0_gets_nothing_unless_a_nearer_region_with_traffic_is_down(
    given_groups: list[Group], affinity: str, sick: set[str], flowing: Flow
) -> None:
    is_healthy = without(*sick)
    choice = chosen(listener(*given_groups, affinity=affinity), flowing, is_healthy)
    if choice.group is None or choice.group.dial > 0:
        return
    down = [
        entry
        for entry in given_groups
        if entry.dial > 0 and any(end.weight for end in entry.endpoints) and not usable(entry, is_healthy)
    ]
    assert down, choice.why


@given(groups, affinities, sicknesses, flows)
def test_the_same_flow_always_goes_the_same_way(
    given_groups: list[Group], affinity: str, sick: set[str], flowing: Flow
) -> None:
    one = listener(*given_groups, affinity=affinity)
    assert chosen(one, flowing, without(*sick)) == chosen(one, flowing, without(*sick))


pools = st.lists(st.integers(1, 255), min_size=1, max_size=10).map(
    lambda given_weights: [endpoint(f"e{number}", weight) for number, weight in enumerate(given_weights)]
)


@given(pools, st.data(), st.text(max_size=5))
def test_a_flow_moves_only_when_its_own_endpoint_goes(pool: list[Endpoint], data: st.DataObject, key: str) -> None:
    mine = draw(pool, key)
    gone = data.draw(st.sets(st.sampled_from(pool)))
    left = [one for one in pool if one not in gone]
    if mine not in gone:
        assert draw(left, key) == mine


@given(pools, st.integers(1, 255), st.text(max_size=5))
def test_a_new_endpoint_takes_flows_and_moves_none_between_the_old(pool: list[Endpoint], weight: int, key: str) -> None:
    new = endpoint("new", weight)
    assert draw([*pool, new], key) in (new, draw(pool, key))


others = groups.map(lambda found: [entry for entry in found if entry.region != "near"])


@given(st.lists(st.integers(1, 255), min_size=1, max_size=6), others, others, sicknesses, st.data())
def test_affinity_holds_through_unrelated_changes(
    given_weights: list[int], before: list[Group], after: list[Group], sick: set[str], data: st.DataObject
) -> None:
    """Other groups change and fall ill, the client comes from other ports, an endpoint that is not its own goes."""
    home = group("near", 100, given_weights)
    mine = chosen(listener(home, *before, affinity=SOURCE_IP), flow(1)).endpoint
    assert mine is not None
    gone = data.draw(st.sets(st.sampled_from([one.endpoint_id for one in home.endpoints]))) - {mine.endpoint_id}
    sick_elsewhere = {name for name in sick if not name.startswith("near")}
    again = chosen(listener(*after, home, affinity=SOURCE_IP), flow(99), without(*sick_elsewhere, *gone))
    assert again.endpoint == mine


def test_numbers_are_even_and_of_their_words_alone() -> None:
    numbers = [number_of("dial", word) for word in range(DRAWS)]
    assert number_of("dial", 7) == numbers[7]
    for share in (0.1, 0.5, 0.9):
        assert_share(sum(number < share for number in numbers), share)
