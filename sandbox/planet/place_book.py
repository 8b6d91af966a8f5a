"""How names are looked up in each place: the settings that were given, and the changes while running.

In: `places` of the settings, retained topics `place/<code>`, calls that change a setting. Out: where a place's resolver
stands, its habits at the sandbox's speed, and a story for `sandbox dig --trace`. What a setting may be: dns/habits.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.dns.habits import BadHabit, Habits, PlaceSettings, place_settings, spoken
from sandbox.dns.service import Standpoint
from sandbox.geography.addresses import AddressPlan
from sandbox.geography.atlas import Atlas
from sandbox.kernel.errors import bad_setting

Given = dict[str, Any]


class PlaceBook:
    """The settings of every place that has any. given: by place code, as in the sandbox's settings."""

    def __init__(
        self,
        atlas: Atlas,
        plan: AddressPlan,
        speed: float,
        given: Mapping[str, Mapping[str, Any]],
        edge_of: Callable[[str], str] | None = None,
    ) -> None:
        """edge_of: the edge location whose name servers a place asks; the nearest unless told otherwise."""
        self._edge_of = edge_of or atlas.nearest_edge
        self._atlas = atlas
        self._plan = plan
        self._speed = speed
        self._first = {code: dict(settings) for code, settings in given.items()}
        self._given: dict[str, Given] = {}

    def were_changed(self) -> list[str]:
        """The places whose settings are not those of the start."""
        return sorted(self._given)

    def given(self, place: str) -> Given:
        """What was set of a place, as it was written."""
        return dict(self._given.get(place, self._first.get(place, {})))

    def settings(self, place: str) -> PlaceSettings:
        """All of a place's settings."""
        return place_settings(self.given(place))

    def put(self, place: str, given: Mapping[str, Any] | None) -> None:
        """Take over a place's settings in whole; None: as the sandbox was started. A Refusal when they cannot be."""
        if given is None:
            self._given.pop(place, None)
        else:
            self._given[place] = self._checked(place, given)

    def changed(self, place: str, changes: Mapping[str, Any]) -> Given:
        """A place's settings with some changed, None for as usual; nothing is taken over yet."""
        merged = {name: value for name, value in {**self.given(place), **changes}.items() if value is not None}
        return self._checked(place, merged)

    def standpoint(self, place: str) -> Standpoint:
        """Where a place's resolver stands, and what it tells of its clients."""
        settings = self.settings(place)
        stands = settings.resolver_in or place
        return Standpoint(
            place=stands,
            name=self._atlas.place(stands).name,
            edge=self._edge_of(stands),
            subnet=self._plan.client_subnet(place) if settings.client_subnet else None,
            users=place,
        )

    def habits(self, place: str) -> Habits:
        """A place's habits at the sandbox's speed."""
        return self.settings(place).habits.at_speed(self._speed)

    def app_cache_s(self, place: str) -> float | None:
        """How long applications there keep an address, at the sandbox's speed."""
        kept_s = self.settings(place).app_cache_s
        return None if kept_s is None else kept_s / self._speed

    def story(self, place: str) -> list[str]:
        """What is out of the ordinary there, in AWS's seconds, for the learner."""
        settings, stands = self.settings(place), self.standpoint(place)
        name = self._atlas.place(place).name
        told = []
        if stands.is_elsewhere:
            rtt_ms = self._atlas.rtt_ms(place, stands.place)
            told.append(f"the resolver of {name} stands in {stands.name}, {rtt_ms:.0f} ms away")
        if stands.subnet is None:
            told.append(f"it tells no client subnet, so the authority sees {stands.name}, not who asks")
        elif stands.is_elsewhere:
            told.append(f"it tells its clients' subnet {stands.subnet}, so the authority sees {name}")
        told += [f"it {words}" for words in settings.habits.words()]
        if settings.app_cache_s is not None:
            told.append(f"applications in {name} keep an address {spoken(settings.app_cache_s)}, whatever DNS says")
        return told

    def _checked(self, place: str, given: Mapping[str, Any]) -> Given:
        try:
            elsewhere = place_settings(given).resolver_in
        except BadHabit as bad:
            raise bad_setting(place, str(bad)) from bad
        written = dict(given)
        if elsewhere:
            written["resolver_in"] = self._atlas.place(elsewhere).code
        return written
