"""A performance: held when every claim is."""

from __future__ import annotations

from dataclasses import replace

from sandbox.demo.playbill import ACTS, Performance
from sandbox.demo.values import Claim, Ground, Scene

GROUND = Ground(addresses={"us-east-1": "198.18.1.10", "eu-west-1": "198.18.2.10", "ap-northeast-1": "198.18.3.10"})
HELD = Claim(act=1, says="water is wet", measured="wet", held=True)
SCENE = Scene(figures={"visits": 6}, claims=(HELD,))


def performance(*scenes):
    return Performance(scenes=scenes, took_s=(1.25,) * len(scenes))


def test_one_broken_claim_is_enough():
    broken = Scene(figures={}, claims=(HELD, replace(HELD, held=False)))
    assert performance(SCENE, SCENE).held
    assert not performance(SCENE, broken).held


def test_figures_name_each_act_and_each_claim():
    figures = performance(*[SCENE] * len(ACTS)).as_figures()
    assert [act["act"] for act in figures["acts"]] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert figures["acts"][0] == {"act": 1, "title": ACTS[0].title, "took_s": 1.2, "visits": 6}
    assert figures["claims"][0] == {"act": 1, "claim": "water is wet", "measured": "wet", "held": True}
    assert figures["took_s"] == 11.2


def test_titles_are_numbered_in_order():
    assert [act.title.partition(":")[0] for act in ACTS] == [f"Act {number}" for number in range(1, 10)]


def test_steps_keep_every_name_before_they_use_it():
    """A shell with `set -u`, and boto3, would stop at one that is not there yet."""
    known = {"RUN"}
    for step in [step for act in ACTS for step in act.steps(GROUND)]:
        for word in str(step.arguments).split("$")[1:]:
            assert any(word.startswith(name) for name in known), (step.says, word)
        known.add(step.keep or "RUN")
