"""Claims about the way round: never shorter than any other way that crosses no severed line, None only without one."""

from __future__ import annotations

from itertools import pairwise, permutations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.geography.detours import way_round

PLACES = ("a", "b", "c", "d", "e")
CROSSINGS = ("c", "d", "e")
PAIRS = [(one, other) for one in PLACES for other in PLACES if one < other]
tables = st.fixed_dictionaries({pair: st.floats(1, 100) for pair in PAIRS})
severed_lines = st.sets(st.sampled_from(PAIRS))


def ordered(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def length(way: tuple[str, ...], table: dict[tuple[str, str], float], cut: set[tuple[str, str]]) -> float | None:
    lines = [ordered(one, other) for one, other in pairwise(way)]
    return None if any(line in cut for line in lines) else sum(table[line] for line in lines)


@given(tables, severed_lines)
def test_the_way_is_whole_and_the_shortest_of_those_with_as_few_crossings(
    table: dict[tuple[str, str], float], cut: set[tuple[str, str]]
) -> None:
    found = way_round("a", "b", CROSSINGS, lambda x, y: table[ordered(x, y)], lambda x, y: ordered(x, y) in cut)
    ways = [("a", *between, "b") for count in range(4) for between in permutations(CROSSINGS, count)]
    whole = {way: length(way, table, cut) for way in ways}
    open_ways = {way: km for way, km in whole.items() if km is not None}
    if found is None:
        assert not open_ways
        return
    rtt_ms, via = found
    assert abs(rtt_ms - open_ways["a", *via, "b"]) < 1e-9
    fewest = min(len(way) for way in open_ways)
    allowed = [km for way, km in open_ways.items() if len(way) == fewest or fewest > 3]
    assert rtt_ms <= min(allowed) + 1e-9
