"""How names are looked up in a place: where its resolver stands, how it bends TTLs, what applications keep. Pure.

In: a place's settings as written in sandbox.yaml under `places`, or in a call that changes them. Out: frozen
`PlaceSettings`, checked; a `BadHabit` names the wrong one. Seconds are AWS's: `at_speed` makes the sandbox's of them.

Each habit is one that real resolvers and programs have, and each makes a failover longer for its users [R53 5].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import inf
from typing import Any

from sandbox.kernel.errors import did_you_mean

FOREVER = "forever"  # how JSON and YAML say an endless time
GREATEST_S = 2**31 - 1.0  # the greatest TTL there is [R53 5]
POSITIVE_MOST_S = 604_800.0  # 7 days [R53 5]
NEGATIVE_MOST_S = 10_800.0  # 3 h [R53 5]
STALE_WAIT_S = 1.8  # client response timer [R53 5]
STALE_TTL_S = 30.0  # of an answer that has expired [R53 5]
RECHECK_S = 30.0  # after a failure, the time until the authority is asked again [R53 5]

ENDLESS = ("hold_s", "app_cache_s")  # these may be "forever"


class BadHabit(ValueError):
    """A setting of a place that is none, or has a value it cannot have."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting = setting
        self.problem = problem


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How a resolver treats TTLs.

    min_ttl_s, max_ttl_s: clamps. hold_s: keeps every answer so long whatever its TTL (`inf`: for ever).
    max_negative_ttl_s: the longest an absence is kept, 0: never. serve_stale_s: how long after its end an answer may
    serve when the authority has not answered within stale_wait_s (RFC 8767); 0: never. A stale_wait_s of 0 answers
    stale first and asks afterwards. stale_ttl_s, recheck_s: the times of RFC 8767.
    """

    min_ttl_s: float = 0.0
    max_ttl_s: float = POSITIVE_MOST_S
    hold_s: float | None = None
    max_negative_ttl_s: float = NEGATIVE_MOST_S
    serve_stale_s: float = 0.0
    stale_wait_s: float = STALE_WAIT_S
    stale_ttl_s: float = STALE_TTL_S
    recheck_s: float = RECHECK_S

    def kept_s(self, ttl_s: float) -> float:
        """How long an answer with this TTL is kept."""
        return self.hold_s if self.hold_s is not None else max(self.min_ttl_s, min(ttl_s, self.max_ttl_s))

    def absence_kept_s(self, ttl_s: float) -> float:
        """How long an absence is kept whose SOA says this TTL."""
        return min(ttl_s, self.max_negative_ttl_s, self.max_ttl_s)

    def at_speed(self, speed: float) -> Habits:
        """The same habits where service timers run `speed` times as fast."""
        scaled = {
            entry.name: value / speed for entry in fields(self) if (value := getattr(self, entry.name)) is not None
        }
        return Habits(**scaled)

    def words(self) -> list[str]:
        """What differs from an ordinary resolver, for the learner."""
        told = []
        if self.hold_s is not None:
            told.append(f"keeps every answer {spoken(self.hold_s)}, whatever its TTL")
        elif self.min_ttl_s:
            told.append(f"keeps answers for at least {self.min_ttl_s:g} s, whatever their TTL")
        if self.max_ttl_s != POSITIVE_MOST_S and self.hold_s is None:
            told.append(f"keeps answers for at most {self.max_ttl_s:g} s")
        if self.max_negative_ttl_s != NEGATIVE_MOST_S:
            told.append(f"keeps absences for at most {self.max_negative_ttl_s:g} s")
        if self.serve_stale_s:
            wait = (
                f"when the authority is silent for {self.stale_wait_s:g} s" if self.stale_wait_s else "and asks after"
            )
            told.append(f"serves answers up to {self.serve_stale_s:g} s past their end, {wait} (RFC 8767)")
        return told


@dataclass(frozen=True, kw_only=True)
class PlaceSettings:
    """How names are looked up in a place.

    resolver_in: where its resolver stands, "" for the place itself. client_subnet: whether the resolver tells the
    authority its clients' subnet. app_cache_s: how long applications keep an address of their own accord, None: not.
    """

    resolver_in: str = ""
    client_subnet: bool = True
    app_cache_s: float | None = None
    habits: Habits = field(default_factory=Habits)


def spoken(seconds: float) -> str:
    """ "for 60 s", "for ever"."""
    return "for ever" if seconds == inf else f"for {seconds:g} s"


HABIT_SETTINGS = ("min_ttl_s", "max_ttl_s", "hold_s", "max_negative_ttl_s", "serve_stale_s", "stale_wait_s")
SETTINGS = ("resolver_in", "client_subnet", *HABIT_SETTINGS, "app_cache_s")


def place_settings(given: Mapping[str, Any]) -> PlaceSettings:
    """Settings of a place as written (see SETTINGS), checked; a BadHabit for what cannot be."""
    if not isinstance(given, Mapping):
        raise BadHabit("", f"settings are needed, such as `min_ttl_s: 300`, not {given!r}")
    for name in given:
        if name not in SETTINGS:
            raise BadHabit(str(name), f"unknown key {name!r}.{did_you_mean(str(name), SETTINGS)}")
    times = {name: _seconds(name, given[name]) for name in given if name.endswith("_s")}
    app_cache_s = times.pop("app_cache_s", None)
    habits = Habits(**times)
    if habits.min_ttl_s > habits.max_ttl_s:
        raise BadHabit("min_ttl_s", f"{habits.min_ttl_s:g} is more than max_ttl_s, {habits.max_ttl_s:g}")
    resolver_in, subnet = given.get("resolver_in", ""), given.get("client_subnet", True)
    if not isinstance(resolver_in, str):
        raise BadHabit("resolver_in", f"it should be a place, such as us-east-1 (given: {resolver_in!r})")
    if not isinstance(subnet, bool):
        raise BadHabit("client_subnet", f"it should be true or false (given: {subnet!r})")
    return PlaceSettings(resolver_in=resolver_in, client_subnet=subnet, app_cache_s=app_cache_s, habits=habits)


def _seconds(name: str, given: Any) -> float:
    if given == FOREVER and name in ENDLESS:
        return inf
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= GREATEST_S:
        endless = f" or {FOREVER}" if name in ENDLESS else ""
        raise BadHabit(name, f"it should be a number of seconds, 0 or more{endless} (given: {given!r})")
    return float(given)
