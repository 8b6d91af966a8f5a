"""Claims about chance: it is repeatable, and one purpose does not move another."""

from __future__ import annotations

import os
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.dice import dice, fresh_seed, fresh_token

SEEDS = st.integers(0, 2**31)


@given(SEEDS, st.text(max_size=20))
def test_seed_and_purpose_give_the_same_stream(seed: int, purpose: str) -> None:
    one, two = dice(seed, purpose), dice(seed, purpose)
    assert [one.random() for _ in range(5)] == [two.random() for _ in range(5)]


@given(SEEDS)
def test_purposes_and_seeds_have_streams_of_their_own(seed: int) -> None:
    firsts = {dice(seed, "network:jitter").random(), dice(seed, "dns:weighted").random(), dice(seed + 1, "x").random()}
    assert len(firsts) == 3


def test_draws_of_one_purpose_do_not_move_another() -> None:
    jitter, weighted = dice(7, "network:jitter"), dice(7, "dns:weighted")
    for _ in range(100):
        weighted.random()
    assert jitter.random() == dice(7, "network:jitter").random()


def test_the_stream_does_not_depend_on_the_process() -> None:
    """Python salts hash() in each process; the dice must not be made of it."""
    script = "from sandbox.kernel.dice import dice; print(dice(7, 'network:jitter').random())"
    printed = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": salt},
        ).stdout.strip()
        for salt in ("1", "2")
    }
    assert printed == {str(dice(7, "network:jitter").random())}


def test_fresh_seeds_and_tokens_differ() -> None:
    assert len({fresh_seed() for _ in range(50)}) > 40
    assert len({fresh_token() for _ in range(50)}) == 50
    assert all(len(fresh_token()) == 32 for _ in range(5)), "128 bits: nobody guesses it"


def test_names_are_not_repeated_not_even_by_a_forked_process() -> None:
    """Regions are forked from one parent: with its generator they would give out the same request ids."""
    script = (
        "import os\nfrom sandbox.kernel.dice import fresh_name\nfresh_name()\n"
        "children = [os.fork() for _ in range(2)]\nos.write(1, fresh_name().encode() + b'\\n')  # in one piece"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert len(printed) == len(set(printed)) == 4
    assert all(len(name) == 32 and name == name.upper() for name in printed)
