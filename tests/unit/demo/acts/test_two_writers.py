"""Act 7: what is claimed of items that both sides wrote."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from sandbox.demo.acts.two_writers import RIGHT_CLOCKS, WRONG_CLOCK, Fate, claims_of, fate_of, figures_of

FATES = [
    *(
        Fate(item=item, last=order[-1], stands=order[-1], margin_us=5, lost=order[0])
        for item, order in RIGHT_CLOCKS.items()
    ),
    *(
        Fate(item=item, last=order[-1], stands=order[0], margin_us=5, lost=order[-1])
        for item, order in WRONG_CLOCK.items()
    ),
]


def held(fates, refused=0, settled=True):
    return [claim.held for claim in claims_of(fates, refused=refused, settled=settled)]


def test_a_good_day_holds_every_claim():
    assert held(FATES) == [True] * 5


def test_each_failure_breaks_its_own_claim():
    assert held(FATES, refused=1) == [False, True, True, True, True]
    assert held(FATES, settled=False) == [True, False, True, True, True]
    apart = [replace(FATES[0], stands=""), *FATES[1:]]
    assert held(apart)[1] is False
    earlier_stands = [replace(FATES[0], stands=FATES[0].lost, lost=FATES[0].stands), *FATES[1:]]
    assert held(earlier_stands) == [True, True, False, True, True]
    later_stands = [*FATES[:-1], replace(FATES[-1], stands=FATES[-1].lost, lost=FATES[-1].stands)]
    assert held(later_stands) == [True, True, True, False, True]
    unrecorded = [replace(FATES[0], lost="", margin_us=-1), *FATES[1:]]
    assert held(unrecorded) == [True, True, True, True, False]


def stage_that_holds(**by_region):
    """Regions that hold these values of one item."""

    def client(service, region):
        item = {"id": {"S": "apples"}, "counted_in": {"S": by_region[region.replace("-", "_")]}}
        return SimpleNamespace(get_item=lambda **_: {"Item": item})

    regions = [code.replace("_", "-") for code in by_region]
    return SimpleNamespace(aws=SimpleNamespace(client=client), ground=SimpleNamespace(regions=regions))


def conflict(name, loser):
    return {
        "key": {"id": {"S": name}},
        "loser": {"item": {"counted_in": {"S": loser}}, "stamp_us": 10},
        "winner": {"item": None, "stamp_us": 35},
    }


def test_a_fate_is_what_all_regions_hold_and_the_one_record_of_it():
    stage = stage_that_holds(eu_west_1="far", us_east_1="far")
    log = [conflict("apples", "home"), conflict("pears", "far")]
    assert fate_of(stage, "apples", "far", log) == Fate(
        item="apples", last="far", stands="far", margin_us=25, lost="home"
    )


def test_regions_that_differ_and_a_record_made_twice_are_seen():
    stage = stage_that_holds(eu_west_1="far", us_east_1="home")
    fate = fate_of(stage, "apples", "far", [conflict("apples", "home")] * 2)
    assert (fate.stands, fate.lost) == ("", "")
    assert figures_of([fate])["items"][0]["stands"] == ""
