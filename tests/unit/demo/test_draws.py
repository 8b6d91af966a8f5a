"""Fair and unfair draws."""

from __future__ import annotations

from sandbox.demo.draws import fits, tolerance
from sandbox.kernel.dice import dice


def test_fair_draws_fit():
    """Two hundred seeds; a limit of three sigmas would refuse some of them."""
    for seed in range(200):
        chance = dice(seed, "test")
        assert fits(sum(chance.random() < 0.8 for _ in range(300)), 300, 80, 100), seed


def test_an_even_split_does_not_fit_80_to_20():
    assert not fits(150, 300, 80, 100)


def test_no_draws_prove_nothing():
    assert not fits(0, 0, 80, 100)


def test_more_draws_allow_less():
    assert tolerance(80, 100, 1200) == tolerance(80, 100, 300) / 2
