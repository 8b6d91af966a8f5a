"""A global table: its members, their states and settings, as each region knows them. Pure.

Every region keeps the whole group, changes it and sends it to the others; `merged` makes one of two, whatever the order
and however often they come. A member's state only moves forward in one incarnation:

    CREATING -> ACTIVE -> DELETING -> GONE, and from GONE to CREATING of the next incarnation

Settings are those that DynamoDB keeps alike in all regions (GT 1.28); for each the last writer wins, as with items.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

import orjson

from sandbox.kernel.errors import Refusal
from sandbox.replication.values import Version

Status = Literal["CREATING", "ACTIVE", "DELETING", "GONE"]
RANKS: Mapping[str, int] = MappingProxyType({"CREATING": 0, "ACTIVE": 1, "DELETING": 2, "GONE": 3})
VERSION, LEGACY = "2019.11.21", "2017.11.29"


@dataclass(frozen=True, kw_only=True)
class Member:
    """One region of a group. source: who added it, at since_s; overrides: what was set for this replica alone.

    revision counts changes of the overrides. floor_us: all that it writes is later, as what is not may be settled.
    """

    region: str
    status: Status
    source: str
    since_s: float
    incarnation: int = 1
    revision: int = 0
    floor_us: int = 0
    overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def order(self) -> tuple[int, int, int, str, float, bytes]:
        """Of two accounts of a member the greater holds; the last terms only make all regions choose alike."""
        told = orjson.dumps(dict(self.overrides), option=orjson.OPT_SORT_KEYS)
        return self.incarnation, RANKS[self.status], self.revision, self.source, self.since_s, told

    @property
    def is_sent_to(self) -> bool:
        """Whether changes go there."""
        return self.status in ("CREATING", "ACTIVE")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One part of a table's definition as all regions have it (`settings.settings_of`), and who changed it last."""

    stamp_us: int
    region: str
    value: Any

    @property
    def order(self) -> tuple[int, str]:
        """The last writer wins."""
        return self.stamp_us, self.region


@dataclass(frozen=True, kw_only=True)
class Group:
    """One global table. base_us, base_region: the version of the items that were there before. version: AWS's."""

    group_id: str
    account: str
    table: str
    base_us: int
    base_region: str
    members: Mapping[str, Member]
    settings: Mapping[str, Setting]
    version: str = VERSION

    @property
    def is_legacy(self) -> bool:
        """Whether its members were tables before, and are tables again when they leave (GT 2.09, 2.10)."""
        return self.version == LEGACY

    @property
    def content(self) -> dict[str, Any]:
        """The settings alone."""
        return {name: setting.value for name, setting in self.settings.items()}

    @property
    def incarnations(self) -> dict[str, int]:
        """How often each member has been made."""
        return {region: member.incarnation for region, member in self.members.items()}

    def status_of(self, region: str) -> Status:
        """A region's state; one that never was a member is gone."""
        member = self.members.get(region)
        return "GONE" if member is None else member.status

    def others(self, region: str) -> list[Member]:
        """The other members that are not gone, in the order in which they were added."""
        found = [each for each in self.members.values() if each.region != region and each.status != "GONE"]
        return sorted(found, key=lambda each: (each.since_s, each.region))

    def creator_of(self, region: str) -> str:
        """Who sees the creation of a replica through: its source, or if that has gone meanwhile, the first member."""
        source = self.members[region].source
        if self.status_of(source) != "GONE":
            return source
        return min((each.region for each in self.members.values() if each.status == "ACTIVE"), default=source)

    @property
    def is_changing(self) -> bool:
        """Whether a replica comes or goes."""
        return any(member.status in ("CREATING", "DELETING") for member in self.members.values())

    def base_in(self, region: str) -> Version | None:
        """The version of what `region` had before; only the region that founded the group had something."""
        if region != self.base_region:
            return None
        return Version(stamp_us=self.base_us, region=region, vector={region: self.base_us})

    def is_source(self, region: str, now_s: float, rule_s: float) -> bool:
        """Whether a replica that `region` added less than `rule_s` ago still exists (GT 1.35)."""
        return any(member.source == region and now_s - member.since_s < rule_s for member in self.others(region))

    # -- changes ------------------------------------------------------------------------------------------------

    def with_new(
        self, region: str, source: str, now_s: float, overrides: Mapping[str, Any], floor_us: int = 0
    ) -> Group:
        """A replica is being created."""
        before = self.members.get(region)
        incarnation = 1 if before is None else before.incarnation + 1
        return self._with(
            Member(
                region=region,
                status="CREATING",
                source=source,
                since_s=now_s,
                incarnation=incarnation,
                floor_us=floor_us,
                overrides=overrides,
            )
        )

    def with_status(self, region: str, status: Status) -> Group:
        """A member has moved on."""
        return self._with(replace(self.members[region], status=status))

    def with_overrides(self, region: str, overrides: Mapping[str, Any]) -> Group:
        """A member has other settings of its own."""
        member = self.members[region]
        merged_overrides = {**member.overrides, **overrides}
        return self._with(replace(member, overrides=merged_overrides, revision=member.revision + 1))

    def with_settings(self, region: str, clock_us: int, content: Mapping[str, Any]) -> Group:
        """A region has changed what all have in common; equal when it has not."""
        settings = dict(self.settings)
        for name, value in content.items():
            before = settings.get(name)
            if before is None or before.value != value:
                stamp_us = clock_us if before is None else max(clock_us, before.stamp_us + 1)
                settings[name] = Setting(stamp_us=stamp_us, region=region, value=value)
        return replace(self, settings=settings)

    def _with(self, member: Member) -> Group:
        return replace(self, members={**self.members, member.region: member})


def founded(
    *,
    group_id: str,
    account: str,
    table: str,
    region: str,
    base_us: int,
    now_s: float,
    content: Mapping[str, Any],
    version: str = VERSION,
) -> Group:
    """A group of one region, which is about to get its first replica."""
    first = Member(region=region, status="ACTIVE", source="", since_s=now_s)
    return Group(
        group_id=group_id,
        account=account,
        table=table,
        base_us=base_us,
        base_region=region,
        members={region: first},
        settings={name: Setting(stamp_us=base_us, region=region, value=value) for name, value in content.items()},
        version=version,
    )


def merged(one: Group, other: Group) -> Group:
    """What is known when both are; equal to `one` when `other` brings nothing."""
    members = dict(one.members)
    for region, theirs in other.members.items():
        mine = members.get(region)
        if mine is None or theirs.order > mine.order:
            members[region] = theirs
    settings = dict(one.settings)
    for name, setting in other.settings.items():
        known = settings.get(name)
        if known is None or setting.order > known.order:
            settings[name] = setting
    if members == one.members and settings == one.settings:
        return one
    return replace(one, members=members, settings=settings)


def encode(group: Group) -> bytes:
    """The group as JSON."""
    return orjson.dumps(asdict(group))


def decode(plain: Mapping[str, Any]) -> Group:
    """The other way; a Refusal for what is no group."""
    try:
        members = {region: Member(**member) for region, member in plain["members"].items()}
        settings = {name: Setting(**setting) for name, setting in plain["settings"].items()}
        return Group(**{**plain, "members": members, "settings": settings})
    except (LookupError, TypeError, AttributeError) as error:
        raise Refusal("BadMessage", f"Not a group of replicas: {error!r}") from error
