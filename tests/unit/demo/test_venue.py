"""Where the demo plays: which running sandbox will do."""

from __future__ import annotations

import json
import os

import pytest

from sandbox.demo.venue import Wish, pace, why_not_here

CARD = {"pid": os.getpid(), "regions": ["us-east-1", "eu-west-1", "ap-northeast-1"], "speed": 10.0}


@pytest.fixture
def running(tmp_path):
    """Makes a state folder look as if a sandbox ran there."""

    def make(**changes):
        (tmp_path / "sandbox.json").write_text(json.dumps({**CARD, **changes}))
        return tmp_path

    return make


def test_a_sandbox_with_the_three_regions_will_do(running):
    assert why_not_here(Wish(home=running())) is None


def test_where_none_runs_there_is_nothing_to_explain(tmp_path):
    assert why_not_here(Wish(home=tmp_path)) == ""


def test_more_regions_do_no_harm(running):
    assert why_not_here(Wish(home=running(regions=[*CARD["regions"], "sa-east-1"]))) is None


def test_a_region_that_is_missing_is_an_obstacle(running):
    assert "does not run all of" in why_not_here(Wish(home=running(regions=["us-east-1", "sa-east-1", "eu-west-1"])))


def test_another_speed_than_the_one_asked_for_is_an_obstacle(running):
    assert "runs at speed 1" in why_not_here(Wish(home=running(speed=1.0), speed=10.0))
    assert why_not_here(Wish(home=running(speed=1.0))) is None


def test_a_slow_sandbox_is_told_how_long_it_will_take():
    assert "15.0 minutes" in pace(1.0)
    assert "minutes" not in pace(10.0)
