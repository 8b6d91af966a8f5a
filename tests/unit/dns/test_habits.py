"""Settings of a place: what is accepted, what is refused by name, and what is said of them."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from sandbox.dns.habits import BadHabit, Habits, PlaceSettings, place_settings


def test_every_setting_is_taken_over() -> None:
    given = {
        "resolver_in": "us-east-1",
        "client_subnet": False,
        "min_ttl_s": 300,
        "max_ttl_s": 900,
        "hold_s": "forever",
        "max_negative_ttl_s": 0,
        "serve_stale_s": 86400,
        "stale_wait_s": 0,
        "app_cache_s": "forever",
    }
    habits = Habits(min_ttl_s=300, max_ttl_s=900, hold_s=inf, max_negative_ttl_s=0, serve_stale_s=86400, stale_wait_s=0)
    assert place_settings(given) == PlaceSettings(
        resolver_in="us-east-1", client_subnet=False, app_cache_s=inf, habits=habits
    )
    assert place_settings({}) == PlaceSettings()


@pytest.mark.parametrize(
    ("given", "setting", "words"),
    [
        ({"min_ttl": 3}, "min_ttl", "Did you mean min_ttl_s"),
        ({"min_ttl_s": -1}, "min_ttl_s", "0 or more"),
        ({"min_ttl_s": "forever"}, "min_ttl_s", "0 or more"),
        ({"hold_s": "for ever"}, "hold_s", "or forever"),
        ({"hold_s": inf}, "hold_s", "or forever"),
        ({"max_ttl_s": True}, "max_ttl_s", "number of seconds"),
        ({"min_ttl_s": 60, "max_ttl_s": 30}, "min_ttl_s", "more than max_ttl_s"),
        ({"client_subnet": "no"}, "client_subnet", "true or false"),
        ({"resolver_in": 7}, "resolver_in", "a place"),
        ([], "", "settings are needed"),
    ],
)
def test_what_cannot_be_is_refused_by_name(given: Any, setting: str, words: str) -> None:
    with pytest.raises(BadHabit, match=words) as caught:
        place_settings(given)
    assert caught.value.setting == setting


def test_habits_run_as_fast_as_the_sandbox() -> None:
    """Wire TTLs are divided by speed, so what bends them must be too."""
    fast = Habits(min_ttl_s=300, hold_s=inf, serve_stale_s=86400).at_speed(10)
    assert (fast.min_ttl_s, fast.hold_s, fast.serve_stale_s, fast.stale_ttl_s) == (30, inf, 8640, 3)
    assert Habits().at_speed(10).hold_s is None
    assert Habits().at_speed(1) == Habits()


@pytest.mark.parametrize(
    ("habits", "words"),
    [
        (Habits(), []),
        (Habits(min_ttl_s=300), ["keeps answers for at least 300 s, whatever their TTL"]),
        (Habits(max_ttl_s=30), ["keeps answers for at most 30 s"]),
        (Habits(hold_s=3600), ["keeps every answer for 3600 s, whatever its TTL"]),
        (Habits(hold_s=inf), ["keeps every answer for ever, whatever its TTL"]),
        (Habits(max_negative_ttl_s=5), ["keeps absences for at most 5 s"]),
        (
            Habits(serve_stale_s=60),
            ["serves answers up to 60 s past their end, when the authority is silent for 1.8 s (RFC 8767)"],
        ),
        (
            Habits(serve_stale_s=60, stale_wait_s=0),
            ["serves answers up to 60 s past their end, and asks after (RFC 8767)"],
        ),
    ],
)
def test_a_learner_is_told_what_is_out_of_the_ordinary(habits: Habits, words: list[str]) -> None:
    assert habits.words() == words
